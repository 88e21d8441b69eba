from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.isolation import seclude
from tests.fixtures.s3_bucket import BucketServer, served
from tests.fixtures.stores import FolderFiles, StoreFiles, UrlFiles
from vidgo_notebook.store.address import clean
from vidgo_notebook.store.journal.journal import Journal
from vidgo_notebook.store.results.result_store import ResultStore


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return seclude(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    with served() as server:
        yield server


@pytest.fixture(params=["folder", "memory", "s3"])
def stored(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> StoreFiles:
    """Where the store of a test lies: everything that holds for a folder holds for the others."""
    if request.param == "folder":
        return FolderFiles(folder / ".vidgo")
    fsspec = pytest.importorskip("fsspec")
    name = f"b{uuid.uuid4().hex}"
    if request.param == "s3":
        for variable, value in request.getfixturevalue("bucket_server").environment.items():
            monkeypatch.setenv(variable, value)
        s3 = pytest.importorskip("s3fs") and fsspec.filesystem("s3", use_listings_cache=False)
        s3.mkdir(name)
        return UrlFiles(f"s3://{name}/lab/results", folder, s3)
    return UrlFiles(f"memory://{name}", folder, fsspec.filesystem("memory"))


@pytest.fixture
def store(stored: StoreFiles) -> ResultStore:
    return stored.open()


@pytest.fixture
def folder_store(folder: Path) -> ResultStore:
    return ResultStore(folder / ".vidgo")


@pytest.fixture
def file_journal(folder: Path) -> Iterator[Journal]:
    opened = Journal(folder / "state" / "journal.sqlite3")
    yield opened
    opened.close()


@pytest.fixture(params=["file", "server"])
def journal(request: pytest.FixtureRequest) -> Iterator[Journal]:
    """The journal as a file and on a server: whatever holds for one holds for the other."""
    if request.param == "file":
        yield request.getfixturevalue("file_journal")
        return
    opened = Journal(clean(request.getfixturevalue("postgres").new_database()))
    yield opened
    opened.close()
