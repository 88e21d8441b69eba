"""A notebook is checked without running it: what is in the store, what a run would buy, and what cannot be known."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.fixtures.api_key import KEY
from tests.fixtures.live_session import URL, LiveSession
from tests.fixtures.notebook_folder import NOTEBOOKS, needs_notebooks
from tests.fixtures.own_models import BANANA, catalogue
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.checking.findings import Check

RED = {"size": "1:1", "resolution": "1K"}

__all__ = ["catalogue"]


def notebook(*cells: str, name: str = "some.ipynb") -> Path:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "# Text"}, *made], "nbformat": 4}))
    return path


def outcomes(check: Check) -> list[str]:
    return [finding.verdict for finding in check.findings]


def checked(*cells: str) -> list[str]:
    return outcomes(check_notebook(notebook("%load_ext vidgo_notebook", *cells)))


@pytest.fixture(autouse=True)
def live_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key and an address in the environment; nothing ever goes there."""
    monkeypatch.setenv("VIDGO_BASE_URL", URL)
    monkeypatch.setenv("VIDGO_API_KEY", KEY)


@pytest.fixture
def stored(live: LiveSession) -> LiveSession:
    """A store with two takes of a red bicycle and an edit of the first."""
    first = live.made(**RED)
    live.made(**RED, take=2)
    live.made("Paint it blue", image=[first, PNG], **RED)
    Path("shelf.png").write_bytes(PNG)
    return live


CELL = "%%vidgo bike --size 1:1 --resolution 1K\nA red bicycle\n"


def test_what_the_store_has_is_found_with_its_parents_and_files(stored: LiveSession) -> None:
    edit = "%%vidgo --image bike --image shelf.png --size 1:1 --resolution 1K\nPaint it blue"
    assert checked(CELL, edit, CELL.replace("bike ", "bike --takes 2 ")) == ["in the store"] * 4


def test_what_it_lacks_has_a_price_and_so_has_what_is_made_from_it(stored: LiveSession) -> None:
    blue = "%%vidgo blue --quality high -s 16:9 -r 4K\nA blue bicycle"
    check = check_notebook(notebook(blue, "%%vidgo --image blue -q medium\nPaint it red", CELL))
    assert outcomes(check) == ["not in the store", "not in the store", "in the store"]
    assert [finding.price for finding in check.findings] == [48, 3, 0]
    assert "1 in the store, 2 to buy (51 credits)" in check.summary
    assert not check.good


@pytest.mark.parametrize(
    "cells",
    [
        ['%config Vidgo.size = "1:1"\n%config Vidgo.resolution = "1K"', "%%vidgo\nA red bicycle"],
        ['import vidgo_notebook as v\nv.configure(size="1:1", resolution="1K")', "%%vidgo\nA red bicycle"],
        ['colour, n = "blue", 1', 'colour = "red"', "%%vidgo -s 1:1 -r 1K\nA {{ colour }} bicycle"],
        ['colour = "RED"', 'shape = "1:1"', "\n\n%%vidgo -s {{ shape }} -r 1K\nA {{ colour.lower() }} bicycle"],
        ["import vidgo_notebook as v", 'job = v.generate("A red bicycle", size="1:1", resolution="1K")'],
        [
            "import vidgo_notebook",
            'p = "A red bicycle"\nvidgo_notebook.generate(p, size="1:1", resolution="1K", take=2)',
        ],
        [
            "%%time\ncolour = 'red'\nfiles = !ls\n!ls\n%matplotlib inline",
            "%%vidgo -s 1:1 -r 1K\nA {{ colour }} bicycle",
        ],
    ],
)
def test_settings_names_and_calls_are_read_where_they_are_literal(cells: list[str], stored: LiveSession) -> None:
    assert checked(*cells) == ["in the store"]


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        (
            'v.sweep(prompt="A {{ colour }} bicycle", colour=["red", "blue"], takes=2, size="1:1", resolution="1K")',
            ["in the store", "in the store", "not in the store", "not in the store"],
        ),
        ('v.sweep(prompt="A red bicycle", size=["1:1", "16:10"], resolution="1K")', ["wrong"]),
        (
            'v.sweep(prompt="A red bicycle", size=["1:1", "16:10"], resolution="1K", skip_invalid=True, yes=True)',
            ["in the store"],
        ),
        (
            'b = v.map([{"prompt": "A red bicycle"}, {"prompt": "Blue"}, {"prompt": ""}], size="1:1", resolution="1K")',
            ["in the store", "not in the store", "wrong"],
        ),
        ('v.map("table.csv", prompt="A {{ colour }} bicycle", size="1:1", resolution="1K")', ["in the store"]),
        ('v.map("no.csv")', ["wrong"]),
        ('v.sweep(prompt=["Paint it blue"], image="shelf.png")', ["cannot be known"]),
        ('v.sweep(prompt=prompts_of_today(), size="1:1")', ["cannot be known"]),
    ],
)
def test_grids_and_tables_of_literals_are_planned(call: str, outcome: list[str], stored: LiveSession) -> None:
    Path("table.csv").write_text("colour\nred\n")
    assert checked("import vidgo_notebook as v", call) == outcome


