"""Selections of results: those of a session, of the whole store, or those that prune may delete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.engine.handles.result import Ancestry, Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.contents import Contents
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.record import ResultRecord

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


@dataclass(frozen=True, slots=True)
class Found:
    """Results with their pictures, each after those that it was made from, what had to be left out, and the records of
    pictures that were bought again."""

    results: tuple[Result, ...]
    left_out: tuple[Fault, ...]
    superseded: tuple[ResultRecord, ...] = ()

    @property
    def missing_inputs(self) -> list[str]:
        """The images that the results were made from and that their stores do not have, each with its result."""
        found = list[str]()
        for result in self.results:
            missing = result.store.references.missing(result.record) if result.store else []
            found += [f"{each} {shown(result.record.prompt)} was made from it." for each in missing]
        return found

    @property
    def records(self) -> list[ResultRecord]:
        """The records of the results."""
        return [result.record for result in self.results]


def find_results(session: Session, *, everything: bool = False, chosen: Sequence[ResultRecord] | None = None) -> Found:
    """The results of this session's jobs in the order they were ordered; with ``everything`` those of the whole store,
    oldest first, and with ``chosen`` those of some of its records. Waits for jobs under way. One whose record or
    picture is missing or damaged is left out."""
    store, left_out, contents = session.store, list[Fault](), None
    if chosen is not None:
        found = [Result(record, None, store) for record in chosen]
    elif everything:
        contents = store.contents()
        left_out += contents.faults
        records = sorted(contents.current, key=lambda record: (record.finished, record.fingerprint))
        found = [Result(record, None, store) for record in records]
    else:
        jobs = list(session.jobs.values())
        for job in jobs:
            job.wait()
        found = [job.result() for job in jobs if ended_well(job)]

    def without_parents(result: Result, error: StoreError) -> None:
        left_out.append(Fault(f"what {shown(result.record.prompt)} was made from", error.message, error.hint))

    ancestry = Ancestry(without_parents)
    for result in found:
        ancestry.add(result)
    left_out = list(dict.fromkeys(left_out))
    results = ancestry.results.values()
    sound = [result for result in results if result.intact]
    left_out += [_why_not(result) for result in results if not result.intact]
    return Found(tuple(sound), tuple(left_out), _superseded(found, contents))


def _superseded(found: Iterable[Result], contents: Contents | None) -> tuple[ResultRecord, ...]:
    if contents is not None:
        return tuple(record for _, record in contents.superseded)
    stores = {result.record.fingerprint: result.store for result in found if result.store}
    shown = {(result.record.fingerprint, result.record.generation) for result in found}
    replaced = (record for wanted, store in stores.items() for record in store.superseded(wanted))
    return tuple(record for record in replaced if (record.fingerprint, record.generation) not in shown)


def _why_not(result: Result) -> Fault:
    store = result.store
    fault = store.why_no_picture(result.record) if store else Fault(result.digest, "its bytes are others")
    return fault._replace(problem=f"the picture of {shown(result.record.prompt)}: {fault.problem}")


@dataclass(frozen=True, slots=True)
class Selection:
    """The records to prune: superseded ones, or current ones by model and age in days."""

    model: str | None = None
    older_than: float | None = None

    def find(self, contents: Contents, now: datetime) -> list[tuple[str, ResultRecord]]:
        """The records, with the names of their files."""
        if self.model is None and self.older_than is None:
            return list(contents.superseded)
        limit = None if self.older_than is None else now - timedelta(days=self.older_than)
        return [
            (f"{record.fingerprint}.json", record)
            for record in contents.current
            if self.model in (None, record.model) and (limit is None or _finished(record) < limit)
        ]


def _finished(record: ResultRecord) -> datetime:
    """When the picture was made; a record without a date counts as new."""
    try:
        moment = datetime.fromisoformat(record.finished)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
