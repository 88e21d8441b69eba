"""A lineage as one static picture, thumbnails in columns joined by lines; and as text."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vidgo_notebook.domain.odd_metadata import decoded
from vidgo_notebook.drawable_text import is_drawable
from vidgo_notebook.render.preview import flattened

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

LONGEST = 2000  # pixels: smaller drawings are not scaled, so that their labels can be read
_WIDTH = 920  # the width of a notebook; more columns get smaller thumbnails, down to the least
_MOST, _LEAST = 168, 96
_LABEL, _GAP_X, _GAP_Y, _EDGE, _LANE = 46, 56, 22, 20, 14
_MOST_LANES = 24
_PAPER, _LINE, _INK, _BLANK = (250, 250, 250), (140, 140, 140), (60, 60, 60), (225, 225, 225)

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A result, or an image from elsewhere: its bytes, None where they can't be drawn, and two lines below it."""

    picture: bytes | None
    title: str
    label: str


@dataclass(frozen=True, slots=True)
class _Thumb:
    """A thumbnail in the middle of its square of ``side`` pixels, whose upper left corner is ``place``."""

    picture: Image.Image
    place: Place
    side: int

    @property
    def left(self) -> int:
        return self.place[0] + (self.side - self.picture.width) // 2

    @property
    def top(self) -> int:
        return self.place[1] + (self.side - self.picture.height) // 2

    @property
    def right(self) -> int:
        return self.left + self.picture.width

    @property
    def middle(self) -> int:
        return self.place[1] + self.side // 2


def draw_lineage(nodes: Sequence[Node], edges: Sequence[tuple[int, int]]) -> bytes:
    """PNG of the nodes, parents first, one column for each depth, with a line from every parent to its child.

    A line that skips a column runs above all thumbnails, on its own lane while there are not too many.
    """
    from PIL import Image, ImageDraw

    depths = _depths(len(nodes), edges)
    long_ones = [edge for edge in edges if depths[edge[1]] - depths[edge[0]] > 1]
    lanes = {edge: number % _MOST_LANES for number, edge in enumerate(long_ones)}
    columns = 1 + max(depths)
    side = max(_LEAST, min(_MOST, (_WIDTH - 2 * _EDGE + _GAP_X) // columns - _GAP_X))
    places, size = _places(depths, side, top=_EDGE + _LANE * min(len(lanes), _MOST_LANES))
    canvas = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(canvas)
    thumbs = [_thumb(node.picture, place, side) for node, place in zip(nodes, places, strict=True)]
    for parent, child in edges:
        lane = _EDGE + _LANE * lanes[parent, child] if (parent, child) in lanes else None
        _join(draw, thumbs[parent], thumbs[child], lane)
    for node, thumb in zip(nodes, thumbs, strict=True):
        label = node.label if is_drawable(node.label) else ""  # such as a currency; the words beside it have it
        _draw_thumb(canvas, draw, thumb, f"{node.title}\n{label}")
    file = io.BytesIO()
    canvas.save(file, "PNG", optimize=True)
    return file.getvalue()


def _depths(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """How many lines lead to each node at most."""
    depths = [0] * count
    for parent, child in sorted(edges, key=lambda edge: edge[::-1]):  # parents come first, so one pass is enough
        depths[child] = max(depths[child], depths[parent] + 1)
    return depths


def _places(depths: Sequence[int], side: int, top: int) -> tuple[list[Place], Place]:
    """The upper left corner of each square, columns centred, and the size of the whole."""
    columns: dict[int, list[int]] = defaultdict(list)
    for index, depth in enumerate(depths):
        columns[depth].append(index)
    step_x, step_y = side + _GAP_X, side + _LABEL + _GAP_Y
    tallest = max(map(len, columns.values()))
    places = [(0, 0)] * len(depths)
    for depth, column in columns.items():
        first = top + (tallest - len(column)) * step_y // 2
        for row, index in enumerate(column):
            places[index] = (_EDGE + depth * step_x, first + row * step_y)
    width = 2 * _EDGE + (1 + max(columns)) * step_x - _GAP_X
    return places, (width, top + _EDGE + tallest * step_y - _GAP_Y)


def _thumb(data: bytes | None, place: Place, side: int) -> _Thumb:
    from PIL import Image, ImageOps

    whole = flattened(decoded(data)) if data else Image.new("RGB", (side, side), _BLANK)
    return _Thumb(ImageOps.contain(whole, (side, side), Image.Resampling.LANCZOS), place, side)


def _join(draw: ImageDraw.ImageDraw, parent: _Thumb, child: _Thumb, lane: int | None) -> None:
    """A line with an arrow; it bends in the gap before the child's column, or runs along its lane above all."""
    start, end = (parent.right, parent.middle), (child.left, child.middle)
    if lane is None:
        bend = child.place[0] - _GAP_X // 2
        corners = [(bend, start[1]), (bend, end[1])]
    else:
        up, down = parent.place[0] + parent.side + _GAP_X // 4, child.place[0] - _GAP_X // 4
        corners = [(up, start[1]), (up, lane), (down, lane), (down, end[1])]
    draw.line([start, *corners, end], fill=_LINE, width=3, joint="curve")
    draw.polygon([end, (end[0] - 9, end[1] - 6), (end[0] - 9, end[1] + 6)], fill=_LINE)


def _draw_thumb(canvas: Image.Image, draw: ImageDraw.ImageDraw, thumb: _Thumb, label: str) -> None:
    from PIL import ImageFont

    canvas.paste(thumb.picture, (thumb.left, thumb.top))
    frame = (thumb.left - 1, thumb.top - 1, thumb.right, thumb.top + thumb.picture.height)
    draw.rectangle(frame, outline=_LINE)
    below = (thumb.place[0] + thumb.side // 2, thumb.top + thumb.picture.height + 8)
    draw.text(below, label, _INK, ImageFont.load_default(size=14), anchor="ma", align="center")


def lineage_text(
    prompts: Sequence[str], edges: Sequence[tuple[int, int]], others: Sequence[Sequence[str]], total: str
) -> str:
    """The lineage as text, for screen readers; ``others`` are the images from elsewhere of each picture."""
    lines = []
    for index, (prompt, other) in enumerate(zip(prompts, others, strict=True)):
        sources = [*(f"picture {parent + 1}" for parent, child in edges if child == index), *other]
        origin = " and ".join(sources) or "its prompt alone"
        lines.append(f"{index + 1}: made from {origin}: {' '.join(prompt.split())}")
    return "\n".join([*lines, f"Whole chain: {total}"])
