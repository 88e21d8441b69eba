"""A file where the journal should be: whether it is ours, whether it is sound, and how a damaged one is kept."""

from __future__ import annotations

import mmap
import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from vidgo_notebook.errors import StoreError

USUAL_NAME = "journal.sqlite3"
"""What a journal is called where nobody gave it another name."""

_TRACE = "one_under_way"
"""The name of an index in every journal's first version, and in hardly any other file."""


def refuse_stranger(path: Path, connection: sqlite3.Connection) -> None:
    """Raise StoreError for a file that never was a journal: VIDGO_JOURNAL may name anything of the user's.

    An empty file is welcome. A damaged one counts as ours by its usual name, or by what is left in it.
    """
    names = _names(path, connection)
    ours = not names or _TRACE in names if names is not None else path.name == USUAL_NAME or _has_trace(path)
    if not ours:
        raise StoreError(
            f"{path} is no journal of vidgo_notebook: something else is in it.",
            cost="It was left as it is. Nothing was sent and nothing was spent.",
            hint="Set VIDGO_JOURNAL to a path of its own. If this was the journal and is damaged, move it away: a "
            "new one is made.",
        )


def is_sound(path: Path, connection: sqlite3.Connection) -> bool:
    """Whether all pages of the file are those of a database."""
    if _names(path, connection) is None:
        return False
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError as error:
        if not tells_damage(error):
            raise
        return False


def tells_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether an error is about what is in the file; one that is locked, or a disk that fails, says nothing of it.

    A strange file format is damage by another name. It is also what a connection finds that looks twice while
    another kernel empties a damaged file in between.
    """
    return not isinstance(error, sqlite3.OperationalError) or "unsupported file format" in str(error)


def set_aside(path: Path) -> str:
    """Keep a damaged file under a dated name and leave it empty; what the user must be told."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    names = (f"{path.name}.damaged-{stamp}{again}" for again in ("", *(f"-{n}" for n in range(2, 1000))))
    aside = next(each for each in map(path.with_name, names) if not each.exists())
    for ending in ("", "-journal"):
        part = path.with_name(path.name + ending)
        if part.exists():
            _copy_privately(part, aside.with_name(aside.name + ending))
    # Emptied, not renamed: a kernel that has the file open would go on in the renamed one, and take the
    # rollback journal of the new one, whose name is the same, for its own.
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    os.truncate(path, 0)
    return (
        f"The journal {path} was damaged. It is kept as {aside.name} beside a new, empty one; jobs that "
        "were under way can't be resumed from the new one."
    )


def _names(path: Path, connection: sqlite3.Connection) -> list[str] | None:
    """What the tables and indexes of a database are called; None where the file is none, or damaged."""
    size = path.stat().st_size  # before it is read: meanwhile another kernel may begin it
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
        [pages] = connection.execute("PRAGMA page_count").fetchone()
    except sqlite3.DatabaseError as error:
        if not tells_damage(error):
            raise
        return None
    # What is shorter than a page SQLite takes for a new database, and writes over it.
    return names if pages or size == 0 else None


def _has_trace(path: Path) -> bool:
    """Also where another kernel emptied the file just now, because it was damaged."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return True
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_TRACE.encode()) >= 0


def _copy_privately(source: Path, copy: Path) -> None:
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as old, os.fdopen(descriptor, "wb") as new:
        shutil.copyfileobj(old, new)
        os.fsync(descriptor)
