"""A picture of any mode looks in its preview as it does in a viewer."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageStat

from tests.fixtures.pil_images import encoded, noise
from vidgo_notebook.render.eight_bits import in_8_bits
from vidgo_notebook.render.preview import full, preview


def shown(data: bytes) -> Image.Image:
    """The preview of a picture file."""
    return Image.open(io.BytesIO(preview(data, 256).data))


def deep(*shades: int, width: int = 32) -> Image.Image:
    """Stripes of 16-bit grey."""
    row = b"".join(struct.pack("<H", shade) * width for shade in shades)
    return Image.frombytes("I;16", (width * len(shades), 32), row * 32)


def along(picture: Image.Image, parts: int) -> list[int]:
    """The grey in the middle of each part, from left to right."""
    grey, step = picture.convert("L"), picture.width // parts
    return [grey.getpixel((step * part + step // 2, picture.height // 2)) for part in range(parts)]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_the_preview_of_16_bits_has_all_shades(kind: str) -> None:
    ramp = deep(*(x * 257 for x in range(256)), width=1)
    assert ImageStat.Stat(shown(encoded(ramp, kind))).mean == pytest.approx([127.5] * 3, abs=1)


def test_one_transparent_shade_of_16_bits_is_white_in_the_preview_and_its_neighbour_is_not() -> None:
    data = encoded(deep(0, 20000, 20001), "PNG", transparency=20000)
    assert along(shown(data), 3) == pytest.approx([0, 255, 78], abs=3)


@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_one_transparent_colour_is_white_in_the_preview(mode: str) -> None:
    held = Image.new("RGB", (64, 32), "#0a0a0a")
    held.paste("#c8c8c8", (32, 0, 64, 32))
    held = held.quantize(2) if mode == "P" else held.convert(mode)
    key = held.getpixel((0, 0))
    assert along(shown(encoded(held, "PNG", transparency=key)), 2) == pytest.approx([255, 200], abs=3)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_the_preview_of_a_cmyk_picture_has_its_colours(kind: str) -> None:
    red = encoded(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), kind)
    assert shown(red).getpixel((16, 16)) == pytest.approx((254, 0, 0), abs=3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_any_picture_that_a_tiff_holds_has_a_preview_and_a_full_size_for_the_notebook(mode: str) -> None:
    data = encoded(noise(mode, (16, 16)), "TIFF")
    assert shown(data).size == (16, 16)
    assert full(data).media_type == "image/png"


def test_half_transparent_grey_stays_half_transparent() -> None:
    assert in_8_bits(Image.new("LA", (1, 1), (100, 128))).getpixel((0, 0)) == (100, 100, 100, 128)
