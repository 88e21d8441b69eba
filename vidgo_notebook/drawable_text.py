"""What Pillow's bundled font can draw: the letters of English, and little more. One that it lacks would be drawn as a
box, the same for all, and a font of the machine would make another picture on each machine."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import Any

_NO_LETTER = "\U0010fffd"
_SIMPLER = str.maketrans({"×": "x", "–": "-", "—": "-", "−": "-", "‑": "-", "\xa0": " ", "\u202f": " "})


def simpler(text: str) -> str:
    """The text with signs that the font has for some that it lacks: ``1024x1024``."""
    return text if text.isascii() else text.translate(_SIMPLER)


def is_drawable(text: str) -> bool:
    """Whether the bundled font has every letter of a text."""
    return text.isascii() or all(map(_has_letter, text))


def drawable(text: str, otherwise: str) -> str:
    """The text with … for what can't be drawn; ``otherwise`` where nothing of it can."""
    text = simpler(text)
    if is_drawable(text):
        return text
    parts = ("".join(letters) if there else "…" for there, letters in groupby(text, _has_letter))
    kept = re.sub(r"…(\s*…)+", "…", "".join(parts))
    return kept if any(map(str.isalnum, kept)) else otherwise


@lru_cache(maxsize=8192)
def _has_letter(character: str) -> bool:
    return character.isspace() or _drawn(character) != _drawn(_NO_LETTER)


@lru_cache(maxsize=8192)
def _drawn(character: str) -> bytes:
    return bytes(_font().getmask(character))


@lru_cache(maxsize=1)
def _font() -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size=24)
