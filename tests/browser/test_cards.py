"""The card of every state in JupyterLab, 600 pixels wide, in both themes; the screenshots are for people to look at."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat import NotebookNode, write
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.fixtures.ended_jobs import FLUX, FOX, STATES, job_in
from tests.fixtures.jupyterlab import THEMES, Lab
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.contact_sheet import card_of_batch
from vidgo_notebook.engine.handles.job_card import card_of
from vidgo_notebook.render.batch_card import batch_card_html
from vidgo_notebook.render.card import card_html

pytestmark = pytest.mark.browser

LONG = replace(FOX, prompt="A fox in the snow, seen from a hill, " * 30)
HARD = replace(FOX, prompt="$x^2$ <b>bold</b> " + "unbreakable" * 20)
OVERFLOWING = """() => [...document.querySelectorAll('.jp-OutputArea-output')]
    .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.innerText.slice(0, 80))"""
FILLED = """() => [...document.querySelectorAll('.mathjax_ignore')].map(each => getComputedStyle(each))
    .filter(style => style.backgroundColor !== 'rgba(0, 0, 0, 0)' && style.borderLeftWidth === '5px').length"""


def pages() -> list[str]:
    """The cards as HTML."""
    jobs = [job_in(state) for state in (*STATES[:1], *STATES[4:], "no file")]
    jobs += [job_in("finished", provider="emulator"), job_in("uncertain", provider="emulator"), job_in("failed", FLUX)]
    jobs += [job_in("finished", LONG), job_in("failed", HARD)]
    ended = [job_in(state, replace(FOX, take=take)) for take, state in enumerate(("finished", "failed"), 1)]
    mixed = [job_in(state, fingerprint=f"{n:064x}") for n, state in enumerate(("finished", "failed", "uncertain"))]
    batches = [Batch(ended), Batch(mixed), Batch(ended[:1] * 2)]
    return [*map(card_html, map(card_of, jobs)), *(batch_card_html(card_of_batch(batch)) for batch in batches)]


@pytest.fixture
def cards(lab_folder: NotebookFolder) -> str:
    """A saved notebook with one output for each card; it is not trusted, so the sanitizer is at work."""

    def cell(html: str) -> NotebookNode:
        return new_code_cell("", outputs=[new_output("display_data", {"text/html": html})], execution_count=1)

    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    write(new_notebook(cells=list(map(cell, pages())), metadata=kernel), lab_folder.folder / "cards.ipynb")
    return "cards.ipynb"


def test_every_card_reads_in_both_themes_and_nothing_overflows(lab: Lab, cards: str) -> None:
    lab.page.set_viewport_size({"width": 600, "height": 6000})
    lab.open(cards)
    lab.make_room()
    for folded in lab.page.locator(".jp-OutputArea-output summary").all()[:3]:
        folded.click()
    for theme in THEMES:
        lab.wear(theme)
        assert lab.page.evaluate(OVERFLOWING) == []
        assert lab.page.evaluate(FILLED) == sum("border-left:5px" in page for page in pages())
        lab.picture(f"cards-{theme}")
        found = Axe().run(lab.page, context=".jp-OutputArea").response["violations"]
        assert [f"{fault['id']}: {node['html']}" for fault in found for node in fault["nodes"]] == []