@pytest.mark.parametrize(
    "cells",
    [
        ["%%vidgo\nA {{ colour }} bicycle"],
        ['colour = input("Which?")', "%%vidgo\nA {{ colour }} bicycle"],
        ['colour = "red"', "for colour in 'ab': pass", "%%vidgo\nA {{ colour }} bicycle"],
        ['colour = "red"', "from colours import *", "%%vidgo\nA {{ colour }} bicycle"],
        ['colour = "red"', "no python with colour at all", "%%vidgo\nA {{ colour }} bicycle"],
        ['colour = "red"', "%%capture colour\nprint(1)", "%%vidgo\nA {{ colour }} bicycle"],
        ["%%vidgo\nA {{ 'x'.__class__ }} bicycle"],
        ["%%vidgo\nA {{ range(10 ** 9) | join }} bicycle"],
        ["from PIL import Image\npalette = Image.new('RGB', (9, 9))", "%%vidgo --image palette\nA red bicycle"],
        ["%config Vidgo.size = size_of_today()", CELL],
        ["import vidgo_notebook as vidgo", "for n in range(9): vidgo.generate(f'{n} bicycles')"],
        ["import vidgo_notebook as vidgo", "vidgo.generate('A red bicycle', **options_of_today())"],
    ],
)
def test_what_only_a_run_can_show_is_reported_as_unknown_and_is_not_an_error(
    cells: list[str], stored: LiveSession
) -> None:
    check = check_notebook(notebook(*cells))
    assert outcomes(check) == ["cannot be known"]
    assert check.good


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("%%vidgo --sise 1:1\nA red bicycle", "--sise"),
        ("%%vidgo 'unclosed\nA red bicycle", "quotation mark"),
        ("%%vidgo\nA {{ red bicycle", "is not closed"),
        ("%%vidgo --size 16:10 --quality best\nA red bicycle", "best"),
        ("%%vidgo\n", "prompt"),
        ("%%vidgo --image none.png\nA red bicycle", "none.png"),
        ("import vidgo_notebook as v\nv.generate('A red bicycle', takes='two')", "takes"),
    ],
)
def test_a_cell_that_cannot_be_parsed_or_would_be_refused_is_named(cell: str, why: str, stored: LiveSession) -> None:
    (finding,) = check_notebook(notebook("1", cell)).findings
    assert (finding.cell, finding.verdict) == (2, "wrong")
    assert why in finding.detail


CALL = "import vidgo_notebook as v\n"
NAMED = ("image", "quality", "size", "resolution", "prompt", "takes", "max", "yes", "qualty", "fersh", "skip", "name")


@pytest.mark.parametrize(
    ("cell", "wrong"),
    [
        (
            "%%vidgo -i none.png -q ultra -s 7:9 -r 9K --takes 0 --max-credits much\n",
            "image quality size resolution prompt takes max",
        ),
        ("%%vidgo --sweep quality=low,ultra -s 7:9 --takes 0\nA red bicycle", "quality size takes"),
        (
            CALL + "v.generate('', quality='ultra', size='7:9', yes='no', max_credits='much', takes=0)",
            "prompt quality size yes max takes",
        ),
        (CALL + "v.generate('A red bicycle', qualty='high', fersh=True)", "qualty fersh"),
        (
            CALL + "v.sweep(prompt=['A fox', ''], quality='ultra', skip_invald=True, yes='no')",
            "prompt quality skip yes",
        ),
        (CALL + "v.map([{'prompt': ''}], quality='ultra', name=5)", "prompt quality name"),
    ],
)
def test_all_that_is_wrong_with_a_cell_or_a_call_is_in_one_finding(cell: str, wrong: str, stored: LiveSession) -> None:
    """As in the message of a run."""
    (finding,) = check_notebook(notebook(cell)).findings
    assert finding.verdict == "wrong"
    assert {name for name in NAMED if re.search(rf"\b{name}[\w-]*(: | is | must | \()", finding.detail)} == set(
        wrong.split()
    )


