"""Selections of results: those of a session, of the whole store, or those that prune may delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
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
    from vidgo_notebook.store.results.result_store import ResultStore


@dataclass(frozen=True, slots=True)
class Found:
    """Results with their pictures, each after those that it was made from, and what had to be left out.

    ``superseded`` are pictures that were bought again and that no result was made from; ``lost`` are the records of
    such pictures that are missing or damaged: they were paid for, too.
    """

    results: tuple[Result, ...]
    left_out: tuple[Fault, ...]
    superseded: tuple[Result, ...] = ()
    lost: tuple[ResultRecord, ...] = ()

    @property
    def missing_inputs(self) -> list[str]:
        """The images that the results were made from and that their stores do not have, each with its result."""
        found = list[str]()
        for result in (*self.results, *self.superseded):
            missing = result.store.references.missing(result.record) if result.store else []
            found += [f"{each} {shown(result.record.prompt)} was made from it." for each in missing]
        return found

    @property
    def records(self) -> list[ResultRecord]:
        """The records of the results."""
        return [result.record for result in self.results]


def find_results(session: Session, *, everything: bool = False, chosen: Sequence[ResultRecord] | None = None) -> Found:
    """The results of this session's jobs in the order they were ordered; with ``everything`` those of the whole store,
    oldest first, and with ``chosen`` those of some of its records; and what they superseded. Waits for jobs under way.
    One whose record or picture is missing or damaged is left out."""
    store, left_out, contents = session.store, list[Fault](), None
    if chosen is not None:
        found = [Result(record, None, store) for record in chosen]
    elif everything:
        contents = store.contents(partial(session.steps.over, doing="Reading"))
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
    used = list(ancestry.results.values())
    replaced = _superseded(used, store, contents)
    for result in replaced:
        ancestry.add(result)
    old = {_purchase(result.record) for result in replaced}
    results = [result for result in ancestry.results.values() if _purchase(result.record) not in old]
    replaced = [*(each for each in ancestry.results.values() if _purchase(each.record) in old), *replaced]
    replaced = list({_purchase(each.record): each for each in replaced}.values())  # after what they were made from
    checked = session.steps.over((*results, *replaced), "Checking")
    intact = {_purchase(each.record): each.intact for each in checked}
    left_out += [_why_not(each) for each in (*results, *replaced) if not intact[_purchase(each.record)]]
    return Found(
        tuple(each for each in results if intact[_purchase(each.record)]),
        tuple(dict.fromkeys(left_out)),
        tuple(each for each in replaced if intact[_purchase(each.record)]),
        tuple(each.record for each in replaced if not intact[_purchase(each.record)]),
    )


def _superseded(used: Sequence[Result], store: ResultStore, contents: Contents | None) -> list[Result]:
    """What a fresh purchase replaced, oldest first: of the whole store, or of the requests of some results."""
    if contents is not None:
        every = [Result(record, None, store) for _, record in contents.superseded]
    else:
        stores = {result.record.fingerprint: result.store for result in used if result.store}
        every = [Result(record, None, place) for wanted, place in stores.items() for record in place.superseded(wanted)]
    known = {_purchase(result.record) for result in used}
    found = [result for result in every if _purchase(result.record) not in known]
    return sorted(found, key=lambda each: (each.record.finished, each.record.fingerprint, each.record.generation))


def _purchase(record: ResultRecord) -> tuple[str, int, str]:
    """What tells a record from the others of its request."""
    return record.fingerprint, record.generation, record.digest


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
