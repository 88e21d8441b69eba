"""Checks whether a file is a journal and undamaged, sets a damaged one aside, and restores a deleted one."""

from __future__ import annotations

import mmap
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.address import JOURNAL_NAME

_TRACE = "one_under_way"
"""The name of an index that every version of the journal has, and hardly any other file."""


def check_is_journal(path: Path, connection: sqlite3.Connection) -> None:
    """Raise StoreError for a file that never was a journal: VIDGO_JOURNAL may name any file of the user's.

    An empty file is accepted. A damaged one counts as a journal if it has the default name, or by its content.
    """
    names = _names(path, connection)
    is_journal = names is not None and (not names or _TRACE in names)
    is_damaged_journal = names is None and (path.name == JOURNAL_NAME or _has_trace(path))
    if not (is_journal or is_damaged_journal):
        raise StoreError(
            f"{path} is not a journal of vidgo_notebook: it holds something else.",
            cost=f"It was left unchanged. {NOTHING_SPENT}",
            hint="Set VIDGO_JOURNAL to another path. If this was the journal and is damaged, move it away: a new one "
            "is created.",
        )


def is_sound(path: Path, connection: sqlite3.Connection) -> bool:
    """Whether all pages of the file are valid."""
    if _names(path, connection) is None:
        return False
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return False


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether an error is about the content of the file, unlike a lock or a disk error.

    An unsupported file format counts as damage. A connection also reports it if another kernel empties a
    damaged file between two reads.
    """
    return not isinstance(error, sqlite3.OperationalError) or "unsupported file format" in str(error)


def set_aside(path: Path) -> str:
    """Copy a damaged file to a dated name and empty it; returns a message for the user."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    names = (f"{path.name}.damaged-{stamp}{again}" for again in ("", *(f"-{n}" for n in range(2, 1000))))
    aside = next(each for each in map(path.with_name, names) if not each.exists())
    for ending in ("", "-journal"):
        part = path.with_name(path.name + ending)
        if part.exists():
            descriptor = os.open(aside.with_name(aside.name + ending), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with part.open("rb") as damaged, os.fdopen(descriptor, "wb") as copy:
                shutil.copyfileobj(damaged, copy)
                os.fsync(descriptor)
    # Emptied, not renamed: a kernel that has the file open would continue in the renamed one, and use the
    # rollback journal of the new one, which has the same name, as its own.
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    os.truncate(path, 0)
    return (
        f"The journal {path} was damaged. It was saved as {aside.name}, and a new, empty one was created; jobs that "
        "were under way can't be resumed from the new one."
    )


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """In the block, no other kernel sets this journal aside or restores it."""
    guard = path.with_name(f"{path.name}.guard")
    with closing(sqlite3.connect(guard, isolation_level=None, timeout=10.0)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


def identity(path: Path) -> tuple[int, int] | None:
    """What identifies a file beyond its name; None if there is none."""
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def restore_deleted(path: Path, known: sqlite3.Connection) -> bool:
    """Write a deleted journal again, from what ``known`` still holds; False if another kernel has done so."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with guarded(path):
        if path.exists():
            return False
        unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with closing(sqlite3.connect(unfinished)) as copy:
                known.backup(copy)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    return True


def _names(path: Path, connection: sqlite3.Connection) -> list[str] | None:
    """The names of a database's tables and indexes; None if the file is not a database, or damaged."""
    size = path.stat().st_size  # before it is read: meanwhile another kernel may start to write it
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
        [pages] = connection.execute("PRAGMA page_count").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return None
    # SQLite treats a file shorter than a page as a new database, and overwrites it.
    return names if pages or size == 0 else None


def _has_trace(path: Path) -> bool:
    """Whether the name of the index is in the file; also if another kernel has just emptied a damaged file."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return True
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_TRACE.encode()) >= 0
