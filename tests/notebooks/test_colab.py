"""Beside the versions that Google Colab has: none is replaced, and cells, pictures, the form and the gallery work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests.fixtures.environments import PROJECT, Environment, make_environment
from tests.fixtures.minimal_frontend import Page, open_page
from tests.fixtures.notebook_folder import QUICKSTART, NotebookFolder

PINS = PROJECT / "tests" / "colab-2026-08.txt"
PICTURES = 4  # the takes are on one sheet
_WIDGET = "application/vnd.jupyter.widget-view+json"
# The form that the last cell opened, found by its button: what a click in the browser does.
_CLICK = """import gc
from vidgo_notebook.ui.panel.panel import Panel
[each for each in gc.get_objects() if isinstance(each, Panel)][-1].price_box.generate.click()"""
_COMPLETE = """from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "vidgo_notebook")
shell.run_cell("from PIL import Image; photo = Image.new('RGB', (8, 8))")
for line in ("%%vidgo --mod", "%%vidgo --model=gpt", "%vidgo mod", "%%vidgo --image ph", "%vidgo quote A {{ pho"):
    print(shell.complete(line.split()[-1].split("=")[-1], line, len(line))[1])
shell.run_line_magic("unload_ext", "vidgo_notebook")
print(shell.complete("--mod", "%%vidgo --mod", 13)[1])"""


@pytest.fixture(scope="module")
def colab(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The runtime's versions, and the package installed as a first cell would."""
    made = make_environment(tmp_path_factory.mktemp("colab") / "venv")
    made.install("-r", str(PINS))
    before = made.versions()
    made.install(str(PROJECT))
    after = made.versions()
    assert {name: after.get(name) for name in before} == before
    return made


@pytest.fixture
def folder(tmp_path: Path) -> NotebookFolder:
    return NotebookFolder(tmp_path)


@pytest.fixture
def unattended(colab: Environment, folder: NotebookFolder) -> Iterator[Page]:
    with open_page(folder, attended=False, load=False, python=colab.python) as page:
        yield page


@pytest.fixture
def attended(colab: Environment, folder: NotebookFolder) -> Iterator[Page]:
    with open_page(folder, attended=True, python=colab.python) as page:
        yield page


def test_the_quickstart_runs_and_shows_every_picture(unattended: Page) -> None:
    cells = [unattended.run(cell.source) for cell in nbformat.read(QUICKSTART, 4).cells if cell.cell_type == "code"]
    assert [cell.error for cell in cells if cell.error] == []
    assert sum(len(cell.pictures) for cell in cells) == PICTURES
    assert unattended.value("__import__('IPython').__version__") == "'7.34.0'"


def test_the_form_makes_a_picture_and_the_gallery_opens(attended: Page) -> None:
    form, picture, _ = attended.run("import vidgo_notebook as vidgo\nvidgo.panel('A fox in the snow')").outputs
    assert _WIDGET in form.data
    attended.run(_CLICK)
    attended.watch_until(lambda: picture.has_picture)
    assert _WIDGET in attended.run("%vidgo gallery").outputs[0].data
    assert "144 credits" in attended.run("%vidgo quote -q high -s 16:9 -r 4K --takes 3 A dog").everything


def test_tab_completes_by_the_hooks_of_ipython_7(colab: Environment) -> None:
    options, models, commands, images, names, after = colab.run("-c", _COMPLETE).splitlines()
    assert options == "['--model']"
    assert models == "['gpt-image-2', 'gpt-image-2-edit']"
    assert commands == "['models']"
    assert images == names == "['photo']"
    assert after == "[]"
