"""Many pictures in one cell: the question with a person there, and a failed row without one."""

from __future__ import annotations

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tests.fixtures.local_api import serve_unsigned
from tests.fixtures.minimal_frontend import open_page
from tests.fixtures.notebook_folder import NotebookFolder
from vidgo_notebook.emulator import Emulator

SWEEP = "%%vidgo --sweep quality=low,medium,high --size 16:9 --resolution 4K\nA lighthouse"
ROWS = '[{"animal": "a fox"}, {"animal": ""}, {"animal": "an owl"}]'


def test_a_person_is_asked_about_the_whole_sweep_once_and_a_no_buys_nothing(
    notebook_folder: NotebookFolder, emulator: Emulator
) -> None:
    """Low, medium and high in 4K: (2 + 3 + 12) × 4 = 68 credits."""
    with serve_unsigned(emulator) as url:
        settings = {"VIDGO_MODE": "live", "VIDGO_API_KEY": "k-1", "VIDGO_BASE_URL": url, "VIDGO_CONFIRM_ABOVE": "60"}
        with open_page(notebook_folder, attended=True, **settings) as page:
            refused = page.run(SWEEP, answer="no")
            assert "68 credits" in refused.question
            assert "BudgetError" in refused.error
            assert emulator.count("submit") == 0
            agreed = page.run(SWEEP, answer="yes")
            page.watch_until(lambda: bool(agreed.pictures))
            assert emulator.count("submit") == 3
            again = page.run(SWEEP)
            page.watch_until(lambda: bool(again.pictures))
            assert emulator.count("submit") == 3


def test_papermill_ends_at_a_table_with_a_bad_row_and_the_other_rows_have_their_pictures(
    notebook_folder: NotebookFolder, served: dict[str, str]
) -> None:
    sources = ["%load_ext vidgo_notebook\nimport vidgo_notebook as vidgo", f"vidgo.map({ROWS}, prompt='animal')"]
    notebook = new_notebook(cells=[new_code_cell(source) for source in [*sources, "print('never run')"]])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, notebook_folder.folder / "table.ipynb")
    done = notebook_folder.run("papermill", "--no-progress-bar", "table.ipynb", "out.ipynb", **served)
    assert done.returncode != 0
    assert "row 2" in done.stderr
    assert len(list((notebook_folder.store / "results").glob("*.json"))) == 2
    assert nbformat.read(notebook_folder.folder / "out.ipynb", as_version=4).cells[-1].outputs == []
