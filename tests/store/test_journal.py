"""The journal: private, durable, one job under way for each picture, and never thrown away."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.store.things import entry
from vidgo_notebook.domain.job import Accepted, AnswerLost, JobState, Rendered, Stored, Submitting, move
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal import VERSION, Charge, Entry, Journal


def moved(journal: Journal, given: Entry, event: object, owner: str = "me", at: float = 5.0) -> Entry | None:
    """Move a job as its owner does; the entry afterwards, None if it was not allowed."""
    record = move(given.record, event)  # type: ignore[arg-type]
    if not journal.move(record, type(event).__name__, owner, at, before=given.record.state):
        return None
    return journal.entry(record.job_id)


def under_way(journal: Journal, number: int = 1) -> Entry:
    """A job that the service accepted."""
    sent = moved(journal, journal.claim(entry(number)), Submitting(), at=2.0)
    assert sent is not None
    accepted = moved(journal, sent, Accepted(f"task-{number}"), at=3.0)
    assert accepted is not None
    return accepted


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_file_is_private_to_its_user(journal: Journal) -> None:
    under_way(journal)
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_an_intent_survives_the_process_that_wrote_it(journal: Journal) -> None:
    claimed = journal.claim(entry())
    again = Journal(journal.path)
    assert again.entry("j00001") == claimed
    assert again.all_under_way() == [claimed]
    again.close()


def test_an_entry_comes_back_as_it_was_written(journal: Journal) -> None:
    full = entry(7, generation=3, notebook="b.ipynb", request='{"prompt": "ü"}')
    assert journal.claim(full) == full
    assert journal.entry("j00007") == full


def test_each_move_is_written_with_its_time(journal: Journal) -> None:
    accepted = under_way(journal)
    rendered = moved(journal, accepted, Rendered("https://storage.example/a.png"), at=30.0)
    assert rendered is not None
    assert (rendered.submitted_at, rendered.rendered_at, rendered.ended_at) == (2.0, 30.0, None)
    assert (rendered.record.charge, rendered.record.file_url) == (Decimal(24), "https://storage.example/a.png")
    stored = moved(journal, rendered, Stored("a" * 64), at=31.0)
    assert stored is not None
    assert (stored.record.state, stored.ended_at) == (JobState.FINISHED, 31.0)
    assert journal.events("j00001") == [
        (1.0, "Planned", "planned"),
        (2.0, "Submitting", "submitting"),
        (3.0, "Accepted", "not_started"),
        (30.0, "Rendered", "fetching"),
        (31.0, "Stored", "finished"),
    ]
    assert journal.durations("k") == [28.0]
    assert journal.with_task("task-1") == stored


# One job under way for each picture


def test_a_second_claim_for_a_picture_gets_the_first_job(journal: Journal) -> None:
    first = journal.claim(entry(1))
    rival = replace(entry(1), record=replace(entry(1).record, job_id="rival"), owner="other")
    assert journal.claim(rival) == first
    assert journal.entry("rival") is None
    assert journal.events("rival") == []


def test_an_uncertain_job_stands_in_the_way_of_another(journal: Journal) -> None:
    sent = moved(journal, journal.claim(entry()), Submitting())
    assert sent is not None
    uncertain = moved(journal, sent, AnswerLost("no answer"))
    rival = replace(entry(1), record=replace(entry(1).record, job_id="rival"))
    assert journal.claim(rival) == uncertain
    assert journal.all_under_way() == [uncertain]


def test_a_picture_that_is_finished_may_be_asked_for_again(journal: Journal) -> None:
    rendered = moved(journal, under_way(journal), Rendered("https://x.example/a"))
    assert rendered is not None
    moved(journal, rendered, Stored("a" * 64))
    again = replace(entry(1), record=replace(entry(1).record, job_id="again"), generation=1)
    assert journal.claim(again).record.job_id == "again"
    assert journal.generation(entry(1).record.fingerprint) == 1
    assert journal.generation("e" * 64) == -1


def test_two_journals_of_one_file_agree_on_who_was_first(journal: Journal) -> None:
    other, start = Journal(journal.path), threading.Barrier(16)

    def claim(number: int) -> str:
        mine = replace(entry(1), record=replace(entry(1).record, job_id=f"by-{number}"))
        start.wait()
        return (journal if number % 2 else other).claim(mine).record.job_id

    with ThreadPoolExecutor(16) as pool:
        winners = set(pool.map(claim, range(16)))
    assert len(winners) == 1
    assert len(journal.all_under_way()) == 1
    other.close()


def _claim_many(path: str, name: str, results: object) -> None:
    journal = Journal(Path(path))
    won = []
    for number in range(60):
        mine = replace(entry(number), record=replace(entry(number).record, job_id=f"{name}-{number}"))
        won.append(journal.claim(mine).record.job_id)
    results.put(won)  # type: ignore[attr-defined]
    journal.close()


def test_processes_agree_on_who_was_first(journal: Journal) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    processes = [context.Process(target=_claim_many, args=(str(journal.path), f"p{n}", results)) for n in range(3)]
    for process in processes:
        process.start()
    first, *others = [results.get(timeout=90) for _ in processes]
    for process in processes:
        process.join(30)
    assert len(first) == 60
    assert others == [first, first]
    assert len(journal.all_under_way()) == 60


# Ownership


def test_only_its_owner_moves_a_job_and_only_from_the_state_it_is_in(journal: Journal) -> None:
    claimed = journal.claim(entry())
    assert moved(journal, claimed, Submitting(), owner="somebody") is None
    assert journal.entry("j00001") == claimed
    assert moved(journal, claimed, Submitting()) is not None
    assert moved(journal, claimed, Submitting()) is None  # of two that would send it, one may
    assert [event for _, event, _ in journal.events("j00001")] == ["Planned", "Submitting"]


def test_of_many_that_take_over_an_abandoned_job_one_gets_it(journal: Journal) -> None:
    abandoned, other, start = journal.claim(entry()), Journal(journal.path), threading.Barrier(12)

    def take(number: int) -> bool:
        start.wait()
        where = journal if number % 2 else other
        return where.take_over(abandoned, f"taker-{number}", 200.0, "/mine") is not None

    with ThreadPoolExecutor(12) as pool:
        taken = list(pool.map(take, range(12)))
    assert sum(taken) == 1
    now = journal.entry("j00001")
    assert now is not None
    assert (now.owner, now.lease_until) == (f"taker-{taken.index(True)}", 200.0)
    other.close()


def test_a_renewed_lease_is_not_taken_over(journal: Journal) -> None:
    """The owner woke up between the look and the grab."""
    seen = journal.claim(entry())
    journal.renew("me", 500.0)
    assert journal.take_over(seen, "taker", 200.0, "/mine") is None
    assert journal.entry("j00001").lease_until == 500.0  # type: ignore[union-attr]


def test_letting_go_touches_only_ones_own_jobs(journal: Journal) -> None:
    mine, theirs = journal.claim(entry(1)), journal.claim(entry(2, owner="they"))
    journal.let_go(theirs.record.job_id, "me")
    journal.let_all_go("me")
    assert journal.entry(theirs.record.job_id) == theirs
    assert journal.entry(mine.record.job_id).owner == ""  # type: ignore[union-attr]


# Many moves, one commit


def test_a_transaction_is_all_or_nothing(journal: Journal) -> None:
    def half() -> None:
        with journal.transaction():
            journal.claim(entry(1))
            journal.claim(entry(2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert journal.all_under_way() == []
    journal.claim(entry(3))
    assert len(journal.all_under_way()) == 1


def test_a_group_of_moves_is_one_commit(journal: Journal) -> None:
    commits: list[str] = []
    journal._connection.set_trace_callback(lambda sql: commits.append(sql) if sql.startswith("COMMIT") else None)
    with journal.transaction():
        for number in range(200):
            journal.claim(entry(number))
    assert commits == ["COMMIT"]
    assert len(journal.all_under_way()) == 200


def test_a_commit_that_fails_leaves_the_journal_usable(journal: Journal) -> None:
    """Another program holds the file for a while: that one write is lost, not all that follow."""
    journal._connection.execute("PRAGMA busy_timeout = 20")
    reader = sqlite3.connect(journal.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM jobs").fetchall()
    with pytest.raises(StoreError, match="can't be used"):
        journal.claim(entry(1))
    reader.execute("COMMIT")
    reader.close()
    assert journal.claim(entry(2)).record.job_id == "j00002"
    other = Journal(journal.path)
    assert [found.record.job_id for found in other.all_under_way()] == ["j00002"]
    other.close()


def test_a_locked_journal_is_a_clear_error_that_says_nothing_was_sent(journal: Journal) -> None:
    journal._connection.execute("PRAGMA busy_timeout = 20")
    holder = sqlite3.connect(journal.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked") as caught:
        journal.claim(entry())
    assert "nothing is sent" in str(caught.value)
    holder.execute("ROLLBACK")
    holder.close()


def test_threads_may_share_a_journal(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: under_way(journal, number), range(100)))
    assert len(journal.all_under_way()) == 100
    assert sum(len(journal.events(f"j{number:05d}")) for number in range(100)) == 300


# Money


def test_the_ledger_keeps_amounts_exactly(journal: Journal) -> None:
    lines = [
        Charge(1.0, "j1", "f", "vidgo", "a.ipynb", "gpt-image-2", Decimal("0.1"), Decimal("0.1"), Decimal(0)),
        Charge(2.0, "j2", "f", "vidgo", "", "flux-2-pro", None, None, None),
        Charge(3.0, "j3", "f", "emulator", "", "gpt-image-2", Decimal(48), Decimal(0), Decimal(48)),
    ]
    for line in lines:
        journal.add_charge(line)
    assert journal.charges() == lines
    assert journal.charges(since=2.0) == lines[1:]
    assert sum(line.charged for line in [lines[0]] * 3 if line.charged) == Decimal("0.3")


def test_the_last_balance_of_each_provider_is_remembered(journal: Journal) -> None:
    assert journal.last_balance("vidgo") is None
    journal.remember_balance("vidgo", Decimal("99.5"), 1.0)
    journal.remember_balance("vidgo", Decimal("75.5"), 2.0)
    journal.remember_balance("emulator", Decimal(10_000), 3.0)
    assert journal.last_balance("vidgo") == (2.0, Decimal("75.5"))


def test_the_balance_before_a_purchase_is_known_though_it_was_asked_again_since(journal: Journal) -> None:
    """Looking at an uncertain job asks the balance; what it was before the POST is what tells."""
    for at, balance in ((1.0, "99.5"), (2.0, "75.5"), (9.0, "51.5")):
        journal.remember_balance("vidgo", Decimal(balance), at)
    assert journal.last_balance("vidgo", until=5.0) == (2.0, Decimal("75.5"))
    assert journal.last_balance("vidgo", until=0.5) is None


def test_jobs_are_found_by_the_beginning_of_their_name(journal: Journal) -> None:
    for number in (1, 2, 11):
        journal.claim(entry(number))
    assert [found.record.job_id for found in journal.entries()] == ["j00011", "j00002", "j00001"]
    assert [found.record.job_id for found in journal.entries("j0001")] == ["j00011"]
    assert journal.entries("%") == journal.entries("x") == []
    assert len(journal.entries(limit=2)) == 2


# The file


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(journal: Journal) -> None:
    journal.close()
    with sqlite3.connect(journal.path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = journal.path.read_bytes()
    with pytest.raises(StoreError, match="newer vidgo_notebook") as caught:
        Journal(journal.path)
    assert "pip install -U" in str(caught.value)
    assert journal.path.read_bytes() == before
    assert [path.name for path in journal.path.parent.iterdir()] == [journal.path.name]


def _overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


@pytest.mark.parametrize("how", ["text", "header", "middle", "cut"])
def test_a_damaged_journal_is_set_aside_under_a_dated_name_and_said_aloud(how: str, journal: Journal) -> None:
    for number in range(300):
        journal.claim(entry(number))
    journal.close()
    path = journal.path
    if how == "text":
        path.write_text("no database at all, " * 100)
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


def test_kernels_that_find_a_damaged_journal_at_once_set_it_aside_once_and_share_the_new_one(folder: Path) -> None:
    for round_ in range(5):
        path, barrier = folder / f"journal-{round_}", threading.Barrier(8)
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


def test_a_journal_that_is_damaged_twice_is_kept_twice(folder: Path) -> None:
    """Also within one second, which is as exact as the dated name is."""
    path = folder / "journal"
    for content in (b"first " * 500, b"second " * 500):
        path.write_bytes(content)
        Journal(path).close()
    kept = {aside.read_bytes() for aside in folder.glob("journal.damaged-*")}
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
    assert journal._connection.execute("PRAGMA synchronous").fetchone() == (3,)
    assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)  # works on NFS


def test_no_pickle_anywhere_in_what_is_stored_or_read() -> None:
    import vidgo_notebook.store

    for path in Path(vidgo_notebook.store.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text
        assert "marshal" not in text
