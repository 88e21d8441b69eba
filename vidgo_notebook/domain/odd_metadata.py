"""Reduces a PNG or a JPEG to its pixels, for files whose metadata Pillow refuses to read.

Pillow gives up a picture for a wrong checksum in a text, for a text or colour profile that is large, and for a JPEG
whose end marker is missing, though every pixel is there and browsers show it.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import MAX_REFERENCE_PIXELS

if TYPE_CHECKING:
    from PIL import Image

_PNG_START, _JPEG_START = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_PNG_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_CHUNK_FRAME = 12  # length, name and checksum
_JPEG_METADATA = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # but JFIF and Adobe, which say how the colours are stored
_START_OF_SCAN, _PROGRESSIVE, _END_OF_IMAGE = 0xDA, 0xC2, b"\xff\xd9"
_TAILS = (b"\x00" * 64, b"\xfe" * 64)  # the first bit differs, so that pixels that lack one bit differ too


def pixels_only(data: bytes) -> bytes | None:
    """The file without its metadata; None for another format, and if a part of the pixels is missing or damaged."""
    try:
        if data.startswith(_PNG_START):
            return _PNG_START + b"".join(_png_pixels(data))
        if data.startswith(_JPEG_START):
            return _jpeg_pixels(data)
    except ValueError:
        return None
    return None


def decoded(data: bytes) -> Image.Image:
    """The picture in ``data``, decoded; without its metadata where Pillow can't read that. Raises as Pillow does."""
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data))
        picture.load()
    except (OSError, SyntaxError, ValueError):
        if (bare := pixels_only(data)) is None:
            raise
        picture = Image.open(io.BytesIO(bare))
        picture.load()
    return picture


def _png_pixels(data: bytes) -> Iterator[bytes]:
    """The chunks that belong to the pixels. ValueError if one is damaged."""
    place, name = len(_PNG_START), b""
    while name != b"IEND":
        length, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        chunk = data[place : place + _CHUNK_FRAME + length]
        if len(chunk) != _CHUNK_FRAME + length or not name.isalpha():
            raise ValueError("the file is cut short")
        if name in _PNG_PIXELS:
            if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
                raise ValueError("the pixels are damaged")
            yield chunk
        elif name[:1].isupper():
            raise ValueError("a part that matters is unknown")
        place += len(chunk)


def _jpeg_pixels(data: bytes) -> bytes:
    """The segments that belong to the pixels, with an end marker. ValueError if a part is missing."""
    kept, place, progressive = [_JPEG_START], len(_JPEG_START), False
    while data[place : place + 1] == b"\xff" and data[place + 1 : place + 2] != bytes([_START_OF_SCAN]):
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker not in _JPEG_METADATA:
            kept.append(data[place : place + 2 + length])
        progressive = progressive or marker == _PROGRESSIVE
        place += 2 + length
    scans = data[place:]
    if _END_OF_IMAGE in scans:
        return b"".join(kept) + scans
    if progressive:  # a whole scan may be missing
        raise ValueError("its end is missing")
    bare = b"".join(kept) + scans.rstrip(b"\xff")
    one, other = (_pixels_of(bare + tail + _END_OF_IMAGE) for tail in _TAILS)
    if one != other:
        raise ValueError("its end is missing")
    return bare + _END_OF_IMAGE


def _pixels_of(data: bytes) -> bytes:
    """The pixels of a JPEG. ValueError if it can't be decoded."""
    from PIL import Image, JpegImagePlugin

    try:
        picture = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        if picture.width * picture.height > MAX_REFERENCE_PIXELS:
            raise ValueError("it has too many pixels")
        return picture.tobytes()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from None
