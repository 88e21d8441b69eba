"""The mark that keeps a stand-in from passing for the real thing: in the pixels and in the metadata."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from vidgo_notebook.emulator.painting.lettering import font

WORD = "EMULATED"
AMBER = (255, 190, 11)
_DARK = (22, 20, 16)


def paint_mark(sheet: Image.Image) -> None:
    """A warning stripe along the top edge and a badge in the corner, legible in a thumbnail."""
    unit = math.sqrt(sheet.width * sheet.height)
    stripe = max(4, round(unit * 0.014))
    _stripe(sheet, stripe)
    width = round(min(unit * 0.5, sheet.width * 0.86))
    height = round(width * 0.19)
    x, y = round(unit * 0.03), stripe + round(unit * 0.025)
    badge, mask = _badge(width, height)
    sheet.paste(badge, (x, y), mask)


def _stripe(sheet: Image.Image, height: int) -> None:
    band = Image.new("RGB", (2 * sheet.width, 2 * height), AMBER)
    pen = ImageDraw.Draw(band)
    for x in range(-2 * height, band.width, 4 * height):
        foot, top = x + band.height, x + 2 * band.height
        pen.polygon([(x, band.height), (foot, 0), (top, 0), (foot, band.height)], _DARK)
    sheet.paste(band.reduce(2), (0, 0))


def _badge(width: int, height: int) -> tuple[Image.Image, Image.Image]:
    """The badge and its mask, drawn at twice the size for smooth edges."""
    size = 2 * width, 2 * height
    box, radius, rim = (0, 0, size[0] - 1, size[1] - 1), height * 0.5, max(2, height // 7)
    badge, mask = Image.new("RGB", size, AMBER), Image.new("L", size)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius, fill=255)
    pen = ImageDraw.Draw(badge)
    pen.rounded_rectangle(box, radius, fill=AMBER, outline=_DARK, width=rim)
    _word(pen, size)
    return badge.reduce(2), mask.reduce(2)


def _word(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    """The word in wide, heavy letters; the font has no bold, so each gets an outline of its colour."""
    face = font(round(size[1] * 0.66))
    wanted = size[0] * 0.86
    gap = (wanted - sum(face.getlength(letter) for letter in WORD)) / (len(WORD) - 1)
    x = (size[0] - wanted) / 2
    for letter in WORD:
        pen.text((x, size[1] * 0.52), letter, _DARK, face, anchor="lm", stroke_width=max(1, size[1] // 34))
        x += face.getlength(letter) + gap
