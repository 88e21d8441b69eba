"""A file in the journal's place that is no sound journal: kept whole, whatever it is."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fixtures.durable_journal import durably
from tests.fixtures.sample_records import entry
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.journal import Journal


def _overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


@pytest.mark.parametrize("how", ["text", "letter", "header", "middle", "cut"])
def test_a_damaged_journal_is_set_aside_under_a_dated_name_and_reported(how: str, file_journal: Journal) -> None:
    for number in range(300):
        durably(file_journal).claim(entry(number))
    file_journal.close()
    path = Path(file_journal.address)
    if how == "text":
        path.write_text("no database at all, " * 100)
    elif how == "letter":
        path.write_text("x")
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:9000])
    else:
        _overwrite(path, 0 if how == "header" else 8192, os.urandom(4096))
    damaged = path.read_bytes()
    opened = Journal(path)
    assert opened.all_under_way() == []
    durably(opened).claim(entry(1))
    (aside,) = [other for other in path.parent.iterdir() if "damaged" in other.name]
    assert aside.read_bytes() == damaged
    assert aside.name in opened.notice
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or sys.platform == "win32"
    opened.close()


def foreign_database(path: Path) -> bytes:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE jobs (title TEXT)")
        connection.execute("INSERT INTO jobs VALUES ('postman')")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    return path.read_bytes()


def damaged_foreign_database(path: Path) -> bytes:
    path.write_bytes(foreign_database(path)[:5000])
    return path.read_bytes()


def notes(path: Path) -> bytes:
    path.write_bytes(b"Dear diary, " * 1000)
    return path.read_bytes()


def one_letter(path: Path) -> bytes:
    path.write_bytes(b"x")
    return path.read_bytes()


@pytest.mark.parametrize("written", [foreign_database, damaged_foreign_database, notes, one_letter])
def test_a_file_that_never_was_a_journal_is_refused_and_left_as_it_is(
    written: Callable[[Path], bytes], folder: Path
) -> None:
    """VIDGO_JOURNAL may be mistaken for where something else of the user's lies."""
    path = folder / "of-the-user"
    before = written(path)
    path.chmod(0o644)
    os.utime(path, (1e9, 1e9))
    with pytest.raises(StoreError, match="of-the-user is not a journal of vidgo_notebook") as caught:
        Journal(path)
    assert "Set VIDGO_JOURNAL" in str(caught.value)
    assert "nothing was spent" in str(caught.value)
    assert path.read_bytes() == before
    assert path.stat().st_mtime == 1e9
    assert stat.S_IMODE(path.stat().st_mode) == 0o644 or sys.platform == "win32"
    assert [each.name for each in folder.iterdir() if each.is_file()] == ["of-the-user"]


@pytest.mark.parametrize("how", ["middle", "format", "cut"])
def test_a_damaged_journal_is_known_by_what_is_left_of_it_under_any_name(how: str, folder: Path) -> None:
    path = folder / "costs"
    journal = Journal(path)
    for number in range(300):
        durably(journal).claim(entry(number))
    journal.close()
    if how == "middle":
        _overwrite(path, 16, os.urandom(80))
    elif how == "format":
        _overwrite(path, 44, b"none")  # the number of a file format that there never was
    else:
        path.write_bytes(path.read_bytes()[:9000])
    damaged = path.read_bytes()
    Journal(path).close()
    assert [aside.read_bytes() for aside in folder.glob("costs.damaged-*")] == [damaged]


def test_kernels_that_find_a_damaged_journal_at_once_set_it_aside_once_and_share_the_new_one(folder: Path) -> None:
    for round_ in range(5):
        path, barrier = folder / str(round_) / "journal.sqlite3", threading.Barrier(8)
        path.parent.mkdir()
        path.write_bytes(b"damaged " * 1000)

        def open_and_claim(number: int, path: Path = path, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            journal = Journal(path)
            durably(journal).claim(entry(number))
            journal.close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(open_and_claim, range(8)))
        (aside,) = path.parent.glob(f"{path.name}.damaged-*")
        assert aside.read_bytes() == b"damaged " * 1000
        together = Journal(path)
        assert len(together.all_under_way()) == 8
        together.close()


def test_a_journal_that_is_damaged_twice_is_kept_twice(folder: Path) -> None:
    """Also within one second, which is as exact as the dated name is."""
    path = folder / "journal.sqlite3"
    for content in (b"first " * 500, b"second " * 500):
        path.write_bytes(content)
        Journal(path).close()
    kept = {aside.read_bytes() for aside in folder.glob("journal.sqlite3.damaged-*")}
    assert kept == {b"first " * 500, b"second " * 500}
