from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.chromium import Chromium, open_chromium
from tests.fixtures.jupyterlab import Lab, serve_lab
from tests.fixtures.notebook_folder import NotebookFolder


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
def lab_url(browser: Chromium, lab_folder: NotebookFolder) -> Iterator[str]:
    """A running JupyterLab; none is started where there is no browser to look at it."""
    with serve_lab(lab_folder) as url:
        yield url


@pytest.fixture
def lab(browser: Chromium, lab_url: str) -> Iterator[Lab]:
    """JupyterLab in a window so tall that the whole quickstart is in sight."""
    with browser.page(1200, 4600) as page:
        yield Lab(page, lab_url)
