"""What else the extension puts on the page, in both themes; the screenshots are for people to look at."""

from __future__ import annotations

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.fixtures.jupyterlab import THEMES, Lab
from tests.fixtures.notebook_folder import NotebookFolder

pytestmark = pytest.mark.browser

REPORTS = {
    "%load_ext vidgo_notebook": "",
    "%%vidgo --quality best --size 16:10\nA fox": "Nothing was sent and nothing was spent.",
    "%%vidgo fox --size 1:1 --resolution 1K --width 240\n"
    "A fox in the snow beside a red barn, at the end of a long winter's day": "2 credits",
    "done = fox.wait()": "",
    "%vidgo": "emulator",
    "%vidgo models": "flux-2-flex-edit",
    "%vidgo jobs": "A fox in the snow",
    "%vidgo quote --quality high --size 1:1 --resolution 4K A fox": "billed and made as 2K",
    "import vidgo_notebook as vidgo\nvidgo.quote('A fox', quality='high', size='16:9', resolution='4K')": "48 credits",
    "%vidgo doctor": "ok: ",
    "%vidgo config": "confirm_above",
    "%%vidgo -h\nA fox": "--max-credits",
}


@pytest.fixture
def reports(lab_folder: NotebookFolder) -> str:
    """A notebook with one cell for everything that prints a report or a message."""
    cells = [new_code_cell(source, metadata={"tags": ["raises-exception"]}) for source in REPORTS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    write(new_notebook(cells=cells, metadata=kernel), lab_folder.folder / "reports.ipynb")
    return "reports.ipynb"


def test_reports_and_messages_are_on_the_page_in_both_themes(lab: Lab, reports: str) -> None:
    lab.open(reports)
    lab.start("notebook:run-all-cells")
    for number, words in enumerate(REPORTS.values()):
        if words:
            output = lab.cell(number).locator(".jp-OutputArea")
            expect(output).to_contain_text(words)
            expect(output).not_to_contain_text("Traceback")
    expect(lab.pictures(2)).to_have_count(1)
    for theme in THEMES:
        lab.wear(theme)
        lab.picture(f"reports-{theme}")
    assert lab.complaints == []


def test_a_page_made_by_nbconvert_shows_pictures_and_cards(lab: Lab, lab_folder: NotebookFolder) -> None:
    lab_folder.bring(name="page.ipynb")
    for theme in THEMES:
        lab_folder.convert("--to", "html", "--theme", theme, "page.ipynb")
        lab.page.goto((lab_folder.folder / "page.html").as_uri())
        expect(lab.page.locator("img")).to_have_count(4)
        expect(lab.page.get_by_text("24 credits").first).to_be_visible()
        lab.picture(f"html-{theme}")
