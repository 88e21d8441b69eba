"""Code that a notebook brings from elsewhere, or by another name, is never called fine by a check that reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.checking.test_check import stored
from tests.app.checking.test_code import OPTIONS, RED, STORED, UNKNOWABLE, found_in
from tests.fixtures.api_key import KEY
from tests.fixtures.live_session import URL, LiveSession

__all__ = ["stored"]

BICYCLE = f"%%vidgo {OPTIONS}\nA red bicycle"


@pytest.fixture(autouse=True)
def live_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key and an address in the environment; nothing ever goes there."""
    monkeypatch.setenv("VIDGO_BASE_URL", URL)
    monkeypatch.setenv("VIDGO_API_KEY", KEY)


FILES = {
    "buy.py": "import vidgo_notebook as vidgo\nvidgo.generate('x')\n",
    "helper.py": "from buy import make\n",
    "pkg/__init__.py": "",
    "pkg/sub.py": "import vidgo_notebook\n",
    "pkg/near.py": "from . import sub\n",
    "namespace/module.py": "import vidgo_notebook\n",
    "src/deep.py": "import vidgo_notebook\n",
    ".env": "VIDGO_STORE=other\n",
}

ELSEWHERE = {
    "a module of a module": ["import helper"],
    "a module of a package": ["import pkg.sub"],
    "from a package": ["from pkg import sub"],
    "a relative import": ["import pkg.near"],
    "a package without an __init__": ["from namespace import module"],
    "sys.path": ["import sys\nsys.path.insert(0, 'src')", "import deep"],
    "sys.path, assembled": ["import sys, pathlib\nsys.path += [str(pathlib.Path.cwd() / 'src')]", "from deep import x"],
    "%cd": ["%cd src", "import deep"],
    "os.chdir": ["import os\nos.chdir('src')", "import deep"],
    "%%writefile": ["%%writefile made.py\nimport vidgo_notebook as v\nv.generate('x')", "import made"],
    "a copy": ["!cp src/deep.py deeper.py", "import deeper"],
    "a download": ["!wget https://example.org/other.py", "import other_of_the_net"],
    "import_module by another name": ["from importlib import import_module as im\nim(open('n').read()).generate('x')"],
    "subprocess by another name": ["import subprocess as sp\nsp.run(['python', 'buy.py'])"],
    "its function by another name": ["from subprocess import run as r\nr(['python', 'buy.py'])"],
    "os by another name": ["import os as o\no.system('python buy.py')"],
    "runpy by another name": ["import runpy as rp\nrp.run_path('buy.py')"],
    "another name in a function": ["import subprocess as sp\ndef go():\n    sp.run(['python', 'buy.py'])\ngo()"],
    "asyncio": ["import asyncio\nawait asyncio.create_subprocess_exec('python', 'buy.py')"],
    "papermill": ["import papermill as pm\npm.execute_notebook('buy.ipynb', 'out.ipynb')"],
    "the shell, imported": ["from IPython import get_ipython", "get_ipython().run_cell(text_of_today())"],
    "the shell, by another name": ["from IPython import get_ipython as gi", "gi().run_cell(text_of_today())"],
    "the shell of the module": ["import IPython\nIPython.get_ipython().run_cell(text_of_today())"],
    "the shell of its class": [
        "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.instance().run_cell(text())"
    ],
    "a loop over plans": ["plans = [vidgo.plan([{'prompt': 'Green'}])]\nfor p in plans: p.buy()"],
    "a loop over functions": ["for f in [vidgo.generate]: f('x')"],
    "a zip of plans": ["plans = [vidgo.plan([{'prompt': 'Green'}])]\nfor p, n in zip(plans, [1]): p.buy()"],
    "get of a dict": ["makers = {'a': vidgo.generate}\nmakers.get('a')('x')"],
    "items of a dict": ["makers = {'a': vidgo.generate}\nfor n, make in makers.items(): make('x')"],
    "a key that is not known": ["makers = {'a': vidgo.generate}\nmakers[key()]('x')"],
    "lists added": ["both = [vidgo.generate] + [print]\nboth[0]('x')"],
    "an unpacked list": ["first, *rest = [vidgo.generate, 1]\nfirst('x')"],
    "a dict by a key that is not known": ["d = {key(): vidgo.generate}\nfor f in d.values(): f('x')"],
    "a dict comprehension of functions": ["d = {n: vidgo.generate for n in 'ab'}\nd['a']('x')"],
    "a set": ["s = {vidgo.generate}\ns.pop()('x')"],
    "pop": ["s = [vidgo.generate]\ns.pop()('x')"],
    "all modules": ["import sys\nm = [m for n, m in sys.modules.items() if n.startswith('vid')][0]\nm.generate('x')"],
    "its names": ["vidgo.__dict__['generate']('x')"],
    "calls without brackets": [",vidgo.generate x"],
    "the same of another name": ["v = vidgo", "/v.generate 'x'"],
    "a magic without its mark": ["run buy.py"],
    "%prun": ["v = vidgo", "%prun v.generate('x')"],
    "a magic that is not known": ["v = vidgo", "%%snakeviz\nv.generate('x')"],
    "%system": ["%system python buy.py"],
    "%sx": ["x = %sx python buy.py"],
    "an extension beside it": ["%load_ext buy"],
    "%aimport": ["%load_ext autoreload\n%aimport buy"],
    "%%timeit's line": ["%%timeit -n 1 -r 1 vidgo.generate(prompt())\npass"],
    "conda run": ["!conda run python buy.py"],
    "a program of an option": ["!tar x --to-command=python"],
    "a process as a file": ["!cat <(python buy.py)"],
}


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_what_comes_from_elsewhere_is_never_said_to_be_fine(kind: str, stored: LiveSession) -> None:
    for name, text in FILES.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    assert UNKNOWABLE in found_in(*ELSEWHERE[kind])


