"""The journal as a file: private, forced to disk, and never thrown away."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.store.things import entry
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal import VERSION, Journal
from vidgo_notebook.store.schema import MIGRATIONS


@pytest.fixture
def journal(file_journal: Journal) -> Journal:
    return file_journal


def path_of(journal: Journal) -> Path:
    return Path(journal.address)


def connection_of(journal: Journal) -> Any:
    return journal._database._connection  # type: ignore[attr-defined]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_file_is_private_to_its_user(journal: Journal) -> None:
    journal.claim(entry(1))
    assert stat.S_IMODE(path_of(journal).stat().st_mode) == 0o600
    assert stat.S_IMODE(path_of(journal).parent.stat().st_mode) == 0o700


def test_a_group_of_moves_is_one_commit(journal: Journal) -> None:
    commits: list[str] = []
    connection_of(journal).set_trace_callback(lambda sql: commits.append(sql) if sql.startswith("COMMIT") else None)
    journal.commit([lambda number=number: journal.claim(entry(number)) for number in range(200)])
    assert commits == ["COMMIT"]
    assert len(journal.all_under_way()) == 200


def test_a_question_waits_for_no_commit_of_another_thread(journal: Journal) -> None:
    """A cell plans while its jobs are being written: it sees what is durable, and goes on."""
    begun, answered = threading.Event(), threading.Event()

    def commit_slowly() -> bool:
        journal.claim(entry(2))
        assert journal.generation(entry(2).record.fingerprint) == 0  # whoever writes sees what is not durable yet
        begun.set()
        return answered.wait(10)

    journal.claim(entry(1))
    with ThreadPoolExecutor(1) as pool:
        committed = pool.submit(journal.commit, [commit_slowly])
        assert begun.wait(10)
        seen = [found.record.job_id for found in journal.all_under_way()]
        answered.set()
        assert committed.result() == [True]
    assert seen == ["j00001"]
    assert [found.record.job_id for found in journal.all_under_way()] == ["j00001", "j00002"]


def test_a_commit_that_fails_leaves_the_journal_usable(journal: Journal) -> None:
    """Another program holds the file for a while: that one write is lost, not all that follow."""
    connection_of(journal).execute("PRAGMA busy_timeout = 20")
    reader = sqlite3.connect(path_of(journal), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM jobs").fetchall()
    with pytest.raises(StoreError, match="can't be used"):
        journal.claim(entry(1))
    reader.execute("COMMIT")
    reader.close()
    assert journal.claim(entry(2)).record.job_id == "j00002"
    other = Journal(path_of(journal))
    assert [found.record.job_id for found in other.all_under_way()] == ["j00002"]
    other.close()


def test_a_full_disk_is_named_and_when_there_is_room_again_the_journal_goes_on(journal: Journal) -> None:
    connection = connection_of(journal)
    connection.execute("PRAGMA max_page_count = 20")  # to SQLite the same as a full disk
    with pytest.raises(StoreError, match="disk is full"):
        journal.commit([lambda number=number: journal.claim(entry(number, request="x" * 2000)) for number in range(50)])
    assert journal.all_under_way() == []
    connection.execute("PRAGMA max_page_count = 10000")
    assert journal.claim(entry(1)).record.job_id == "j00001"


def test_a_locked_journal_is_a_clear_error_that_says_nothing_was_sent(journal: Journal) -> None:
    connection_of(journal).execute("PRAGMA busy_timeout = 20")
    holder = sqlite3.connect(path_of(journal), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked") as caught:
        journal.claim(entry())
    assert "nothing is sent" in str(caught.value)
    holder.execute("ROLLBACK")
    holder.close()


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(journal: Journal) -> None:
    journal.close()
    with sqlite3.connect(path_of(journal)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path_of(journal).read_bytes()
    with pytest.raises(StoreError, match="newer vidgo_notebook") as caught:
        Journal(path_of(journal))
    assert "pip install -U" in str(caught.value)
    assert path_of(journal).read_bytes() == before
    assert [path.name for path in path_of(journal).parent.iterdir()] == [path_of(journal).name]


def _overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


@pytest.mark.parametrize("how", ["text", "letter", "header", "middle", "cut"])
def test_a_damaged_journal_is_set_aside_under_a_dated_name_and_said_aloud(how: str, journal: Journal) -> None:
    for number in range(300):
        journal.claim(entry(number))
    journal.close()
    path = path_of(journal)
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
    opened.claim(entry(1))
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
    with pytest.raises(StoreError, match="of-the-user is no journal of vidgo_notebook") as caught:
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
        journal.claim(entry(number))
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
            journal.claim(entry(number))
            journal.close()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(open_and_claim, range(8)))
        (aside,) = path.parent.glob(f"{path.name}.damaged-*")
        assert aside.read_bytes() == b"damaged " * 1000
        together = Journal(path)
        assert len(together.all_under_way()) == 8
        together.close()


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a file that is closed takes no locks with it")
def test_opening_a_journal_again_leaves_the_locks_of_a_commit_under_way(folder: Path) -> None:
    path, done = folder / "journal.sqlite3", threading.Event()
    first = Journal(path)
    asks = f"import sqlite3; sqlite3.connect({str(path)!r}, timeout=0).execute('BEGIN IMMEDIATE')"

    def others_are_kept_out() -> bool:
        again = threading.Thread(target=lambda: (Journal(path).close(), done.set()))
        again.start()
        done.wait(0.5)  # it waits for this commit, and has touched the file by then
        other_process = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=False)
        return "database is locked" in other_process.stderr

    assert first.commit([others_are_kept_out]) == [True]
    assert done.wait(30)
    first.close()


def test_a_journal_that_is_damaged_twice_is_kept_twice(folder: Path) -> None:
    """Also within one second, which is as exact as the dated name is."""
    path = folder / "journal.sqlite3"
    for content in (b"first " * 500, b"second " * 500):
        path.write_bytes(content)
        Journal(path).close()
    kept = {aside.read_bytes() for aside in folder.glob("journal.sqlite3.damaged-*")}
    assert kept == {b"first " * 500, b"second " * 500}


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_file_that_others_could_read_becomes_private(folder: Path) -> None:
    path = folder / "journal"
    path.touch(mode=0o644)
    Journal(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_sound_journal_gives_no_notice(journal: Journal) -> None:
    assert journal.notice == ""


def test_an_empty_file_becomes_a_journal(folder: Path) -> None:
    path = folder / "empty"
    path.touch()
    journal = Journal(path)
    assert (journal.all_under_way(), journal.notice) == ([], "")
    journal.close()


def test_a_journal_that_is_a_folder_is_refused(folder: Path) -> None:
    (folder / "journal").mkdir()
    with pytest.raises(StoreError, match="is a folder") as caught:
        Journal(folder / "journal")
    assert "VIDGO_JOURNAL" in str(caught.value)
    assert list((folder / "journal").iterdir()) == []


def test_a_journal_that_cannot_be_written_is_refused(folder: Path) -> None:
    (folder / "file").write_text("x")
    with pytest.raises(StoreError, match="can't be used") as caught:
        Journal(folder / "file" / "journal")
    assert "nothing is sent" in str(caught.value)


def test_every_write_is_forced_to_disk(journal: Journal) -> None:
    """``extra`` (3) also syncs the folder, so that a power cut can't bring an undone intent back."""
    assert connection_of(journal).execute("PRAGMA synchronous").fetchone() == (3,)
    assert connection_of(journal).execute("PRAGMA journal_mode").fetchone() == ("delete",)  # works on NFS


def test_a_journal_of_the_first_version_is_brought_up_to_date(folder: Path) -> None:
    path = folder / "old.sqlite3"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(MIGRATIONS[0])
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO balances (at, provider, credits) VALUES (1.0, 'vidgo', '99.5')")
    connection.close()
    journal = Journal(path)
    assert str(journal.last_balance("vidgo")) == "(1.0, Decimal('99.5'))"
    journal.claim(entry(1))
    assert journal.events("j00001") == [(1.0, "Planned", "planned")]
    journal.close()
