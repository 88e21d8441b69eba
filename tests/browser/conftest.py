from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.lab import Lab, serve_lab
from tests.notebooks.desk import Desk


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    path = find_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def lab_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The folder that JupyterLab shows."""
    return Desk(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="package")
def lab_url(browser: Browser, lab_desk: Desk) -> Iterator[str]:
    """A running JupyterLab; none is started where there is no browser to look at it."""
    with serve_lab(lab_desk) as url:
        yield url


@pytest.fixture
def lab(browser: Browser, lab_url: str) -> Iterator[Lab]:
    """JupyterLab in a window so tall that the whole quickstart is in sight."""
    page = browser.new_page(viewport={"width": 1200, "height": 4600})
    yield Lab(page, lab_url)
    page.close()
