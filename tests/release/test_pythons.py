"""The wheel installs into a fresh environment of every Python it names, and the quickstart runs there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

from tests.fixtures.environments import run_uv
from tests.fixtures.notebook_folder import QUICKSTART, NotebookFolder
from tests.release.conftest import Built

VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
PICTURES = 4  # the takes are on one sheet


def interpreter(version: str) -> str | None:
    """A Python of that version: on the path, or one of pyenv's."""
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    installed = sorted(root.glob(f"versions/{version}.*/bin/python"))
    return str(installed[-1]) if installed else shutil.which(f"python{version}")


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_quickstart_runs_in_a_fresh_environment(version: str, built: Built, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    subprocess.run([python, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=100)
    fresh = tmp_path / "venv" / "bin"
    install = [str(fresh / "pip"), "install", "--quiet", f"{built.wheel}[notebook]"]
    subprocess.run(install, check=True, timeout=700)
    notebook_folder = NotebookFolder(tmp_path)
    notebook = notebook_folder.bring(QUICKSTART)
    environment = notebook_folder.environment(PATH=os.pathsep.join([str(fresh), os.environ["PATH"]]))
    command = [str(fresh / "jupyter"), "execute", "--inplace", str(notebook)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    outputs = [output for cell in nbformat.read(notebook, 4).cells for output in cell.get("outputs", [])]
    assert sum("image/jpeg" in output.get("data", {}) for output in outputs) == PICTURES
    version_line = subprocess.run(
        [str(fresh / "python"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert version_line.startswith(f"Python {version}.")


@pytest.mark.full
@pytest.mark.parametrize("version", VERSIONS)
def test_the_lowest_version_of_every_dependency_has_a_wheel_for_each_python(version: str) -> None:
    compiled = ("pip", "compile", "--quiet", "pyproject.toml", "--resolution", "lowest-direct", "--all-extras")
    lowest = [*compiled, "--python-version", version, "--no-annotate", "--no-header"]
    assert run_uv(*lowest, "--only-binary", ":all:") == run_uv(*lowest)
