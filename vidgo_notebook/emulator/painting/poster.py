"""A poster of discs, quarters, arcs and stripes on a grid."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from PIL import Image

from vidgo_notebook.emulator.painting.palette import WHITE, Colour, Palette, blend
from vidgo_notebook.emulator.painting.strokes import Point, arc, disc, fill, ring

CELLS = {1: 3, 2: 4, 3: 6}  # along the short edge, by detail

Motif = Callable[[Image.Image, Point, float, tuple[Colour, Colour], Random], None]


def paint_poster(canvas: Image.Image, rng: Random, palette: Palette, detail: int) -> None:
    """Paint the whole canvas, with more cells in finer qualities; ``detail`` is 1 to 3."""
    paper = blend(palette.sky_low, WHITE, 0.45)
    colours = (palette.key, palette.accent, palette.near, palette.sky_top, palette.key, palette.sky_low)
    canvas.paste(paper, (0, 0, *canvas.size))
    cell = min(canvas.size) / CELLS[detail]
    columns, rows = -int(-canvas.width // cell), -int(-canvas.height // cell)
    left, top = (canvas.width - columns * cell) / 2, (canvas.height - rows * cell) / 2
    for number in range(columns * rows):
        corner = left + number % columns * cell, top + number // columns * cell
        # Two that differ; a colour listed twice comes up more often.
        ground = rng.choice(colours)
        figure = rng.choice([colour for colour in colours if colour != ground])
        fill(canvas, _square(corner, cell), ground)
        rng.choice(MOTIFS)(canvas, corner, cell, (figure, paper), rng)


def _square(corner: Point, edge: float) -> list[Point]:
    x, y = corner
    return [(x, y), (x + edge, y), (x + edge, y + edge), (x, y + edge)]


def _quarter(canvas: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], rng: Random) -> None:
    turn = int(rng.random() * 4)
    centre = _square(corner, edge)[turn]
    for share, colour in ((1.0, colours[0]), (0.5, colours[1])):
        fill(canvas, [centre, *arc(centre, edge * share, turn * 90, turn * 90 + 90)], colour)


def _circle(canvas: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], rng: Random) -> None:
    centre = corner[0] + edge / 2, corner[1] + edge / 2
    disc(canvas, centre, edge * 0.4, colours[0])
    disc(canvas, centre, edge * rng.uniform(0.1, 0.25), colours[1])


def _arcs(canvas: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], rng: Random) -> None:
    centre = corner[0] + edge / 2, corner[1] + edge / 2
    for share in (0.45, 0.31, 0.17):
        ring(canvas, centre, edge * share, edge * 0.06, rng.choice(colours))


def _halves(canvas: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], rng: Random) -> None:
    x, y = corner
    turn = 180 if rng.random() < 0.5 else 0
    for row, colour in enumerate(colours):
        middle = x + edge / 2, y + edge * (row / 2 + (0.5 if turn else 0))
        fill(canvas, arc(middle, edge / 2, turn, turn + 180), colour)


def _stripes(canvas: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], rng: Random) -> None:
    x, y = corner
    upright = rng.random() < 0.5
    for number in range(4):
        near, far = edge * (number + 0.25) / 4, edge * (number + 0.75) / 4
        bar = [(x + near, y), (x + far, y), (x + far, y + edge), (x + near, y + edge)]
        lying = [(x, y + near), (x + edge, y + near), (x + edge, y + far), (x, y + far)]
        fill(canvas, bar if upright else lying, colours[0])


def _leaf(canvas: Image.Image, corner: Point, edge: float, colours: tuple[Colour, Colour], rng: Random) -> None:
    corners = _square(corner, edge)
    turn = int(rng.random() * 2)
    first, second = corners[turn], corners[turn + 2]
    there = arc(first, edge, turn * 90 + 90, turn * 90)
    back = arc(second, edge, turn * 90 + 270, turn * 90 + 180)
    fill(canvas, [*there, *back], colours[0])


MOTIFS: tuple[Motif, ...] = (_quarter, _quarter, _circle, _arcs, _halves, _stripes, _leaf)
