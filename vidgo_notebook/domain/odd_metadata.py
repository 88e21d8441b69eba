"""Tells the pixels of a PNG or a JPEG from its metadata, without decoding them.

Pillow gives up a picture for a wrong checksum in a text, for a text or colour profile that is large, and for a JPEG
whose end marker is missing, though every pixel is there and browsers show it: such a file is reduced to its pixels.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import MAX_REFERENCE_PIXELS

if TYPE_CHECKING:
    from PIL import Image

_PNG_START, _JPEG_START = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_PNG_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_PNG_FRAMES = (b"acTL", b"fcTL", b"fdAT")  # of an animation
_CHUNK_FRAME = 12  # length, name and checksum
_JPEG_METADATA = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # but JFIF and Adobe, which say how the colours are stored
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_IN_A_SCAN = {0x00, 0x01, *range(0xD0, 0xD8), 0xFF}  # after FF: a byte of pixels, or a marker without content
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b"\xff\xd9"
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


def check_png(data: bytes) -> None:
    """ValueError if a chunk of a PNG, pixels or metadata, is damaged or missing."""
    for name, chunk in _chunks(data):
        _check_sum(name, chunk)


def coded_digest(data: bytes) -> str:
    """SHA-256 of the pixels of a PNG or a JPEG as they are coded in the file; '' for another format.

    It stays the same whatever is done to the metadata, and does not depend on a decoder's version. The same picture
    coded anew has another. ValueError if the file is cut short.
    """
    digest = hashlib.sha256()
    if data.startswith(_PNG_START):
        before = b""
        for name, chunk in _chunks(data):
            if name in _PNG_PIXELS or name in _PNG_FRAMES:
                digest.update(chunk[8:-4] if name == before == b"IDAT" else chunk[4:-4])  # however it is divided
                before = name
        return digest.hexdigest()
    if data.startswith(_JPEG_START):
        segments, start = _jpeg_segments(data)
        digest.update(b"".join(segments))
        end = data.find(_END_OF_IMAGE, start)
        digest.update(memoryview(data)[start : end if end >= 0 else len(data)])
        return digest.hexdigest()
    return ""


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The name and all bytes of each chunk of a PNG. ValueError if one is missing."""
    place, name, view = len(_PNG_START), b"", memoryview(data)
    while name != b"IEND":
        length, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        chunk = view[place : place + _CHUNK_FRAME + length]
        if len(chunk) != _CHUNK_FRAME + length or not name.isalpha():
            raise ValueError("the file is cut short")
        yield name, chunk
        place += len(chunk)


def _check_sum(name: bytes, chunk: memoryview) -> None:
    if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
        raise ValueError(f"the checksum of its {name.decode('ascii', 'replace')} chunk is wrong")


def _png_pixels(data: bytes) -> Iterator[memoryview]:
    """The chunks that belong to the pixels. ValueError if one is damaged."""
    for name, chunk in _chunks(data):
        if name in _PNG_PIXELS:
            _check_sum(name, chunk)
            yield chunk
        elif name[:1].isupper():
            raise ValueError("a part that matters is unknown")


def _jpeg_segments(data: bytes) -> tuple[list[bytes], int]:
    """The segments before the first scan that belong to the pixels, and where that scan begins."""
    kept, place = list[bytes](), len(_JPEG_START)
    while data[place : place + 1] == b"\xff" and data[place + 1 : place + 2] != bytes([_START_OF_SCAN]):
        if place + 4 > len(data):
            break
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker not in _JPEG_METADATA:
            kept.append(data[place : place + 2 + length])
        place += 2 + length
    return kept, place


def _jpeg_pixels(data: bytes) -> bytes:
    """The segments that belong to the pixels, with an end marker. ValueError if a part is missing."""
    segments, start = _jpeg_segments(data)
    head, scans = _JPEG_START + b"".join(segments), data[start:]
    if _END_OF_IMAGE in scans:
        return head + scans
    bare = head + scans.rstrip(b"\xff")
    if not _has_all_scans(segments, scans):
        raise ValueError("its end is missing")
    one, other = (_pixels_of(bare + tail + _END_OF_IMAGE) for tail in _TAILS)
    if one != other:
        raise ValueError("its end is missing")
    return bare + _END_OF_IMAGE


def _has_all_scans(segments: list[bytes], scans: bytes) -> bool:
    """Whether every component has a scan, or several, for each of its coefficients down to the last bit."""
    frame = next((segment for segment in segments if segment[1] in _START_OF_FRAME), b"")
    missing = {frame[place]: set(range(64)) for place in range(10, len(frame) - 2, 3)}
    place = 0
    while (place := scans.find(b"\xff", place)) >= 0 and len(scans) > place + 4:
        marker, end = scans[place + 1], place + 2
        if marker not in _IN_A_SCAN:
            end += int.from_bytes(scans[place + 2 : place + 4], "big")
        if marker == _START_OF_SCAN and end <= len(scans):
            names, (first, last, bits) = scans[place + 5 : end - 3 : 2], scans[end - 3 : end]
            for name in names if bits & 15 == 0 else b"":
                missing.get(name, set()).difference_update(range(first, last + 1))
        place = end
    return bool(missing) and not any(missing.values())


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
