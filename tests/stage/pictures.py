"""Small real pictures, and things that only look like pictures."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image


@cache
def picture(format: str = "PNG", size: tuple[int, int] = (64, 48), shade: int = 120) -> bytes:
    """A picture's bytes: a gradient, or noise for a shade below 0, which does not get small."""
    image = Image.effect_noise(size, 40).convert("RGB") if shade < 0 else _gradient(size, shade)
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


def _gradient(size: tuple[int, int], shade: int) -> Image.Image:
    across, down = Image.linear_gradient("L").resize(size), Image.radial_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, Image.new("L", size, shade)))


PNG = picture()
