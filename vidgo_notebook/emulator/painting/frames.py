"""The row of references in an edit: numbered, in the order of the request, each in its own ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from PIL import Image, ImageDraw, ImageOps

from vidgo_notebook.drawable_text import drawable
from vidgo_notebook.emulator.painting.overlay import font, printable, rounded_mask, shortened, unit_of, wrapped
from vidgo_notebook.emulator.painting.palette import INK, WHITE, Palette, blend
from vidgo_notebook.emulator.painting.strokes import Box, shadow

MAX_FRAMES = 8
HEIGHTS = {1: 0.34, 2: 0.31, 3: 0.27}  # shares of the unit, by the number of frames
NARROWEST, WIDEST = 0.62, 1.78  # width ÷ height of a frame; what is beyond is cropped
SMALLEST = 16  # pixels: smaller frames would show nothing

Shown = tuple[Image.Image | None, str]
"""A reference and what it is called; without a picture a card with the name stands in."""


def paint_references(canvas: Image.Image, references: Sequence[Shown], palette: Palette, low: int) -> None:
    """Paint the frames in a row that ends above ``low``. Beyond eight the last says how many more there are."""
    shown = references[:MAX_FRAMES]
    more = len(references) - len(shown)
    for number, (box, (picture, name)) in enumerate(zip(_boxes(canvas, shown, low), shown, strict=False), 1):
        left, top, right, foot = box
        edge = foot - top
        shadow(canvas, [(left, top), (right, top), (right, foot), (left, foot)], (0, edge * 0.03), edge * 0.06, 0.55)
        canvas.paste(WHITE, box)
        border = max(2, round(edge * 0.03))
        size = right - left - 2 * border, edge - 2 * border
        inside = ImageOps.fit(picture.convert("RGB"), size) if picture else _card(size, name, palette)
        canvas.paste(inside, (left + border, top + border))
        _number(canvas, box, f"{number} +{more}" if more and number == MAX_FRAMES else f"{number}")


def _boxes(canvas: Image.Image, shown: Sequence[Shown], low: int) -> list[Box]:
    """Frames of one height, side by side; none where there is no room for them."""
    unit = unit_of(canvas)
    margin, gap = round(unit * 0.03), round(unit * 0.018)
    ratios = [min(WIDEST, max(NARROWEST, picture.width / picture.height)) if picture else 1.0 for picture, _ in shown]
    foot = low - round(unit * 0.025)
    below_mark = foot - math.sqrt(canvas.width * canvas.height) * 0.155
    wide = (canvas.width - 2 * margin - gap * (len(shown) - 1)) / sum(ratios)
    height = int(min(unit * HEIGHTS.get(len(shown), 0.23), below_mark, wide))
    boxes: list[Box] = []
    left = margin
    for ratio in ratios:
        right = left + int(height * ratio)
        boxes.append((left, foot - height, right, foot))
        left = right + gap
    return boxes if height >= SMALLEST else []


def _card(size: tuple[int, int], name: str, palette: Palette) -> Image.Image:
    """A tinted card with the name: of a URL the file's and, smaller, the host."""
    ground = blend(palette.far, WHITE, 0.55)
    card = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(card)
    parts = urlsplit(name)
    title = drawable(printable(unquote(PurePosixPath(parts.path).name)), "") or "image"
    edge = min(size)
    room = size[0] - edge * 0.14
    face, small = font(round(edge * 0.1)), font(round(edge * 0.08))
    for number, line in enumerate(wrapped(title, face, room, 3)):
        pen.text((edge * 0.07, edge * (0.38 + number * 0.125)), line, INK, face)
    host = shortened(drawable(printable(parts.hostname or ""), ""), small, room)
    pen.text((edge * 0.07, size[1] - edge * 0.07), host, blend(INK, ground, 0.35), small, anchor="ls")
    return card


def _number(canvas: Image.Image, box: Box, text: str) -> None:
    """A round label over the frame's corner, where it hides little of the picture."""
    height = min(round(unit_of(canvas) * 0.052), (box[3] - box[1]) // 3)
    face = font(round(height * 0.62))
    width = max(height, round(face.getlength(text) + height * 0.6))
    x, y = box[0] - round(height * 0.3), box[1] - round(height * 0.36)
    rim = max(1, height // 14)
    for colour, inset in ((WHITE, 0), (INK, rim)):
        inner = width - 2 * inset, height - 2 * inset
        canvas.paste(colour, (x + inset, y + inset), rounded_mask(*inner, inner[1] / 2))
    ImageDraw.Draw(canvas).text((x + width / 2, y + height / 2), text, WHITE, face, anchor="mm")
