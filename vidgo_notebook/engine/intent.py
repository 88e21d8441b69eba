"""A job with what it takes to run it, and the connection that its requests use."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.store.journal.journal import Entry, Journal
from vidgo_notebook.store.results.result_store import ResultStore

if TYPE_CHECKING:  # a cell that only plans a purchase needs no HTTP client yet
    from vidgo_notebook.wire.client import VidgoClient
    from vidgo_notebook.wire.files import FileClient

_ID_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike


def new_job_id() -> str:
    """A name for a job, short enough to type."""
    number, letters = secrets.randbelow(len(_ID_LETTERS) ** 9), "j"  # of a sweep, thousands at once
    for _ in range(9):
        number, place = divmod(number, len(_ID_LETTERS))
        letters += _ID_LETTERS[place]
    return letters


@dataclass
class Purchase:
    """A job, its entry in the journal, and the store that its picture goes to.

    ``written`` is the state in the journal, ``owed`` what else is still to be written there, and ``unwritten``
    the move that it lacks: the job is ahead of the journal only while that can't be written.
    ``allowance`` is the batch in the journal whose allowance must pay for it, '' where the budget alone does.
    ``confirmed_at`` is when the journal last said that the job is ours, in seconds since boot.
    ``reserved`` is the name under which its price is reserved in the budget, if it was approved, and
    ``sent`` whether this session sent it: otherwise another one pays.
    Two facts that matter if another process has taken the job over meanwhile: ``withheld`` is whether this process
    certainly did not buy it, and ``late_task`` is the task of a request of this process that was accepted after all.
    """

    job: Job
    entry: Entry
    store: ResultStore
    allowance: str = ""

    def __post_init__(self) -> None:
        self.written: JobState = self.entry.record.state
        self.owed: list[Callable[[Journal], None]] = []
        self.unwritten: Callable[[], bool | None] | None = None
        self.reserved = self.job.id
        self.sent = self.withheld = False
        self.late_task = ""
        self.confirmed_at = 0.0

    def follow(self, entry: Entry) -> None:
        """Adopt the journal's present entry."""
        self.entry, self.written = entry, entry.record.state
        moving.sent_at(self.job, entry.submitted_at)
        moving.mirror(self.job, entry.record)


@dataclass(frozen=True)
class Connection:
    """Clients of the API and of its file host; ``aclose_too`` ends an emulator in this process."""

    client: VidgoClient
    files: FileClient
    aclose_too: Callable[[], Awaitable[None]] | None = None

    async def aclose(self) -> None:
        """Close the connections, and the emulator if there is one."""
        await self.client.aclose()
        await self.files.aclose()
        if self.aclose_too:
            await self.aclose_too()
