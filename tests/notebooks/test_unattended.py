"""Without a person, as under nbclient, nbconvert and papermill: cells hold, and failures fail the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from tests.fixtures.minimal_frontend import Page, open_page
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Emulator, Fault

FAILED = "The service could not make the picture: Unsafe content"
FAILED_AS_SHOWN = FAILED.replace(" ", r"\s+")


def execute(notebook_folder: NotebookFolder, cells: Sequence[str], settings: dict[str, str]) -> NotebookNode:
    """Run a notebook of these cells to its end, as nbconvert and papermill do."""
    sources = ["%load_ext vidgo_notebook\nimport vidgo_notebook as vidgo", *cells]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    client = NotebookClient(notebook, timeout=200, startup_timeout=200, kernel_name="python3")
    return client.execute(env=notebook_folder.environment(**settings), cwd=str(notebook_folder.folder))


def kinds(cell: NotebookNode) -> list[str]:
    return [kind for output in cell.outputs for kind in output.get("data", {}) if kind.startswith("image/")]


def test_a_cell_holds_until_its_picture_is_there(notebook_folder: NotebookFolder) -> None:
    with open_page(notebook_folder, attended=False) as page:
        cell = page.run("%%vidgo fox --size 1:1 --resolution 1K\nA fox in the snow")
        assert page.value("fox.status") == "'finished'"
        place, card = cell.outputs
        assert place.has_picture
        assert "2 credits" in card.data["text/html"]
        assert (place.updates, card.updates) == (0, 0)


def test_python_code_that_generates_holds_its_cell_too(notebook_folder: NotebookFolder, served: dict[str, str]) -> None:
    notebook = execute(notebook_folder, ["job = vidgo.generate('A heron')\njob", "job.status"], served)
    assert kinds(notebook.cells[1]) == ["image/jpeg"]
    assert notebook.cells[2].outputs[0].data["text/plain"] == "'finished'"


def test_a_failed_job_fails_the_run(
    notebook_folder: NotebookFolder, emulator: Emulator, served: dict[str, str]
) -> None:
    emulator.faults.add(Fault("submit", fails="Unsafe content"))
    with pytest.raises(CellExecutionError, match=FAILED_AS_SHOWN):
        execute(notebook_folder, ["%%vidgo\nA fox", "print('never run')"], served)


@pytest.fixture(scope="module")
def page(shared_folder: NotebookFolder, shared_emulator: Emulator, shared_served: dict[str, str]) -> Iterator[Page]:
    """An unattended notebook, for cells that need no kernel of their own."""
    with open_page(shared_folder, attended=False, **shared_served) as opened:
        opened.run("import vidgo_notebook as vidgo")
        yield opened


@pytest.mark.parametrize(
    "cell", ["%%vidgo\nA fox", "job = vidgo.generate('A wolf')", "vidgo.generate('A hare').result()"]
)
def test_a_failed_job_fails_its_cell_with_its_reason_alone(cell: str, page: Page, shared_emulator: Emulator) -> None:
    shared_emulator.faults.add(Fault("submit", fails="Unsafe content"))
    message = page.run(cell).error
    assert message.count(FAILED) == 1
    assert "It cost nothing: failures are not billed." in message
    assert "Traceback" not in message
    assert "vidgo_notebook/" not in message


def test_no_wait_runs_jobs_in_parallel_and_wait_brings_the_pictures_to_their_cells(
    notebook_folder: NotebookFolder, emulator: Emulator, served: dict[str, str]
) -> None:
    emulator.faults.add(Fault("status", when=lambda call: emulator.count("submit") < 2, times=None, status=503))
    cells = ["%%vidgo --no-wait\nA fox", "%%vidgo --no-wait\nA heron", "%vidgo wait", "1 + 1"]
    notebook = execute(notebook_folder, cells, served)
    assert [call.kind for call in emulator.log if call.kind in ("submit", "file")] == ["submit"] * 2 + ["file"] * 2
    assert [kinds(cell) for cell in notebook.cells[1:]] == [["image/jpeg"], ["image/jpeg"], [], []]


def test_no_wait_shows_the_same_text_before_and_after(notebook_folder: NotebookFolder, served: dict[str, str]) -> None:
    with open_page(notebook_folder, attended=False, **served) as page:
        cell = page.run("%%vidgo --no-wait\nA fox")
        before = [dict(output.words) for output in cell.outputs]
        page.run("%vidgo wait")
        assert cell.pictures
        assert [output.words for output in cell.outputs] == before
        assert "text/html" not in cell.outputs[0].data


def test_a_failed_job_that_was_not_waited_for_fails_the_wait(
    notebook_folder: NotebookFolder, emulator: Emulator, served: dict[str, str]
) -> None:
    emulator.faults.add(Fault("submit", fails="Unsafe content"))
    with pytest.raises(CellExecutionError, match=FAILED_AS_SHOWN):
        execute(notebook_folder, ["%%vidgo --no-wait\nA fox", "%vidgo wait"], served)


def test_bought_now_or_from_the_store_the_outputs_are_the_same(
    notebook_folder: NotebookFolder, emulator: Emulator, served: dict[str, str]
) -> None:
    cells = [
        "%%vidgo pair --takes 2 --quality high --size 16:9 --resolution 2K\nA fox in the snow",
        "pair[0].result().image.size",
        "vidgo.generate('A heron', model='flux-2-pro', size='1:1', resolution='1K')",
    ]
    first, second = (execute(notebook_folder, cells, served) for _ in range(2))
    assert emulator.count("submit") == 3
    assert _shown(first) == _shown(second)


def _shown(notebook: NotebookNode) -> list[nbformat.NotebookNode]:
    return [output.get("data") for cell in notebook.cells for output in cell.outputs]
