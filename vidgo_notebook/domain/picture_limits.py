"""How much work a picture may be, judged by its header before anything of it is decoded.

A file of some kilobytes can claim any number of pixels, and a JPEG can go over its pixels any number of times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import MAX_SERVED_PIXELS

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_MOST_PROGRESSIVE = 25_000_000
"""Pixels of a progressive JPEG, which needs three times the memory of others; no model makes more."""
_MOST_OF_FRAMES = 18_000_000
"""Pixels of a WebP or an AVIF, of which a decoder keeps several frames: 15 bytes for a pixel."""
_MOST_SCANNED = 400_000_000
"""Pixels of a progressive JPEG times its scans: 48 scans of the largest documented picture. Usual are ten."""
_START_OF_SCAN = b"\xff\xda"


class TooLargeError(ValueError):
    """The picture claims too much to be decoded. The message says what."""


def check_limits(picture: ImageFile, data: bytes, most: int = MAX_SERVED_PIXELS) -> None:
    """Raise TooLargeError if the open picture in ``data`` has more than ``most`` pixels, or is too slow to decode."""
    pixels = picture.width * picture.height
    size = f"{picture.width}×{picture.height} pixels"
    if pixels > (min(most, _MOST_OF_FRAMES) if picture.format in ("WEBP", "AVIF") else most):
        raise TooLargeError(size)
    if picture.info.get("progressive"):
        scans = data.count(_START_OF_SCAN)  # those of thumbnails count too, of which there are few
        if pixels > min(most, _MOST_PROGRESSIVE) or pixels * scans > _MOST_SCANNED:
            raise TooLargeError(f"{size} in {scans} scans")
