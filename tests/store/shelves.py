"""Where the stores of the tests lie: a folder, another system's memory, a bucket; and the raw files there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.remote_files import RemoteFiles
from vidgo_notebook.store.results.result_store import ResultStore


class Shelf(Protocol):
    """The raw files of a store; ``open`` is the store as one more machine sees it."""

    address: str

    def open(self) -> ResultStore: ...
    def names(self) -> set[str]: ...
    def read(self, name: str) -> bytes: ...
    def write(self, name: str, data: bytes) -> None: ...
    def remove(self, name: str) -> None: ...


class FolderShelf:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = str(folder)

    def open(self) -> ResultStore:
        return ResultStore(self.folder)

    def names(self) -> set[str]:
        found = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}
        return found - {".gitignore"}

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()


class UrlShelf:
    def __init__(self, address: str, machines: Path, fs: Any) -> None:
        self.address = address
        self._machines = machines
        self._opened = 0
        self._fs = fs
        self._root = fs._strip_protocol(address)

    def open(self) -> ResultStore:
        self._opened += 1
        return ResultStore(RemoteFiles(self.address, self._machines / f"cache-{self._opened}"))

    def names(self) -> set[str]:
        self._fs.invalidate_cache()
        return {path.removeprefix(self._root).lstrip("/") for path in self._fs.find(self._root)}

    def read(self, name: str) -> bytes:
        return bytes(self._fs.cat_file(f"{self._root}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        self._fs.pipe_file(f"{self._root}/{name}", data)

    def remove(self, name: str) -> None:
        self._fs.rm_file(f"{self._root}/{name}")


def store_at(address: str, cache: Path) -> ResultStore:
    """The store at an address, in a process of its own."""
    return ResultStore(RemoteFiles(address, cache) if is_url(address) else address)
