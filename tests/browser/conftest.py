from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.chromium import Chromium, open_chromium
from tests.fixtures.clocks import StoppableTime
from tests.fixtures.environments import PROJECT
from tests.fixtures.jupyterlab import Lab, serve_lab
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Emulator, serve


@pytest.fixture(scope="package")
def browser() -> Iterator[Chromium]:
    """The machine's Chromium."""
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def lab_folder(tmp_path_factory: pytest.TempPathFactory) -> NotebookFolder:
    """The folder that JupyterLab shows."""
    return NotebookFolder(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="package")
def service_time() -> StoppableTime:
    """The time of the service that JupyterLab's kernels use: while it stands still, no job ends."""
    return StoppableTime()


@pytest.fixture(scope="package")
def lab_url(browser: Chromium, lab_folder: NotebookFolder, service_time: StoppableTime) -> Iterator[str]:
    """A running JupyterLab with the extension of this checkout, whatever an install has left; none is started where
    there is no browser to look at it."""
    extension = lab_folder.folder / "home/share/labextensions/vidgo-notebook"
    extension.parent.mkdir(parents=True)
    extension.symlink_to(PROJECT / "labextension")
    share = str(extension.parents[1])
    with (
        serve(Emulator(latency=0.5, clock=service_time)) as service,
        serve_lab(lab_folder, VIDGO_BASE_URL=service, JUPYTER_PATH=share) as url,
    ):
        yield url


@pytest.fixture
def lab(browser: Chromium, lab_url: str) -> Iterator[Lab]:
    """JupyterLab in a window so tall that the whole quickstart is in sight."""
    with browser.page(1200, 4600) as page:
        yield Lab(page, lab_url)
