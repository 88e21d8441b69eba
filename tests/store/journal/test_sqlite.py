"""The journal as a file: private, forced to disk, and never thrown away."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.durable_journal import durably
from tests.fixtures.sample_records import entry
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.database import may_have_jobs_under_way
from vidgo_notebook.store.journal.journal import VERSION, Journal
from vidgo_notebook.store.journal.schema import MIGRATIONS


@pytest.fixture
def journal(file_journal: Journal) -> Journal:
    return file_journal


def path_of(journal: Journal) -> Path:
    return Path(journal.address)


def connection_of(journal: Journal) -> Any:
    return journal._database._connection  # type: ignore[attr-defined]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_file_is_private_to_its_user(journal: Journal) -> None:
    durably(journal).claim(entry(1))
    assert stat.S_IMODE(path_of(journal).stat().st_mode) == 0o600
    assert stat.S_IMODE(path_of(journal).parent.stat().st_mode) == 0o700


def test_a_group_of_moves_is_one_commit(journal: Journal) -> None:
    commits: list[str] = []
    connection_of(journal).set_trace_callback(lambda sql: commits.append(sql) if sql.startswith("COMMIT") else None)
    journal.commit(lambda: [journal.claim(entry(number)) for number in range(200)])
    assert commits == ["COMMIT"]
    assert len(journal.all_under_way()) == 200


def test_a_question_waits_for_no_commit_of_another_thread(journal: Journal) -> None:
    """A cell plans while its jobs are being written: it sees what is durable, and goes on."""
    begun, answered = threading.Event(), threading.Event()

    def commit_slowly() -> bool:
        journal.claim(entry(2))
        assert (
            journal.generation(entry(2).record.fingerprint) == 0
        )  # the writing connection sees what is not durable yet
        begun.set()
        return answered.wait(90)

    durably(journal).claim(entry(1))
    with ThreadPoolExecutor(1) as pool:
        committed = pool.submit(journal.commit, commit_slowly)
        assert begun.wait(90)
        seen = [found.record.job_id for found in journal.all_under_way()]
        answered.set()
        assert committed.result()
    assert seen == ["j00001"]
    assert [found.record.job_id for found in journal.all_under_way()] == ["j00001", "j00002"]


def test_a_commit_that_fails_leaves_the_journal_usable(journal: Journal) -> None:
    """Another program holds the file for a while: that one write is lost, not all that follow."""
    connection_of(journal).execute("PRAGMA busy_timeout = 20")
    reader = sqlite3.connect(path_of(journal), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM jobs").fetchall()
    with pytest.raises(StoreError, match="can't be used"):
        durably(journal).claim(entry(1))
    reader.execute("COMMIT")
    reader.close()
    assert durably(journal).claim(entry(2)).record.job_id == "j00002"
    other = Journal(path_of(journal))
    assert [found.record.job_id for found in other.all_under_way()] == ["j00002"]
    other.close()


def test_a_full_disk_is_named_and_when_there_is_room_again_the_journal_goes_on(journal: Journal) -> None:
    connection = connection_of(journal)
    connection.execute("PRAGMA max_page_count = 20")  # to SQLite the same as a full disk
    with pytest.raises(StoreError, match="disk is full"):
        journal.commit(lambda: [journal.claim(entry(number, request="x" * 2000)) for number in range(50)])
    assert journal.all_under_way() == []
    connection.execute("PRAGMA max_page_count = 10000")
    assert durably(journal).claim(entry(1)).record.job_id == "j00001"


def test_a_locked_journal_is_a_clear_error_that_says_nothing_was_sent(journal: Journal) -> None:
    connection_of(journal).execute("PRAGMA busy_timeout = 20")
    holder = sqlite3.connect(path_of(journal), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked") as caught:
        durably(journal).claim(entry())
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


def test_a_journal_that_can_not_be_brought_up_to_date_says_why_each_time_and_stays_open_to_others(
    journal: Journal,
) -> None:
    journal.close()
    with sqlite3.connect(path_of(journal)) as connection:
        connection.execute("PRAGMA user_version = 0")  # of a first version, it seems, but all tables are there
    connection.close()
    for _ in range(2):
        with pytest.raises(StoreError, match="already exists"):
            Journal(path_of(journal))
    with sqlite3.connect(path_of(journal), timeout=0, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert connection.in_transaction
    connection.close()


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

    assert first.commit(others_are_kept_out)
    assert done.wait(90)
    first.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_opening_a_journal_that_is_up_to_date_writes_nothing(journal: Journal) -> None:
    """A first cell opens it, and would wait for the five syncs of a commit."""
    durably(journal).claim(entry(1))
    before = path_of(journal).read_bytes()
    with closing(Journal(path_of(journal))) as again:
        assert len(again.all_under_way()) == 1
    assert path_of(journal).read_bytes() == before


def test_a_file_that_others_could_read_becomes_private(folder: Path) -> None:
    path = folder / "journal"
    path.touch(mode=0o644)
    Journal(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_journal_that_modes_do_not_protect_says_so(journal: Journal) -> None:
    """As on Windows, and on a mount where chmod does nothing."""
    assert journal.is_private
    path_of(journal).chmod(0o644)
    assert not journal.is_private


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
    durably(journal).claim(entry(1))
    assert journal.events("j00001") == [(1.0, "Planned", "planned")]
    journal.close()


def test_a_file_shows_without_being_opened_whether_jobs_are_under_way(journal: Journal, tmp_path: Path) -> None:
    path = str(path_of(journal))
    assert not may_have_jobs_under_way(path)
    durably(journal).claim(entry(1))
    assert may_have_jobs_under_way(path)
    durably(journal).stop(entry(1).record.job_id, "Stopped.", 1.0)
    assert not may_have_jobs_under_way(path)
    assert not may_have_jobs_under_way(str(tmp_path / "none"))


def test_a_journal_that_can_not_be_read_at_once_may_have_jobs_under_way(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"not a database, and long enough to be one" * 100)
    assert may_have_jobs_under_way(str(damaged))
    assert may_have_jobs_under_way("postgresql://127.0.0.1:1/none")
