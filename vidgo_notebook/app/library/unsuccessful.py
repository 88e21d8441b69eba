"""Requests that made no picture: what failed at the service, and what it refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.request import fields_to_send
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.jobs import Entry

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


@dataclass(frozen=True, slots=True)
class Unsuccessful:
    """A request without a picture, which cost nothing. ``at`` is ISO 8601 in UTC, ``reason`` the service's words."""

    job_id: str
    provider: str
    api: str
    model: str
    prompt: str
    fields: dict[str, str]
    at: str
    reason: str
    refused: bool


def find_unsuccessful(session: Session, *, everything: bool = False) -> tuple[Unsuccessful, ...]:
    """Those of this session, or of all that was asked for its store, oldest first; none while the journal is
    unavailable, which no reader of a store needs."""
    try:
        entries = session.journal.in_states((JobState.FAILED, JobState.REFUSED), store=session.store.address)
    except StoreError:
        return ()
    mine = None if everything else set(session.jobs)
    return tuple(map(_read, (entry for entry in entries if mine is None or entry.record.job_id in mine)))


def _read(entry: Entry) -> Unsuccessful:
    request = from_json(entry.request)
    ended = entry.ended_at or entry.created_at
    return Unsuccessful(
        entry.record.job_id,
        entry.provider,
        entry.api,
        entry.model,
        request.prompt,
        dict(fields_to_send(request)),
        datetime.fromtimestamp(ended, UTC).isoformat(timespec="seconds"),
        entry.record.message or "no reason given",
        entry.record.state is JobState.REFUSED,
    )
