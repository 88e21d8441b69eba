"""Landscapes in layers: mountains in mist, and waves or dunes of cut paper.

Each paints the whole canvas; ``detail`` is 1 to 3. Random numbers are drawn in a fixed order, so that a
finer picture of a request shows the same scene.
"""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

from PIL import Image

from vidgo_notebook.emulator.painting.palette import WHITE, Palette, blend
from vidgo_notebook.emulator.painting.strokes import Point, Shade, arc, cover, disc, fill, glow, land, ring, shadow

RIDGES = {1: 3, 2: 5, 3: 7}  # by detail
TREES = {1: 0, 2: 60, 3: 150}  # along the nearest ridge
WAVES = {1: 4, 2: 6, 3: 9}


def paint_mountains(canvas: Image.Image, rng: Random, palette: Palette, detail: int) -> None:
    """Mountains behind mountains, with a sun, mist, and in finer qualities trees and birds."""
    width, height = canvas.size
    cover(canvas, palette.sky_top, palette.sky_low, end=0.72)
    sun = width * rng.uniform(0.24, 0.76), height * rng.uniform(0.24, 0.38)
    radius = min(canvas.size) * rng.uniform(0.07, 0.11)
    glow(canvas, sun, radius * 6, palette.light, 0.75)
    disc(canvas, sun, radius, palette.light)
    if detail == 3:
        _paint_birds(canvas, Random(rng.random()), palette)  # noqa: S311 - art
    count = RIDGES[detail]
    seeds = [rng.random() for _ in range(max(RIDGES.values()))]
    for number in range(count):
        _paint_ridge(canvas, Random(seeds[number]), palette, number / (count - 1), detail)  # noqa: S311 - art


def _paint_ridge(canvas: Image.Image, rng: Random, palette: Palette, share: float, detail: int) -> None:
    """The ridge at ``share`` of the way from the farthest (0) to the nearest (1), which bears the trees."""
    width, height = canvas.size
    ridge = _ridge(width, height * (0.46 + 0.36 * share), height * (0.16 - 0.09 * share), detail, rng)
    colour = blend(palette.depth(share), palette.sky_low, 0.25 * (1 - share))
    mist = blend(colour, palette.sky_low, 0.55 * (1 - share) + 0.08)
    for _ in range(TREES[detail] if share == 1 else 0):  # firs with three tapering tiers each
        x, y = ridge[int(rng.random() * len(ridge))]
        tall = min(canvas.size) * rng.uniform(0.025, 0.07)
        for tier in range(3):
            top, wide = y + tall * 0.15 - tall * (1 - 0.24 * tier), tall * (0.13 + 0.07 * tier)
            fill(canvas, [(x, top), (x + wide, top + tall * 0.45), (x - wide, top + tall * 0.45)], colour)
    top = min(y for _, y in ridge)
    land(canvas, ridge, Shade(colour, mist, top, top + height * 0.3))


def _ridge(width: int, level: float, height: float, detail: int, rng: Random) -> list[Point]:
    """A line from edge to edge around ``level`` (pixels), made by displacing midpoints less at each step."""
    heights = [rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)]
    spread, roughness = 1.0, 0.52 if detail > 1 else 0.36
    while len(heights) < 257:
        spread *= roughness
        middles = [(a + b) / 2 + rng.uniform(-spread, spread) for a, b in pairwise(heights)]
        heights = [y for pair in zip(heights, middles, strict=False) for y in pair] + heights[-1:]
    step = width / (len(heights) - 1)
    return [(index * step, level - height * y) for index, y in enumerate(heights)]


def _paint_birds(canvas: Image.Image, rng: Random, palette: Palette) -> None:
    width, height = canvas.size
    start = width * rng.uniform(0.15, 0.7), height * rng.uniform(0.2, 0.3)
    colour = blend(palette.near, palette.sky_low, 0.25)
    for _ in range(7):
        x, y = start[0] + width * rng.uniform(0, 0.16), start[1] + height * rng.uniform(0, 0.09)
        span = min(canvas.size) * rng.uniform(0.008, 0.016)
        for side in (-1, 1):
            tip, wrist = (x + side * span, y - span * 0.2), x + side * span * 0.5
            fill(canvas, [(x, y), (wrist, y - span * 0.55), tip, (wrist, y - span * 0.38)], colour)


def paint_waves(canvas: Image.Image, rng: Random, palette: Palette, detail: int) -> None:
    """Waves or dunes below a paper sun."""
    width, height = canvas.size
    cover(canvas, blend(palette.sky_low, WHITE, 0.2), palette.sky_low)
    sun, radius = (width * rng.uniform(0.28, 0.72), height * rng.uniform(0.27, 0.36)), min(canvas.size) * 0.15
    glow(canvas, sun, radius * 3.4, palette.accent, 0.35)
    shadow(canvas, arc(sun, radius, 0, 360), (0, radius * 0.08), radius * 0.14, 0.35)
    disc(canvas, sun, radius, palette.accent)
    for number in range(1, detail + 1 if detail > 1 else 1):
        ring(canvas, sun, radius * (1 + 0.22 * number), radius * 0.022, blend(palette.accent, palette.sky_low, 0.4))
    phases = Random(rng.random())  # noqa: S311 - art
    depth = min(canvas.size) * 0.02
    for number in range(WAVES[detail]):
        # A layer of paper below the crest, with a lit edge and a shadow on the layer behind it.
        share = number / (WAVES[detail] - 1)
        crest = _wave(width, height * (0.44 + 0.44 * share), height * 0.1, phases)
        foot = max(y for _, y in crest) + 4 * depth
        shadow(canvas, [*crest, (width + depth, foot), (-depth, foot)], (0, -depth * 0.6), depth, 0.34)
        colour = palette.depth(share)
        land(canvas, crest, Shade(blend(colour, WHITE, 0.22), blend(colour, palette.near, 0.25), crest[0][1], height))
        fill(canvas, [*crest, *((x, y + depth * 0.13) for x, y in reversed(crest))], WHITE, 0.3)


def _wave(width: int, level: float, height: float, rng: Random) -> list[Point]:
    """A smooth line from edge to edge around ``level`` (pixels): the sum of three sines."""
    parts = [(n, rng.uniform(0.4, 1) / n, rng.uniform(0, math.tau)) for n in (1, 2, 3)]
    stretch = rng.uniform(0.7, 1.3) * math.pi
    points = []
    for index in range(161):
        share = index / 160
        swing = sum(size * math.sin(n * stretch * share + phase) for n, size, phase in parts)
        points.append((share * width, level - height * swing / 1.6))
    return points
