"""What holds for every test: a developer's own settings stay out, above all the key."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import chance
from tests.fixtures.isolation import begin_process, hide_pytest
from tests.fixtures.postgres import Postgres, served
from tests.fixtures.scratch_folder import use_memory

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_ABOUT_TESTING = ("VIDGO_MODE", "VIDGO_REQUIRE_BROWSER", "VIDGO_CHROMIUM", "VIDGO_REQUIRE_POSTGRES")
_SHARED_BY_A_FOLDER = ("tests/engine/cluster/", "tests/browser/")  # workers, a browser and JupyterLab
_STARTS_OTHER_PROGRAMS = (
    *_SHARED_BY_A_FOLDER,
    *(f"tests/{name}/" for name in ("proofs", "notebooks", "release")),
)
_BUSY_UNTIL = 0.8  # of the run: a long file that came last would leave the other processes idle


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the long proofs (marked `full`)")
    parser.addoption("--quick", action="store_true", help="leave out what starts browsers, notebooks or clusters")


def pytest_configure(config: pytest.Config) -> None:
    use_memory()
    keep_bytecode()
    config.addinivalue_line("markers", "full: a long proof, run with --full")
    chance.Run.full = config.getoption("--full")
    for name in [name for name in os.environ if name.startswith("VIDGO_") and name not in _ABOUT_TESTING]:
        del os.environ[name]
    # Started in the background of a shell, Python finds interrupts ignored, and so would the tests of them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # What is cached in a test is not seen in the next run, and the developer's own cache stays as it is.
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="vidgo-tests-cache-")
    # Servers in tests are on this machine; a company's proxy can't reach them.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


def keep_bytecode() -> None:
    """Compile each module once, and not anew in every worker and in each of the kernels and scripts that tests start.

    Many containers set ``PYTHONDONTWRITEBYTECODE``: a kernel then takes four times as long to start.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each process has whole files, and whole folders where a folder shares what takes long to start."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            shared = [folder for folder in _SHARED_BY_A_FOLDER if nodeid.startswith(folder)]
            return shared[0] if shared else str(super()._split_scope(nodeid))

    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--quick"):
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid.startswith(_STARTS_OTHER_PROGRAMS)])
        items[:] = [item for item in items if not item.nodeid.startswith(_STARTS_OTHER_PROGRAMS)]
    places = _places(dict.fromkeys(map(_file, items)))
    items.sort(key=lambda item: places[_file(item)])
    if config.getoption("--full"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="a long proof: run pytest --full"))


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _places(files: Iterable[str]) -> dict[str, float]:
    """Where each file comes, from 0 to 1: the folders that stay together first, then those that start other programs,
    which keep a processor busy, spread among the others, which mostly wait."""
    together, busy, waiting = list[str](), list[str](), list[str]()
    for file in files:
        starts = file.startswith(_STARTS_OTHER_PROGRAMS)
        (together if file.startswith(_SHARED_BY_A_FOLDER) else busy if starts else waiting).append(file)
    spread = {file: _BUSY_UNTIL * place / len(busy) for place, file in enumerate(busy)}
    return dict.fromkeys(together, -1.0) | spread | {file: n / len(waiting) for n, file in enumerate(waiting)}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call() -> None:
    """The test begins: pytest has just put its name into the environment."""
    hide_pytest()


@pytest.fixture(autouse=True)
def own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another has set or spent."""
    begin_process(monkeypatch)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured, by ``record_property("measured", …)``: it reaches here from other processes too."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    measured = [text for report in reports for name, text in report.user_properties if name == "measured"]
    if measured:
        terminalreporter.section("measured")
        terminalreporter.write_line("\n".join(measured))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; a test that stops it starts one of its own."""
    with served() as server:
        yield server


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    """A real IPython shell; one for all tests, since each takes a second to end."""
    from IPython.core.interactiveshell import InteractiveShell

    from tests.fixtures.terminal import NO_HISTORY

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        InteractiveShell.clear_instance()
        started = InteractiveShell.instance(config=NO_HISTORY)
    yield started
    InteractiveShell.clear_instance()
