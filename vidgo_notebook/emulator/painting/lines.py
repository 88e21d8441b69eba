"""Outlines as nature draws them; lengths in pixels."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

from vidgo_notebook.emulator.painting.strokes import Point


def ridge(width: int, level: float, height: float, roughness: float, dice: Random) -> list[Point]:
    """A mountain ridge from edge to edge around ``level``, by displacing midpoints ever less."""
    heights = [dice.uniform(-1, 1), dice.uniform(-1, 1), dice.uniform(-1, 1)]
    spread = 1.0
    while len(heights) < 257:
        spread *= roughness
        middles = [(a + b) / 2 + dice.uniform(-spread, spread) for a, b in pairwise(heights)]
        heights = [y for pair in zip(heights, middles, strict=False) for y in pair] + heights[-1:]
    step = width / (len(heights) - 1)
    return [(index * step, level - height * y) for index, y in enumerate(heights)]


def wave(width: int, level: float, height: float, dice: Random) -> list[Point]:
    """A smooth line from edge to edge around ``level``: three sines laid over each other."""
    parts = [(n, dice.uniform(0.4, 1) / n, dice.uniform(0, math.tau)) for n in (1, 2, 3)]
    stretch = dice.uniform(0.7, 1.3) * math.pi
    points = []
    for index in range(161):
        share = index / 160
        swing = sum(size * math.sin(n * stretch * share + phase) for n, size, phase in parts)
        points.append((share * width, level - height * swing / 1.6))
    return points


def blob(centre: Point, radius: float, wobbles: list[tuple[int, float, float]]) -> list[Point]:
    """A closed, rounded outline; ``wobbles`` are (number of bulges, size as a share, phase)."""
    points = []
    for step in range(241):
        angle = math.tau * step / 240
        reach = radius * (1 + sum(size * math.sin(n * angle + phase) for n, size, phase in wobbles))
        points.append((centre[0] + reach * math.cos(angle), centre[1] + reach * math.sin(angle)))
    return points
