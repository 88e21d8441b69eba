from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fixtures import panel_page
from tests.fixtures.chromium import Chromium
from tests.fixtures.jupyterlab import Lab
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.panel_page import PanelPage, write_notebook

Look = Callable[[Lab, str, int], None]


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    """Keeps screenshots of a step; with --full in both themes and both widths."""
    everywhere = bool(request.config.getoption("--full"))

    def keep(lab: Lab, name: str, height: int) -> None:
        panel_page.look(lab, name, height, everywhere=everywhere)

    return keep


@pytest.fixture(scope="module")
def shared_lab(browser: Chromium, lab_url: str, lab_folder: NotebookFolder) -> Iterator[Lab]:
    """One page and one kernel for the tests of a module: a form is opened and an empty cell follows."""
    write_notebook(lab_folder, "shared.ipynb", "%vidgo panel", "")
    with browser.page(1400, 1800) as page:
        lab = Lab(page, lab_url)
        lab.open("shared.ipynb")
        lab.make_room()
        lab.command("notebook:run-all-cells")
        yield lab


@pytest.fixture
def panel(shared_lab: Lab) -> PanelPage:
    """A new form in the place of the one before."""
    opened = PanelPage(shared_lab.page)
    shared_lab.cell(2).locator(".cm-content").fill("")
    shared_lab.cell(1).locator(".cm-content").click()
    shared_lab.command("notebook:run-cell")
    opened.is_there()
    return opened
