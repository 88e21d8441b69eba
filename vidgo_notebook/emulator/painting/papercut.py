"""Layers of cut paper with soft shadows: waves, and rings as on a map of heights."""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from vidgo_notebook.emulator.painting.lines import blob, wave
from vidgo_notebook.emulator.painting.palette import WHITE, Palette, blend
from vidgo_notebook.emulator.painting.strokes import (
    Point,
    Shade,
    cover,
    disc,
    fill,
    glow,
    hole,
    land,
    ring,
    shadow,
)

WAVES = {1: 4, 2: 6, 3: 9}  # by detail
RINGS = {1: 4, 2: 6, 3: 9}


def paint_waves(sheet: Image.Image, dice: Random, palette: Palette, detail: int) -> None:
    """Waves or dunes below a paper sun; ``detail`` is 1 to 3."""
    width, height = sheet.size
    cover(sheet, blend(palette.sky_low, WHITE, 0.2), palette.sky_low)
    sun, radius = (width * dice.uniform(0.28, 0.72), height * dice.uniform(0.27, 0.36)), min(sheet.size) * 0.15
    _sun(sheet, sun, radius, palette, detail)
    phases = Random(dice.random())  # noqa: S311 - art
    for number in range(WAVES[detail]):
        share = number / (WAVES[detail] - 1)
        line = wave(width, height * (0.44 + 0.44 * share), height * 0.1, phases)
        _layer(sheet, line, palette, share)


def _sun(sheet: Image.Image, centre: Point, radius: float, palette: Palette, detail: int) -> None:
    glow(sheet, centre, radius * 3.4, palette.accent, 0.35)
    shadow(sheet, blob(centre, radius, []), (0, radius * 0.08), radius * 0.14, 0.35)
    disc(sheet, centre, radius, palette.accent)
    if detail > 1:
        pale = blend(palette.accent, palette.sky_low, 0.4)
        for number in range(1, detail + 1):
            ring(sheet, centre, radius * (1 + 0.22 * number), radius * 0.022, pale)


def _layer(sheet: Image.Image, line: list[Point], palette: Palette, share: float) -> None:
    width, height = sheet.size
    depth = min(sheet.size) * 0.02
    foot = max(y for _, y in line) + 4 * depth
    shadow(sheet, [*line, (width + depth, foot), (-depth, foot)], (0, -depth * 0.6), depth, 0.34)
    colour = palette.depth(share)
    land(sheet, line, Shade(blend(colour, WHITE, 0.22), blend(colour, palette.near, 0.25), line[0][1], height))
    lit_edge = [*line, *((x, y + depth * 0.13) for x, y in reversed(line))]
    fill(sheet, lit_edge, WHITE, 0.3)


def paint_rings(sheet: Image.Image, dice: Random, palette: Palette, detail: int) -> None:
    """Paper cut away ring by ring, from the light rim down to a dark ground; ``detail`` is 1 to 3."""
    width, height = sheet.size
    cover(sheet, blend(palette.sky_low, WHITE, 0.35), palette.sky_low)
    centre = width * dice.uniform(0.4, 0.6), height * dice.uniform(0.38, 0.48)
    phases = [dice.uniform(0, math.tau) for _ in range(4)]
    drift = dice.uniform(0.3, 0.8)
    for number in range(RINGS[detail]):
        share = number / (RINGS[detail] - 1)
        wobbles = [(n + 2, 0.12 / (n + 1), phase + drift * share * (n + 1)) for n, phase in enumerate(phases)]
        rim = blob(centre, math.hypot(width, height) * (0.46 - 0.39 * share), wobbles)
        _paper_below(sheet, rim, palette, share)


def _paper_below(sheet: Image.Image, outline: list[Point], palette: Palette, share: float) -> None:
    """A hole shows the next sheet below, shaded by the rim above it."""
    depth = min(sheet.size) * 0.018
    colour = palette.accent if share == 1 else palette.depth(0.1 + 0.9 * share)
    below = Shade(blend(colour, WHITE, 0.16), blend(colour, palette.near, 0.12), 0, sheet.height)
    hole(sheet, outline, below, (depth * 0.35, depth), depth, 0.5)
