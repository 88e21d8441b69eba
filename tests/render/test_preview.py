"""What a notebook embeds of a picture is small, and still that picture."""

from __future__ import annotations

import io
import random
import sys
import zlib
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from vidgo_notebook.domain.png_chunks import START, chunks
from vidgo_notebook.errors import FetchError
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


def in_chunks(png: bytes, size: int) -> bytes:
    """The PNG with its pixels in chunks of so many bytes, as other programs than Pillow write them."""
    pixels, pieces = b"".join(bytes(chunk[8:-4]) for name, chunk in chunks(png) if name == b"IDAT"), [START]
    for name, chunk in chunks(png):
        if name != b"IDAT":
            pieces.append(bytes(chunk))
        elif pixels:
            for place in range(0, len(pixels), size):
                part = b"IDAT" + pixels[place : place + size]
                pieces += [(len(part) - 4).to_bytes(4, "big"), part, zlib.crc32(part).to_bytes(4, "big")]
            pixels = b""
    return b"".join(pieces)


def steps_of(data: bytes, of: str) -> list[str]:
    """The methods of Pillow's own type, whose name has ``of`` in it, that make the preview, in order."""
    steps = []

    def note(_frame: object, event: str, function: Any) -> None:
        if event == "c_call" and of in type(function.__self__).__name__:
            steps.append(function.__name__)

    sys.setprofile(note)
    try:
        preview(data, 256)
    finally:
        sys.setprofile(None)
    return steps


def test_a_preview_is_made_without_a_copy_of_the_picture() -> None:
    """Its memory would be new each time, and take as long as encoding."""
    steps = steps_of(encoded(scene(340, 340), "PNG"), "ImagingCore")
    assert steps.count("resize") == 1
    assert not {"copy", "convert"}.intersection(steps)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_preview_is_drawn_beside_a_cell_that_computes(form: str) -> None:
    """Its picture is decoded in a few long steps, whatever the parts of its file: before each of them its thread waits
    for the one that runs Python."""
    noise = Image.frombytes("RGB", (512, 512), random.Random(0).randbytes(3 * 512 * 512))
    data = encoded(noise, form)
    steps = steps_of(in_chunks(data, 8192) if form == "PNG" else data, "Decoder")
    assert 1 <= steps.count("decode") <= 3


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "I;16", "1"])
def test_a_png_has_the_same_preview_however_its_pixels_are_divided(mode: str) -> None:
    data = encoded(
        scene(300, 200).convert("I").convert(mode) if mode == "I;16" else scene(300, 200).convert(mode), "PNG"
    )
    assert preview(in_chunks(data, 100), 256) == preview(data, 256)
    cut = in_chunks(data, 100)[:-2000]
    with pytest.raises(FetchError):
        preview(cut, 256)
