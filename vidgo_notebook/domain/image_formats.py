"""The image formats that the service takes and sends, and how many pixels a picture may have."""

from __future__ import annotations

from typing import NamedTuple


class ImageFormat(NamedTuple):
    """A format by Pillow's ``name``, with its media type and the ending of its files."""

    name: str
    media_type: str
    suffix: str


IMAGE_FORMATS: dict[str, ImageFormat] = {
    each.name: each
    for each in (
        ImageFormat("JPEG", "image/jpeg", ".jpg"),
        ImageFormat("PNG", "image/png", ".png"),
        ImageFormat("GIF", "image/gif", ".gif"),
        ImageFormat("WEBP", "image/webp", ".webp"),
    )
}
"""By Pillow's name. Source: Vidgo API documentation, file upload."""

SUFFIXES: dict[str, str] = {each.media_type: each.suffix for each in IMAGE_FORMATS.values()}
"""The ending of a file by its media type."""

_SAME_AS = {"MPO": "JPEG"}  # Pillow's name for a JPEG with further pictures behind it, as cameras write them

MAX_SERVED_PIXELS = 50_000_000
"""Of a picture that the service sends: far above the largest that it documents (8,294,400), far below what fills a
memory. More is no picture of a model."""

MAX_REFERENCE_PIXELS = 80_000_000
"""Of an image of the user's own: more than of a served one, since cameras take that many; just below where Pillow
begins to warn on stderr."""


def format_named(name: str | None) -> ImageFormat | None:
    """The format that Pillow calls ``name``; None for any that the service does not take."""
    return IMAGE_FORMATS.get(_SAME_AS.get(name or "", name or ""))
