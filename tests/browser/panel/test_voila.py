"""The form in Voilà, where a notebook is a page without cells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.chromium import Chromium
from tests.fixtures.jupyterlab import SCREENSHOTS, serve
from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.panel_page import PanelPage, write_notebook

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of Voilà on a notebook with a form."""
    notebook_folder = NotebookFolder(tmp_path_factory.mktemp("voila"))
    write_notebook(notebook_folder, "form.ipynb", "%vidgo panel")
    command = ["voila", "form.ipynb", "--no-browser", "--port={port}"]
    with serve(notebook_folder, command, ready="/voila/static/voila.js") as url, browser.page(1400, 1200) as page:
        page.goto(url)
        yield page


def test_a_picture_is_made_and_stays_when_the_form_is_closed(page: Page) -> None:
    panel = PanelPage(page)
    panel.is_there()
    panel.field("Prompt").fill("A heron in the reeds")
    expect(panel.generate).to_have_text("Generate · 2 credits")
    panel.generate.click()
    expect(panel.pictures).to_have_count(1)
    page.screenshot(path=SCREENSHOTS / "panel-14-voila.png")
    panel.button("Close").click()
    expect(panel.root).to_contain_text("The form is closed; its results are below.")
    expect(panel.generate).to_have_count(0)
    expect(panel.pictures).to_have_count(1)
    page.screenshot(path=SCREENSHOTS / "panel-15-voila-closed.png")
