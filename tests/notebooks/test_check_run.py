"""What ``vidgo check --run`` lists is what a real run buys, and no kind of code is called fine that buys."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests.fixtures.api_key import KEY
from tests.fixtures.counting_emulator import CountingEmulator, served
from tests.fixtures.jupyter_kernels import notebook_of
from tests.fixtures.jupyter_kernels import run_notebook as run_for_real
from tests.fixtures.notebook_folder import NOTEBOOKS, NotebookFolder
from tests.fixtures.tricky_notebooks import BUY, GREEN, LOAD, OPTIONS, RECORDED, TRICKY
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.checking.findings import Check, Verdict
from vidgo_notebook.app.checking.run import run_notebook
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import RequestError
from vidgo_notebook.render.card import headline

SECONDS = 200.0
BUYING = (Verdict.MISSING, Verdict.FRESH)
TOGETHER = (
    "a function in a loop",
    "an edit of what is bought",
    "%%bash",
    "fresh, not waited for",
    "a refusal that is caught",
)
LOOK = "g = v.generate('A green bicycle', quality='low', size='1:1', resolution='1K').result()\nwidth = g.image.width"
TEXTS = {
    "percent.py": "# %%\n# %load_ext vidgo_notebook\nimport vidgo_notebook as vidgo\n\n"
    f'# %% tags=["active-ipynb"]\n# %%vidgo a {OPTIONS}\n# A red bicycle\n\n# %%\n{GREEN}.result()\n',
    "quarto.qmd": f"# Title\n\n```{{python}}\n#| label: fig\n{LOAD}\n```\n\n```{{python}}\n%%vidgo a {OPTIONS}\n"
    f"A red bicycle\n```\n\n```{{python}}\n{GREEN}.result()\n```\n",
}


@dataclass
class World:
    """A folder with a notebook, and the service that it buys from."""

    folder: Path
    emulator: CountingEmulator
    url: str

    @property
    def notebook(self) -> Path:
        return self.folder / "notebook.ipynb"

    @property
    def environment(self) -> dict[str, str]:
        found = NotebookFolder(self.folder).environment(VIDGO_API_KEY=KEY, VIDGO_BASE_URL=self.url)
        del found["VIDGO_STORE"], found["VIDGO_MODE"]
        return found

    def write(self, *cells: str, kernel: str = "") -> None:
        notebook = notebook_of(*cells)
        if kernel:
            notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel}
        nbformat.write(notebook, self.notebook)

    def bought(self) -> Counter[tuple[str, Decimal | None]]:
        """What a run buys, as the service counts it."""
        before = set(self.emulator.tasks)
        with suppress(CellExecutionError):
            run_for_real(nbformat.read(self.notebook, 4), self.folder, self.environment)
        tasks = [task for name, task in self.emulator.tasks.items() if name not in before]
        return Counter((f"{shown(task.request.prompt, 60)} · {headline(task.request)}", task.price) for task in tasks)

    def files(self) -> dict[str, bytes]:
        """All that is in the folder, but for what IPython and Python keep of themselves, and modules of a notebook."""
        left_out = {"home", "__pycache__", "helper.py", "made.py"}
        found = [path for path in self.folder.rglob("*") if path.is_file() and not left_out & {*path.parts}]
        return {str(path): path.read_bytes() for path in found}


def to_buy(check: Check) -> Counter[tuple[str, Decimal | None]]:
    found = [each for each in check.findings if each.verdict in BUYING]
    return Counter((re.sub(r" · take \d+$", "", each.label), each.price) for each in found)


def install_kernel(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, before: list[str], **environment: str
) -> None:
    """A kernel of this environment that Jupyter knows by a name; ``before`` is a command that starts it."""
    spec = {
        "argv": [*before, sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
        "env": environment,
    }
    place = folder / "jupyter" / "kernels" / name / "kernel.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "jupyter"))


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[CountingEmulator, str]]:
    emulator = CountingEmulator(keys={KEY})
    with served(emulator) as url:
        yield emulator, url


@pytest.fixture(scope="module")
def recorded(service: tuple[CountingEmulator, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and a journal that a notebook has bought; it lies elsewhere since."""
    world = World(tmp_path_factory.mktemp("recording"), *service)
    world.write(*RECORDED)
    assert world.bought().total() == 7
    return world.folder.rename(world.folder.with_name("recorded"))


