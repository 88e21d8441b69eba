"""Every notebook of the project runs again, with the emulator and from the store that is committed beside it."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters.script import ScriptExporter
from nbformat.notebooknode import NotebookNode

from tests.fixtures.notebook_folder import NOTEBOOKS, NotebookFolder
from vidgo_notebook.store.results.plain_files import file_digest
from vidgo_notebook.store.results.result_store import ResultStore

STORE = NOTEBOOKS / ".vidgo"
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
BLIND = NOTEBOOKS / "07-blind-comparison.ipynb"
MEGABYTE = 1_000_000


def digests_of(output: NotebookNode) -> list[str]:
    """The digests of the pictures that an output shows: one, or those of a contact sheet."""
    mark = output.get("metadata", {}).get("vidgo", {})
    return [*mark.get("digests", []), *([mark["digest"]] if "digest" in mark else [])]


def shown_by(path: Path) -> set[str]:
    """The digests of the pictures in a notebook's saved outputs."""
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]
    return {digest for output in outputs for digest in digests_of(output)}


def nbval(
    paths: Sequence[Path], notebook_folder: NotebookFolder, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Strict nbval over copies of notebooks."""
    copies = [notebook_folder.bring(path, path.name).name for path in paths]
    return notebook_folder.run("pytest", "--nbval", "-p", "no:cacheprovider", *options, *copies, **environment)


@pytest.mark.full  # the normal run has replay below, and the quickstart by nbconvert
def test_strict_nbval_passes_twice_with_an_emulator(notebook_folder: NotebookFolder, served: dict[str, str]) -> None:
    shutil.copytree(STORE / "ratings", notebook_folder.store / "ratings")  # what raters said is drawn by no emulator
    one_version = notebook_folder.folder / "one_version.cfg"  # a report names the one by which its stand-ins were made
    one_version.write_text("[version]\nregex: notebook \\d+\\.\\d+\\.\\d+ in the\nreplace: notebook in the\n")
    for _ in range(2):
        done = nbval(PATHS, notebook_folder, f"--nbval-sanitize-with={one_version.name}", **served)
        assert done.returncode == 0, done.stdout


@pytest.mark.full
def test_the_blind_comparison_runs_without_any_judgement_too(notebook_folder: NotebookFolder) -> None:
    """As for somebody who begins with an empty store and no key."""
    path = notebook_folder.bring(BLIND, BLIND.name)
    notebook_folder.run("jupyter", "execute", "--inplace", path.name)
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]
    assert "No judgements in the study 'teapots' yet." in json.dumps(outputs)
    assert not [output for output in outputs if output.output_type == "error"]


@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.full)])
def test_strict_nbval_passes_from_the_committed_store_which_stays_as_it_is(
    times: int, notebook_folder: NotebookFolder
) -> None:
    """A reader has neither key nor journal, and replay mode sends nothing."""
    shutil.copytree(STORE, notebook_folder.store, ignore=shutil.ignore_patterns("tmp"))
    before = {
        path.relative_to(notebook_folder.store): path.read_bytes()
        for path in notebook_folder.store.rglob("*")
        if path.is_file()
    }
    for _ in range(times):
        done = nbval(PATHS, notebook_folder, VIDGO_MODE="replay")
        assert done.returncode == 0, done.stdout
    after = {path.relative_to(notebook_folder.store) for path in notebook_folder.store.rglob("*") if path.is_file()}
    assert set(after) == set(before)
    assert all((notebook_folder.store / path).read_bytes() == content for path, content in before.items())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_saved_notebook_is_valid_and_no_output_of_it_is_large(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    sizes = [(len(json.dumps(output)), max(1, len(digests_of(output)))) for output in outputs]
    assert [size for size, pictures in sizes if size > 0.15 * MEGABYTE * pictures] == []
    assert path.stat().st_size < MEGABYTE


def test_the_committed_store_holds_what_the_notebooks_show_and_nothing_else() -> None:
    records = list(ResultStore(STORE).contents().current)
    assert {record.digest for record in records} == set().union(*map(shown_by, PATHS))
    assert {path.stem for path in (STORE / "objects").glob("*/*")} == {record.digest for record in records}


def test_the_committed_pictures_are_marked_as_emulated_and_small() -> None:
    store = ResultStore(STORE)
    for record in store.contents().current:
        picture = store.picture(record)
        assert picture and file_digest(picture) == record.digest, record.prompt
        assert record.provider == "emulator", record.prompt
        assert picture.stat().st_size < 0.4 * MEGABYTE, record.prompt


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_script_of_a_notebook_is_a_python_file(path: Path) -> None:
    """By the notebook's metadata: ``nbconvert --to script`` writes a .txt with raw magics otherwise."""
    text, resources = ScriptExporter().from_filename(str(path))
    assert resources["output_extension"] == ".py"
    ast.parse(text)
