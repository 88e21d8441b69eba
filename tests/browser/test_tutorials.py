"""Run All in JupyterLab, by a person with an empty store, shows what the saved notebooks show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import expect

from tests.fixtures.jupyterlab import Lab
from tests.fixtures.notebook_folder import NOTEBOOKS, NotebookFolder, needs_notebooks

pytestmark = [pytest.mark.browser, needs_notebooks]

SHORT_RUN = {"03-sweeps"}  # it waits for its jobs in the middle, and the time of the normal run is short
NAMES = [
    pytest.param(path.stem, marks=() if path.stem in SHORT_RUN else pytest.mark.full)
    for path in sorted(NOTEBOOKS.glob("*.ipynb"))
]
WIDGET = "application/vnd.jupyter.widget-view+json"
FORM = "a form, a gallery or a rating: a person can use it, and where no one is there it says so, and what there is"
_NO_FORM = re.compile(r"vidgo: the (form|gallery|rating) is not opened, because no one is there")
_VERSION = re.compile(r"(notebook )\d+\.\d+\.\d+( in the)")  # a report names the one that drew its stand-ins
_OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
    .filter(cell => cell.cell_type === 'code').map(cell => cell.outputs)"""
_ALL_RAN = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
    .every(cell => cell.cell_type !== 'code' || !cell.source.length || cell.execution_count)"""


@pytest.fixture
def bring(lab_folder: NotebookFolder) -> Any:
    """Brings a tutorial without its outputs, for a kernel whose own store and journal are empty but for ratings."""

    def bring(name: str) -> str:
        path = lab_folder.bring(NOTEBOOKS / f"{name}.ipynb", f"tutorial-{name}.ipynb")
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        own = lab_folder.folder / "tutorials" / name
        shutil.copytree(NOTEBOOKS / ".vidgo" / "ratings", own / ".vidgo" / "ratings")  # what raters said is not drawn
        places = {"VIDGO_STORE": str(own / ".vidgo"), "VIDGO_JOURNAL": str(own / "journal.sqlite3")}
        notebook.cells.insert(0, nbformat.v4.new_code_cell(f"import os\n\nos.environ.update({places!r})"))
        nbformat.write(notebook, path)
        return path.name

    return bring


def texts(outputs: list[dict[str, Any]]) -> list[str]:
    """The text of some outputs: of a stream in one piece, and of a display every kind of text that it has."""
    found: list[str] = []
    stream = None
    for output in outputs:
        if output["output_type"] == "stream":
            if stream == output["name"]:
                found[-1] += _joined(output["text"])
            else:
                found.append(_joined(output["text"]))
            stream = output["name"]
            continue
        stream = None
        if output["output_type"] == "error":
            found.append("\n".join([output["ename"], output["evalue"]]))
            continue
        data = output["data"]
        kinds = sorted(kind for kind in data if kind.startswith("text/"))
        found.append(FORM if WIDGET in data else "\n".join(_joined(data[kind]) for kind in kinds))
    said = [FORM if _NO_FORM.match(text) else _VERSION.sub(r"\1\2", text) for text in found]
    if FORM in said:
        return [FORM]
    return [text for text in said if text.strip()]  # a line that told of progress is gone


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


@pytest.mark.parametrize("name", NAMES)
def test_run_all_shows_what_the_saved_notebook_shows(name: str, lab: Lab, bring: Any) -> None:
    lab.open(bring(name))
    lab.start("notebook:run-all-cells")
    lab.page.wait_for_function(_ALL_RAN)
    expect(lab.page.locator(".jp-OutputArea-output progress")).to_have_count(0)
    saved = nbformat.read(Path(NOTEBOOKS / f"{name}.ipynb"), as_version=4)
    expected = [texts(cell.outputs) for cell in saved.cells if cell.cell_type == "code"]
    shown = [texts(outputs) for outputs in lab.page.evaluate(_OUTPUTS)[1:]]
    for number, (ours, theirs) in enumerate(zip(shown, expected, strict=True)):
        assert ours == theirs, f"code cell {number} of {name}"
    lab.picture(f"tutorial-{name}")
    assert lab.complaints == []
