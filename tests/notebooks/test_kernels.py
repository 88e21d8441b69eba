"""Kernels other than the one of the tests: cells show their pictures, pay once, ask, and leave later cells quiet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.browser_python import QUICKSTART_CELLS
from tests.fixtures.environments import PROJECT, make_environment
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.minimal_frontend import Page, open_page
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Fault

DEAR = "%%vidgo --quality high --size 16:9 --resolution 4K --takes 3\nA dog"  # 144 credits
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


@pytest.fixture
def live(api: LocalApi) -> dict[str, str]:
    return {"VIDGO_MODE": "live", "VIDGO_API_KEY": KEY, "VIDGO_BASE_URL": api.url}


def open_on(kernel: Kernel, folder: Path, *, attended: bool, **live: str) -> Iterator[Page]:
    at = NotebookFolder(folder)
    with open_page(at, attended=attended, load=False, python=kernel.python, launcher=kernel.launcher, **live) as page:
        yield page


@pytest.fixture
def attended(kernel: Kernel, live: dict[str, str], tmp_path: Path) -> Iterator[Page]:
    yield from open_on(kernel, tmp_path, attended=True, **live)


@pytest.fixture
def unattended(kernel: Kernel, live: dict[str, str], tmp_path: Path) -> Iterator[Page]:
    yield from open_on(kernel, tmp_path, attended=False, **live)


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


def test_without_consent_and_above_a_limit_nothing_is_sent_and_a_job_that_failed_says_so(
    attended: Page, api: LocalApi
) -> None:
    attended.run("%load_ext vidgo_notebook")
    refused = attended.run(DEAR, answer="n")
    assert "144 credits" in refused.question
    assert "Nothing was sent" in refused.error
    assert "--max-credits" in attended.run("%%vidgo --quality high --max-credits 5\nA dog").error
    assert api.submits == 0
    api.emulator.faults.add(Fault("submit", fails="The prompt was refused."))
    assert "The prompt was refused." in attended.run("%%vidgo --wait\nA cat").error
    assert attended.run("x = 1") == attended.run("")
    assert api.submits == 1
