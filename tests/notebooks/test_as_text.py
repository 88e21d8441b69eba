"""Notebooks that jupytext keeps as text: valid Python, and the same cells again."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.fixtures.notebook_folder import NOTEBOOKS

DOCUMENT = NOTEBOOKS.parent / "docs" / "how-to" / "hosts.md"
CELL = "%%vidgo hero --quality high\nA red bicycle, {{ colour }}\n\nin the rain"


def test_a_percent_file_with_the_documented_tag_is_valid_python_and_the_same_notebook() -> None:
    cells = [
        new_code_cell("%load_ext vidgo_notebook"),
        new_code_cell(CELL, metadata={"tags": ["active-ipynb"]}),
        new_code_cell("hero.result()"),
        new_code_cell("%vidgo costs"),
    ]
    text = jupytext.writes(new_notebook(cells=cells), "py:percent")
    assert [ast.unparse(line) for line in ast.parse(text).body] == ["hero.result()"]
    again = jupytext.reads(text, "py:percent").cells
    assert [cell.source for cell in again] == [cell.source for cell in cells]


def test_the_documents_cell_is_one() -> None:
    (text,) = re.findall(r"```python\n(# %%.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert ast.parse(text).body == []
    (cell,) = jupytext.reads(text, "py:percent").cells
    assert cell.source == "%%vidgo hero --quality high\nA red bicycle"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebooks_metadata_name_its_kernel_and_nothing_else(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert {key for cell in notebook.cells for key in cell.metadata} <= {"tags"}
