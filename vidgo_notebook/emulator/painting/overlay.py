"""What is written over a scene: the EMULATED mark and the panel with the prompt, in Pillow's own scalable font."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from vidgo_notebook.drawable_text import drawable
from vidgo_notebook.emulator.painting.palette import INK, WHITE, Colour

WORD = "EMULATED"
AMBER: Colour = (255, 190, 11)
MAX_LINES = 4  # of the prompt

_OTHER_LETTERS = "(a prompt in letters that this picture can't show)"
_DARK: Colour = (22, 20, 16)
_PALE: Colour = (196, 202, 214)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def paint_mark(canvas: Image.Image) -> None:
    """A warning stripe along the top edge and a badge in the corner, legible in a thumbnail."""
    unit = math.sqrt(canvas.width * canvas.height)
    stripe = max(4, round(unit * 0.014))
    band = Image.new("RGB", (2 * canvas.width, 2 * stripe), AMBER)
    pen = ImageDraw.Draw(band)
    for x in range(-band.height, band.width, 2 * band.height):
        foot, top = x + band.height, x + 2 * band.height
        pen.polygon([(x, band.height), (foot, 0), (top, 0), (foot, band.height)], _DARK)
    canvas.paste(band.reduce(2), (0, 0))
    width = round(min(unit * 0.5, canvas.width * 0.86))
    badge, mask = _badge(width, round(width * 0.19))
    canvas.paste(badge, (round(unit * 0.03), stripe + round(unit * 0.025)), mask)


def _badge(width: int, height: int) -> tuple[Image.Image, Image.Image]:
    """The badge and its mask, drawn at twice the size for smooth edges."""
    size = 2 * width, 2 * height
    badge = Image.new("RGB", size, AMBER)
    pen = ImageDraw.Draw(badge)
    box, rim = (0, 0, size[0] - 1, size[1] - 1), max(2, height // 7)
    pen.rounded_rectangle(box, height * 0.5, fill=AMBER, outline=_DARK, width=rim)
    # Wide, heavy letters: the font has no bold, so each gets an outline of its own colour.
    face = font(round(size[1] * 0.66))
    wanted = size[0] * 0.86
    gap = (wanted - sum(face.getlength(letter) for letter in WORD)) / (len(WORD) - 1)
    x = (size[0] - wanted) / 2
    for letter in WORD:
        pen.text((x, size[1] * 0.52), letter, _DARK, face, anchor="lm", stroke_width=max(1, size[1] // 34))
        x += face.getlength(letter) + gap
    return badge.reduce(2), rounded_mask(width, height, height * 0.25)


def paint_caption(canvas: Image.Image, prompt: str, details: str) -> int:
    """Write ``prompt`` and, smaller, ``details`` into a panel at the foot; returns the panel's top edge."""
    unit = unit_of(canvas)
    margin, inset = round(unit * 0.03), round(unit * 0.026)
    face, small = font(round(unit * 0.029)), font(round(unit * 0.02))
    room = canvas.width - 2 * (margin + inset)
    lines = wrapped(drawable(printable(prompt), _OTHER_LETTERS), face, room, MAX_LINES)
    step, foot = round(unit * 0.038), round(unit * 0.034)
    height = 2 * inset + step * len(lines) + foot
    top = canvas.height - margin - height
    panel = rounded_mask(canvas.width - 2 * margin, height, round(unit * 0.018), opacity=0.8)
    canvas.paste(INK, (margin, top, canvas.width - margin, top + height), panel)
    pen = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        pen.text((margin + inset, top + inset + number * step), line, WHITE, face)
    pen.text((margin + inset, top + height - inset), shortened(details, small, room), _PALE, small, anchor="ls")
    return top


def rounded_mask(width: int, height: int, radius: float, opacity: float = 1.0) -> Image.Image:
    """A mask of a rectangle with round corners, drawn at twice the size for smooth edges."""
    mask = Image.new("L", (2 * width, 2 * height))
    box = (0, 0, mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, 2 * radius, fill=round(255 * opacity))
    return mask.reduce(2)


def unit_of(canvas: Image.Image) -> float:
    """The length that sizes are shares of: the root of the area, at most 1.3 times the short edge."""
    return min(math.sqrt(canvas.width * canvas.height), 1.3 * min(canvas.size))


@lru_cache(maxsize=64)
def font(size: int) -> Font:
    """The built-in font at ``size`` pixels; where Pillow lacks FreeType, its one small bitmap font."""
    return ImageFont.load_default(size=max(6, size))


def printable(text: str) -> str:
    """``text`` on one line, without characters that have no glyph."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def wrapped(text: str, face: Font, width: float, most: int) -> list[str]:
    """``text`` broken into lines of at most ``width`` pixels; beyond ``most`` lines it ends in …"""
    lines: list[str] = []
    for word in _words(text, face, width):
        if lines and face.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        elif len(lines) == most:
            lines[-1] = shortened(lines[-1] + "…", face, width)
            break
        else:
            lines.append(word)
    return lines


def shortened(text: str, face: Font, width: float) -> str:
    """``text``, or as much of its start as fits with a … behind it."""
    if face.getlength(text) <= width:
        return text
    start = text.rstrip("…")
    while start and face.getlength(start + "…") > width:
        start = start[:-1]
    return start.rstrip() + "…"


def _words(text: str, face: Font, width: float) -> Iterator[str]:
    """The words of ``text``; those too long for a line come in pieces that fit."""
    for word in text.split():
        piece = ""
        for character in word:
            if piece and face.getlength(piece + character) > width:
                yield piece
                piece = ""
            piece += character
        yield piece
