"""Contact sheets in JupyterLab: one bar while they are made, then one picture; both themes to look at."""

from __future__ import annotations

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.fixtures.clocks import StoppableTime
from tests.fixtures.jupyterlab import THEMES, Lab
from tests.fixtures.notebook_folder import NotebookFolder

pytestmark = pytest.mark.browser

CELLS = [
    "%load_ext vidgo_notebook\nimport vidgo_notebook as vidgo",
    "%%vidgo --sweep quality=low,medium,high --sweep size=1:1,3:2 --resolution 1K\nA lighthouse at dusk",
    "vidgo.map([{'animal': 'a fox'}, {'animal': ''}, {'animal': 'an owl'}], prompt='animal')",
]


def test_a_sweep_shows_one_bar_and_then_one_sheet_with_its_gaps_in_words(
    lab: Lab, lab_folder: NotebookFolder, service_time: StoppableTime
) -> None:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [new_code_cell(source) for source in CELLS]
    write(new_notebook(cells=cells, metadata=kernel), lab_folder.folder / "sheets.ipynb")
    lab.open("sheets.ipynb")
    bar = lab.cell(1).locator("progress")
    with service_time.stands_still():
        lab.start("notebook:run-all-cells")
        expect(bar).to_have_count(1)
    for number in (1, 2):
        expect(lab.pictures(number)).to_have_count(1)
    expect(bar).to_have_count(0)
    expect(lab.cell(1)).to_contain_text("34 credits")
    expect(lab.cell(2)).to_contain_text("row 2: prompt is empty")
    for theme in THEMES:
        lab.wear(theme)
        lab.picture(f"sheets-{theme}")
