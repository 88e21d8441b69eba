"""A night sky with nebulae, stars, an invented constellation, and hills in the dark."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

from PIL import Image

from vidgo_notebook.emulator.painting.lines import ridge
from vidgo_notebook.emulator.painting.palette import BLACK, WHITE, Palette, blend
from vidgo_notebook.emulator.painting.strokes import Point, cover, disc, fill, glow, land, line, ring

STARS = {1: 40, 2: 140, 3: 420}  # by detail
NEBULAE = {1: 3, 2: 7, 3: 14}
FIGURE = {1: 6, 2: 8, 3: 10}  # stars of the constellation


def paint_night(sheet: Image.Image, dice: Random, palette: Palette, detail: int) -> None:
    """Paint ``sheet`` over; ``detail`` is 1 to 3."""
    width, height = sheet.size
    cover(sheet, palette.night, blend(palette.sky_top, palette.near, 0.45))
    moon, figure, hills, clouds, stars = (Random(dice.random()) for _ in range(5))  # noqa: S311 - art
    _nebulae(sheet, clouds, palette, NEBULAE[detail])
    glow(sheet, (width / 2, height * 0.85), max(sheet.size) * 0.6, palette.sky_low, 0.4)
    _stars(sheet, stars, STARS[detail])
    _constellation(sheet, figure, palette, FIGURE[detail], detail)
    _moon(sheet, moon, palette)
    for number in range(detail + 1):
        share = number / max(1, detail)
        colour = blend(blend(palette.far, palette.near, 0.55 + 0.45 * share), BLACK, 0.15 + 0.4 * share)
        land(sheet, ridge(width, height * (0.74 + 0.14 * share), height * 0.06, 0.48, hills), colour)


def _nebulae(sheet: Image.Image, dice: Random, palette: Palette, count: int) -> None:
    width, height = sheet.size
    for number in range(count):
        along = dice.random()
        centre = width * along, height * (0.62 - 0.45 * along + dice.uniform(-0.13, 0.13))
        colour = (palette.sky_top, palette.accent, palette.far)[number % 3]
        glow(sheet, centre, max(sheet.size) * dice.uniform(0.12, 0.3), colour, dice.uniform(0.16, 0.34))


def _stars(sheet: Image.Image, dice: Random, count: int) -> None:
    width, height = sheet.size
    unit = min(sheet.size) / 1000
    for _ in range(count):
        centre = width * dice.random(), height * 0.8 * dice.random()
        size = dice.random() ** 5
        if size > 0.5:
            glow(sheet, centre, unit * 14 * size, WHITE, 0.5)
        disc(sheet, centre, unit * (0.7 + 2.1 * size), WHITE, 0.45 + 0.55 * dice.random())


def _constellation(sheet: Image.Image, dice: Random, palette: Palette, count: int, detail: int) -> None:
    width, height = sheet.size
    unit = min(sheet.size) / 1000
    nodes: list[Point] = []
    for number in range(count):
        share = (number + dice.uniform(0.2, 0.8)) / count
        nodes.append((width * (0.1 + 0.56 * share), height * (0.43 + 0.13 * math.sin(5 * share + 6 * dice.random()))))
    for start, end in pairwise(nodes):
        line(sheet, start, end, unit * 1.8, palette.light, 0.55)
    for node in nodes:
        glow(sheet, node, unit * 34, palette.light, 0.6)
        disc(sheet, node, unit * dice.uniform(4.5, 7.5), palette.light)
        if detail == 3:
            ring(sheet, node, unit * 15, unit * 1.2, palette.light)


def _moon(sheet: Image.Image, dice: Random, palette: Palette) -> None:
    """A crescent: the outer half circle, and back along a flatter one."""
    x, y = sheet.width * dice.uniform(0.76, 0.88), sheet.height * dice.uniform(0.2, 0.3)
    radius, tilt = min(sheet.size) * 0.065, dice.uniform(-0.5, 0.2)
    glow(sheet, (x, y), radius * 5, palette.light, 0.28)
    outer = [(math.cos(a), math.sin(a)) for a in _half_turn()]
    inner = [(0.45 * math.cos(a), math.sin(a)) for a in reversed(_half_turn())]
    cosine, sine = radius * math.cos(tilt), radius * math.sin(tilt)
    turned = [(x + c * cosine - s * sine, y + c * sine + s * cosine) for c, s in outer + inner]
    fill(sheet, turned, palette.light)


def _half_turn() -> list[float]:
    return [math.pi * (step / 60 - 0.5) for step in range(61)]
