"""The files of a store under others, which take everything that is written: the store itself is only read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vidgo_notebook.store.results.frozen import MARK
from vidgo_notebook.store.results.local_files import Files, LocalFolder, Room
from vidgo_notebook.store.results.plain_files import Stamp

_REMOVED = "removed"
_MOST_BYTES = 64 * 1024 * 1024


class OverlaidFiles:
    """``below`` as it is, and above it ``folder_above``, where files are written, and which lists those that are
    deleted. Several processes may share both."""

    def __init__(self, below: Files, folder_above: Path) -> None:
        self.address = below.address
        self._below = below
        self._above = LocalFolder(folder_above)

    @property
    def folder(self) -> Path | None:
        """The folder that has the mark of a frozen store, or would have it; None for a store that is not in one."""
        below = self._below.folder
        return self._above.folder if below and (self._above.exists(MARK) or self._is_removed(MARK)) else below

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        with self._below.guarded(what):
            yield

    def read(self, name: str, limit: int) -> bytes:
        return self._of(name).read(name, limit)

    def exists(self, name: str) -> bool:
        return self._above.exists(name) or (not self._is_removed(name) and self._below.exists(name))

    def names(self, folder: str) -> list[str]:
        below = [name for name in self._below.names(folder) if not self._is_removed(f"{folder}/{name}")]
        return list(dict.fromkeys([*below, *self._above.names(folder)]))

    def stamps(self, folder: str) -> dict[str, Stamp]:
        return {**self._below.stamps(folder), **self._above.stamps(folder)}

    def size(self) -> int:
        return self._below.size() + self._above.size()

    def write(self, name: str, data: bytes) -> None:
        self._above.write(name, data)

    def create(self, name: str, data: bytes) -> None:
        if not self.exists(name):
            self._above.create(name, data)

    def append(self, name: str, data: bytes) -> None:
        if not self._above.exists(name) and self.exists(name):
            self._above.write(name, self.read(name, _MOST_BYTES))
        self._above.append(name, data)

    def set_aside(self, name: str, other: str) -> None:
        self._above.write(other, self.read(name, _MOST_BYTES))
        self.remove(name)

    def remove(self, name: str) -> None:
        self._above.remove(name)
        if self._below.exists(name):
            self._above.write(f"{_REMOVED}/{name}", b"")

    def check_writable(self) -> None:
        """As far as that can be seen without writing."""
        if below := self._below.folder:
            there = next(each for each in (below, *below.parents) if each.exists())
            if not os.access(there, os.W_OK | os.X_OK):
                raise PermissionError(f"{there} can't be written")
        self._above.check_writable()

    def room(self) -> Room:
        return self._above.room()

    def new_download(self) -> Path:
        return self._above.new_download()

    def put(self, download: Path, name: str) -> Path:
        return self._above.put(download, name)

    def local(self, name: str, digest: str) -> Path | None:
        return self._of(name).local(name, digest)

    def local_path(self, name: str) -> Path:
        return self._of(name).local_path(name)

    def _of(self, name: str) -> Files:
        """Where a file is; above, if it was deleted."""
        return self._above if self._above.exists(name) or self._is_removed(name) else self._below

    def _is_removed(self, name: str) -> bool:
        return self._above.exists(f"{_REMOVED}/{name}")