def test_a_model_of_the_notebooks_own_file_is_priced_by_it(stored: LiveSession) -> None:
    Path("models.toml").write_text(BANANA)
    cells = ('%config Vidgo.models_file = "models.toml"', "%%vidgo --model nano-banana --set output_format=png\nA fox")
    (finding,) = check_notebook(notebook(*cells)).findings
    assert (finding.verdict, finding.price) == ("not in the store", 4)


def test_a_random_prompt_is_planned_by_its_seed_and_none_is_written(stored: LiveSession) -> None:
    cell = "%%vidgo --size 1:1 --resolution 1K\nA {{ choice(['red', 'red']) }} bicycle"
    assert checked(cell, cell.replace("%%vidgo", "%%vidgo --seed 7")) == ["in the store", "in the store"]
    assert not Path(".vidgo/seeds").exists()


def test_dry_runs_and_help_buy_nothing_and_fresh_buys_each_time(stored: LiveSession) -> None:
    check = check_notebook(notebook("%%vidgo --dry-run\nA {{ x }}", "%%vidgo -h\n", CELL.replace("bike ", "--fresh ")))
    assert outcomes(check) == ["buys nothing", "buys nothing", "bought anew"]
    assert check.findings[-1].price == 2


def test_a_price_that_the_notebook_sets_counts(stored: LiveSession) -> None:
    cells = ['%config Vidgo.prices = {"flux-2-pro": 8}', "%%vidgo -m flux-2-pro\nA green bicycle"]
    assert "1 to buy (8 credits)" in check_notebook(notebook(*cells)).summary
    assert "1 to buy (1 unpublished price)" in check_notebook(notebook(cells[1])).summary


def test_damaged_pictures_and_records_are_named(stored: LiveSession) -> None:
    first, second, _ = stored.session.jobs.values()
    first.result().path.write_bytes(b"x")  # type: ignore[union-attr]
    store = stored.session.store.folder
    assert store
    (store / "results" / f"{second.fingerprint}.json").write_text("{")
    check = check_notebook(notebook(CELL, CELL.replace("bike ", "--take 2 ")))
    assert outcomes(check) == ["damaged", "damaged"]
    assert second.fingerprint in check.findings[1].detail


def test_nothing_is_run_sent_or_written(stored: LiveSession, folder: Path) -> None:
    calls = stored.emulator.count()
    stored.close()
    path = notebook("open('ran', 'w')", '%%vidgo\n{{ open("ran", "w") }}', "%%vidgo\nA green bicycle", CELL)
    before = {each for each in folder.rglob("*") if each.is_file()}
    check_notebook(path)
    assert {each for each in folder.rglob("*") if each.is_file()} == before
    assert stored.emulator.count() == calls


def test_the_store_is_the_one_beside_the_notebook(stored: LiveSession) -> None:
    Path(".vidgo").rename("there.vidgo")
    path = notebook(CELL, name="there/some.ipynb")
    Path("there.vidgo").rename("there/.vidgo")
    assert outcomes(check_notebook(path)) == ["in the store"]


def test_a_store_that_the_notebook_names_lies_beside_it_too(stored: LiveSession) -> None:
    path = notebook('%config Vidgo.store = "results"', CELL, name="there/some.ipynb")
    Path(".vidgo").rename("there/results")
    assert outcomes(check_notebook(path)) == ["in the store"]


BAD_FILES = {
    "none.ipynb": None,
    "a folder.ipynb": b"folder",
    "text.ipynb": b"print(1)",
    "list.ipynb": b"[]",
    "old.ipynb": b'{"worksheets": [], "nbformat": 3}',
    "cells.ipynb": b'{"cells": [1]}',
    "source.ipynb": b'{"cells": [{"cell_type": "code", "source": 1}]}',
    "deep.ipynb": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_notebook_is_named(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = BAD_FILES[name]
    if data == b"folder":
        Path(name).mkdir()
    elif data is not None:
        Path(name).write_bytes(data)
    assert main(["check", name]) == 2
    printed = capsys.readouterr().err
    assert f"{name} can't be checked" in printed
    assert "Traceback" not in printed


GREEN = "%%vidgo{} --quality high --size 1:1 -r 1K\nA green bicycle"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ([GREEN.format(" --max-credits 1")], "it costs 12 credits, and --max-credits allows 1 credit"),
        (["%config Vidgo.budget = 1", GREEN.format("")], "it costs 12 credits, and the budget leaves 1 credit"),
        (
            ["import vidgo_notebook as vidgo\nvidgo.configure(budget=20)", GREEN.format(" -n 2")],
            "it costs 24 credits, and the budget leaves 20 credits",
        ),
        (
            ["import vidgo_notebook as vidgo\nvidgo.generate('A green bicycle', max_credits='0.5')"],
            "it costs 2 credits, and --max-credits allows 0.5 credits",
        ),
        (
            ["%config Vidgo.budget = 100", "%%vidgo -m flux-2-pro -y\nA green bicycle"],
            "its price is not published, and the budget leaves 100 credits",
        ),
    ],
)
def test_what_a_limit_forbids_a_run_would_not_buy(stored: LiveSession, cells: list[str], why: str) -> None:
    found = check_notebook(notebook(*cells)).findings
    assert {(each.verdict, each.detail) for each in found} == {("would be refused", why)}


