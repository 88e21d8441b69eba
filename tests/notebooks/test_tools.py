"""The saved notebooks go through the tools that people turn notebooks into papers, reports and pages with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pypandoc
import pytest

from tests.fixtures.notebook_folder import NOTEBOOKS, NotebookFolder
from tests.fixtures.ports import free_port
from tests.notebooks.test_collection import PATHS, STORE
from tests.notebooks.test_quickstart import PICTURES

PATIENCE = 150


def pictures_in(path: Path) -> int:
    """How many pictures a notebook's saved outputs show."""
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]
    return sum(any(kind in output.get("data", {}) for kind in ("image/png", "image/jpeg")) for output in outputs)


def prices_in(path: Path) -> set[str]:
    """The prices that a notebook's cards begin with."""
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]
    texts = [
        output.get("data", {}).get("text/plain", "") for output in outputs if "text/html" in output.get("data", {})
    ]
    return {found[0] for text in texts if (found := re.match(r"\d+ credits", text))}


@pytest.fixture(scope="module")
def converted(shared_folder: NotebookFolder) -> Path:
    """A folder with every notebook as HTML, Markdown and LaTeX."""
    copies = [shared_folder.bring(path, path.name).name for path in PATHS]
    pandoc = Path(pypandoc.get_pandoc_path()).parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(pandoc), prepend=os.pathsep)
        for kind in ("html", "markdown", "latex"):
            shared_folder.convert("--to", kind, *copies)
    return shared_folder.folder


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("ending", "picture"),
    [
        ("html", r'<img [^>]*src="data:image/(jpeg|png);base64,'),
        ("md", r"!\[(jpeg|png)\]\("),
        ("tex", r"\\adjustimage\{[^}]*\}\{[^}]*\}\}?\{[^}]+_files/"),
    ],
)
def test_pages_papers_and_texts_show_every_picture_and_price(
    ending: str, picture: str, path: Path, converted: Path
) -> None:
    text = (converted / f"{path.stem}.{ending}").read_text(encoding="utf-8")
    found = len(re.findall(picture, text))
    assert found == pictures_in(path), f"{found} of {pictures_in(path)}"
    assert [price for price in prices_in(path) if price not in text] == []


def test_latex_finds_its_pictures_beside_it(converted: Path) -> None:
    for path in PATHS:
        text = (converted / f"{path.stem}.tex").read_text(encoding="utf-8")
        named = re.findall(rf"\{{({re.escape(path.stem)}_files/[^}}]+)\}}", text)
        assert named
        assert [name for name in named if not (converted / name).is_file()] == []


@contextmanager
def voila(notebook_folder: NotebookFolder, notebook: Path, **environment: str) -> Iterator[str]:
    """The address of a page that Voilà makes of a notebook."""
    port = free_port()
    command = ["voila", notebook.name, "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    log = (notebook_folder.folder / "voila.txt").open("w")
    with subprocess.Popen(
        command, cwd=notebook_folder.folder, env=notebook_folder.environment(**environment), stderr=log
    ) as server:
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            log.close()


def page_at(url: str) -> str:
    """The page, as soon as its server answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, "Voilà does not answer"
            time.sleep(0.5)


def test_voila_shows_pictures_although_its_pages_do_not_change_afterwards(
    notebook_folder: NotebookFolder, served: dict[str, str]
) -> None:
    """With an empty store: every picture is made while the page is."""
    notebook = notebook_folder.bring(NOTEBOOKS / "01-quickstart.ipynb")
    with voila(notebook_folder, notebook, **served) as url:
        page = page_at(url)
    assert page.count('"metadata": {"image/jpeg"') == PICTURES
    assert "24 credits" in page
    assert "progress max" not in page


@pytest.mark.full
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_jupyter_execute_and_papermill_run_it_from_the_committed_store(
    path: Path, notebook_folder: NotebookFolder
) -> None:
    shutil.copytree(STORE, notebook_folder.store, ignore=shutil.ignore_patterns("tmp"))
    notebook = notebook_folder.bring(path)
    for command in (["jupyter", "execute", "--inplace", notebook.name], ["papermill", notebook.name, "out.ipynb"]):
        done = notebook_folder.run(*command, VIDGO_MODE="replay")
        assert done.returncode == 0, done.stderr
    assert pictures_in(notebook) == pictures_in(notebook_folder.folder / "out.ipynb") == pictures_in(path)


@pytest.mark.full
def test_papermill_puts_parameters_into_the_prompts_of_a_study(notebook_folder: NotebookFolder) -> None:
    notebook = notebook_folder.bring(NOTEBOOKS / "05-reproducible-study.ipynb")
    done = notebook_folder.run("papermill", "--no-progress-bar", "-p", "thing", "umbrella", notebook.name, "out.ipynb")
    assert done.returncode == 0, done.stderr
    text = (notebook_folder.folder / "out.ipynb").read_text()
    assert "A purple umbrella on a plain white table" in text
    assert "24 images are stand-ins" in text
