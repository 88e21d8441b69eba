"""The wheel in Pyodide, with the kernel of JupyterLite: no threads, no sockets, no Pillow, and Python 3.14."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import browser_python as browser
from tests.fixtures.environments import PROJECT, install_into
from tests.release.conftest import Built

_PYODIDE = "pyodide@314"  # of CPython 3.14
_KERNEL = "jupyterlite-pyodide-kernel>=0.8.6"
_EMULATE = "await run(\"%config Vidgo.mode = 'emulator'\")\n"
_NOT_THERE = {"PIL", "fsspec", "httpx2_jsfetch"}  # the last is what httpx2 fetches with in a browser
_LOOK_AROUND = """
import importlib, pkgutil, sys, vidgo_notebook as vidgo

found["not imported"] = []
for each in pkgutil.walk_packages(vidgo.__path__, "vidgo_notebook."):
    try:
        importlib.import_module(each.name)
    except ImportError as error:
        found["not imported"].append((each.name, error.name))
found["python"] = sys.version[:4]
found["models"] = len(vidgo.models())
found["quote"] = str(vidgo.quote("A cat", quality="high", size="16:9", resolution="4K").total)
found["status"] = (await run("%vidgo"))["raised"]
"""
_UNIT_TESTS = (
    "tests/domain",
    "tests/render",
    "tests/engine/test_polling_schedule.py",
    "tests/engine/test_retry_policy.py",
    "--ignore=tests/domain/test_added_model.py",  # starts a process
)
_RUN_UNIT_TESTS = f"""
import pytest, sys

sys.path.insert(0, ".")

class AsHere:
    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        report = yield
        if report.failed and "No module named 'PIL'" in str(report.longrepr):
            report.outcome, report.longrepr = "skipped", (str(collector.path), 0, "it needs Pillow")
        return report

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed:
            found.setdefault(report.outcome, []).append(report.nodeid)

options = ["-q", "--noconftest", "-c", "/dev/null", "--rootdir=.", "-p", "no:cacheprovider", "--import-mode=importlib"]
found["status"] = int(pytest.main([*options, *{_UNIT_TESTS!r}], plugins=[AsHere()]))
"""


@pytest.fixture(scope="module")
def packages(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, what it needs without Pillow, and the kernel: what a page of JupyterLite has."""
    folder = tmp_path_factory.mktemp("packages")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    needed = [each for each in project["dependencies"] if not each.startswith("pillow")]
    options = ("--python-version", "3.14", "--only-binary", ":all:")
    install_into(folder, *options, "comm", *needed)
    install_into(folder, *options, "--no-deps", str(built.wheel), _KERNEL)
    for wheel in folder.rglob("pyodide_kernel-*.whl"):
        zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its npm package; skipped where npm, or its registry, is out of reach."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), _PYODIDE]
    done = subprocess.run(install, capture_output=True, text=True, timeout=200, check=False)
    if done.returncode:
        pytest.skip(f"npm can't install {_PYODIDE}: {done.stderr[-200:]}")
    return folder / "node_modules" / "pyodide"


@pytest.fixture(scope="module")
def found(pyodide: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What cells found there, in one process: it takes seconds to start."""
    cells = (browser.RUN_QUICKSTART, browser.USE_ONE_PICTURE, _LOOK_AROUND, browser.OPEN_WIDGETS)
    desk = tmp_path_factory.mktemp("desk")
    return browser.run_in_pyodide(desk, pyodide, packages, *cells, _EMULATE, browser.TRY_TO_BUY, **browser.REPLAY)


def test_quotes_models_and_status_work(found: Any) -> None:
    assert found["python"] == "3.14"
    assert (found["models"], found["quote"], found["status"]) == (6, "48", "")


def test_every_module_is_imported_that_needs_nothing_further(found: Any) -> None:
    assert {missing for _, missing in found["not imported"]} <= _NOT_THERE


def test_the_quickstart_replays_from_its_committed_store(found: Any) -> None:
    seen = found["quickstart"]
    assert (seen["pictures"], seen["on the sheet"], seen["prices"]) == (3, 2, True)
    assert seen["raised"] == ["NoPillowError: Pillow is not installed in this Python"]


def test_a_stored_picture_is_shown_awaited_and_saved_as_it_was_served(found: Any) -> None:
    assert found["picture"].pop("saved") == "street.jpg\n"
    assert all(found["picture"].values()), found["picture"]


def test_what_cannot_be_there_says_so_in_a_sentence(found: Any) -> None:
    for text in [*found["without Pillow"], *found["refused"], *found["widgets"]]:
        assert "is not installed in this Python" in text or "This Python has no threads" in text
        assert "Traceback" not in text


@pytest.mark.full
def test_the_unit_tests_that_need_neither_threads_nor_pillow_pass_on_python_3_14(
    pyodide: Path, packages: Path, tmp_path: Path
) -> None:
    install_into(packages, "--python-version", "3.14", "--only-binary", ":all:", "pytest", "hypothesis<6.140")
    shutil.copytree(PROJECT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    seen = browser.run_in_pyodide(tmp_path, pyodide, packages, _RUN_UNIT_TESTS, **browser.REPLAY)
    assert seen["status"] == 0, seen.get("failed")
    assert len(seen["passed"]) > 600
