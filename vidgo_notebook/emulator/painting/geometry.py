"""A poster of discs, quarters, arcs and stripes on a grid."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from PIL import Image

from vidgo_notebook.emulator.painting.palette import WHITE, Colour, Palette, blend
from vidgo_notebook.emulator.painting.strokes import Point, arc, disc, fill, ring

CELLS = {1: 3, 2: 4, 3: 6}  # along the short edge, by detail

Motif = Callable[[Image.Image, Point, float, tuple[Colour, Colour], Random], None]


def paint_geometry(sheet: Image.Image, dice: Random, palette: Palette, detail: int) -> None:
    """Paint ``sheet`` over; ``detail`` is 1 to 3."""
    paper = blend(palette.sky_low, WHITE, 0.45)
    colours = (palette.key, palette.accent, palette.near, palette.sky_top, palette.key, palette.sky_low)
    sheet.paste(paper, (0, 0, *sheet.size))
    cell = min(sheet.size) / CELLS[detail]
    columns, rows = -int(-sheet.width // cell), -int(-sheet.height // cell)
    left, top = (sheet.width - columns * cell) / 2, (sheet.height - rows * cell) / 2
    for number in range(columns * rows):
        corner = left + number % columns * cell, top + number // columns * cell
        ground, *_ = pair = _two(colours, dice)
        fill(sheet, _square(corner, cell), ground)
        MOTIFS[int(dice.random() * len(MOTIFS))](sheet, corner, cell, (pair[1], paper), dice)


def _two(colours: tuple[Colour, ...], dice: Random) -> tuple[Colour, Colour]:
    """Two that differ; a colour listed twice comes up more often."""
    first = colours[int(dice.random() * len(colours))]
    others = [colour for colour in colours if colour != first]
    return first, others[int(dice.random() * len(others))]


def _square(corner: Point, edge: float) -> list[Point]:
    x, y = corner
    return [(x, y), (x + edge, y), (x + edge, y + edge), (x, y + edge)]


def _quarter(sheet: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], dice: Random) -> None:
    turn = int(dice.random() * 4)
    centre = _square(corner, edge)[turn]
    for share, colour in ((1.0, colours[0]), (0.5, colours[1])):
        fill(sheet, [centre, *arc(centre, edge * share, turn * 90, turn * 90 + 90)], colour)


def _circle(sheet: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], dice: Random) -> None:
    centre = corner[0] + edge / 2, corner[1] + edge / 2
    disc(sheet, centre, edge * 0.4, colours[0])
    disc(sheet, centre, edge * dice.uniform(0.1, 0.25), colours[1])


def _arcs(sheet: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], dice: Random) -> None:
    centre = corner[0] + edge / 2, corner[1] + edge / 2
    for share in (0.45, 0.31, 0.17):
        ring(sheet, centre, edge * share, edge * 0.06, colours[int(dice.random() * 2)])


def _halves(sheet: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], dice: Random) -> None:
    x, y = corner
    turn = 180 if dice.random() < 0.5 else 0
    for row, colour in enumerate(colours):
        middle = x + edge / 2, y + edge * (row / 2 + (0.5 if turn else 0))
        fill(sheet, arc(middle, edge / 2, turn, turn + 180), colour)


def _stripes(sheet: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], dice: Random) -> None:
    x, y = corner
    upright = dice.random() < 0.5
    for number in range(4):
        near, far = edge * (number + 0.25) / 4, edge * (number + 0.75) / 4
        bar = [(x + near, y), (x + far, y), (x + far, y + edge), (x + near, y + edge)]
        lying = [(x, y + near), (x + edge, y + near), (x + edge, y + far), (x, y + far)]
        fill(sheet, bar if upright else lying, colours[0])


def _leaf(sheet: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], dice: Random) -> None:
    corners = _square(corner, edge)
    turn = int(dice.random() * 2)
    first, second = corners[turn], corners[turn + 2]
    there = arc(first, edge, turn * 90 + 90, turn * 90)
    back = arc(second, edge, turn * 90 + 270, turn * 90 + 180)
    fill(sheet, [*there, *back], colours[0])


MOTIFS: tuple[Motif, ...] = (_quarter, _quarter, _circle, _arcs, _halves, _stripes, _leaf)
