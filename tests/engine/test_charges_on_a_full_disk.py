"""A journal that can't be written for a while: what was paid is written down later, and once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.durable_journal import durably
from vidgo_notebook.domain.job_state import Accepted, JobRecord, Rendered, Stored, Submitting
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.journal_writer import GroupCommit, JournalWriter
from vidgo_notebook.store.journal.journal import Charge, Entry, Journal
from vidgo_notebook.store.results.result_store import ResultStore

REQUEST = GenerationRequest("A red bicycle", quality="high")
CHARGE = Charge(3.0, "j1", "f" * 64, "vidgo", "", "gpt-image-2", Decimal(12), Decimal(12), Decimal(0))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal in a file."""
    journal = Journal(tmp_path / "journal.sqlite3")
    yield journal
    journal.close()


@pytest.fixture
def purchase(journal: Journal, tmp_path: Path) -> Purchase:
    """A job of 12 credits that ``me`` owns, in the journal."""
    record = JobRecord("j1", "f" * 64, quoted=Decimal(12))
    entry = Entry(record, "vidgo", "https://api", "gpt-image-2", "kind", "{}", str(tmp_path), "", "me", 9e9, 1.0)
    durably(journal).claim(entry)
    return Purchase(Job(REQUEST, quote(REQUEST), record, "vidgo"), entry, ResultStore(tmp_path))


async def accepted(journal: Journal, purchase: Purchase, clock: Clock) -> JournalWriter:
    """The job is sent, and accepted as ``task-1``; the writer that wrote so."""
    writer = JournalWriter(GroupCommit(journal), "me", clock, set())
    await writer.move(purchase, Submitting())
    await writer.move(purchase, Accepted("task-1"))
    return writer


def refuse_writes(journal: Journal, refused: bool) -> None:
    """Make SQLite refuse every write, as a full disk does."""
    connection: sqlite3.Connection = journal._database._connection
    connection.execute(f"PRAGMA query_only = {'ON' if refused else 'OFF'}")


def test_a_charge_that_could_not_be_written_is_written_with_the_next_move(journal: Journal, purchase: Purchase) -> None:
    """The picture was billed while the disk was full; `%vidgo costs` must know of it all the same."""

    async def life() -> None:
        writer = await accepted(journal, purchase, Clock())
        refuse_writes(journal, True)
        await writer.move(purchase, Rendered("https://files/a.png"), lambda book: book.add_charge(CHARGE))
        assert journal.charges() == []
        refuse_writes(journal, False)
        await writer.move(purchase, Stored("ab" * 32))

    asyncio.run(life())
    assert journal.charges() == [CHARGE]
    assert len(purchase.job.notes) == 1
    entry = journal.entry("j1")
    assert entry is not None and entry.record.state.value == "finished"


def test_a_second_purchase_that_is_written_again_is_charged_once(journal: Journal, purchase: Purchase) -> None:
    """An engine that stops while it writes can't know whether it was written, and writes it again."""

    async def life() -> None:
        writer = await accepted(journal, purchase, Clock())
        for _ in range(2):
            await writer.record_task(purchase, "task-2")

    asyncio.run(life())
    assert [charge.charged for charge in journal.charges()] == [Decimal(12)]
    assert [event for _, event, _ in journal.events("j1")].count("SecondPurchase task-2") == 1


def test_the_events_of_a_job_are_in_their_order_though_the_clock_is_set_back(
    journal: Journal, purchase: Purchase
) -> None:
    wall = iter([90_000.0, 3_600.0])

    asyncio.run(accepted(journal, purchase, Clock(now=lambda: next(wall))))
    assert [event for _, event, _ in journal.events("j1")] == ["Planned", "Submitting", "Accepted"]
