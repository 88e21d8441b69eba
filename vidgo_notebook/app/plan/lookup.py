"""What the store, the journal and other stores know of some requests: asked once for all, since they may be far."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.journal.journal import Entry, Journal
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.remote_files import OutOfReachError
from vidgo_notebook.store.results.result_store import ResultStore

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


class Lookup:
    """The pictures that there are for some fingerprints, and those that are being bought.

    Generations are read first: a picture that is finished while we look is noticed by its claim.
    """

    def __init__(self, session: Session, fingerprints: Collection[str]) -> None:
        self._session = session
        self._wanted = fingerprints
        self._here = Shelf(session.store, fingerprints)
        self._generations: dict[str, int] = {}
        with suppress(StoreError):  # whoever needs the journal says what is wrong with it
            self._generations = session.journal.next_generations(fingerprints)

    def next_generation(self, fingerprint: str) -> int:
        """The generation that a purchase planned now is of."""
        known = self._generations.get(fingerprint, 0)
        with suppress(StoreError):  # whoever needs the record says what is wrong with it
            if record := self._here.find(fingerprint):
                return max(known, record.generation + 1)
        return known

    def here(self, fingerprints: Sequence[str]) -> Result | ResultRecord | None:
        """The picture of the first fingerprint that this session's store knows; see ``look_up``."""
        return look_up(self._here, fingerprints)

    def elsewhere(self, fingerprints: Sequence[str], generation: int) -> Result | ResultRecord | None:
        """The same from any other store of the journal; see ``look_elsewhere``."""
        return look_elsewhere(self._here.store, self._others, fingerprints, generation)

    def under_way(self, fingerprint: str) -> Entry | None:
        """The job under way (or uncertain) for a fingerprint. Raises StoreError."""
        return self._under_way.get(fingerprint)

    @cached_property
    def _under_way(self) -> dict[str, Entry]:
        return self._session.journal.those_under_way(self._wanted)

    @cached_property
    def _others(self) -> list[Shelf]:
        return other_shelves(self._here.store, self._session.journal, self._wanted)


def bring_ancestors(session: Session, parents: Iterable[str]) -> None:
    """Copy the records that a picture descends from into this store, so that its lineage is whole here."""
    wanted, seen = [parent for parent in parents if parent], set()
    with suppress(StoreError):  # a lineage with a gap is no reason to give up a picture
        while wanted:
            parent = wanted.pop()
            seen.add(parent)
            found = look_up(Shelf(session.store, [parent]), [parent])
            if not isinstance(found, Result):
                others = other_shelves(session.store, session.journal, [parent])
                found = look_elsewhere(session.store, others, [parent])
            if isinstance(found, Result):
                wanted += [name for name in found.record.parents if name and name not in seen]


_UNREACHABLE: dict[str, float] = {}
"""URLs of other stores that could not be read, and when: finding out takes a server that is down seconds."""

_REST = 300.0


class Shelf:
    """A store in which some fingerprints are looked for: each once, and many of them not one after the other."""

    def __init__(self, store: ResultStore, fingerprints: Collection[str]) -> None:
        self.store = store
        self._wanted = fingerprints
        self._found: dict[str, ResultRecord | None] = {}

    def find(self, fingerprint: str) -> ResultRecord | None:
        """The record as it was at the first look. Raises StoreError for one that can't be trusted."""
        if fingerprint not in self._found:
            self._found[fingerprint] = self.store.find(fingerprint) if fingerprint in self._there else None
        return self._found[fingerprint]

    @cached_property
    def _there(self) -> Collection[str]:
        return self.store.perhaps(self._wanted)


def other_shelves(store: ResultStore, journal: Journal, fingerprints: Collection[str]) -> list[Shelf]:
    """Every other store that the journal knows. Raises StoreError."""
    return [Shelf(ResultStore(address), fingerprints) for address in journal.stores() if address != store.address]


def look_up(shelf: Shelf, fingerprints: Sequence[str]) -> Result | ResultRecord | None:
    """The picture of the first fingerprint that the store knows.

    A bare record means that its picture is missing or damaged: then it is not the next one's turn, lest
    a stand-in take the place of what was bought. Raises StoreError for a record that can't be trusted.
    """
    for fingerprint in fingerprints:
        if record := shelf.find(fingerprint):
            path = shelf.store.picture(record)
            return Result(record, path, shelf.store) if path else record
    return None


def recall(addresses: Iterable[str], fingerprint: str, generation: int) -> Result | None:
    """The picture of one generation, superseded or not, from the first store that has it sound."""
    for address in addresses:
        with suppress(StoreError):  # the next one may have it
            store = ResultStore(address)
            record = store.find_generation(fingerprint, generation)
            if record and (path := store.picture(record)):
                return Result(record, path, store)
    return None


def look_elsewhere(
    store: ResultStore, others: Iterable[Shelf], fingerprints: Sequence[str], generation: int = 0
) -> Result | ResultRecord | None:
    """The picture from any other store, copied into this one with its digest checked.

    It is of ``generation`` at least: an older one must not take the place of what this store knows. A
    bare record means that it was bought, and that its picture is missing or damaged there too.
    """
    within_reach = [other for other in others if not _tried(other.store.address)]
    lost: ResultRecord | None = None
    for fingerprint in fingerprints:
        for other in within_reach:
            try:
                record = other.find(fingerprint)
                if record is None or record.generation < generation:
                    continue
                if found := _bring(store, other.store, record):
                    return found
                lost = lost or record
            except OutOfReachError:
                _UNREACHABLE[other.store.address] = time.monotonic()
            except StoreError:  # a broken store elsewhere is not this notebook's trouble
                continue
    return lost


def _tried(address: str) -> bool:
    return is_url(address) and time.monotonic() - _UNREACHABLE.get(address, -_REST) < _REST


def _bring(store: ResultStore, other: ResultStore, record: ResultRecord) -> Result | None:
    """Copied where this store can be written; shown from where it lies where it can't."""
    where = store
    try:
        path = store.adopt(other, record)
    except StoreError:
        where, path = other, other.picture(record)
    return Result(record, path, where) if path else None