@pytest.fixture
def world(
    service: tuple[CountingEmulator, str], recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    found = World(tmp_path / "work", *service)
    shutil.copytree(recorded, found.folder)
    (found.folder / "buy.py").write_text(BUY)
    for name in [name for name in os.environ if name not in found.environment]:
        monkeypatch.delenv(name)
    for name, text in found.environment.items():
        monkeypatch.setenv(name, text)
    return found


def compare(world: World, cells: list[str]) -> tuple[Check, Check, Counter[tuple[str, Decimal | None]]]:
    """What the check that reads says, what the one that runs says, and what a run buys; neither check changes or buys
    anything."""
    world.write(*cells)
    before, tasks = world.files(), len(world.emulator.tasks)
    static, rehearsed = check_notebook(world.notebook), run_notebook(world.notebook, SECONDS)
    assert len(world.emulator.tasks) == tasks
    assert world.files() == before
    return static, rehearsed, world.bought()


def test_what_it_lists_is_what_a_run_buys_also_of_code_that_is_not_plain(world: World) -> None:
    cells = [LOAD, *(cell for kind in TOGETHER for cell in TRICKY[kind][1:])]
    static, rehearsed, bought = compare(world, cells)
    assert to_buy(rehearsed) == bought
    assert bought.total() == 5
    assert not static.whole
    joined = [each.detail for each in rehearsed.findings if "joins the same request before it" in each.detail]
    assert len(joined) == 2
    assert [each.verdict for each in rehearsed.findings].count(Verdict.REFUSED) == 2
    assert not rehearsed.good


@pytest.mark.full
@pytest.mark.parametrize("kind", TRICKY)
def test_each_kind_is_listed_as_it_is_bought_and_neither_check_calls_it_fine(kind: str, world: World) -> None:
    static, rehearsed, bought = compare(world, TRICKY[kind])
    assert to_buy(rehearsed) == bought
    if bought:
        assert not (static.good and static.whole)
        assert not rehearsed.good


def test_no_key_and_no_trick_of_the_notebook_makes_it_pay(world: World) -> None:
    """It brings a key, hides that it is rehearsed, sets live mode, and starts a process with an environment of its
    own."""
    (world.folder / "pay.py").write_text(BUY)
    places = {"HOME": str(world.folder), "VIDGO_API_KEY": KEY, "VIDGO_BASE_URL": world.url, "VIDGO_MODE": "live"}
    world.write(
        f"import os\nos.environ.update({places!r})\nos.environ.pop('VIDGO_REHEARSAL', None)",
        LOAD,
        "%config Vidgo.mode = 'live'",
        f"vidgo.configure(base_url={world.url!r})\n{GREEN}.result()",
        f"import subprocess, sys\nsubprocess.run([sys.executable, 'pay.py'], env={places!r}, check=True)",
        "import importlib\nfrom vidgo_notebook.app import connect\n"
        "from vidgo_notebook.app.process import current_session\n"
        "connect.connect(current_session().target, None)",
    )
    calls = world.emulator.count()
    found = run_notebook(world.notebook, SECONDS)
    assert world.emulator.count() == calls
    assert [label for label, _ in to_buy(found)] == [
        "'A green bicycle' · GPT Image 2 · low · 1:1 · 1K",
        "'A green bicycle of a file' · GPT Image 2 · low · 1:1 · 1K",
    ]
    assert any("Nothing is sent" in each.detail for each in found.findings)


# What is no notebook that can be executed


def checked(world: World, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    status = main(["check", "--run", *options, str(world.notebook)])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    return status, printed.out, printed.err


@pytest.mark.parametrize("text", [None, "print(1)", "[]"])
def test_a_file_that_is_no_notebook_is_named(
    text: str | None, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.notebook.unlink() if text is None else world.notebook.write_text(text)
    status, _, told = checked(world, capsys)
    assert status == 2
    assert "notebook.ipynb can't be checked" in told


def test_a_kernel_that_is_not_installed_is_named_with_those_that_are(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write("1", kernel="octave")
    status, _, told = checked(world, capsys)
    assert status == 2
    assert "its kernel 'octave' is not installed; there is" in told
    assert "python3" in told


@pytest.mark.parametrize(("ends", "is_executed"), [(1, True), (2, False)])
def test_a_kernel_that_ends_while_it_starts_is_started_once_more(
    ends: int, is_executed: bool, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jupyter chooses its ports before the kernel listens there; meanwhile another program can take one."""
    count = f'echo >> started; [ $(wc -l < started) -gt {ends} ] && exec "$@"; exit 1'
    install_kernel("late", tmp_path, monkeypatch, ["sh", "-c", count, "sh"])
    world.write(LOAD, kernel="late")
    if is_executed:
        assert run_notebook(world.notebook, SECONDS).findings == ()
    else:
        with pytest.raises(RequestError, match="its kernel 'late' does not start: Kernel died"):
            run_notebook(world.notebook, SECONDS)
    assert (world.folder / "started").read_text() == "\n\n"


def test_without_the_extra_it_says_what_to_install(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write("1")
    monkeypatch.setitem(sys.modules, "nbclient", None)
    status, _, told = checked(world, capsys)
    assert status == 2
    assert "pip install 'vidgo-notebook[notebook]'" in told


def test_a_loop_without_end_is_ended_and_what_follows_is_not_known(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write(*TRICKY["another name"], "while True: pass", f"{LOAD}\nvidgo.generate('never')")
    status, shown_, told = checked(world, capsys, "--timeout", "4", "--json")
    assert status == 1
    assert "its code is executed" in told
    rows = json.loads(shown_)
    assert [(row["cell"], row["verdict"], row["credits"]) for row in rows] == [
        (2, "not in the store", 2),
        (3, "cannot be known", 0),
        (3, "cannot be known", 0),
    ]
    assert rows[0]["request"] == "'A green bicycle' · GPT Image 2 · low · 1:1 · 1K"
    assert "it takes longer than 4 s" in rows[1]["finding"]
    assert "1 cell after it is not executed" in rows[2]["finding"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("name = input('Which?')", "it asks a question (input)"),
        ("import os; os._exit(1)", "the kernel died"),
        ("import os; os.environ['VIDGO_API_KEY']", "KeyError"),
        ("import os; os.kill(os.getppid(), 0); 1 / 0", "ZeroDivisionError"),
        ("%vidgo key", "cannot be known"),
    ],
)
def test_a_cell_that_fails_is_named_and_ends_what_is_known(
    cell: str, why: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write(LOAD, cell, "print('later')")
    status, shown_, _ = checked(world, capsys)
    assert status == (1 if cell.startswith("%") else 2)
    assert why in shown_
    assert "1 cell after it is not executed" in shown_


@pytest.mark.full
@pytest.mark.parametrize("cells", [[], ["print('hello')"]])
def test_a_notebook_that_asks_for_nothing_is_fine(
    cells: list[str], world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write(*cells)
    assert checked(world, capsys)[:2] == (0, f"{world.notebook}: 0 in the store, 0 to buy (0 credits), "
                                          "0 wrong or damaged, 0 that cannot be known\n")  # fmt: skip


@pytest.mark.full
def test_a_kernel_whose_package_could_buy_is_not_used(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "old" / "vidgo_notebook" / "__init__.py"
    package.parent.mkdir(parents=True)
    package.write_text("open('imported', 'w')")
    install_kernel("old", tmp_path, monkeypatch, [], PYTHONPATH=str(tmp_path / "old"))
    world.write(*TRICKY["another name"], kernel="old")
    status, _, told = checked(world, capsys)
    assert status == 2
    assert "has no vidgo_notebook, or an older one, which could buy" in told
    assert not (world.folder / "imported").exists()


@pytest.mark.full
@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_notebooks_that_are_kept_as_text_are_executed_too(name: str, text: str, world: World) -> None:
    path = world.folder / name
    path.write_text(text)
    found = run_notebook(path, SECONDS)
    assert [(each.verdict, each.label.partition(" ·")[0]) for each in found.findings] == [
        (Verdict.STORED, "'A red bicycle'"),
        (Verdict.MISSING, "'A green bicycle'"),
    ]


@pytest.mark.full
def test_what_the_code_sees_of_a_picture_that_is_not_there_makes_the_rest_unknown(world: World) -> None:
    world.write(*TRICKY["another name"], "v.generate('A red bicycle', quality='low').result()", LOOK)
    found = run_notebook(world.notebook, SECONDS)
    assert [each.label for each in found.findings if each.verdict is Verdict.UNKNOWABLE] == [
        ".image of 'A green bicycle'"
    ]


@pytest.mark.full
def test_our_own_notebooks_are_in_their_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIDGO_API_KEY")
    monkeypatch.delenv("VIDGO_BASE_URL")
    monkeypatch.setenv("VIDGO_JOURNAL", str(world.folder / "another.sqlite3"))
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        check = run_notebook(path, SECONDS)
        assert check.good
        assert check.whole, [str(each) for each in check.findings if each.verdict is Verdict.UNKNOWABLE]
        assert {each.verdict for each in check.findings} <= {Verdict.STORED, Verdict.FREE}


def test_numbers_of_seconds_are_numbers(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.write("1")
    assert checked(world, capsys, "--timeout", "soon")[0] == 2
    assert main(["check", "--timeout", "5", str(world.notebook)]) == 2
    assert "is about --run" in capsys.readouterr().err
