"""The README is short, shows itself on PyPI, and what it says to type works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from tests.fixtures.notebook_folder import QUICKSTART, NotebookFolder
from vidgo_notebook.app.commands.table import find_command

ROOT = QUICKSTART.parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
HOME = "https://github.com/vidgo-notebook/vidgo-notebook/blob/main/"
RAW = "https://raw.githubusercontent.com/vidgo-notebook/vidgo-notebook/main/"
SITE = "https://vidgo-notebook.readthedocs.io/en/latest/"
_LARGEST_PICTURE = 2_000_000


def block(name: str) -> str:
    """The commands after a mark such as ``<!-- the tests -->``; .ci/run takes them from there too."""
    found = re.search(rf"^<!-- {name} -->\n```sh\n(.+?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no block after <!-- {name} -->"
    return found[1]


def blocks(kind: str) -> list[str]:
    """The code blocks of a kind; those without one are cells."""
    found = re.findall(r"^```(\w*)\n(.+?)\n```$", README, re.MULTILINE | re.DOTALL)
    return [text for its_kind, text in found if its_kind == kind]


def links() -> list[str]:
    return re.findall(r"\]\((\S+?)\)", README)


@pytest.mark.parametrize("name", ["the quickstart", "the tests"])
def test_the_two_commands_come_before_anything_else_and_can_spend_nothing(name: str) -> None:
    assert "VIDGO_MODE=emulator .venv/bin/" in block(name)
    assert README.index(block(name)) < README.index("\n## A cell")


def test_it_is_read_in_a_few_minutes() -> None:
    assert len(README.split()) <= 1200


def test_every_link_and_picture_leads_somewhere_from_pypi_too() -> None:
    assert [link for link in links() if not link.startswith("https://")] == []
    files = [link.partition(base)[2] for link in links() for base in (HOME, RAW) if link.startswith(base)]
    assert [name for name in files if not (ROOT / name).is_file()] == []
    pages = [link.removeprefix(SITE).removesuffix(".html") for link in links() if link.startswith(SITE)]
    assert pages
    assert [page for page in pages if not _source(page)] == []


def _source(page: str) -> bool:
    """Whether the site has this page: a text of docs, or a tutorial, which is a notebook."""
    return (ROOT / "docs" / f"{page}.md").is_file() or (ROOT / "notebooks" / f"{Path(page).name}.ipynb").is_file()


def test_its_pictures_are_small() -> None:
    pictures = [ROOT / link.removeprefix(RAW) for link in links() if link.startswith(RAW)]
    assert len(pictures) == 2
    assert [path.name for path in pictures if path.stat().st_size > _LARGEST_PICTURE] == []


def test_what_it_says_to_type_works(notebook_folder: NotebookFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one kernel, in order; the shell's line too. A key can't be typed in here: its command is looked up only."""
    Image.new("RGB", (64, 48), "teal").save(notebook_folder.folder / "shelf.jpg")
    *cells, live = blocks("")
    assert live.splitlines()[-1] == "%vidgo key"
    assert find_command("key", "notebook", "%vidgo").example
    (python,) = blocks("python")
    before = 'product = "a blue coffee pot"'
    sources = [cells[0], before, *cells[1:], python, *live.splitlines()[:-1], "grid.wait().failed() == []"]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    for name, value in notebook_folder.environment().items():
        monkeypatch.setenv(name, value)
    NotebookClient(
        notebook, resources={"metadata": {"path": str(notebook_folder.folder)}}, kernel_name="python3"
    ).execute()
    assert notebook.cells[-1].outputs[0].data["text/plain"] == "True"
    (line,) = re.findall(r"`(vidgo generate .+?)`", README)
    done = notebook_folder.run(*shlex.split(line))
    assert done.returncode == 0, done.stderr
    with Image.open(notebook_folder.folder / "bicycle.png") as picture:
        assert picture.format == "PNG"
