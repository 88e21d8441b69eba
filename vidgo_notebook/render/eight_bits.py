"""Pictures of every mode in 8-bit RGB or RGBA: Pillow's own conversion clips 16 bits and floats at 255."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from PIL import Image

_SIXTEEN_TO_EIGHT = 1 / 257
_WITH_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")


def in_8_bits(picture: Image.Image) -> Image.Image:
    """The picture in RGB, or in RGBA if some of it may be transparent; the same, not a copy, if it is so already.
    ValueError for floats outside 0 to 1."""
    if picture.mode == "La":  # Pillow has no direct conversion
        picture = picture.convert("LA")
    has_alpha = picture.mode in _WITH_ALPHA or "transparency" in picture.info
    wanted = "RGBA" if has_alpha else "RGB"
    return picture if picture.mode == wanted else _scaled(picture).convert(wanted)


def _scaled(picture: Image.Image) -> Image.Image:
    """Grey of 16 bits or of floats, scaled to 8 bits; other pictures unchanged."""
    if picture.mode == "F":
        low, high = cast("tuple[float, float]", picture.getextrema())
        if not (low >= 0 and high <= 1):
            raise ValueError("its pixels are floats outside 0 to 1: scale them, or convert it to 8 bits")
        return picture.point(lambda value: value * 255 + 0.5).convert("L")
    if not picture.mode.startswith("I"):
        return picture
    deep = picture.convert("I")
    grey = deep.point(lambda value: value * _SIXTEEN_TO_EIGHT + 0.5).convert("L")
    grey.info.pop("transparency", None)  # a shade of 16 bits
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        grey.putalpha(_other_than(deep, transparent))
    return grey


def _other_than(deep: Image.Image, shade: int) -> Image.Image:
    """A mask that is 0 where a picture of 16 bits has exactly this shade, and 255 elsewhere."""
    from PIL import ImageChops

    above = deep.point(lambda value: value * 1 + -shade).convert("L")  # what is below 0 becomes 0
    below = deep.point(lambda value: value * -1 + shade).convert("L")
    return ImageChops.lighter(above, below).point(lambda value: 255 if value else 0)
