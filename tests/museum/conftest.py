from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.postgres import PASSWORD, Postgres, find_programs
from tests.museum.project_copy import ProjectCopy
from tests.museum.service import Service, served

EXHIBITS = Path(__file__).with_name("0.1")

TASKS = (
    "task-a-blue-bicycle-1",
    "task-a-ferry-in-the-fog-1",
    "task-a-tram-in-the-rain-1",
    "task-a-balloon-over-hills-1",
    "task-a-train-in-a-tunnel-1",
    "task-a-truck-on-a-bridge-1",
    "task-a-rocket-at-night-1",
    "task-a-lantern-in-a-window-1",
    "task-a-lantern-in-a-window-2",
    "task-a-lantern-in-a-window-3",
)
"""What the service accepted and had not delivered when the kernels of the journal were killed, and the task that
was bought three times."""


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file, by its path in the folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Whatever a test does, the exhibits stay as they are."""
    before = digests(EXHIBITS)
    yield
    assert digests(EXHIBITS) == before


@pytest.fixture
def service() -> Iterator[Service]:
    """The API as the kernels left it. Nothing but the API and its file host is asked for anything."""
    with served(Service(TASKS)) as running:
        yield running
    assert running.strangers == set()


@pytest.fixture
def project(tmp_path: Path, service: Service) -> ProjectCopy:
    """A copy of the project, with its store and its SQLite journal."""
    shutil.copytree(EXHIBITS / "study", tmp_path / "study")
    shutil.copyfile(EXHIBITS / "journal.sqlite3", tmp_path / "journal.sqlite3")
    return ProjectCopy(tmp_path / "study", str(tmp_path / "journal.sqlite3"), service.environment)


@pytest.fixture
def empty(tmp_path: Path, service: Service) -> ProjectCopy:
    """Another person's project, in which nothing was made yet."""
    (tmp_path / "other").mkdir()
    return ProjectCopy(tmp_path / "other", str(tmp_path / "other.sqlite3"), service.environment)


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.full)])
def team(request: pytest.FixtureRequest, project: ProjectCopy) -> ProjectCopy:
    """The project with its journal in a file, and with the same journal in a database of a team."""
    if request.param == "SQLite":
        return project
    url = restored(request.getfixturevalue("postgres"))
    return ProjectCopy(project.folder, url, project.network)


def restored(server: Postgres) -> str:
    """A database with the dump in it, as an administrator brings it back."""
    programs = find_programs()
    assert programs
    url = server.new_database()
    command = [programs / "psql", "-X", "-q", "-f", EXHIBITS / "journal.sql", url]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PGPASSWORD": PASSWORD})
    return url
