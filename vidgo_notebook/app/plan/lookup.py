"""What store and journal know of some requests: asked once for all of them, since both may be far away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.other_stores import Shelf, look_elsewhere, look_up, other_shelves
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.record import ResultRecord

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
