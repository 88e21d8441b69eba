"""A picture's size is read from the beginning of its file, as Pillow reads it, and where Pillow is missing too."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from vidgo_notebook.domain.odd_metadata import header

_PROFILE = b"\0" * 70_000  # more than one segment of a JPEG


def written(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (301, 203), "red").save(file, kind, **options)
    return file.getvalue()


FILES = {
    "PNG": written("PNG"),
    "JPEG": written("JPEG"),
    "progressive JPEG": written("JPEG", progressive=True),
    "grey JPEG": written("JPEG", "L"),
    "JPEG with a long colour profile": written("JPEG", icc_profile=_PROFILE),
    "WebP": written("WEBP"),
    "lossless WebP": written("WEBP", lossless=True),
    "WebP with transparency": written("WEBP", "RGBA"),
    "WebP with a colour profile": written("WEBP", icc_profile=_PROFILE),
    "animated WebP": written("WEBP", save_all=True, append_images=[Image.new("RGB", (301, 203), "blue")]),
}


@pytest.mark.parametrize("name", FILES)
def test_the_size_is_the_one_that_pillow_reads(name: str) -> None:
    media_type = {"P": "image/png", "J": "image/jpeg", "W": "image/webp"}
    first = next(letter for letter in name if letter in media_type)
    assert header(FILES[name]) == (media_type[first], 301, 203)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_short_has_no_size_or_the_right_one(name: str) -> None:
    data = FILES[name]
    for length in range(0, min(len(data), 700), 7):
        assert header(data[:length]) in (None, header(data))
