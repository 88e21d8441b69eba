"""What a check makes of a notebook's code: known where it is plain, never called fine where it is not followed."""

from __future__ import annotations

from pathlib import Path

import pytest

import vidgo_notebook as vidgo
from tests.app.checking.test_check import notebook, outcomes, stored
from tests.fixtures.api_key import KEY
from tests.fixtures.live_session import URL, LiveSession
from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.checking.orders import PUBLIC_NAMES

__all__ = ["stored"]

LOAD = "%load_ext vidgo_notebook\nimport vidgo_notebook as vidgo"
RED = "size='1:1', resolution='1K'"
OPTIONS = "--size 1:1 --resolution 1K"
STORED, MISSING, UNKNOWABLE, REFUSED = "in the store", "not in the store", "cannot be known", "would be refused"


@pytest.fixture(autouse=True)
def live_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key and an address in the environment; nothing ever goes there."""
    monkeypatch.setenv("VIDGO_BASE_URL", URL)
    monkeypatch.setenv("VIDGO_API_KEY", KEY)


def found_in(*cells: str, first: str = LOAD) -> list[str]:
    """With ``first=""`` the package is loaded by the second of the cells."""
    written = [first, *cells] if first else [cells[0], LOAD, *cells[1:]]
    return outcomes(check_notebook(notebook(*written)))


KNOWN = {
    "%%capture above": ([f"%%capture out\n%%vidgo a {OPTIONS}\nA red bicycle"], [STORED]),
    "two magics above": ([f"%%time\n%%capture\n%%vidgo a {OPTIONS}\nA green bicycle"], [MISSING]),
    "from … import": (["from vidgo_notebook import generate", f"generate('A red bicycle', {RED}).result()"], [STORED]),
    "… as another name": (["from vidgo_notebook import generate as g", f"g('A green bicycle', {RED})"], [MISSING]),
    "everything imported": (["from vidgo_notebook import *", f"generate('A red bicycle', {RED})"], [STORED]),
    "an import that is tried": (
        ["try:\n    import vidgo_notebook as v\nexcept ImportError:\n    raise", f"v.generate('Green', {RED})"],
        [MISSING],
    ),
    "run_cell_magic": ([f"get_ipython().run_cell_magic('vidgo', '{OPTIONS}', 'A red bicycle')"], [STORED]),
    "another name": ([f"v = vidgo\nmake = v.generate\nmake('A red bicycle', {RED}).result()"], [STORED]),
    "chained": ([f"r = vidgo.generate('A red bicycle', {RED}).result()"], [STORED]),
    "awaited": ([f"x = await vidgo.generate('A red bicycle', {RED})"], [STORED]),
    "within a call": ([f"display(vidgo.generate('A red bicycle', {RED}))"], [STORED]),
    "%time": ([f"%time x = vidgo.generate('A red bicycle', {RED})"], [STORED]),
    "an f-string": (["c = 'red'", f"vidgo.generate(f'A {{c}} bicycle', {RED})"], [STORED]),
    "texts added": (["c = 'red'", f"vidgo.generate('A ' + c + ' ' + 'BICYCLE'.lower(), {RED})"], [STORED]),
    "a comprehension": (
        [f"made = [vidgo.generate(f'A {{c}} bicycle', {RED}).result() for c in ['red', 'green'] if c]"],
        [STORED, MISSING],
    ),
    "through a dict": (
        [
            "hues = {'red': 0, 'blue': 240}\nrows = [{'prompt': f'A {c} bicycle', 'hue': h} for c, h in hues.items()]",
            "for row in rows:\n    print(row['hue'])",
            f"vidgo.sweep(prompt=[row['prompt'] for row in rows], {RED}).wait()",
        ],
        [STORED, MISSING],
    ),
    "keywords from a dict": (
        ["how = {'size': '1:1', 'resolution': '1K'}", "vidgo.generate('A red bicycle', **how)"],
        [STORED],
    ),
    "a plan that is bought": (
        [f"p = vidgo.plan([{{'prompt': 'A red bicycle'}}, {{'prompt': 'Green'}}], {RED})", "p", "p.buy(yes=True)"],
        [STORED, MISSING],
    ),
    "an edit of a batch's second": (
        [f"b = vidgo.sweep(prompt=['A red bicycle'], takes=2, {RED})", f"vidgo.generate('Rain', image=b[1], {RED})"],
        [STORED, STORED, MISSING],
    ),
    "if True": ([f"if True:\n    vidgo.generate('A red bicycle', {RED})\nelse:\n    vidgo.generate('x')"], [STORED]),
    "if False": (["if False:\n    vidgo.generate('A green bicycle')"], []),
    "a with block": ([f"with out:\n    vidgo.generate('A red bicycle', {RED})"], [STORED]),
    "what a batch's jobs show": (
        [f"b = vidgo.sweep(prompt=['A red bicycle'], {RED})\nfor job in b: print(job.result())"],
        [STORED],
    ),
    "comments": (["# %%vidgo\n# A green bicycle", "# vidgo.generate('x')", "'''\n%%vidgo\nA green bicycle\n'''"], []),
    "what the cell expects to be refused": (
        [
            "try:\n    vidgo.generate('A bicycle', size='7')\n    vidgo.generate('never')\n"
            "except vidgo.VidgoError as e:\n    print(e)"
        ],
        ["buys nothing"],
    ),
    "emulator mode": (
        [
            "vidgo.configure(mode='emulator', base_url='https://api.vidgo.ai')",
            f"g = vidgo.generate('Green', {RED}, fresh=True)",
            f"vidgo.generate('Rain', image=g, {RED})\nvidgo.generate('Blue', {RED})",
        ],
        ["buys nothing"] * 3,
    ),
    "an emulator elsewhere": (["%config Vidgo.mode = 'emulator'", f"vidgo.generate('Green', {RED})"], ["wrong"]),
    "a budget": (["%config Vidgo.budget = 1", f"%%vidgo {OPTIONS}\nA green bicycle"], [REFUSED]),
    "a budget by configure": (["vidgo.configure(budget=1)", f"%%vidgo {OPTIONS}\nA green bicycle"], [REFUSED]),
    "--max-credits": ([f"%%vidgo --max-credits 1 {OPTIONS}\nA green bicycle"], [REFUSED]),
    "commands that only show": (
        ["%vidgo\n%vidgo jobs\n%vidgo costs\n%vidgo continue -h", "vidgo.jobs()\nvidgo.report()"],
        [],
    ),
    "programs that buy nothing": (
        ["!pip install vidgo-notebook && ls", "%%bash\ngit status\nls | wc -l", "!vidgo check x"],
        [],
    ),
    "code of others": (
        ["import numpy as np\nx = np.arange(9)", "%matplotlib inline", "def f(x):\n    return x\nf(1)"],
        [],
    ),
}


@pytest.mark.parametrize("kind", KNOWN)
def test_what_is_plain_is_known(kind: str, stored: LiveSession) -> None:
    cells, right = KNOWN[kind]
    assert found_in(*cells) == right


NOT_FOLLOWED = {
    "a function": ["def make(p):\n    return vidgo.generate(p)"],
    "a loop": ["for c in 'ab':\n    vidgo.generate(c)"],
    "a loop over a magic": ["for c in 'ab':\n    get_ipython().run_cell_magic('vidgo', '', c)"],
    "a condition": ["if input():\n    vidgo.generate('A green bicycle')"],
    "one of two ways out": ["try:\n    x = open('f')\nexcept OSError:\n    vidgo.generate('A green bicycle')"],
    "a lambda": ["make = lambda p: vidgo.generate(p)"],
    "a class": ["class Maker:\n    def make(self):\n        return vidgo.generate('x')"],
    "a function passed on": ["list(map(vidgo.generate, prompts))"],
    "the package passed on": ["work_with(vidgo)"],
    "a part of it": ["from functools import partial\nmake = partial(vidgo.generate, size='1:1')"],
    "kept in a place": ["tools.make = vidgo.generate"],
    "getattr": ["getattr(vidgo, 'generate')('x')"],
    "its inside": ["from vidgo_notebook.app.process import current_session", "current_session()"],
    "importlib": ["import importlib\nv = importlib.import_module('vidgo_' + 'notebook')"],
    "exec": ["exec(open('buy.py').read())"],
    "%run": ["%run buy.py"],
    "!python": ["!python buy.py"],
    "%%bash": ["%%bash\ncd x && python3 buy.py"],
    "subprocess": ["import subprocess, sys\nsubprocess.run([sys.executable, 'buy.py'])"],
    "a program of ours": ["!vidgo generate 'A green bicycle'"],
    "a module beside it": ["import buy"],
    "from a module beside it": ["from buy import make"],
    "%vidgo continue": ["%vidgo continue fleet"],
    "resolve": ["%vidgo resolve j5xq --resubmit -y"],
    "resolve in Python": ["vidgo.resolve('j5xq', 'resubmit')"],
    "a magic that is assembled": ["get_ipython().run_line_magic('vidgo', command_of_today())"],
    "a name that is not followed": [
        "magic = 'vidgo'\nfor line in lines:\n    get_ipython().run_line_magic(magic, line)"
    ],
    "every name": ["globals()['vidgo'].generate('x')"],
    "the modules": ["import sys", "sys.modules['vidgo_notebook'].generate('x')"],
    "the shell's names": ["get_ipython().user_ns['vidgo'].generate('x')"],
    "a list of functions": ["for f in [vidgo.generate, print]:\n    f('x')", "both = (vidgo.sweep,)\nwork_with(both)"],
    "another name of the magic": ["%alias_magic v vidgo"],
    "no Python": ["vidgo continue fleet"],
    "too long": ["x = [vidgo.generate(str(n)) for n in range(99999) for m in range(99999)]"],
}


@pytest.mark.parametrize("kind", NOT_FOLLOWED)
def test_what_is_not_followed_is_never_said_to_be_fine(kind: str, stored: LiveSession) -> None:
    Path("buy.py").write_text("import vidgo_notebook as vidgo\nvidgo.generate('x')\n")
    found = found_in(*NOT_FOLLOWED[kind])
    assert found
    assert set(found) <= {UNKNOWABLE, MISSING}
    assert UNKNOWABLE in found


def test_every_public_name_has_a_meaning_for_a_check() -> None:
    assert frozenset(vidgo.__all__) == PUBLIC_NAMES


def test_what_failed_is_bought_again_by_then(stored: LiveSession) -> None:
    assert found_in("bikes = vidgo.batch('fleet')", "bikes.retry_failed()") == [UNKNOWABLE, UNKNOWABLE]


@pytest.mark.parametrize("cell", ["%env VIDGO_STORE=other", "import os\nos.environ['VIDGO_SIZE'] = '1:1'"])
def test_an_environment_that_the_notebook_sets_makes_its_cells_unknown(cell: str, stored: LiveSession) -> None:
    assert found_in(cell, f"%%vidgo {OPTIONS}\nA red bicycle") == [UNKNOWABLE]


@pytest.mark.parametrize(
    "change",
    [
        "rows.append('Green')",
        "add_to(rows)",
        "other = rows\nother.append('x')",
        "for r in rows: rows.pop()",
        "rows[0] = 'x'",
        "def f():\n    global rows\n    rows = []",
        "del rows",
        "rows += more",
        "x = y = rows\ny.pop()",
    ],
)
def test_a_list_that_code_may_have_changed_is_not_known(change: str, stored: LiveSession) -> None:
    sweep = f"vidgo.sweep(prompt=rows, {RED})"
    assert found_in("rows = ['A red bicycle']", sweep) == [STORED]
    assert found_in("rows = ['A red bicycle']", change, sweep) == [UNKNOWABLE]


def test_a_list_that_a_function_above_changes_is_not_known(stored: LiveSession) -> None:
    change = "def more():\n    rows.append('Green')"
    assert found_in(change, "rows = ['A red bicycle']\nmore()", f"vidgo.sweep(prompt=rows, {RED})") == [UNKNOWABLE]
    assert found_in(
        "def more():\n    global c\n    c = 'green'", "c = 'red'", "more()", f"vidgo.generate(c, {RED})"
    ) == [UNKNOWABLE]


def test_pictures_that_an_import_may_bring_are_not_said_to_be_bought(stored: LiveSession) -> None:
    cell = f"%%vidgo {OPTIONS}\nA green bicycle"
    assert found_in("%vidgo import study.zip", cell) == [UNKNOWABLE]


TEXT = {
    "percent.py": '# %%\n# %load_ext vidgo_notebook\n\n# %% tags=["active-ipynb"]\n# %%vidgo a {}\n# {}\n',
    "light.py": "import vidgo_notebook as vidgo\n\n# Text\n\nvidgo.generate('{1}', size='1:1', resolution='1K')\n",
    "markdown.md": "# Title\n\n```python\n%%vidgo a {}\n{}\n```\n",
    "myst.md": "# Title\n\n```{{code-cell}} ipython3\n:tags: [x]\n\n%%vidgo a {}\n{}\n```\n",
    "quarto.qmd": "# Title\n\n```{{python}}\n#| label: fig\n%%vidgo a {}\n{}\n```\n\n```{{r}}\nplot(1)\n```\n",
}


@pytest.mark.parametrize("name", TEXT)
def test_notebooks_that_are_kept_as_text_are_read(name: str, stored: LiveSession) -> None:
    for prompt, right in (("A red bicycle", [STORED]), ("A green bicycle", [MISSING])):
        Path(name).write_text(TEXT[name].format(OPTIONS, prompt))
        assert outcomes(check_notebook(Path(name))) == right


PYTHON = "```{python}\nimport vidgo_notebook as vidgo\n```\n\n"
MYST = "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n---\n\n"
CALL = f"vidgo.generate('A green bicycle', {RED})"
BUYING_TEXT = {
    "an indented cell.qmd": (
        f"- item\n\n  ```{{python}}\n  import vidgo_notebook as vidgo\n  {CALL}\n  ```\n",
        MISSING,
    ),
    "a cell without an end.qmd": (f"```{{python}}\nimport vidgo_notebook as vidgo\n{CALL}\n", MISSING),
    "code within a line.qmd": (f"{PYTHON}It is `{{python}} {CALL}` so.\n", MISSING),
    "another language.qmd": ("```{bash}\nvidgo generate 'A green boat'\n```\n", UNKNOWABLE),
    "another fence.qmd": (f"~~~{{python}}\nimport vidgo_notebook as vidgo\n{CALL}\n~~~\n", UNKNOWABLE),
    "an included file.qmd": ("{{< include other.qmd >}}\n", UNKNOWABLE),
    "a cell between colons.md": (
        f"{MYST}:::{{code-cell}} ipython3\nimport vidgo_notebook as vidgo\n{CALL}\n:::\n",
        UNKNOWABLE,
    ),
}


@pytest.mark.parametrize("name", BUYING_TEXT)
def test_no_text_that_a_program_may_execute_is_called_fine(name: str, stored: LiveSession) -> None:
    text, right = BUYING_TEXT[name]
    Path(name).write_text(text)
    check = check_notebook(Path(name))
    assert outcomes(check) == [right]
    assert ("In [" in str(check.findings[0])) == (right is MISSING)


@pytest.mark.parametrize(
    "text",
    [
        f"```{{python}}\n#| eval: false\nimport vidgo_notebook as vidgo\n{CALL}\n```\n",
        "```{note}\nMade by vidgo_notebook.\n```\n\n```python\nimport vidgo_notebook\n```\n",
    ],
)
def test_text_that_is_not_executed_buys_nothing(text: str, stored: LiveSession) -> None:
    Path("study.qmd").write_text(text)
    check = check_notebook(Path("study.qmd"))
    assert check.good
    assert check.whole


@pytest.mark.parametrize("change", ["get_ipython().push({'c': 'green'})", "exec(\"c = 'green'\")", "%reset -f"])
def test_a_variable_that_code_may_have_changed_is_not_taken_for_what_it_was(stored: LiveSession, change: str) -> None:
    changed, after = found_in("c = 'red'", change, f"%%vidgo a {OPTIONS}\nA {{{{ c }}}} bicycle")
    assert {changed, after} == {UNKNOWABLE}
