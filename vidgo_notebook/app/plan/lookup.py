"""What there is already for some requests: stored pictures, here and in other stores, and jobs under way."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from vidgo_notebook.app.target import Target
from vidgo_notebook.domain.request import GenerationRequest, fingerprints
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.remote_files import OutOfReachError
from vidgo_notebook.store.results.result_store import ResultStore

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_RETRY_AFTER = 300.0  # seconds
_unreachable: dict[str, float] = {}
"""URLs of other stores that could not be read, and when: each attempt takes seconds while a server is down."""


class RecordCache:
    """The records of some fingerprints in one store: each read once, and many of a far store by one listing."""

    def __init__(self, store: ResultStore, fingerprints: Collection[str]) -> None:
        self.store = store
        self._wanted = fingerprints
        self._found: dict[str, ResultRecord | None] = {}

    def find(self, fingerprint: str) -> ResultRecord | None:
        """The record as it was when it was first read. Raises StoreError for one that can't be trusted."""
        if fingerprint not in self._found:
            found = self.store.find(fingerprint) if fingerprint in self._present else None
            if found is None and (cure := self._copies.get(f"results/{fingerprint}.json")):
                raise StoreError(f"{cure.name}: {cure.problem}.", cost=NOTHING_SPENT, hint=cure.cure)
            self._found[fingerprint] = found
        return self._found[fingerprint]

    @cached_property
    def _copies(self) -> dict[str, Fault]:
        """Records that are missing while a copy is there, by their names: cloud drives make such copies."""
        return {fault.name: fault for fault in self.store.missing_records()} if self.store.folder else {}

    @cached_property
    def _present(self) -> Collection[str]:
        return self.store.candidates(self._wanted)


class Lookup:
    """Two questions about some fingerprints: is a picture stored, and is a job under way?

    Stores and journal are asked once for all fingerprints, since they may be far away. ``store`` is the session's, or
    the one that was its when the pictures were asked for.
    """

    def __init__(self, session: Session, fingerprints: Collection[str], store: ResultStore | None = None) -> None:
        self._session = session
        self._wanted = fingerprints
        self.store = store or session.store
        self._here = RecordCache(self.store, fingerprints)
        self._generations: dict[str, int] = {}

    @classmethod
    def for_purchase(
        cls,
        session: Session,
        requests: Iterable[GenerationRequest],
        target: Target,
        store: ResultStore | None = None,
    ) -> Lookup:
        """Look up requests that may be bought.

        Generations are read before the stores: a picture finished in between is noticed by its claim.
        """
        providers = dict.fromkeys([target.provider, *target.readable])
        names = (fingerprints(request, provider) for request in requests for provider in providers)
        found = cls(session, {name for each in names for name in each}, store)
        with suppress(StoreError):  # raised again by the purchase, which needs the journal
            found._generations = session.journal.next_generations(found._wanted)
        return found

    def stored(self, fingerprints: Sequence[str], *, live: bool = False) -> Result | ResultRecord | None:
        """The picture of the first fingerprint that a store has; one of another store is copied into this one.

        A bare record means that its picture is missing or damaged, so that a ``live`` service has to be
        asked for it; in other modes a record of another store counts for nothing then.
        Raises StoreError for a record of this store that can't be trusted.
        """
        found = self.stored_here(fingerprints)
        if isinstance(found, Result):
            return found
        with suppress(StoreError):  # without a journal no other store is known
            other = self._copied([found.fingerprint] if found else fingerprints, found.generation if found else 0)
            if isinstance(other, Result):
                bring_ancestors(self._session, other.record.parents, self.store)
                return other
            return found or (other if live else None)
        return found

    def stored_here(self, fingerprints: Sequence[str]) -> Result | ResultRecord | None:
        """The same in this store only, copying nothing.

        After a bare record the next fingerprint is not tried: a stand-in must not replace what was bought.
        """
        for wanted in fingerprints:
            if record := self._here.find(wanted):
                path = self.store.picture(record)
                return Result(record, path, self.store) if path else record
        return None

    def under_way(self, fingerprint: str) -> Entry | None:
        """The job under way (or uncertain) for a fingerprint. Raises StoreError."""
        return self._under_way.get(fingerprint)

    def next_generation(self, fingerprint: str) -> int:
        """The generation that a purchase planned now is of."""
        known = self._generations.get(fingerprint, 0)
        with suppress(StoreError):  # raised again where the record is needed
            if record := self._here.find(fingerprint):
                return max(known, record.generation + 1)
        return known

    def _copied(self, fingerprints: Sequence[str], generation: int = 0) -> Result | ResultRecord | None:
        """The picture from any other store that the journal knows, of ``generation`` at least: an older one
        must not replace what this store knows. A bare record: it was bought, but is missing or damaged there too.
        """
        reachable = [other for other in self._others if _is_reachable(other.store)]
        lost: ResultRecord | None = None
        for wanted in fingerprints:
            for other in reachable:
                with reached(other.store):
                    record = other.find(wanted)
                    if record is None or record.generation < generation:
                        continue
                    if found := self._copy(other.store, record):
                        return found
                    lost = lost or record
        return lost

    def _copy(self, other: ResultStore, record: ResultRecord) -> Result | None:
        """A picture copied with its digest checked; shown from the other store where this one can't be written."""
        store = self.store
        try:
            path = store.copy_from(other, record)
        except StoreError:
            store, path = other, other.picture(record)
        return Result(record, path, store) if path else None

    @cached_property
    def _under_way(self) -> dict[str, Entry]:
        return self._session.journal.those_under_way(self._wanted)

    @cached_property
    def _others(self) -> list[RecordCache]:
        return [RecordCache(store, self._wanted) for store in _others_than(self._session, self.store)]


def other_stores(session: Session) -> list[ResultStore]:
    """The stores besides the session's that the journal knows and that can be read now. Raises StoreError."""
    return [store for store in _others_than(session, session.store) if _is_reachable(store)]


def _others_than(session: Session, here: ResultStore) -> list[ResultStore]:
    return [ResultStore(address) for address in session.journal.stores() if address != here.address]


def _is_reachable(store: ResultStore) -> bool:
    return time.monotonic() - _unreachable.get(store.address, -_RETRY_AFTER) > _RETRY_AFTER


@contextmanager
def reached(store: ResultStore) -> Iterator[None]:
    """Pass over another store that can't be read, and one that is out of reach for some minutes."""
    try:
        yield
    except OutOfReachError:
        _unreachable[store.address] = time.monotonic()
    except StoreError:  # a broken store elsewhere does not concern this notebook
        pass


def bring_ancestors(session: Session, parents: Iterable[str], store: ResultStore) -> None:
    """Copy the pictures that one descends from into its store, so that its lineage is complete there."""
    wanted, seen = [parent for parent in parents if parent], set()
    with suppress(StoreError):  # a picture is shown though its lineage has a gap
        while wanted:
            parent = wanted.pop()
            seen.add(parent)
            lookup = Lookup(session, [parent], store)
            found = lookup.stored_here([parent])
            if not isinstance(found, Result):
                found = lookup._copied([parent])
            if isinstance(found, Result):
                wanted += [name for name in found.record.parents if name and name not in seen]
