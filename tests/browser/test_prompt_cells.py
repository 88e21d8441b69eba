"""A cell that begins with %%vidgo reads as text in JupyterLab and Notebook 7: it wraps, and has one colour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, Route, expect

from tests.fixtures.chromium import Chromium
from tests.fixtures.environments import PROJECT
from tests.fixtures.jupyterlab import LAB, NOTEBOOK_7, THEMES, Lab
from tests.fixtures.notebook_folder import NotebookFolder

pytestmark = pytest.mark.browser

PROMPT = "don't stop: the painter's house, and the class of 2024 in a lambda import " * 3
PYTHON = f"for i in range(2): print('once', i)  # {'a comment ' * 20}"
OURS, PLAIN_PYTHON, EMPTY = 0, 1, 2
_LOOK = """cell => {
    const content = cell.querySelector('.cm-content');
    const colours = new Set([...content.querySelectorAll('.cm-line, .cm-line *')].map(e => getComputedStyle(e).color));
    return [content.scrollWidth <= content.parentElement.clientWidth + 1, colours.size];
}"""
_FILE = PROJECT / "labextension/static/remoteEntry.js"


@pytest.fixture(scope="module")
def written(lab_folder: NotebookFolder) -> str:
    cells = [new_code_cell(source) for source in (f"%%vidgo hero --quality low\n{PROMPT}", PYTHON, "")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    write(new_notebook(cells=cells, metadata=kernel), lab_folder.folder / "prompts.ipynb")
    return "prompts.ipynb"


@pytest.fixture
def page(browser: Chromium) -> Iterator[Page]:
    with browser.page(1100, 700) as page:
        yield page


def look(lab: Lab, number: int) -> tuple[bool, int]:
    """Whether every line of a cell is in sight, and in how many colours it is written."""
    fits, colours = lab.cell(number).evaluate(_LOOK)
    return fits, colours


def wait_for_look(lab: Lab, number: int, wanted: tuple[bool, int]) -> None:
    lab.page.wait_for_function(
        f"([cell, wanted]) => String(({_LOOK})(cell)) === wanted",
        arg=[lab.cell(number).element_handle(), f"{str(wanted[0]).lower()},{wanted[1]}"],
    )


@pytest.mark.parametrize("place", [LAB, NOTEBOOK_7])
def test_a_prompt_wraps_in_one_colour_and_python_stays_as_it_is(
    place: str, page: Page, lab_url: str, written: str
) -> None:
    lab = Lab(page, lab_url, place)
    lab.open(written)
    for theme in THEMES:
        lab.wear(theme)
        wait_for_look(lab, OURS, (True, 1))
        fits, colours = look(lab, PLAIN_PYTHON)
        assert not fits
        assert colours > 3
        lab.picture(f"prompt-cells-{place.partition('/')[0]}-{theme}")
    assert lab.complaints == []


def test_a_cell_becomes_text_as_its_first_line_is_typed_and_python_again_without_it(
    page: Page, lab_url: str, written: str
) -> None:
    lab = Lab(page, lab_url)
    lab.open(written)
    lab.command("notebook:insert-cell-below")
    editor = lab.cell(1).locator(".cm-content")
    editor.click()
    page.keyboard.type("%%vidgo\na sign that says 'open':\nfor all")
    wait_for_look(lab, 1, (True, 1))
    expect(lab.cell(1).locator(".cm-line").nth(2)).to_have_text("for all")  # not indented, as after a colon in Python
    editor.fill("for i in 'abc': print(i)")
    expect(lab.cell(1).locator(".cm-line span").nth(2)).to_be_visible()
    assert look(lab, 1)[1] > 2
    assert lab.complaints == []


def test_a_cell_that_is_copied_moved_or_brought_back_stays_text(page: Page, lab_url: str, written: str) -> None:
    lab = Lab(page, lab_url)
    lab.open(written)
    wait_for_look(lab, OURS, (True, 1))
    lab.cell(OURS).locator(".cm-content").click()
    for command in ("copy-cell", "paste-cell-below"):
        lab.command(f"notebook:{command}")
    wait_for_look(lab, 1, (True, 1))
    lab.command("notebook:move-cell-down")
    wait_for_look(lab, 2, (True, 1))
    for command in ("cut-cell", "undo-cell-action"):
        lab.command(f"notebook:{command}")
    wait_for_look(lab, 2, (True, 1))
    assert lab.complaints == []


@pytest.mark.parametrize(
    "broken",
    [
        "function dress(cell, notebook) {",
        pytest.param("function watch(panel) {", marks=pytest.mark.full),
        pytest.param("async function plugins() {\n    try {", marks=pytest.mark.full),
        pytest.param("init: guarded((scope) => {", marks=pytest.mark.full),
    ],
)
def test_whatever_fails_in_it_the_page_works_as_without_it(
    broken: str, page: Page, lab_url: str, written: str, lab_folder: NotebookFolder
) -> None:
    source = _FILE.read_text()
    assert broken in source
    script = source.replace(broken, f"{broken} throw new Error('vidgo is broken');")
    served = []

    def serve(route: Route) -> None:
        served.append(route.request.url)
        route.fulfill(body=script, content_type="text/javascript")

    page.route("**/vidgo-notebook/static/*", serve)
    lab = Lab(page, lab_url)
    lab.open(written)
    assert served
    lab.cell(PLAIN_PYTHON).locator(".cm-content").click()
    lab.command("notebook:run-cell")
    expect(lab.cell(PLAIN_PYTHON).locator(".jp-OutputArea")).to_contain_text("once 1")
    assert look(lab, OURS)[1] > 1
    assert lab.complaints == []
