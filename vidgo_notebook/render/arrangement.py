"""The layout of a contact sheet: two axes as rows and columns, further ones as blocks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

_LONG = 16  # characters: longer labels go to the left edge, which is wider
_MOST_COLUMNS = 40
_ONE_ROW = 4
_WIDE = 6


@dataclass(frozen=True, slots=True)
class Edge:
    """An axis at an edge of the sheet: its name and its labels, in order."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of cells. ``cells`` holds rows of places (None: empty); ``title`` names the values that all
    of them share, and ``first`` is the place of its first row on the edge."""

    title: str
    cells: tuple[tuple[int | None, ...], ...]
    first: int = 0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Blocks below each other, all with the same edges; without edges every cell has its own label."""

    blocks: tuple[Block, ...]
    down: Edge | None = None
    across: Edge | None = None

    @property
    def columns(self) -> int:
        """How many cells the widest row has."""
        return max(len(row) for block in self.blocks for row in block.cells)

    @property
    def places(self) -> list[int]:
        """The places that it has, in order."""
        return sorted(place for block in self.blocks for row in block.cells for place in row if place is not None)


def in_rows(count: int, columns: int = 0) -> Arrangement:
    """Places in order, in rows; without ``columns`` as many as make the sheet slightly wider than high."""
    columns = columns or (count if count <= _ONE_ROW else min(_MOST_COLUMNS, math.ceil(math.sqrt(1.3 * count))))
    places: list[int | None] = [*range(count), *[None] * (-count % columns)]
    rows = tuple(tuple(places[start : start + columns]) for start in range(0, len(places), columns))
    return Arrangement((Block("", rows),))


def in_grid(axes: Sequence[Edge]) -> Arrangement:
    """A full grid whose places are numbered as ``itertools.product`` gives them: the last axis varies fastest."""
    varying = [number for number, axis in enumerate(axes) if len(axis.labels) > 1]
    if len(varying) < 2:
        return in_rows(math.prod(len(axis.labels) for axis in axes))
    down, across = _edges(axes, *varying[:2])
    others, blocks = varying[2:], []
    for chosen in itertools.product(*(range(len(axes[number].labels)) for number in others)):
        fixed = dict(zip(others, chosen, strict=True))
        title = ", ".join(f"{axes[number].name} {axes[number].labels[value]}" for number, value in fixed.items())
        cells = tuple(
            tuple(_place(axes, {**fixed, down: row, across: column}) for column in range(len(axes[across].labels)))
            for row in range(len(axes[down].labels))
        )
        blocks.append(Block(title, cells))
    return Arrangement(tuple(blocks), axes[down], axes[across])


def in_pages(whole: Arrangement, most: int) -> list[Arrangement]:
    """The same in pages of at most ``most`` places: whole rows with their edges, where a row fits on a page."""
    places = whole.places
    if len(places) <= most:
        return [whole]
    if not whole.down or whole.columns > most:
        return [_some(places[start : start + most]) for start in range(0, len(places), most)]
    pages: list[list[Block]] = [[]]
    for block in whole.blocks:
        for number, row in enumerate(block.cells):
            last = pages[-1]
            if (sum(len(each.cells) for each in last) + 1) * whole.columns > most:
                pages.append(last := [])
            if last and last[-1].title == block.title:
                last[-1] = replace(last[-1], cells=(*last[-1].cells, row))
            else:
                last.append(Block(block.title, (row,), number))
    return [replace(whole, blocks=tuple(page)) for page in pages]


def _some(places: Sequence[int]) -> Arrangement:
    """Some places in rows."""
    (block,) = in_rows(len(places)).blocks
    cells = tuple(tuple(None if each is None else places[each] for each in row) for row in block.cells)
    return Arrangement((Block("", cells),))


def _edges(axes: Sequence[Edge], first: int, second: int) -> tuple[int, int]:
    """Which axis goes down and which across.

    An axis with long labels goes down; else the longer axis goes across, if a notebook is wide enough for it.
    """
    long = [max(map(len, axes[number].labels)) > _LONG for number in (first, second)]
    if long[0] != long[1]:
        return (first, second) if long[0] else (second, first)
    shorter, longer = sorted((second, first), key=lambda number: len(axes[number].labels))
    return (shorter, longer) if len(axes[longer].labels) <= _WIDE else (longer, shorter)


def _place(axes: Sequence[Edge], chosen: dict[int, int]) -> int:
    place = 0
    for number, axis in enumerate(axes):
        place = place * len(axis.labels) + chosen.get(number, 0)
    return place
