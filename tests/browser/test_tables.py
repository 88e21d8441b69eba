"""What is printed of a sweep, a table and random prompts: Run All in JupyterLab says what the saved notebook says."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from tests.fixtures.jupyterlab import Lab
from tests.fixtures.notebook_folder import NotebookFolder

pytestmark = pytest.mark.browser

CELLS = [
    "%load_ext vidgo_notebook\nimport vidgo_notebook as vidgo",
    "%%vidgo grid --sweep color=red,blue --sweep quality=low,medium --size 1:1 --resolution 1K\nA {{ color }} boat",
    "for row in grid.wait().to_rows():\n"
    "    print(row['color'], row['quality'], row['width'], row['state'], row['charged'])\n"
    "print(grid.costs())",
    "zoo = vidgo.map({'animal': ['fox', 'owl'], 'year': [1925, None]}, size='1:1', resolution='1K',\n"
    "                prompt='A {{ animal }} in {{ year or \"winter\" }}').wait()\n"
    "for job in zoo:\n"
    "    print(job.row['animal'], job.status, job.request.prompt)\n"
    "print(zoo.costs())",
    "%%vidgo kites --takes 3 --size 1:1 --resolution 1K\nA {{ choice(['red', 'blue', 'green', 'grey']) }} kite",
    "for job in kites.wait():\n    print(job.request.prompt, job.charge)\nprint('the end')",
]
PRINTING = (2, 3, 5)
EXPECTED = ["red low 1024 finished 0.0", "fox finished A fox in 1925", "kite 0\nthe end"]
STDOUT = "[data-mime-type='application/vnd.jupyter.stdout']"


@pytest.mark.full
def test_run_all_prints_what_the_saved_notebook_has(lab: Lab, lab_folder: NotebookFolder) -> None:
    path = lab_folder.folder / "tables.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in CELLS], metadata=kernel), path)
    lab.open(path.name)
    lab.start("notebook:run-all-cells")
    expect(lab.cell(PRINTING[-1]).locator(STDOUT).first).to_contain_text("the end")
    printed = ["".join(lab.cell(number).locator(STDOUT).all_inner_texts()).split() for number in PRINTING]

    lab_folder.convert("--to", "notebook", "--execute", "--output", "saved.ipynb", str(path))
    saved = nbformat.read(lab_folder.folder / "saved.ipynb", as_version=4).cells
    texts = ["".join(each.get("text", "") for each in saved[number].outputs) for number in PRINTING]
    assert printed == [text.split() for text in texts]
    for text, words in zip(texts, EXPECTED, strict=True):
        assert words in text