CHANGES = {
    "the configuration": "c = get_ipython().config\nc.Vidgo.quality = 'high'",
    "the configuration itself": "get_ipython().config.Vidgo.quality = 'high'",
    "environ.update": "import os\nos.environ.update({'VIDGO_STORE': 'other'})",
    "environ |=": "import os\nos.environ |= {'VIDGO_STORE': 'other'}",
    "a key that is computed": "import os\nkey = 'VIDGO_' + 'STORE'\nos.environ[key] = 'other'",
    "a key that is not known": "import os\nos.environ[key_of_today()] = 'other'",
    "environ by another name": "from os import environ as e\ne['VIDGO_STORE'] = 'other'",
    "a loop": "import os\nfor k, v in {'VIDGO_STORE': 'other'}.items(): os.environ[k] = v",
    "putenv": "import os\nos.putenv('VIDGO_STORE', 'other')",
    "%cd": "%cd src",
    "os.chdir": "import os; os.chdir('src')",
    "load_dotenv": "from dotenv import load_dotenv\nload_dotenv()",
    "dotenv": "import dotenv\ndotenv.load_dotenv()",
    "%dotenv": "%load_ext dotenv\n%dotenv",
}


@pytest.mark.parametrize("kind", CHANGES)
def test_settings_that_are_changed_in_roundabout_ways_are_not_known(kind: str, stored: LiveSession) -> None:
    Path("src").mkdir()
    Path(".env").write_text(FILES[".env"])
    found = found_in(CHANGES[kind], BICYCLE, first="")
    assert set(found) == {UNKNOWABLE}


def test_a_folder_that_the_notebook_goes_to_after_its_store_was_found_leaves_the_store(stored: LiveSession) -> None:
    Path("src").mkdir()
    assert found_in("%cd src", BICYCLE) == [STORED]
    assert found_in("%cd src", BICYCLE.replace("%%vidgo", "%%vidgo --image shelf.png")) == [UNKNOWABLE]


