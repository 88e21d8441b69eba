"""Mountains behind mountains, with a sun, mist, and in finer qualities trees and birds."""

from __future__ import annotations

from random import Random

from PIL import Image

from vidgo_notebook.emulator.painting.lines import ridge
from vidgo_notebook.emulator.painting.palette import Colour, Palette, blend
from vidgo_notebook.emulator.painting.strokes import Point, Shade, cover, disc, fill, glow, land

RIDGES = {1: 3, 2: 5, 3: 7}  # by detail
TREES = {1: 0, 2: 60, 3: 150}  # along the nearest ridge


def paint_landscape(sheet: Image.Image, dice: Random, palette: Palette, detail: int) -> None:
    """Paint ``sheet`` over; ``detail`` is 1 to 3."""
    _sky(sheet, dice, palette, detail)
    count = RIDGES[detail]
    seeds = [dice.random() for _ in range(max(RIDGES.values()))]
    for number in range(count):
        _mountains(sheet, Random(seeds[number]), palette, number / (count - 1), detail)  # noqa: S311 - art


def _sky(sheet: Image.Image, dice: Random, palette: Palette, detail: int) -> None:
    width, height = sheet.size
    cover(sheet, palette.sky_top, palette.sky_low, end=0.72)
    sun = width * dice.uniform(0.24, 0.76), height * dice.uniform(0.24, 0.38)
    radius = min(sheet.size) * dice.uniform(0.07, 0.11)
    glow(sheet, sun, radius * 6, palette.light, 0.75)
    disc(sheet, sun, radius, palette.light)
    if detail == 3:
        _birds(sheet, Random(dice.random()), palette)  # noqa: S311 - art


def _mountains(sheet: Image.Image, dice: Random, palette: Palette, share: float, detail: int) -> None:
    width, height = sheet.size
    level = height * (0.46 + 0.36 * share)
    line = ridge(width, level, height * (0.16 - 0.09 * share), 0.52 if detail > 1 else 0.36, dice)
    colour = blend(palette.depth(share), palette.sky_low, 0.25 * (1 - share))
    mist = blend(colour, palette.sky_low, 0.55 * (1 - share) + 0.08)
    if share == 1 and TREES[detail]:
        _forest(sheet, line, dice, colour, TREES[detail])
    top = min(y for _, y in line)
    land(sheet, line, Shade(colour, mist, top, top + height * 0.3))


def _forest(sheet: Image.Image, line: list[Point], dice: Random, colour: Colour, count: int) -> None:
    """Firs along a ridge: three tapering tiers each."""
    for _ in range(count):
        x, y = line[int(dice.random() * len(line))]
        tall = min(sheet.size) * dice.uniform(0.025, 0.07)
        for tier in range(3):
            top, wide = y + tall * 0.15 - tall * (1 - 0.24 * tier), tall * (0.13 + 0.07 * tier)
            fill(sheet, [(x, top), (x + wide, top + tall * 0.45), (x - wide, top + tall * 0.45)], colour)


def _birds(sheet: Image.Image, dice: Random, palette: Palette) -> None:
    width, height = sheet.size
    start = width * dice.uniform(0.15, 0.7), height * dice.uniform(0.2, 0.3)
    colour = blend(palette.near, palette.sky_low, 0.25)
    for _ in range(7):
        x, y = start[0] + width * dice.uniform(0, 0.16), start[1] + height * dice.uniform(0, 0.09)
        span = min(sheet.size) * dice.uniform(0.008, 0.016)
        for side in (-1, 1):
            tip, wrist = (x + side * span, y - span * 0.2), x + side * span * 0.5
            fill(sheet, [(x, y), (wrist, y - span * 0.55), tip, (wrist, y - span * 0.38)], colour)
