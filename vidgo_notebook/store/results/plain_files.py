"""The one way to files that somebody else may have made: those of a store, a crate, a cache, or a given path.

Below the root of a store, a crate or a cache no symbolic link and no junction is followed. Only plain files are
opened: reading a FIFO would wait for ever, and reading a device may do anything. Every read has a limit. What is in
the way raises ``PlainFileError``, which says what to do; a missing file raises FileNotFoundError.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import IO

from vidgo_notebook.errors import StoreError
from vidgo_notebook.visible_text import visible_name

_CHUNK_BYTES = 1024 * 1024
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_DO_NOT_WAIT = getattr(os, "O_NONBLOCK", 0)  # a FIFO that takes the place of a file meanwhile
_DO_NOT_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT; other reparse points, such as those of OneDrive, are plain files
_SEPARATORS = ("\\", "\0") if os.name != "nt" else ("\\", "\0", ":")
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}


class PlainFileError(StoreError):
    """A link, a folder, a FIFO, a socket, a device or a file over its limit in the place of a plain file."""


def check_name(name: str) -> str:
    """``name`` if it stays below the folder that it is relative to; PlainFileError for any other."""
    if any(part in ("", ".", "..") for part in name.split("/")) or any(each in name for each in _SEPARATORS):
        raise PlainFileError(f"{name!r} is not the name of a file in a store.", cost="Nothing was read or written.")
    return name


Stamp = tuple[int, ...]
"""Of a file: when it was changed, in nanoseconds, where it is, and its size. A program can set the time of its
contents, and not that of its change."""


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_ctime_ns, found.st_mtime_ns, found.st_ino, found.st_size


def written_at(stamp: Stamp) -> int:
    """When the contents of a file were written, in nanoseconds; a program can set it."""
    return stamp[1]


class PlainFolder:
    """The plain files below ``root``, which may be a link itself. Names are relative to it, with slashes.

    Raises PlainFileError, FileNotFoundError, and OSError.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """The path of a file or a folder, which may be missing. No part of it below the root is a link."""
        return Path(self._checked(name))

    def _checked(self, name: str) -> str:
        """The same as text: a gallery reads a thousand records, and making paths takes longer than reading."""
        path, parts = os.fspath(self.root), check_name(name).split("/")
        for number, part in enumerate(parts, 1):
            path = os.path.join(path, part)  # noqa: PTH118  see above
            try:
                found = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            if _is_link(found):
                raise _not_plain("/".join(parts[:number]), found)
        return path

    def open(self, name: str) -> BufferedReader:
        """A plain file, for reading."""
        return open_plain(self.path(name), name, follow=False)

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a plain file of at most ``limit`` bytes."""
        descriptor = _open_plain(self._checked(name), name, follow=False)
        try:
            return _whole(descriptor, name, limit)
        finally:
            os.close(descriptor)

    def size(self, name: str) -> int:
        """The size of a plain file, in bytes."""
        with self.open(name) as file:
            return os.fstat(file.fileno()).st_size

    def digest(self, name: str) -> str:
        """SHA-256 of a plain file, in hex."""
        with self.open(name) as file:
            return digest_of(file)

    def has(self, name: str) -> bool:
        """Whether there is a plain file of this name."""
        with suppress(OSError, PlainFileError):
            return stat.S_ISREG(self.path(name).lstat().st_mode)
        return False

    def names(self, folder: str) -> list[str]:
        """The names of everything in a folder, without its own; none if it is missing."""
        with suppress(FileNotFoundError):
            return os.listdir(self._checked(folder))  # noqa: PTH208  see above
        return []

    def stamps(self, folder: str) -> dict[str, Stamp]:
        """What changes with every change of a plain file in a folder; none if that is missing."""
        with suppress(FileNotFoundError), os.scandir(self.path(folder)) as entries:
            found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
            return {name: _stamp(status) for name, status in found if stat.S_ISREG(status.st_mode)}
        return {}

    def walk(self) -> Iterator[tuple[str, os.stat_result]]:
        """The names of everything below but folders, with its status; links are listed and not followed."""
        waiting = [""]
        while waiting:
            start = waiting.pop()
            with os.scandir(self.root / start) as entries:
                for entry in entries:
                    name = f"{start}{entry.name}"
                    found = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(found.st_mode) and not _is_link(found):
                        waiting.append(f"{name}/")
                    else:
                        yield name, found

    def place(self, name: str) -> Path:
        """The path of a file to be replaced, renamed or deleted: whatever is there is not opened, so the last part
        alone may be a link."""
        folder, _, last = check_name(name).rpartition("/")
        return (self.path(folder) if folder else self.root) / last

    def make_room(self, name: str) -> Path:
        """The same, with its folders created."""
        path = self.place(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def open_plain(path: Path, name: str = "", *, follow: bool = True) -> BufferedReader:
    """A plain file, for reading; ``name`` stands for it in messages. A path that the user gave may be a link."""
    return os.fdopen(_open_plain(path, name or str(path), follow=follow), "rb")


def _open_plain(path: Path | str, name: str, *, follow: bool) -> int:
    """The descriptor of a plain file, for reading."""
    if not stat.S_ISREG((found := os.stat(path, follow_symlinks=follow)).st_mode):  # noqa: PTH116  of text too
        raise _not_plain(name, found)
    try:
        descriptor = os.open(path, _READ_ONLY | _DO_NOT_WAIT | (0 if follow else _DO_NOT_FOLLOW))
    except OSError:
        if _is_link(found := os.lstat(path)) and not follow:
            raise _not_plain(name, found) from None
        raise
    if not stat.S_ISREG((found := os.fstat(descriptor)).st_mode):
        os.close(descriptor)
        raise _not_plain(name, found)
    return descriptor


def read_plain(path: Path, limit: int, *, follow: bool = True) -> bytes:
    """The bytes of a plain file of at most ``limit`` bytes. Raises PlainFileError, OSError."""
    with open_plain(path, follow=follow) as file:
        return _whole(file.fileno(), str(path), limit)


def file_digest(path: Path) -> str:
    """SHA-256 of a plain file, in hex. Raises PlainFileError, OSError."""
    with open_plain(path) as file:
        return digest_of(file)


def digest_of(file: IO[bytes]) -> str:
    """SHA-256 of the rest of an open file, in hex."""
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _whole(descriptor: int, name: str, limit: int) -> bytes:
    size, data = os.fstat(descriptor).st_size, b""
    while size <= limit and len(data) <= limit and (more := os.read(descriptor, min(size, limit) + 1)):
        data += more
    if size > limit or len(data) > limit:
        raise PlainFileError(
            f"{visible_name(name)} has {max(size, len(data)):,} bytes, more than the {limit:,} that such a file can "
            "have; it was not read.",
            hint="Restore it from version control or a backup.",
        )
    return data


def _is_link(found: os.stat_result) -> bool:
    return stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == _JUNCTION


def _not_plain(name: str, found: os.stat_result) -> PlainFileError:
    if _is_link(found):
        return PlainFileError(
            f"{visible_name(name)} is a link; it was not followed.", hint="Replace the link with the file itself."
        )
    name, kind = visible_name(name), _KINDS.get(stat.S_IFMT(found.st_mode), "a device")
    return PlainFileError(f"{name} is {kind}, not a file; it was not opened.", hint=f"Remove {name}, or move it away.")
