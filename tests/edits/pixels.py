"""Pictures of every kind that people hold, made by Pillow and looked at by Pillow."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image


def noise(mode: str, size: tuple[int, int] = (6, 4), seed: int = 1) -> Image.Image:
    """A picture of random pixels in any of Pillow's ordinary modes."""
    width, height = size
    chance = random.Random(seed)
    if mode == "1":
        return noise("L", size, seed).convert("1", dither=Image.Dither.NONE)
    if mode == "F":
        picture = Image.new("F", size)
        picture.putdata([chance.random() for _ in range(width * height)])
        return picture
    if mode in ("I", "I;16"):
        picture = Image.new(mode, size)
        for place in range(width * height):
            picture.putpixel((place % width, place // width), chance.randrange(65536))
        return picture
    bands = len(Image.new(mode, (1, 1)).getbands())
    picture = Image.frombytes(mode, size, chance.randbytes(width * height * bands))
    if mode == "P":
        picture.putpalette(chance.randbytes(768))
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture as a file of this kind."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def decoded(data: bytes) -> Image.Image:
    """The picture in a file."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def same_look(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures show the same, pixel by pixel."""
    return one.size == other.size and one.convert("RGBA").tobytes() == other.convert("RGBA").tobytes()


def corners() -> Image.Image:
    """Red, green, blue and white quarters, from the upper left, row by row: no turn of it looks the same.

    32×16 pixels, so that the blocks of a JPEG hold one colour each.
    """
    picture = Image.new("RGB", (32, 16))
    for place, colour in {(0, 0): "#f00", (16, 0): "#0f0", (0, 8): "#00f", (16, 8): "#fff"}.items():
        picture.paste(colour, (*place, place[0] + 16, place[1] + 8))
    return picture


def colours(picture: Image.Image) -> list[str]:
    """The nearest plain colours of the four quarters, row by row from the upper left."""
    width, height = picture.size
    places = [(x, y) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    small = picture.convert("RGB")
    return ["".join("1" if band > 127 else "0" for band in small.getpixel(place)) for place in places]
