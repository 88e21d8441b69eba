"""Kernels other than the one of the tests: cells show their pictures, pay once, ask, and leave later cells quiet."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.browser_python import QUICKSTART_CELLS
from tests.fixtures.clocks import StillTime
from tests.fixtures.environments import PROJECT, make_environment
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.minimal_frontend import Page, open_page
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Fault

DEAR = "%%vidgo --quality high --size 16:9 --resolution 4K --takes 3\nA dog"  # 144 credits
_WIDGET = "application/vnd.jupyter.widget-view+json"
UNPUBLISHED = "flux-2-pro"  # its price: a person is asked
LAUNCHERS = {"xeus-python": "xpython_launcher"}
KERNELS = [
    pytest.param(("xeus-python>=0.19",), id="xeus-python"),
    *(
        pytest.param(packages, id=" ".join(packages), marks=pytest.mark.full)
        for packages in (
            ("ipykernel==6.17.1", "ipython==7.34.0", "ipywidgets==7.7.1", "traitlets==5.7.1"),
            ("ipykernel==6.17.1", "ipython==8.18.1"),
            ("ipykernel>=6.29,<7", "ipython>=9"),
            ("ipykernel>=7", "ipython>=9"),
        )
    ),
]


class Kernel(NamedTuple):
    """How a kernel is started."""

    python: Path
    launcher: str


@pytest.fixture(scope="module", params=KERNELS)
def kernel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    made = make_environment(tmp_path_factory.mktemp("kernel") / "venv")
    made.install(*request.param, str(PROJECT))
    name = request.param[0].rstrip("0123456789.").rstrip(">=<")
    return Kernel(made.python, LAUNCHERS.get(name, "ipykernel_launcher"))


@pytest.fixture
def api() -> Iterator[LocalApi]:
    with serve_local_api() as served:
        yield served


@contextmanager
def open_on(kernel: Kernel, folder: Path, api: LocalApi, *, attended: bool = True) -> Iterator[Page]:
    """A page on such a kernel, live, without the extension."""
    live = {"VIDGO_MODE": "live", "VIDGO_API_KEY": KEY, "VIDGO_BASE_URL": api.url}
    at = NotebookFolder(folder)
    with open_page(at, attended=attended, load=False, python=kernel.python, launcher=kernel.launcher, **live) as page:
        yield page


@pytest.fixture
def attended(kernel: Kernel, api: LocalApi, tmp_path: Path) -> Iterator[Page]:
    with open_on(kernel, tmp_path, api) as page:
        yield page


@pytest.fixture
def unattended(kernel: Kernel, api: LocalApi, tmp_path: Path) -> Iterator[Page]:
    with open_on(kernel, tmp_path, api, attended=False) as page:
        yield page


def test_the_quickstart_shows_its_pictures_buys_each_once_and_leaves_later_cells_quiet(
    attended: Page, api: LocalApi
) -> None:
    cells = [attended.run(each, answer="y" if UNPUBLISHED in each else None) for each in QUICKSTART_CELLS]
    assert [cell.error for cell in cells if cell.error] == []
    attended.watch_until(lambda: sum(len(cell.pictures) for cell in cells) == 4)  # the two takes are on one sheet
    assert ["not published" in cell.question for cell in cells if cell.question] == [True]
    assert attended.run("x = 1") == attended.run("")
    again = attended.run(QUICKSTART_CELLS[1])
    attended.watch_until(lambda: len(again.pictures) == 1)
    assert api.submits == 5


def test_without_a_person_cells_wait_for_their_pictures_and_nothing_is_bought_that_needs_one(
    unattended: Page, api: LocalApi
) -> None:
    cells = [unattended.run(each) for each in QUICKSTART_CELLS if "vidgo." not in each and "street" not in each]
    assert [cell.error for cell in cells if cell.error] == []
    assert sum(len(cell.pictures) for cell in cells) == 3
    assert api.submits == 4
    refused = unattended.run(DEAR)
    assert "144 credits" in refused.error
    assert "VIDGO_CONFIRM_ABOVE" in refused.error
    assert unattended.run("x = 1") == unattended.run("")
    assert api.submits == 4


def test_widgets_open_what_is_not_confirmed_or_above_a_limit_is_not_sent_and_a_failed_job_says_so(
    attended: Page, api: LocalApi
) -> None:
    attended.run("%load_ext vidgo_notebook")
    assert all(_WIDGET in attended.run(f"%vidgo {name}").outputs[0].data for name in ("panel", "gallery"))
    refused = attended.run(DEAR, answer="n")
    assert "144 credits" in refused.question
    assert "Nothing was sent" in refused.error
    assert "--max-credits" in attended.run("%%vidgo --quality high --max-credits 5\nA dog").error
    assert api.submits == 0
    api.emulator.faults.add(Fault("submit", fails="The prompt was refused."))
    assert "The prompt was refused." in attended.run("%%vidgo --wait\nA cat").error
    assert attended.run("x = 1") == attended.run("")
    assert api.submits == 1


def test_after_a_kernel_that_died_the_same_cell_shows_the_picture_and_buys_nothing(
    kernel: Kernel, tmp_path: Path
) -> None:
    cell, clock = "%%vidgo\nA cat", StillTime()
    with serve_local_api(clock=clock, latency=1) as api:
        with open_on(kernel, tmp_path, api) as page:
            process = int(page.value("__import__('os').getpid()"))
            page.run("%load_ext vidgo_notebook")
            page.send(cell)
            page.watch_until(lambda: api.emulator.count("status") > 0)
            os.kill(process, signal.SIGKILL)
        clock.now += 10
        with open_on(kernel, tmp_path, api) as page:
            assert "1 job of an earlier session can be resumed" in page.run("%load_ext vidgo_notebook").printed
            again = page.run(cell)
            page.watch_until(lambda: len(again.pictures) == 1)
        assert api.submits == 1
