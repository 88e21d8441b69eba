"""The panel with the prompt."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from vidgo_notebook.emulator.painting.lettering import font, printable, shortened, wrapped
from vidgo_notebook.emulator.painting.palette import INK, WHITE, Colour

MOST_LINES = 4
_PALE: Colour = (196, 202, 214)


def paint_caption(sheet: Image.Image, prompt: str, details: str) -> int:
    """Write ``prompt`` and, smaller, ``details`` into a panel at the foot; returns the panel's top edge."""
    unit = unit_of(sheet)
    margin, inset = round(unit * 0.03), round(unit * 0.026)
    face, small = font(round(unit * 0.029)), font(round(unit * 0.02))
    room = sheet.width - 2 * (margin + inset)
    lines = wrapped(printable(prompt), face, room, MOST_LINES)
    step, foot = round(unit * 0.038), round(unit * 0.034)
    height = 2 * inset + step * len(lines) + foot
    top = sheet.height - margin - height
    _panel(sheet, (margin, top, sheet.width - margin, top + height), round(unit * 0.018))
    pen = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        pen.text((margin + inset, top + inset + number * step), line, WHITE, face)
    pen.text((margin + inset, top + height - inset), shortened(details, small, room), _PALE, small, anchor="ls")
    return top


def unit_of(sheet: Image.Image) -> float:
    """What sizes are shares of: a square's edge of the same area, if that isn't much above the short edge."""
    return min(math.sqrt(sheet.width * sheet.height), 1.3 * min(sheet.size))


def _panel(sheet: Image.Image, box: tuple[int, int, int, int], radius: int) -> None:
    mask = Image.new("L", (2 * (box[2] - box[0]), 2 * (box[3] - box[1])))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), 2 * radius, fill=205)
    sheet.paste(INK, box, mask.reduce(2))
