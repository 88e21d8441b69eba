"""Where a picture comes from: the graph of the results that it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from vidgo_notebook.domain.pricing import credits_text
from vidgo_notebook.engine.result import Result


@dataclass(frozen=True, slots=True, repr=False)
class Lineage(Sequence[Result]):
    """The results of a lineage, each after its parents; the picture itself comes last.

    ``edges`` are pairs of positions, from parent to child.
    """

    results: tuple[Result, ...]
    edges: tuple[tuple[int, int], ...]

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.results[index]

    def __len__(self) -> int:
        return len(self.results)

    @property
    def cost(self) -> Decimal:
        """Credits that the whole chain cost when it was bought; prices nobody published count as nothing."""
        return sum((Decimal(result.record.charged or 0) for result in self.results), Decimal(0))

    @property
    def unpriced(self) -> int:
        """How many of the results have a price that nobody published."""
        return sum(result.record.charged is None for result in self.results)

    @property
    def depths(self) -> tuple[int, ...]:
        """How many steps of editing lie behind each result."""
        depths = [0] * len(self.results)
        for parent, child in self.edges:  # parents come first, so one pass is enough
            depths[child] = max(depths[child], depths[parent] + 1)
        return tuple(depths)

    def __repr__(self) -> str:
        unpriced = f" and {self.unpriced} without a published price" if self.unpriced else ""
        return f"<Lineage of {len(self)} picture{'' if len(self) == 1 else 's'}: {credits_text(self.cost)}{unpriced}>"


def lineage_of(result: Result) -> Lineage:
    """The lineage of a result, as far as its store has it. Raises StoreError for a damaged record."""
    order: dict[_Key, Result] = {}
    links = list(_walk(result, order, set()))
    places = {key: place for place, key in enumerate(order)}
    edges = {(places[parent], places[child]) for parent, child in links}
    return Lineage(tuple(order.values()), tuple(sorted(edges, key=lambda edge: edge[::-1])))


_Key = tuple[str, str]


def _key(result: Result) -> _Key:
    return result.record.fingerprint, result.digest


def _walk(result: Result, order: dict[_Key, Result], begun: set[_Key]) -> Iterator[tuple[_Key, _Key]]:
    """Links from parent to child; fills ``order`` with parents before their children."""
    begun.add(_key(result))
    for parent in result.parents:
        if _key(parent) not in begun:
            yield from _walk(parent, order, begun)
        if _key(parent) in order:  # else it descends from its own child: a record that somebody edited
            yield _key(parent), _key(result)
    order[_key(result)] = result
