"""Words on a picture, in Pillow's own scalable font."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=64)
def font(size: int) -> Font:
    """The built-in font at ``size`` pixels; where Pillow lacks FreeType, its one small bitmap font."""
    return ImageFont.load_default(size=max(6, size))


def printable(text: str) -> str:
    """``text`` on one line, without anything that has no shape of its own."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def wrapped(text: str, face: Font, width: float, most: int) -> list[str]:
    """``text`` broken into lines of at most ``width`` pixels; beyond ``most`` lines it ends in …"""
    lines: list[str] = []
    for line in _lines(text, face, width):
        if len(lines) == most:
            lines[-1] = shortened(lines[-1] + "…", face, width)
            return lines
        lines.append(line)
    return lines


def shortened(text: str, face: Font, width: float) -> str:
    """``text``, or as much of its start as fits with a … behind it."""
    if face.getlength(text) <= width:
        return text
    start = text.rstrip("…")
    while start and face.getlength(start + "…") > width:
        start = start[:-1]
    return start.rstrip() + "…"


def _lines(text: str, face: Font, width: float) -> Iterator[str]:
    line = ""
    for word in _words(text, face, width):
        longer = f"{line} {word}" if line else word
        if line and face.getlength(longer) > width:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line


def _words(text: str, face: Font, width: float) -> Iterator[str]:
    """The words of ``text``, those too long for a line in pieces that fit."""
    for word in text.split():
        piece = ""
        for character in word:
            if piece and face.getlength(piece + character) > width:
                yield piece
                piece = ""
            piece += character
        yield piece
