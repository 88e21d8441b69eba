"""A stranger's text in JupyterLab's real page: no formula, no element, no link, whatever it looks like."""

from __future__ import annotations

import pytest
from nbformat import NotebookNode, write
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.fixtures.hostile_text import CONTROL, MARKDOWN, MARKUP, MATH
from tests.fixtures.jupyterlab import Lab
from tests.fixtures.notebook_folder import NotebookFolder
from tests.strangers.outputs import html_of, texts_of
from vidgo_notebook.visible_text import visible

pytestmark = pytest.mark.browser

TEXTS = (*MATH, MARKUP[0], MARKDOWN[0], CONTROL[0], CONTROL[3])
CANARY = r"A formula of the reader's own: $x^2$"
"""Of a Markdown cell: MathJax has done its work when this is typeset."""


@pytest.fixture
def notebook(lab_folder: NotebookFolder) -> str:
    """Saved outputs of every kind with every text, and some that a cell prints or raises."""

    def cell(data: dict[str, str]) -> NotebookNode:
        return new_code_cell("", outputs=[new_output("display_data", data)], execution_count=1)

    pages = [cell({"text/html": html}) for text in TEXTS for _, html in html_of(text)]
    plain = [cell({"text/plain": "\n\n".join(printed for _, printed in texts_of(text))}) for text in TEXTS]
    own = cell({"text/html": f"<p>{CANARY}</p>"})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    write(new_notebook(cells=[*pages, *plain, own], metadata=kernel), lab_folder.folder / "formulas.ipynb")
    return "formulas.ipynb"


def test_nothing_of_a_strangers_text_is_typeset_or_becomes_an_element(lab: Lab, notebook: str) -> None:
    lab.open(notebook)
    lab.page.wait_for_selector("mjx-container")  # the reader's own formula, in the last output
    outputs = lab.page.locator(".jp-OutputArea-output")
    assert lab.page.locator("mjx-container").count() == 1
    assert outputs.locator("script, img[onerror], a[href^=javascript], h1, em, strong").count() == 0
    words = "".join("".join(outputs.all_inner_texts()).split())
    for text in TEXTS:
        assert "".join(visible(text).replace("\\x0d", "").split()) in words
