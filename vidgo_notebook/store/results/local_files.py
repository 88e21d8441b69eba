"""Files on this machine, those of a store in a folder. Each appears whole or not at all.

``Files`` is what a store needs of any file system; ``remote_files`` implements it with fsspec. Names are
relative to the store, with slashes.
"""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.errors import Problem, RequestError, StoreError
from vidgo_notebook.store.results.plain_files import PlainFolder, Stamp, file_digest
from vidgo_notebook.visible_text import visible_name

_FOR_GIT = {
    ".gitignore": "# derived or unfinished: safe to delete, not worth a commit\npreviews/\ntmp/\n",
    ".gitattributes": (
        "# pictures are never converted, and records are merged as a whole\n"
        "objects/** binary\nreferences/** binary\nresults/*.json text eol=lf merge=binary\n"
        "seeds/*.json text eol=lf merge=binary\nfrozen.json text eol=lf merge=binary\n"
        "ratings/*.jsonl text eol=lf merge=union\n"
    ),
}
"""Files of a store that version control reads; one that says more than an earlier version wrote is left as it is."""
_LARGEST_FOR_GIT = 4096
_KEPT_SECONDS = 24 * 3600.0
"""The service keeps files as long: nothing older in ``tmp`` can be continued."""
_IN_USE = (5, 32, 33)
"""Windows: access denied, as it says of an open target too, a sharing violation, a lock violation."""
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_PROBE = bytes(4096)  # on a full disk an empty file can still be created


class Files(Protocol):
    """What a store needs of a file system. ``guarded`` converts the system's errors to StoreError."""

    @property
    def address(self) -> str:
        """Their folder or URL, as it may be shown and stored."""

    @property
    def folder(self) -> Path | None:
        """Their folder on this machine; None for files elsewhere."""

    def guarded(self, what: str) -> AbstractContextManager[None]:
        """Convert the file system's errors to StoreError: the store can't be ``what`` ("read", "written")."""

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file of at most ``limit`` bytes. Raises FileNotFoundError, PlainFileError."""

    def exists(self, name: str) -> bool:
        """Whether the file exists."""

    def names(self, folder: str) -> list[str]:
        """The names of everything in a folder, without its own; none if it is missing."""

    def stamps(self, folder: str) -> dict[str, Stamp]:
        """What changes with every change of a file in a folder, as far as the system tells."""

    def size(self) -> int:
        """The total size of all files, in bytes."""

    def write(self, name: str, data: bytes) -> None:
        """Write a small file; an existing one is replaced."""

    def create(self, name: str, data: bytes) -> None:
        """Write a small file unless there is one: of several writers the first counts."""

    def append(self, name: str, data: bytes) -> None:
        """Add a line to a small file. Where no file can be added to, to one that this process alone writes: its name
        has ``.`` and 12 hexadecimal digits before the suffix."""

    def set_aside(self, name: str, other: str) -> None:
        """Keep a file that is about to be replaced under another name. Raises FileNotFoundError."""

    def remove(self, name: str) -> None:
        """Delete a file, if it exists."""

    def check_writable(self) -> None:
        """Write and delete a test file."""

    def room(self) -> Room:
        """What is left where pictures go on this machine."""

    def new_download(self) -> Path:
        """A fresh path on this machine to stream a file to, for ``put``."""

    def put(self, download: Path, name: str) -> Path:
        """Move a complete download into the store; returns its path on this machine."""

    def local(self, name: str, digest: str) -> Path | None:
        """The path of the file on this machine, its digest checked; None if it is missing, damaged or larger than a
        picture. Raises PlainFileError."""

    def local_path(self, name: str) -> Path:
        """The path of the file on this machine, whether or not it exists."""


LARGEST_PICTURE = 25_000_000
"""Bytes of the pixels in 4K, uncompressed: no file of the service has more."""


class Room(NamedTuple):
    """A folder, the bytes that its disk has left, and whether pictures stay there."""

    folder: Path
    free: int
    stays: bool

    def surely_holds(self, pictures: int) -> bool:
        """Whether so many pictures fit, whatever they show."""
        return pictures * LARGEST_PICTURE <= self.free


class LocalFolder:
    """A folder on this machine, created by the first write. Nothing in it is followed as a link."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = str(folder)
        self._files = PlainFolder(folder)
        self._prepared = False

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"The store {visible_name(self.folder)} can't be {what}: {error.strerror or error}.",
                hint="Use a folder that you can write to: %config Vidgo.store = '/path/to/.vidgo'",
            ) from None

    def read(self, name: str, limit: int) -> bytes:
        return self._files.read(name, limit)

    def exists(self, name: str) -> bool:
        return self._files.has(name)

    def names(self, folder: str) -> list[str]:
        return self._files.names(folder)

    def stamps(self, folder: str) -> dict[str, Stamp]:
        return self._files.stamps(folder)

    def size(self) -> int:
        with suppress(FileNotFoundError):
            return sum(found.st_size for _, found in self._files.walk())
        return 0

    def write(self, name: str, data: bytes) -> None:
        write_whole(self._files.make_room(name), data, self._unfinished())

    def create(self, name: str, data: bytes) -> None:
        unfinished, target = self._unfinished(), self._files.make_room(name)
        try:
            unfinished.write_bytes(data)
            _sync(unfinished)
            with suppress(FileExistsError):
                move_new(unfinished, target)
                _sync(target.parent)
        finally:
            unfinished.unlink(missing_ok=True)

    def append(self, name: str, data: bytes) -> None:
        path = self._files.path(name)
        is_new = not path.exists()
        append_line(self._files.make_room(name), data)
        if is_new:
            _sync(path.parent)

    def set_aside(self, name: str, other: str) -> None:
        self._files.place(name).rename(self._files.place(other))

    def remove(self, name: str) -> None:
        self._files.place(name).unlink(missing_ok=True)

    def check_writable(self) -> None:
        probe = self.new_download()
        try:
            probe.write_bytes(_PROBE)
        finally:
            probe.unlink(missing_ok=True)

    def room(self) -> Room:
        return Room(self.folder, shutil.disk_usage(self.folder).free, stays=True)

    def new_download(self) -> Path:
        download = self._unfinished()
        if not self._prepared:
            self._prepared = True
            clear_old(download.parent)
            for name, text in _FOR_GIT.items():
                if self._says_no_more(name, text):
                    unfinished = self._unfinished()
                    unfinished.write_text(text, encoding="utf-8", newline="")
                    move_over(unfinished, self.folder / name)  # not synced: the next process would write it again
        return download

    def _says_no_more(self, name: str, text: str) -> bool:
        """Whether a file is missing, or was written by an earlier version, which said less."""
        try:
            lines = {*self._files.read(name, _LARGEST_FOR_GIT).decode().splitlines()}
        except FileNotFoundError:
            return True
        except (StoreError, UnicodeDecodeError, OSError):
            return False
        return lines < {*text.splitlines()}

    def _unfinished(self) -> Path:
        """A fresh path in the folder that is cleared of what killed processes leave."""
        return self._files.make_room(f"tmp/{uuid.uuid4().hex}")

    def put(self, download: Path, name: str) -> Path:
        target = self._files.make_room(name)
        _sync(download)
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(target.lstat().st_mode):  # the link, or whatever it is, keeps existing
                target.rename(_aside(target))
            elif file_digest(target) != target.stem:  # perhaps the user's own file
                # Copied, not renamed: another kernel may have repaired it just now, and its readers must find it.
                shutil.copyfile(target, _aside(target))
        move_over(download, target)
        _sync(target.parent)
        return target

    def local(self, name: str, digest: str) -> Path | None:
        try:
            if self._files.size(name) <= MAX_SERVED_BYTES and self._files.digest(name) == digest:
                return self._files.path(name)
        except FileNotFoundError:
            pass
        return None

    def local_path(self, name: str) -> Path:
        return self.folder / name


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.damaged-{uuid.uuid4().hex[:8]}")


