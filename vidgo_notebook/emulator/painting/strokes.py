"""Smooth shapes on a Pillow image; lengths are in pixels, points are (x, y) from the top left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFilter

from vidgo_notebook.emulator.painting.palette import BLACK, Colour, blend

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[int, int, int, int]
Paint: TypeAlias = "Colour | Shade"

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
        """The part of it inside ``box``."""
        length = max(1.0, self.end - self.start)
        shares = (min(1.0, max(0.0, (y - self.start) / length)) for y in range(box[1], box[3]))
        column = Image.new("RGB", (1, box[3] - box[1]))
        column.putdata([blend(self.top, self.low, share) for share in shares])
        return column.resize((box[2] - box[0], column.height), Image.Resampling.NEAREST)


def cover(canvas: Image.Image, top: Colour, low: Colour, end: float = 1.0) -> None:
    """Paint all of ``canvas``, from ``top`` to ``low`` at ``end`` of its height."""
    canvas.paste(Shade(top, low, 0, canvas.height * end).crop((0, 0, *canvas.size)))


def fill(canvas: Image.Image, outline: Sequence[Point], paint: Paint, opacity: float = 1.0) -> None:
    """Fill a closed outline."""
    if box := _box_around(outline, canvas):
        mask = Image.new("L", (_FINER * (box[2] - box[0]), _FINER * (box[3] - box[1])))
        ImageDraw.Draw(mask).polygon(_moved(outline, box, _FINER), fill=round(255 * opacity))
        canvas.paste(paint if isinstance(paint, tuple) else paint.crop(box), box, mask.reduce(_FINER))


def land(canvas: Image.Image, ridge: Sequence[Point], shade: Shade) -> None:
    """Fill everything below ``ridge``, a line from the left edge to the right one."""
    lowest = math.ceil(max(y for _, y in ridge)) + 1
    fill(canvas, [*ridge, (ridge[-1][0], lowest), (ridge[0][0], lowest)], shade)
    # The mask is needed at the ridge only; the rest is a plain rectangle.
    box = (0, min(lowest, canvas.height), canvas.width, canvas.height)
    if box[1] < box[3]:
        canvas.paste(shade.crop(box), box)


def disc(canvas: Image.Image, centre: Point, radius: float, colour: Colour) -> None:
    """Fill a circle."""
    fill(canvas, arc(centre, radius, 0, 360), colour)


def ring(canvas: Image.Image, centre: Point, radius: float, width: float, colour: Colour) -> None:
    """Draw a circle's line of some width."""
    outer, inner = arc(centre, radius, 0, 360), arc(centre, max(0.0, radius - width), 360, 0)
    fill(canvas, [*outer, *inner], colour)


def arc(centre: Point, radius: float, start: float, end: float) -> list[Point]:
    """Points along a circle, angles in degrees clockwise from the right."""
    steps = max(8, min(240, int(radius * abs(end - start) / 120)))
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(centre[0] + radius * math.cos(a), centre[1] + radius * math.sin(a)) for a in angles]


def glow(canvas: Image.Image, centre: Point, radius: float, colour: Colour, strength: float) -> None:
    """Light that fades from ``strength`` at the centre to nothing at ``radius``."""
    box = _clip((centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), canvas)
    if box is None:
        return
    light = Image.radial_gradient("L")  # 0 at the centre, 255 at the corners
    reach, scale = 255 / math.sqrt(2), light.width / (2 * radius)
    part = (
        max(0.0, (box[0] - centre[0] + radius) * scale),
        max(0.0, (box[1] - centre[1] + radius) * scale),
        min(light.width, (box[2] - centre[0] + radius) * scale),
        min(light.height, (box[3] - centre[1] + radius) * scale),
    )
    light = light.point([round(255 * strength * max(0.0, 1 - level / reach) ** 2) for level in range(256)])
    mask = light.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR, box=part)
    canvas.paste(colour, box, mask)


def shadow(canvas: Image.Image, outline: Sequence[Point], offset: Point, softness: float, strength: float) -> None:
    """The soft shadow of a shape."""
    moved = [(x + offset[0], y + offset[1]) for x, y in outline]
    if box := _box_around(moved, canvas, reach=3 * softness):
        coarse = max(1.0, softness / _BLUR)
        size = box[2] - box[0], box[3] - box[1]
        mask = Image.new("L", (math.ceil(size[0] / coarse), math.ceil(size[1] / coarse)))
        ImageDraw.Draw(mask).polygon(_moved(moved, box, 1 / coarse), fill=round(255 * strength))
        blurred = mask.filter(ImageFilter.GaussianBlur(softness / coarse))
        canvas.paste(BLACK, box, blurred.resize(size, Image.Resampling.BILINEAR))


def _box_around(outline: Sequence[Point], canvas: Image.Image, reach: float = 0.0) -> Box | None:
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    return _clip((min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach), canvas)


def _clip(box: tuple[float, float, float, float], canvas: Image.Image) -> Box | None:
    left, top = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
    right, low = min(canvas.width, math.ceil(box[2]) + 1), min(canvas.height, math.ceil(box[3]) + 1)
    return (left, top, right, low) if left < right and top < low else None


def _moved(outline: Sequence[Point], box: Box, scale: float) -> list[Point]:
    return [((x - box[0]) * scale, (y - box[1]) * scale) for x, y in outline]
