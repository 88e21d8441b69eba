"""ICO and TGA have no signature: their headers are read so strictly that no other data passes for one."""

from __future__ import annotations

import io
import struct
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.fixtures.pil_images import encoded, noise
from tests.fixtures.status_bodies import png_of_size
from vidgo_notebook.domain.odd_metadata import header, opened
from vidgo_notebook.domain.unsigned_formats import is_icon, is_tga
from vidgo_notebook.errors import FetchError
from vidgo_notebook.wire.picture import inspect

FOOTER = 26  # bytes

PICTURES = [("RGB", {}), ("RGBA", {}), ("L", {}), ("LA", {}), ("P", {}), ("RGB", {"rle": True}), ("P", {"rle": True})]


def tga(mode: str, **options: object) -> bytes:
    """A TGA file of version 1, which ends with its pixels."""
    picture = noise("RGB", (40, 30)).quantize(16) if mode == "P" else noise(mode, (40, 30))
    return encoded(picture, "TGA", **options)[:-FOOTER]


@pytest.mark.parametrize(("mode", "options"), PICTURES)
def test_a_tga_file_without_a_footer_is_a_picture(mode: str, options: dict[str, object]) -> None:
    data = tga(mode, **options)
    facts = inspect(data)
    assert (facts.media_type, facts.suffix, facts.width, facts.height) == ("image/x-tga", ".tga", 40, 30)
    assert header(data) == ("image/x-tga", 40, 30)


@pytest.mark.parametrize("bitmap_format", ["png", "bmp"])
def test_an_icon_is_a_picture_of_its_largest_size(bitmap_format: str) -> None:
    data = encoded(noise("RGBA", (64, 64)), "ICO", sizes=[(16, 16), (64, 64)], bitmap_format=bitmap_format)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        facts = inspect(data)
    assert (facts.media_type, facts.suffix, facts.width, facts.height) == ("image/x-icon", ".ico", 64, 64)


def test_an_icon_that_holds_a_larger_picture_than_it_says_is_not_opened() -> None:
    bomb = png_of_size(15_000, 15_000)
    data = b"\0\0\1\0\1\0" + struct.pack("<4B2H2I", 16, 16, 0, 0, 1, 32, len(bomb), 22) + bomb
    with pytest.raises(FetchError):
        inspect(data)


OTHER_FILES = {
    "a page": b"<!doctype html><title>Just a moment</title>" + b" " * 500,
    "JSON": b'{"code": 500, "message": "try again"}',
    "a sentence": b"The file will be there in a moment.",
    "zeros": bytes(500),
    "a cursor": b"\0\0\2\0\1\0" + struct.pack("<4B2H2I", 16, 16, 0, 0, 1, 1, 400, 22) + bytes(400),
    "a film": b"\0\0\0\x18ftypmp42" + bytes(500),
    "an archive": b"PK\3\4" + bytes(500),
    "a TGA that lacks its end": tga("RGB")[:-1],
    "a TGA with something behind it": tga("RGB") + b"\n",
    "an icon that lacks its end": encoded(noise("RGB", (16, 16)), "ICO", sizes=[(16, 16)])[:-1],
    "an empty list of icons": b"\0\0\1\0\0\0" + bytes(100),
}


@pytest.mark.parametrize("data", OTHER_FILES.values(), ids=OTHER_FILES)
def test_other_data_is_neither(data: bytes) -> None:
    assert not is_icon(data)
    assert not is_tga(data)
    with pytest.raises(FetchError):
        inspect(data)


@settings(max_examples=300, deadline=None)
@given(text=st.text(min_size=1))
@example(text="\0\1\1")
def test_no_text_is_taken_for_a_picture(text: str) -> None:
    data = text.encode("utf-8", "replace") + b" and so on, for many lines of a log\n" * 3
    assert not is_icon(data)
    assert not is_tga(data)


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["ICO", "TGA"]),
    edits=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_whatever_is_changed_in_a_header_is_a_picture_or_a_file_that_cannot_be_read(kind, edits) -> None:
    whole = encoded(noise("RGB", (16, 16)), "ICO", sizes=[(16, 16)]) if kind == "ICO" else tga("P")
    data = bytearray(whole)
    for place, value in edits:
        data[place] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            assert inspect(bytes(data)).width
        except FetchError:
            return
        assert Image.open(io.BytesIO(data)).size == opened(bytes(data)).size