def test_what_others_import_and_run_is_fine(stored: LiveSession) -> None:
    Path("tools.py").write_text("import json, os\nfrom pathlib import Path\n")
    assert found_in(
        "import os, sys, json, asyncio, IPython\nimport tools\nfrom tools import Path",
        "if os.environ.get('CI'):\n    print(os.name)",
        "!wget https://example.org/data.csv\nimport json, PIL, tools",
        "sys.path.append('lib')\nimport tools, json",
        "%load_ext autoreload\n%autoreload 2\n%aimport json",
        "from IPython.display import display\ndisplay(1)",
        "await asyncio.sleep(0)",
        "os.environ['HOME']\nos.environ['TOKENIZERS_PARALLELISM'] = 'false'",
        BICYCLE,
    ) == [STORED]


TIMED = {
    "a line": f"%timeit -n 2 -r 2 vidgo.generate('A red bicycle', fresh=True, {RED})",
    "a cell": f"%%timeit\nvidgo.generate('A red bicycle', fresh=True, {RED})",
    "a prompt cell": f"%%timeit -n 2\n%%vidgo --fresh {OPTIONS}\nA red bicycle",
}


@pytest.mark.parametrize("kind", TIMED)
def test_how_often_timeit_buys_is_not_known(kind: str, stored: LiveSession) -> None:
    assert UNKNOWABLE in found_in(TIMED[kind])
    assert UNKNOWABLE not in found_in(TIMED[kind].replace("timeit", "time").replace("-n 2 -r 2 ", ""))


def test_what_timeit_measures_is_free_where_it_asks_for_the_price_alone(stored: LiveSession) -> None:
    assert UNKNOWABLE not in found_in("%timeit vidgo.quote('A red bicycle')")


def test_a_variable_that_is_set_within_timeit_is_not_set_in_the_notebook(stored: LiveSession) -> None:
    cells = ["color = 'green'", "%%timeit\ncolor = 'red'", f"%%vidgo {OPTIONS}\nA {{{{ color }}}} bicycle"]
    assert STORED not in found_in(*cells)
    again = ["v = vidgo", "%%timeit\nv = 1", f"v.generate('A red bicycle', fresh=True, {RED})"]
    assert UNKNOWABLE in found_in(*again)


@pytest.mark.parametrize("magic", ["%%sh --out color\necho -n green", "%%sh --err=color\necho -n green >&2"])
def test_a_variable_that_a_shell_cell_sets_is_not_known(magic: str, stored: LiveSession) -> None:
    used = f"%%vidgo {OPTIONS}\nA {{{{ color }}}} bicycle"
    assert found_in("color = 'red'", "%%sh\necho color", used) == [STORED]
    assert STORED not in found_in("color = 'red'", magic, used)


@pytest.mark.parametrize(
    "code", ["import __main__\n__main__", "import __main__ as m\nm", "import sys\nsys.modules['__main__']"]
)
def test_a_variable_that_is_set_through_its_module_is_not_known(code: str, stored: LiveSession) -> None:
    used = f"%%vidgo {OPTIONS}\nA {{{{ color }}}} bicycle"
    assert UNKNOWABLE in found_in("color = 'red'", f"{code}.color = 'green'", used)


@pytest.mark.parametrize("code", ["from math import *", "%%capture vidgo\nprint()", "%run -i other.py"])
def test_the_package_is_not_forgotten_where_code_may_bind_any_name(code: str, stored: LiveSession) -> None:
    found = found_in("v = vidgo", code, f"vidgo.generate('A green bicycle', {RED})")
    assert found[-1:] == [UNKNOWABLE]
    assert len(found_in("v = vidgo", code, "1")) < len(found)


def test_a_name_of_the_notebook_that_it_imports_from_itself_is_not_fine(stored: LiveSession) -> None:
    assert UNKNOWABLE in found_in("from __main__ import vidgo as z", f"z.generate('A green bicycle', {RED})")
