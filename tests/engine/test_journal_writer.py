"""Commits in groups: each write ends with its own outcome, and what can't be written now is written later."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.sample_records import entry
from vidgo_notebook.engine.journal_writer import GroupCommit
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.journal import Journal


def test_a_commit_that_is_cancelled_before_it_began_holds_up_no_later_one(folder: Path) -> None:
    """So it happens when a kernel is shut down within a cell's first milliseconds."""

    async def leave() -> str:
        commits = GroupCommit(Journal(folder / "journal.sqlite3"))
        first = asyncio.ensure_future(commits.write(lambda: "first"))
        await asyncio.sleep(0)  # it is asked for now, and its commit has not begun
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(first, return_exceptions=True)
        try:
            return await asyncio.wait_for(commits.write(lambda: "second"), timeout=90)
        finally:
            commits.close()
            commits.journal.close()

    assert asyncio.run(leave()) == "second"


def outcomes(journal: Journal, operations: list[Callable[[], Any]]) -> list[Any]:
    """What becomes of operations that are written in one group."""

    async def write() -> list[Any]:
        commits = GroupCommit(journal)
        try:
            return await asyncio.gather(*map(commits.write, operations), return_exceptions=True)
        finally:
            commits.close()

    return asyncio.run(write())


def refused(journal: Journal, number: int) -> None:
    """Half an emoji in a text: no database stores it."""
    journal.claim(entry(number, notebook="\ud83d"))


def test_of_forty_writes_the_one_that_is_refused_fails_alone(folder: Path) -> None:
    journal = Journal(folder / "journal.sqlite3")
    operations = [lambda number=number: journal.claim(entry(number)) for number in range(40)]
    operations[7] = lambda: refused(journal, 7)
    ended = outcomes(journal, operations)
    assert isinstance(ended.pop(7), StoreError)
    assert [found.record.job_id for found in ended] == [found.record.job_id for found in journal.all_under_way()]
    assert len(ended) == 39
    journal.close()


def test_writes_that_fail_together_have_an_error_each(folder: Path) -> None:
    """What one job adds to its error, its price for example, is not said of the others."""
    journal = Journal(folder / "journal.sqlite3")
    journal._database._connection.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]
    one, other = outcomes(journal, [lambda number=number: journal.claim(entry(number)) for number in (1, 2)])
    assert isinstance(one, StoreError) and str(one) == str(other)
    assert one is not other
    journal.close()


def test_what_stays_owed_holds_up_nothing_else_that_is_owed(folder: Path) -> None:
    journal = Journal(folder / "journal.sqlite3")
    connection = journal._database._connection  # type: ignore[attr-defined]

    async def write() -> None:
        commits = GroupCommit(journal)
        connection.execute("PRAGMA query_only = ON")
        await commits.write_eventually(lambda: refused(journal, 1))
        await commits.write_eventually(lambda: journal.claim(entry(2)))
        with pytest.raises(StoreError):
            await commits.write_owed()
        connection.execute("PRAGMA query_only = OFF")
        with pytest.raises(StoreError, match="can't store an entry"):
            await commits.write_owed()
        commits.close()

    asyncio.run(write())
    assert [found.record.job_id for found in journal.all_under_way()] == ["j00002"]
    journal.close()


def test_what_is_owed_stays_owed_when_the_engine_stops_while_it_is_written(folder: Path) -> None:
    journal = Journal(folder / "journal.sqlite3")
    connection = journal._database._connection  # type: ignore[attr-defined]

    async def write() -> None:
        commits = GroupCommit(journal)
        connection.execute("PRAGMA query_only = ON")
        await commits.write_eventually(lambda: journal.claim(entry(1)))
        heartbeat = asyncio.ensure_future(commits.write_owed())
        await asyncio.sleep(0)
        heartbeat.cancel()
        await asyncio.gather(heartbeat, return_exceptions=True)
        connection.execute("PRAGMA query_only = OFF")
        await commits.write_owed()
        commits.close()

    asyncio.run(write())
    assert [found.record.job_id for found in journal.all_under_way()] == ["j00001"]
    journal.close()


def test_what_is_being_written_is_not_written_a_second_time_by_a_heartbeat(folder: Path) -> None:
    journal = Journal(folder / "journal.sqlite3")
    begun, may_end, written = threading.Event(), threading.Event(), []

    def slow() -> None:
        begun.set()
        may_end.wait(90)
        written.append("once")

    async def write() -> None:
        commits = GroupCommit(journal)
        first = asyncio.ensure_future(commits.write_eventually(slow))
        await asyncio.to_thread(begun.wait, 10)
        heartbeat = asyncio.ensure_future(commits.write_owed())
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # what it would write now stands in the next group
        may_end.set()
        await asyncio.gather(first, heartbeat)
        assert commits.close() == []

    asyncio.run(write())
    assert written == ["once"]
    journal.close()


def test_what_was_written_after_its_writer_was_cancelled_is_no_longer_owed(folder: Path) -> None:
    journal = Journal(folder / "journal.sqlite3")
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        may_end.wait(90)

    async def write() -> None:
        commits = GroupCommit(journal)
        first = asyncio.ensure_future(commits.write_eventually(slow))
        await asyncio.to_thread(begun.wait, 10)
        first.cancel()
        may_end.set()
        await commits.write(lambda: "the next group")
        assert commits.close() == []

    asyncio.run(write())
    journal.close()
