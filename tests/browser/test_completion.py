"""Tab in JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.fixtures.chromium import Chromium
from tests.fixtures.jupyterlab import Lab
from tests.fixtures.notebook_folder import NotebookFolder

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def notebook(browser: Chromium, lab_url: str, lab_folder: NotebookFolder) -> Iterator[Lab]:
    """A notebook with the extension loaded, and an empty cell."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [new_code_cell("%load_ext vidgo_notebook"), new_code_cell("")]
    write(new_notebook(cells=cells, metadata=kernel), lab_folder.folder / "typing.ipynb")
    with browser.page(1000, 500) as page:
        lab = Lab(page, lab_url)
        lab.open("typing.ipynb")
        lab.command("notebook:run-all-cells")
        expect(lab.cell(0).locator(".jp-InputPrompt")).to_have_text("[1]:")
        yield lab


@pytest.mark.parametrize(
    ("typed", "offered", "completed"),
    [
        ("%%vidgo --mod", {"--model"}, "%%vidgo --model"),
        (
            "%%vidgo --model fl",
            {"flux-2-pro", "flux-2-pro-edit", "flux-2-flex", "flux-2-flex-edit"},
            "%%vidgo --model flux-2-flex",
        ),
        ("%vidgo mo", {"models"}, "%vidgo models"),
    ],
)
def test_tab_offers_what_fits_and_enter_fills_it_in(
    typed: str, offered: set[str], completed: str, notebook: Lab
) -> None:
    items = notebook.offers(1, typed)
    expect(items).to_have_count(len(offered))
    assert set(items.all_text_contents()) == offered
    notebook.picture(f"completion-{len(offered)}")
    notebook.page.keyboard.press("Enter")
    expect(notebook.cell(1).locator(".cm-line")).to_have_text(completed)


def test_names_stand_beside_a_word_of_what_they_are_in_a_line_and_in_a_prompt(notebook: Lab) -> None:
    notebook.cell(1).locator(".cm-content").fill("product, pixels = 'a cup', __import__('numpy').zeros((8, 8, 3))")
    notebook.page.keyboard.press("Shift+Enter")
    expect(notebook.cell(1).locator(".jp-InputPrompt")).to_have_text("[2]:")
    kinds = notebook.page.locator(".jp-Completer-item .jp-Completer-typeExtended")
    for typed, name, kind in (
        ("%%vidgo --image pix", "pixels", "array"),
        ("%%vidgo\nA {{ prod", "product", "str"),
        ("%%vidgo --takes 2", "2", "n independent pictures, at n prices"),
        ("%%vidgo \\\n --image pix", "pixels", "array"),
    ):
        items = notebook.offers(1, typed)
        expect(items).to_have_text([name])
        expect(kinds).to_have_text([kind])
        notebook.picture(f"completion-{name}-{len(typed)}")
        notebook.page.keyboard.press("Escape")
