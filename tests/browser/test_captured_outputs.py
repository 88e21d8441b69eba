"""Outputs that an Output widget or IPython took for itself: the picture is there in the end, in JupyterLab and
Notebook 7, as updates by a display id never reach them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbformat import read, write
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.fixtures.chromium import Chromium
from tests.fixtures.clocks import StoppableTime
from tests.fixtures.jupyterlab import LAB, NOTEBOOK_7, Lab
from tests.fixtures.notebook_folder import NotebookFolder

pytestmark = pytest.mark.browser

LOAD = """%load_ext vidgo_notebook
import ipywidgets as w, vidgo_notebook as vidgo
from IPython.utils.capture import capture_output"""
PICTURES = {
    "out = w.Output(); display(out)\nwith out: display(vidgo.generate('inside'))": 1,
    "w.interact(lambda color: vidgo.generate(f'A {color} bicycle'), color=['red', 'blue']);": 1,
    "loop = w.Output(); display(loop)\nwith loop:\n    for name in ('one', 'two'):\n"
    "        get_ipython().run_cell_magic('vidgo', '', name)": 2,
    "tab, fold = w.Output(), w.Output(); display(w.Tab([tab]), w.Accordion([fold], selected_index=0))\n"
    "with tab: display(vidgo.generate('taken twice', takes=2))\n"
    "with fold: display(vidgo.sweep(prompt='swept', quality=['low', 'medium']))": 2,
    "with capture_output() as kept: display(vidgo.generate('kept'))\nkept.show()": 1,
    "%%capture cap\n%%vidgo --takes 2\nA cat": 0,
    "cap.show()": 1,
    "job = vidgo.generate('twice'); display(job); display(job)": 2,
    "late, button = w.Output(), w.Button(description='Make it'); display(button, late)\n"
    "def make(_):\n    with late: display(vidgo.generate('from a button'))\nbutton.on_click(make)": 1,
}
"""Cells, and how many pictures they show in the end."""
SAVE_WIDGETS = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"


@pytest.fixture(params=[LAB, pytest.param(NOTEBOOK_7, marks=pytest.mark.full)])
def page(request: pytest.FixtureRequest, browser: Chromium, lab_url: str) -> Iterator[Lab]:
    with browser.page(1200, 9000) as page:
        yield Lab(page, lab_url, request.param)


def test_a_picture_comes_to_every_output_that_was_taken_away_from_its_cell(
    page: Lab, lab_folder: NotebookFolder, request: pytest.FixtureRequest
) -> None:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [new_code_cell(source) for source in (LOAD, *PICTURES)]
    file = lab_folder.folder / f"captured-{len(request.node.name)}.ipynb"  # a kernel for each
    write(new_notebook(cells=cells, metadata=kernel), file)
    page.open(file.name)
    page.start("notebook:run-all-cells")
    page.page.get_by_text("Make it", exact=True).locator("visible=true").last.click()
    for number, count in enumerate(PICTURES.values(), 1):
        expect(page.pictures(number)).to_have_count(count)
    expect(page.page.locator(".jp-OutputArea-output progress")).to_have_count(0)
    for number in (1, 2, 9):
        expect(page.cell(number)).to_contain_text("2 credits")
    page.command(SAVE_WIDGETS)
    page.command("docmanager:save")
    page.command(SAVE_WIDGETS)
    saved = str(read(file, as_version=4).metadata)
    assert (saved.count("'image/jpeg': '"), saved.count("<progress")) == (7, 0)


INSIDE = "out = w.Output(); display(out)\nwith out: display(vidgo.generate('a bicycle in the rain'))"


@pytest.mark.full
def test_a_page_that_is_loaded_again_while_jobs_run_shows_what_an_output_widget_gets_later(
    lab: Lab, lab_folder: NotebookFolder, service_time: StoppableTime
) -> None:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [new_code_cell(source) for source in (LOAD, INSIDE)]
    write(new_notebook(cells=cells, metadata=kernel), lab_folder.folder / "reloaded.ipynb")
    lab.open("reloaded.ipynb")
    with service_time.stands_still():
        lab.start("notebook:run-all-cells")
        bar = lab.cell(1).locator("progress")
        bar.wait_for()
        lab.command("docmanager:save")
        lab.load_again(until=bar)
    expect(lab.pictures(1)).to_have_count(1)
    expect(bar).to_have_count(0)
    expect(lab.cell(1)).to_contain_text("2 credits")
