"""Smooth shapes on a Pillow image; lengths are in pixels, points are (x, y) from the top left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from vidgo_notebook.emulator.painting.palette import BLACK, Colour, blend

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[int, int, int, int]
Paint: TypeAlias = "Colour | Image.Image | Shade"
"""One colour, or what shows through the shape: an image of the sheet's size, or a shade."""

_FINER = 2  # masks are drawn this much larger and then reduced, which smooths their edges
_BLUR = 3  # pixels: shadows are drawn so small that this softens them enough


@dataclass(frozen=True, slots=True)
class Shade:
    """A paint that goes smoothly from one colour at ``start`` to another at ``end`` (heights in pixels)."""

    top: Colour
    low: Colour
    start: float
    end: float

    def crop(self, box: Box) -> Image.Image:
        """The part of it that lies in ``box``."""
        column = Image.new("RGB", (1, box[3] - box[1]))
        column.putdata([self._at(y) for y in range(box[1], box[3])])
        return column.resize((box[2] - box[0], column.height), Image.Resampling.NEAREST)

    def _at(self, y: float) -> Colour:
        share = (y - self.start) / max(1.0, self.end - self.start)
        return blend(self.top, self.low, min(1.0, max(0.0, share)))


def cover(sheet: Image.Image, top: Colour, low: Colour, end: float = 1.0) -> None:
    """Paint all of ``sheet``, from ``top`` to ``low`` at ``end`` of its height."""
    sheet.paste(Shade(top, low, 0, sheet.height * end).crop((0, 0, *sheet.size)))


def fill(sheet: Image.Image, outline: Sequence[Point], paint: Paint, opacity: float = 1.0) -> None:
    """Fill a closed outline."""
    if box := _box_around(outline, sheet):
        _apply(sheet, paint, _mask(outline, box, opacity), box)


def land(sheet: Image.Image, ridge: Sequence[Point], paint: Paint) -> None:
    """Fill everything below ``ridge``, a line from the left edge to the right one."""
    lowest = math.ceil(max(y for _, y in ridge)) + 1
    fill(sheet, [*ridge, (ridge[-1][0], lowest), (ridge[0][0], lowest)], paint)
    # The mask is needed at the ridge only; the rest is a plain rectangle.
    box = (0, min(lowest, sheet.height), sheet.width, sheet.height)
    if box[1] < box[3]:
        sheet.paste(paint if isinstance(paint, tuple) else paint.crop(box), box)


def disc(sheet: Image.Image, centre: Point, radius: float, paint: Paint, opacity: float = 1.0) -> None:
    """Fill a circle."""
    fill(sheet, arc(centre, radius, 0, 360), paint, opacity)


def arc(centre: Point, radius: float, start: float, end: float) -> list[Point]:
    """Points along a circle, angles in degrees clockwise from the right."""
    steps = max(8, min(240, int(radius * abs(end - start) / 120)))
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in angles]


def ring(sheet: Image.Image, centre: Point, radius: float, width: float, paint: Paint) -> None:
    """Draw a circle's line of some width."""
    outer, inner = arc(centre, radius, 0, 360), arc(centre, max(0.0, radius - width), 360, 0)
    fill(sheet, [*outer, *inner], paint)


def line(sheet: Image.Image, start: Point, end: Point, width: float, paint: Paint, opacity: float = 1.0) -> None:
    """Draw a straight line."""
    length = math.dist(start, end) or 1.0
    across = (end[1] - start[1]) / length * width / 2, (start[0] - end[0]) / length * width / 2
    corners = [(x + sign * across[0], y + sign * across[1]) for sign in (1, -1) for x, y in (start, end)[::sign]]
    fill(sheet, corners, paint, opacity)


def glow(sheet: Image.Image, centre: Point, radius: float, colour: Colour, strength: float = 1.0) -> None:
    """Light that fades from ``strength`` at the centre to nothing at ``radius``."""
    box = _clip((centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), sheet)
    if box is None:
        return
    scale = _GLOW.width / (2 * radius)
    part = (
        max(0.0, (box[0] - centre[0] + radius) * scale),
        max(0.0, (box[1] - centre[1] + radius) * scale),
        min(_GLOW.width, (box[2] - centre[0] + radius) * scale),
        min(_GLOW.height, (box[3] - centre[1] + radius) * scale),
    )
    light = _GLOW.point([round(level * strength) for level in range(256)])
    mask = light.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR, box=part)
    _apply(sheet, colour, mask, box)


def shadow(sheet: Image.Image, outline: Sequence[Point], offset: Point, softness: float, strength: float) -> None:
    """The soft shadow that a shape throws on what lies below it."""
    moved = [(x + offset[0], y + offset[1]) for x, y in outline]
    if box := _box_around(moved, sheet, reach=3 * softness):
        _apply(sheet, BLACK, _soft_mask(moved, box, softness, 0, round(255 * strength)), box)


def hole(
    sheet: Image.Image, outline: Sequence[Point], paint: Paint, offset: Point, softness: float, strength: float
) -> None:
    """A hole that shows ``paint``, with the soft shadow that its rim throws into it."""
    if box := _box_around(outline, sheet):
        moved = [(x + offset[0], y + offset[1]) for x, y in outline]
        mask = _mask(outline, box)
        _apply(sheet, paint, mask, box)
        shade = _soft_mask(moved, box, softness, round(255 * strength), 0)
        _apply(sheet, BLACK, ImageChops.multiply(shade, mask), box)


def _soft_mask(outline: Sequence[Point], box: Box, softness: float, around: int, inside: int) -> Image.Image:
    coarse = max(1.0, softness / _BLUR)
    size = box[2] - box[0], box[3] - box[1]
    mask = Image.new("L", (math.ceil(size[0] / coarse), math.ceil(size[1] / coarse)), around)
    ImageDraw.Draw(mask).polygon(_moved(outline, box, 1 / coarse), fill=inside)
    return mask.filter(ImageFilter.GaussianBlur(softness / coarse)).resize(size, Image.Resampling.BILINEAR)


def _mask(outline: Sequence[Point], box: Box, opacity: float = 1.0) -> Image.Image:
    mask = Image.new("L", (_FINER * (box[2] - box[0]), _FINER * (box[3] - box[1])))
    ImageDraw.Draw(mask).polygon(_moved(outline, box, _FINER), fill=round(255 * opacity))
    return mask.reduce(_FINER)


def _make_glow() -> Image.Image:
    edge = Image.radial_gradient("L")  # 0 at the centre, 255 at the corners
    reach = 255 / math.sqrt(2)
    return edge.point([round(255 * max(0.0, 1 - level / reach) ** 2) for level in range(256)])


_GLOW = _make_glow()


def _box_around(outline: Sequence[Point], sheet: Image.Image, reach: float = 0.0) -> Box | None:
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    return _clip((min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach), sheet)


def _clip(box: tuple[float, float, float, float], sheet: Image.Image) -> Box | None:
    left, top = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    right, low = min(sheet.width, math.ceil(box[2]) + 1), min(sheet.height, math.ceil(box[3]) + 1)
    return (left, top, right, low) if left < right and top < low else None


def _moved(outline: Sequence[Point], box: Box, scale: float) -> list[Point]:
    return [((x - box[0]) * scale, (y - box[1]) * scale) for x, y in outline]


def _apply(sheet: Image.Image, paint: Paint, mask: Image.Image, box: Box) -> None:
    sheet.paste(paint if isinstance(paint, tuple) else paint.crop(box), box, mask)
