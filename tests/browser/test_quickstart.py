"""The quickstart in JupyterLab, on screen."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import expect

from tests.fixtures.clocks import StoppableTime
from tests.fixtures.jupyterlab import Lab
from tests.fixtures.notebook_folder import QUICKSTART, NotebookFolder

pytestmark = pytest.mark.browser
SOURCES = [cell.source for cell in nbformat.read(QUICKSTART, as_version=4).cells]
PICTURES = {
    number: 1  # takes are one sheet
    for number, source in enumerate(SOURCES)
    if (source.startswith("%%vidgo") and "--dry-run" not in source) or "street = " in source
}


@pytest.fixture
def unexecuted(lab_folder: NotebookFolder) -> str:
    """The quickstart without its outputs: what appears was made just now."""
    notebook = nbformat.read(QUICKSTART, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, lab_folder.folder / "quickstart.ipynb")
    return "quickstart.ipynb"


def test_run_all_brings_every_picture_to_its_own_cell_and_a_reload_keeps_them(
    lab: Lab, unexecuted: str, service_time: StoppableTime
) -> None:
    lab.open(unexecuted)
    lab.picture("quickstart-before")
    with service_time.stands_still():
        lab.start("notebook:run-all-cells")
        expect(lab.page.locator(".jp-OutputArea-output progress").first).to_be_visible()
        lab.picture("quickstart-running")
    _expect_pictures(lab)
    expect(lab.page.locator(".jp-OutputArea-output progress")).to_have_count(0)
    lab.picture("quickstart-light")
    lab.command("docmanager:save")

    lab.open(unexecuted, theme="dark")
    _expect_pictures(lab)
    lab.picture("quickstart-dark")
    assert lab.complaints == []


def test_the_saved_quickstart_shows_its_pictures_before_anything_is_run(lab: Lab, lab_folder: NotebookFolder) -> None:
    lab_folder.bring(name="saved.ipynb")
    lab.open("saved.ipynb")
    _expect_pictures(lab)
    assert lab.complaints == []


def _expect_pictures(lab: Lab) -> None:
    for number, count in PICTURES.items():
        pictures = lab.pictures(number)
        expect(pictures).to_have_count(count)
        for picture in pictures.all():
            assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 300
    expect(lab.page.locator(".jp-OutputArea-output img")).to_have_count(sum(PICTURES.values()))
