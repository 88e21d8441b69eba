"""Colours of a picture: taken from the colour words of its prompt, or from a list of good ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
INK: Colour = (16, 18, 28)
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one picture, from the sky down to what is nearest; ``key`` is the purest."""

    sky_top: Colour
    sky_low: Colour
    light: Colour
    far: Colour
    near: Colour
    accent: Colour
    key: Colour

    def depth(self, share: float) -> Colour:
        """The colour of something at ``share`` of the way from the far (0) to the near (1)."""
        # The key is mixed into the middle distance, where a plain blend would turn grey.
        return blend(blend(self.far, self.near, share), self.key, 2 * share * (1 - share))


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """``first`` with ``share`` (0 to 1) of ``second`` mixed in."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def hex_colour(code: str) -> Colour:
    """``"1f2a4a"`` as a colour."""
    red, green, blue = bytes.fromhex(code)
    return red, green, blue


def palette_for(prompt: str, rng: Random) -> Palette:
    """The palette for ``prompt``: its first two colour words decide, and ``rng`` where it has none."""
    words = [WORDS[word] for word in re.findall(r"[a-z]+", prompt.lower()) if word in WORDS]
    named = [hex_colour(code) for code in dict.fromkeys(words)]
    if not named:
        return rng.choice(CURATED)
    key, second = named[0], named[1] if len(named) > 1 else None
    other = second or blend(key, WHITE, 0.55)
    return Palette(
        sky_top=blend(blend(key, other, 0.35), WHITE, 0.12),
        sky_low=blend(other, WHITE, 0.62),
        light=blend(other, WHITE, 0.86),
        far=blend(blend(key, other, 0.3), WHITE, 0.3),
        near=blend(key, (12, 14, 32), 0.74),
        accent=second or key,
        key=key,
    )


def _curated(*codes: str) -> Palette:
    sky_top, sky_low, light, far, near, accent = map(hex_colour, codes)
    return Palette(sky_top, sky_low, light, far, near, accent, key=far)


CURATED = (
    _curated("4b6cb7", "fbd3b0", "fff1d0", "8fa3c8", "1f2a4a", "e86a58"),  # dawn
    _curated("5aa9bf", "f3ebd6", "fffbef", "7fb0b5", "0f3a4b", "f2a65a"),  # coast
    _curated("43205a", "f08a4b", "ffe0a3", "b0516b", "23112f", "f6c453"),  # ember
    _curated("7fc0d2", "f5f2d8", "fff6c9", "93b88a", "1e4634", "e4b343"),  # meadow
    _curated("145374", "9adcc9", "f7ffe8", "4e9fa3", "0b2d40", "ff8a5b"),  # lagoon
    _curated("352a63", "e7a6b8", "ffe6dc", "8a6a9e", "1b1533", "f2c14e"),  # plum
    _curated("e3a85c", "fbe9cb", "fffdf2", "d98e5f", "5b2a2a", "2f7f86"),  # desert
    _curated("86a8cb", "f2f6fa", "ffffff", "a9bfd3", "2c3e57", "d9534f"),  # frost
)

WORDS = {
    "red": "d93a34",
    "crimson": "b3122f",
    "scarlet": "e0301e",
    "maroon": "7b1e2b",
    "burgundy": "6d1730",
    "pink": "ee7fa6",
    "rose": "e46a86",
    "magenta": "c2267f",
    "coral": "ff7256",
    "orange": "f08326",
    "amber": "f5a81c",
    "gold": "d9a21b",
    "golden": "e0aa2a",
    "yellow": "f2cd2c",
    "cream": "f3e3bd",
    "beige": "d8c3a0",
    "brown": "85552f",
    "copper": "b8693a",
    "bronze": "9a6a34",
    "green": "3d9a50",
    "olive": "7d8434",
    "lime": "98c93c",
    "mint": "7fd1ae",
    "emerald": "1d8f62",
    "jade": "2f9e7a",
    "teal": "128a8a",
    "turquoise": "2bb8b3",
    "cyan": "2ab4cf",
    "blue": "2c6fd1",
    "navy": "1d3263",
    "indigo": "41379b",
    "azure": "3e92e0",
    "violet": "7d4fc4",
    "purple": "7a3aa5",
    "lavender": "a996dc",
    "lilac": "bf9bd6",
    "black": "2b2d36",
    "white": "e9ecf1",
    "grey": "868d99",
    "gray": "868d99",
    "silver": "aeb7c4",
}
