"""What a notebook embeds of a picture is small, and still that picture."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageChops, ImageStat

from vidgo_notebook.render.preview import MAX_BYTES, preview


def scene(width: int, height: int) -> Image.Image:
    """Two gradients across each other, with an edge in the middle."""
    across = Image.linear_gradient("L").resize((width, height))
    along = Image.linear_gradient("L").rotate(90).resize((width, height))
    edge = Image.new("L", (width, height), 40)
    edge.paste(200, (width // 2, 0, width, height))
    return Image.merge("RGB", (across, along, edge))


def encoded(image: Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    image.save(file, form, quality=95, subsampling=0)
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize(("longest", "size"), [(768, (768, 432)), (256, (256, 144))])
def test_a_preview_is_the_picture_reduced(form: str, longest: int, size: tuple[int, int]) -> None:
    """A JPEG is decoded at a part of its size, without a visible difference."""
    image = scene(3840, 2160)
    shown = Image.open(io.BytesIO(preview(encoded(image, form), longest).data))
    assert shown.size == size
    apart = ImageChops.difference(shown, image.resize(size, Image.Resampling.LANCZOS))
    assert max(ImageStat.Stat(apart).rms) < 6  # of 255


def test_a_very_thin_jpeg_has_a_preview_too() -> None:
    shown = Image.open(io.BytesIO(preview(encoded(scene(4000, 2), "JPEG"), 256).data))
    assert shown.size == (256, 1)


def test_a_small_jpeg_keeps_its_size() -> None:
    shown = Image.open(io.BytesIO(preview(encoded(scene(300, 200), "JPEG"), 768).data))
    assert shown.size == (300, 200)


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
def test_a_preview_is_small_whatever_the_picture_and_no_smaller_than_it_must_be(share: float) -> None:
    """From a little noise over a scene to noise alone, which no quality makes small."""
    chance = random.Random(0)
    noise = Image.frombytes("RGB", (1024, 1024), chance.randbytes(3 * 1024 * 1024))
    picture = Image.blend(scene(1024, 1024), noise, share)
    shown = preview(encoded(picture, "PNG"), 768).data
    assert MAX_BYTES / 2 < len(shown) <= MAX_BYTES
    assert min(Image.open(io.BytesIO(shown)).size) > 500
