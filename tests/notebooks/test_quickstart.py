"""The quickstart notebook runs to its end with every tool people run notebooks with."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbval.plugin import coalesce_streams

from tests.fixtures.notebook_folder import QUICKSTART, NotebookFolder

PICTURES = 4
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def executed(shared_folder: NotebookFolder, shared_served: dict[str, str]) -> NotebookNode:
    """The quickstart after its first run at the shared desk."""
    notebook = shared_folder.bring(name="first.ipynb")
    done = shared_folder.run("jupyter", "execute", "--inplace", str(notebook), **shared_served)
    assert done.returncode == 0, done.stderr
    return nbformat.read(notebook, as_version=4)


def words(notebook: NotebookNode) -> list[object]:
    """What strict comparisons look at: everything in the outputs but pixels and metadata.

    On a busy machine a kernel sends one text in two pieces, which are joined before they are shown or compared.
    """
    return [
        {kind: text for kind, text in output.get("data", output).items() if not kind.startswith(("image/", "trace"))}
        for cell in notebook.cells
        for output in coalesce_streams(cell.get("outputs", []))
    ]


def pictures(notebook: NotebookNode) -> list[str]:
    return [
        output.data["image/jpeg"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/jpeg" in output.get("data", {})
    ]


def test_the_saved_notebook_shows_its_pictures_and_stays_small() -> None:
    saved = nbformat.read(QUICKSTART, as_version=4)
    nbformat.validate(saved)
    assert len(pictures(saved)) == PICTURES
    assert QUICKSTART.stat().st_size < 0.15 * MEGABYTE * PICTURES


def test_its_outputs_are_those_that_were_saved(executed: NotebookNode) -> None:
    assert words(executed) == words(nbformat.read(QUICKSTART, as_version=4))
    assert len(pictures(executed)) == PICTURES


def test_nbconvert_executes_it_with_the_same_outputs_from_the_store(
    executed: NotebookNode, shared_folder: NotebookFolder, shared_served: dict[str, str]
) -> None:
    command = ["jupyter", "nbconvert", "--execute", "--to", "notebook", "--output", "second"]
    done = shared_folder.run(*command, str(shared_folder.bring()), **shared_served)
    assert done.returncode == 0, done.stderr
    second = nbformat.read(shared_folder.folder / "second.ipynb", as_version=4)
    assert words(second) == words(executed)
    assert pictures(second) == pictures(executed)


def test_nbconvert_makes_a_page_of_it_with_pictures_and_cards(
    executed: NotebookNode, shared_folder: NotebookFolder
) -> None:
    shared_folder.convert("--to", "html", "--output", "page", "first.ipynb")
    page = (shared_folder.folder / "page.html").read_text()
    assert page.count("data:image/jpeg;base64,") == PICTURES
    assert "<b>24 credits</b> · GPT Image 2 · high · 16:9 · 2K" in page
    assert "Emulated: a stand-in" in page


@pytest.mark.full
def test_papermill_runs_it_with_another_product(
    executed: NotebookNode, shared_folder: NotebookFolder, shared_served: dict[str, str]
) -> None:
    made = shared_folder.folder / "papermill.ipynb"
    command = ["papermill", "--no-progress-bar", "-p", "product", "a red kettle"]
    done = shared_folder.run(*command, str(shared_folder.bring()), str(made), **shared_served)
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(made, as_version=4)
    assert len(pictures(notebook)) == PICTURES
    assert "A red kettle on a wooden table" in json.dumps(words(notebook))


def test_it_leaves_its_files_in_the_store_and_nothing_elsewhere(
    executed: NotebookNode, shared_folder: NotebookFolder
) -> None:
    home = shared_folder.folder / "home"
    ours = [path for path in home.rglob("*") if "vidgo" in path.name]
    assert ours == []
    assert len(list(_records(shared_folder.store))) >= PICTURES


def _records(store: Path) -> list[Path]:
    return list((store / "results").glob("*.json"))
