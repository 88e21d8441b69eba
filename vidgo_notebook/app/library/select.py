"""Selections of results: those of a session, of the whole store, or those that prune may delete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


def find_results(session: Session, *, everything: bool = False) -> list[Result]:
    """The results of this session's jobs in the order they were ordered, each after those it was made from;
    with ``everything`` those of the whole store, oldest first. Waits for jobs under way.

    Raises StoreError, naming each, if pictures are missing or damaged.
    """
    if everything:
        store = session.store
        records = sorted(store.records(), key=lambda record: (record.finished, record.fingerprint))
        found = [Result(record, store.picture(record) or store.object_path(record), store) for record in records]
    else:
        jobs = list(session.jobs.values())
        for job in jobs:
            job.wait()
        found = [job.result() for job in jobs if ended_well(job)]
    every = [ancestor for result in found for ancestor in result.lineage]
    results = list({(result.record.fingerprint, result.digest): result for result in every}.values())
    _check(results)
    return results


def _check(results: Iterable[Result]) -> None:
    bad = [result.record for result in results if not result.intact]
    if bad:
        names = [f"{shown(record.prompt)} (digest {record.digest[:12]}…)" for record in bad]
        raise StoreError(
            f"{len(bad)} of the pictures are missing or damaged: {'; '.join(names)}.",
            cost="Nothing was written.",
            hint="Restore them from version control, or run their cells again: a picture is fetched again while "
            "the service keeps it. %vidgo doctor --store checks the whole store.",
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """The records to prune: superseded ones, or current ones by model and age in days."""

    model: str | None = None
    older_than: float | None = None

    def find(self, store: ResultStore, now: datetime) -> list[tuple[str, ResultRecord]]:
        """The records, with the names of their files. Raises StoreError."""
        if self.model is None and self.older_than is None:
            return store.superseded()
        limit = None if self.older_than is None else now - timedelta(days=self.older_than)
        return [
            (f"{record.fingerprint}.json", record)
            for record in store.records()
            if self.model in (None, record.model) and (limit is None or _finished(record) < limit)
        ]


def _finished(record: ResultRecord) -> datetime:
    """When the picture was made; a record without a date counts as new."""
    try:
        moment = datetime.fromisoformat(record.finished)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