def write_whole(path: Path, data: bytes, unfinished: Path) -> None:
    """Write a file on this machine so that no reader ever sees a part of it; until it is whole, as ``unfinished``."""
    try:
        with unfinished.open("xb") as file:
            file.write(data)
        _sync(unfinished)
        move_over(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync(path.parent)  # otherwise a power cut may restore the older file, or leave none


def append_line(path: Path, data: bytes) -> None:
    """Add a line to a file on this machine in one write, so that several processes may do it at once. One that was cut
    off, when a disk was full or a process was killed, ends before it."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0) as file:
        if file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n":
            data = b"\n" + data
        while data:
            data = data[file.write(data) or 0 :]
        os.fsync(file.fileno())


def move_new(source: Path, target: Path) -> None:
    """Give a file a name that no file has yet. Raises FileExistsError, and OSError."""
    try:
        os.link(source, target)  # fails if there is such a file, where a rename would replace it
    except FileExistsError:
        raise
    except (OSError, AttributeError):  # a file system without links; the second in Pyodide
        with target.open("xb") as file:
            file.write(source.read_bytes())
    source.unlink()


def move_over(source: Path, target: Path) -> None:
    """Give a file the name of another, which it replaces. Waits for a moment while Windows has that in use."""
    for pause in _PAUSES:
        try:
            source.replace(target)
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
        time.sleep(pause)
    source.replace(target)


def temporary_folder(prefix: str) -> Path:
    """A new folder that only this user may look into; it is removed when this process ends."""
    folder, process = Path(tempfile.mkdtemp(prefix=prefix)), os.getpid()

    def remove() -> None:
        if os.getpid() == process:  # and not in a process that was forked from it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def clear_old(folder: Path, prefix: str = "") -> None:
    """Delete the files, those whose name begins with ``prefix``, that killed processes left in a folder more than a
    day ago."""
    until = time.time() - _KEPT_SECONDS
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if not entry.name.startswith(prefix):
                    continue
                if entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < until:
                    Path(entry.path).unlink()


def _sync(path: Path) -> None:
    """Flush a file or a folder to disk; some file systems refuse that for folders."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def path_of(given: object, field: str = "path") -> Path:
    """A path that a user named, with ``~`` expanded. RequestError for what can't be a path."""
    if not isinstance(given, (str, os.PathLike)) or not isinstance(os.fspath(given), str) or not str(given):
        what = "is empty" if isinstance(given, str) else f"must be text or a Path, not {type(given).__name__}"
        raise RequestError([Problem(field, f"{what}.", "the path of a file")])
    try:
        path = Path(given).expanduser()
    except RuntimeError as error:  # an unknown ~user
        raise RequestError([Problem(field, f"{error}.")]) from None
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise RequestError([Problem(field, "contains a character that no path can have.")])
    return path
