"""A Binder launch lands in the quickstart in JupyterLab, with the emulator on; checked without a Binder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.notebook_folder import NotebookFolder
from tests.fixtures.ports import free_port
from tests.release.conftest import PROJECT

BINDER = PROJECT / "binder"
QUICKSTART = "/lab/tree/notebooks/01-quickstart.ipynb"


def inside(folder: Path) -> dict[str, str]:
    """The environment of a shell in which a virtual environment is active."""
    return {**os.environ, "PATH": os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])}


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    venv.create(tmp_path / "venv", with_pip=False)
    return tmp_path / "venv"


def test_post_build_makes_every_server_open_the_quickstart(fresh: Path) -> None:
    subprocess.run([str(BINDER / "postBuild")], env=inside(fresh), check=True, cwd=PROJECT)
    lab = json.loads((fresh / "etc/jupyter/jupyter_lab_config.json").read_text())
    server = json.loads((fresh / "etc/jupyter/jupyter_server_config.json").read_text())
    assert lab["LabApp"]["default_url"] == server["ServerApp"]["default_url"] == QUICKSTART
    assert (PROJECT / QUICKSTART.removeprefix("/lab/tree/")).is_file()
    json.loads((fresh / "share/jupyter/lab/settings/overrides.json").read_text())


def test_whatever_is_started_has_the_emulator_on() -> None:
    done = subprocess.run([str(BINDER / "start"), "printenv", "VIDGO_MODE"], capture_output=True, text=True, check=True)
    assert done.stdout == "emulator\n"


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[str]:
    """A launch: the requirements installed as written, postBuild run, the server started. Its address."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=100)
    environment = {**NotebookFolder(tmp_path).environment(), **{"PATH": inside(tmp_path / "venv")["PATH"]}}
    install = ["pip", "install", "--quiet", "-r", str(BINDER / "requirements.txt")]
    subprocess.run(install, env=environment, check=True, timeout=700, cwd=PROJECT)
    subprocess.run([str(BINDER / "postBuild")], env=environment, check=True, cwd=PROJECT)
    port = free_port()
    del environment["VIDGO_MODE"], environment["JUPYTER_CONFIG_DIR"]
    command = [str(BINDER / "start"), "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    options = [f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="]
    with subprocess.Popen([*command, *options], env=environment, cwd=PROJECT, stderr=subprocess.DEVNULL) as server:
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def answer(url: str) -> tuple[str, bytes]:
    """Where a server's answer came from and what it is, as soon as it answers."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(url) as response:
                return response.url, response.read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise AssertionError(f"no answer at {url}")


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_launch_opens_the_quickstart_beside_the_other_notebooks(launched: str) -> None:
    url, page = answer(launched)
    assert url.split("?")[0] == launched + QUICKSTART
    assert b"JupyterLab" in page
    _, listing = answer(f"{launched}/api/contents/notebooks")
    names = {entry["name"] for entry in json.loads(listing)["content"]}
    assert {path.name for path in (PROJECT / "notebooks").glob("*.ipynb")} <= names
