from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from tests.stage.seclusion import seclude
from tests.store.shelves import FolderShelf, Shelf, UrlShelf
from vidgo_notebook.store.journal import Journal
from vidgo_notebook.store.results import ResultStore


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return seclude(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[str]:
    """moto's S3, on a free port of this machine; its address."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "memory", "s3"])
def shelf(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Where the store of a test lies: everything that holds for a folder holds for the others."""
    if request.param == "folder":
        return FolderShelf(folder / ".vidgo")
    name = f"b{uuid.uuid4().hex}"
    if request.param == "s3":
        for variable, value in {
            "AWS_ENDPOINT_URL": request.getfixturevalue("bucket_server"),
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(variable, value)
        s3 = fsspec.filesystem("s3", use_listings_cache=False)
        s3.mkdir(name)
        return UrlShelf(f"s3://{name}/lab/results", folder, s3)
    return UrlShelf(f"memory://{name}", folder, fsspec.filesystem("memory"))


@pytest.fixture
def store(shelf: Shelf) -> ResultStore:
    return shelf.open()


@pytest.fixture
def folder_store(folder: Path) -> ResultStore:
    return ResultStore(folder / ".vidgo")


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    opened = Journal(folder / "state" / "journal.sqlite3")
    yield opened
    opened.close()
