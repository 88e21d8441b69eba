"""Wheel and sdist hold what they should and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

from tests.release.conftest import PROJECT, Built
from vidgo_notebook.version import __version__

PACKAGE = PROJECT / "vidgo_notebook"
IN_SDIST = {
    *(".gitignore", ".importlinter", ".pre-commit-hooks.yaml", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md"),
    *("LICENSE", "PKG-INFO", "README.md", "SECURITY.md", "labextension", "pyproject.toml", "tests", "vidgo_notebook"),
}
TRACES = ("__pycache__", ".venv", ".pytest_cache", ".ipynb_checkpoints", "/previews/", "/tmp/", "artifacts", "executed")


def in_sdist(built: Built) -> list[str]:
    with tarfile.open(built.sdist) as archive:
        return [name.partition("/")[2] for name in archive.getnames()]


def test_the_wheel_is_the_package_its_metadata_and_its_licence(built: Built) -> None:
    ours = {
        path.relative_to(PROJECT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
    info = f"vidgo_notebook-{__version__}.dist-info"
    data = f"vidgo_notebook-{__version__}.data/data/share/jupyter/labextensions/vidgo-notebook"
    assert names - ours == {
        *(f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")),
        *(f"{data}/{name}" for name in ("package.json", "install.json", "static/remoteEntry.js")),
    }
    assert ours <= names
    assert "vidgo_notebook/py.typed" in names


def test_jupyterlab_lists_the_extension_with_the_version_of_the_package() -> None:
    described = json.loads((PROJECT / "labextension/package.json").read_text())
    assert (described["name"], described["version"]) == ("vidgo-notebook", __version__)
    assert (PROJECT / "labextension" / described["jupyterlab"]["_build"]["load"]).is_file()


def test_the_sdist_is_the_package_and_the_tests_that_need_no_notebook_and_is_small(built: Built) -> None:
    names = in_sdist(built)
    assert {name.partition("/")[0] for name in names} == IN_SDIST
    assert [name for name in names if any(trace in f"/{name}" for trace in TRACES)] == []
    assert built.sdist.stat().st_size < 1_000_000
    assert {"tests/conftest.py", "tests/domain", "tests/engine", "tests/wire"} <= {
        *names,
        *("/".join(name.split("/")[:2]) for name in names),
    }


def judged(tool: str, *arguments: object) -> str:
    """What a tool that looks at releases says; it finds no fault."""
    command = [str(Path(sys.executable).with_name(tool)), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_pypi_shows_and_what_the_wheel_holds_have_no_fault(built: Built) -> None:
    assert judged("twine", "check", "--strict", *built).count("PASSED") == 2
    assert "OK" in judged("check-wheel-contents", built.wheel)


def test_pyproject_is_valid_and_the_project_is_rated_ten_of_ten() -> None:
    assert "Valid file" in judged("validate-pyproject", PROJECT / "pyproject.toml")
    assert "10/10" in judged("pyroma", PROJECT)


def test_the_metadata_says_what_installers_go_by(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        metadata = Parser().parsestr(archive.read(f"vidgo_notebook-{__version__}.dist-info/METADATA").decode())
    assert (metadata["Name"], metadata["License-Expression"]) == ("vidgo-notebook", "BSD-3-Clause")
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra")) == {
        "cluster",
        "crate",
        "keyring",
        "notebook",
        "pandas",
        "shell",
        "stats",
    }
    assert "pytest" not in str(metadata.get_all("Requires-Dist"))
    urls = {name for name, _, _ in (url.partition(", ") for url in metadata.get_all("Project-URL"))}
    assert urls == {"Homepage", "Documentation", "Source", "Issues", "Changelog"}
    assert metadata.get_payload().startswith("# vidgo_notebook")