def test_what_cells_above_would_buy_counts_against_the_budget(stored: LiveSession) -> None:
    cells = [GREEN.format(""), GREEN.format("").replace("green", "grey"), CELL]
    found = check_notebook(notebook("%config Vidgo.budget = 20", *cells)).findings
    assert [each.verdict for each in found[:2]] == ["not in the store", "would be refused"]
    assert "the budget leaves 8 credits" in found[1].detail


def test_the_exit_status_is_for_ci_and_every_notebook_is_checked(
    stored: LiveSession, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = notebook(CELL, name="good.ipynb"), notebook("%%vidgo\nA green bicycle", name="bad.ipynb")
    assert main(["check", str(good)]) == 0
    assert main(["check", str(bad), str(good)]) == 1
    capsys.readouterr()
    assert main(["check", str(bad), "none.ipynb", str(good)]) == 2
    printed = capsys.readouterr()
    assert "bad.ipynb: 0 in the store, 1 to buy (2 credits)" in printed.out
    assert "! In [1] 'A green bicycle': not in the store: a run would buy it for 2 credits" in printed.out
    assert "good.ipynb: 1 in the store" in printed.out


def test_what_is_almost_in_the_store_is_named_beside_what_a_run_would_buy(stored: LiveSession) -> None:
    cells = [CELL.replace("red bicycle", "red  bicycle"), CELL.replace("1:1", "16:9"), CELL]
    found = check_notebook(notebook(*cells)).findings
    assert [each.verdict for each in found] == ["not in the store", "not in the store", "in the store"]
    assert found[0].detail.endswith("; it differs only in white space from 'A red bicycle', which the store has")
    assert found[1].detail.endswith("; the store has it at size 1:1")


def test_what_cannot_be_known_has_a_status_of_its_own_unless_that_is_allowed(
    stored: LiveSession, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = str(notebook("import vidgo_notebook as vidgo", "vidgo.generate(prompt_of_today())", name="unknown.ipynb"))
    assert main(["check", unknown]) == 2
    assert "? In [2] vidgo.generate(…): cannot be known" in capsys.readouterr().out
    assert main(["check", "--allow-unknown", unknown]) == 0
    bad = str(notebook("%%vidgo\nA green bicycle", name="bad.ipynb"))
    assert main(["check", "--allow-unknown", unknown, bad]) == main(["check", unknown, bad]) == 1


@needs_notebooks
def test_our_own_notebooks_are_in_their_store_for_a_reader_without_a_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As CI runs it: in a process of its own, with nothing in the environment."""
    for name in ("VIDGO_API_KEY", "VIDGO_BASE_URL", "VIDGO_STORE"):
        monkeypatch.delenv(name, raising=False)
    command = [sys.executable, "-m", "vidgo_notebook", "check", *map(str, sorted(NOTEBOOKS.glob("*.ipynb")))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  ! " not in done.stdout
    assert "  ? " not in done.stdout
    assert done.stdout.count(": in the store: a stand-in of the emulator") == 5 + 4 + 12 + 2 + 24 + 12 + 8


def test_the_hook_for_pre_commit_is_a_command_that_reads_notebooks(stored: LiveSession) -> None:
    (hook,) = yaml.safe_load((NOTEBOOKS.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *words = hook["entry"].split()
    assert program == "vidgo"
    assert main([*words, str(notebook(CELL))]) == 0
    assert main([*words, str(notebook("%%vidgo\nA green bicycle"))]) == 1
    assert [bool(re.search(hook["files"], name)) for name in ("a.ipynb", "a/b.qmd", "a.py", "ipynb")] == [
        True,
        True,
        False,
        False,
    ]
