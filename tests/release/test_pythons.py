"""The wheel installs into a fresh environment of every Python it names, and the quickstart runs there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.fixtures.environments import run_uv
from tests.fixtures.notebook_folder import QUICKSTART, NotebookFolder
from tests.release.conftest import Built
from vidgo_notebook.version import __version__

VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
PICTURES = 4  # the takes are on one sheet


def interpreter(version: str) -> str | None:
    """A Python of that version: on the path, or one of pyenv's."""
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    installed = sorted(root.glob(f"versions/{version}.*/bin/python"))
    return str(installed[-1]) if installed else shutil.which(f"python{version}")


def fresh_environment(python: str, folder: Path, what: str) -> Path:
    """The programs of a new environment in which ``what`` alone is installed, with its dependencies."""
    subprocess.run([python, "-m", "venv", str(folder / "venv")], check=True, timeout=100)
    fresh = folder / "venv" / "bin"
    subprocess.run([str(fresh / "pip"), "install", "--quiet", what], check=True, timeout=700)
    return fresh


def run_the_quickstart_and_the_command(fresh: Path, folder: Path, version: str) -> None:
    notebook_folder = NotebookFolder(folder)
    notebook = notebook_folder.bring(QUICKSTART)
    path = os.pathsep.join([str(fresh), os.environ["PATH"]])
    done = notebook_folder.run(str(fresh / "jupyter"), "execute", "--inplace", str(notebook), PATH=path)
    assert done.returncode == 0, done.stderr
    outputs = [output for cell in nbformat.read(notebook, 4).cells for output in cell.get("outputs", [])]
    assert sum("image/jpeg" in output.get("data", {}) for output in outputs) == PICTURES
    made = notebook_folder.run(str(fresh / "vidgo"), "generate", "A red bicycle", "--save", "bicycle.png", PATH=path)
    assert made.returncode == 0, made.stderr
    assert (folder / "bicycle.png").is_file()
    assert notebook_folder.run(str(fresh / "vidgo"), "--version", PATH=path).stdout == f"vidgo {__version__}\n"
    assert notebook_folder.run(str(fresh / "python"), "--version", PATH=path).stdout.startswith(f"Python {version}.")


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_alone_runs_the_quickstart_and_the_command(version: str, built: Built, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    fresh = fresh_environment(python, tmp_path, f"{built.wheel}[notebook]")
    run_the_quickstart_and_the_command(fresh, tmp_path, version)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_source_distribution_alone_runs_the_quickstart_and_the_command(built: Built, tmp_path: Path) -> None:
    fresh = fresh_environment(sys.executable, tmp_path, f"{built.sdist}[notebook]")
    run_the_quickstart_and_the_command(fresh, tmp_path, f"{sys.version_info[0]}.{sys.version_info[1]}")


@pytest.mark.full
@pytest.mark.parametrize("version", VERSIONS)
def test_the_lowest_version_of_every_dependency_has_a_wheel_for_each_python(version: str) -> None:
    compiled = ("pip", "compile", "--quiet", "pyproject.toml", "--resolution", "lowest-direct", "--all-extras")
    lowest = [*compiled, "--python-version", version, "--no-annotate", "--no-header"]
    assert run_uv(*lowest, "--only-binary", ":all:") == run_uv(*lowest)
