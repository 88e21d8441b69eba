"""Separates the pixels of a PNG, a JPEG or a WebP from its metadata, without decoding them.

Pillow gives up a picture for a wrong checksum in a text, for a text or colour profile that is large, for metadata that
breaks off, and for an end marker that is missing, though every pixel is there and browsers show it: such a file is
reduced to its pixels.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import MAX_REFERENCE_PIXELS, SERVED_FORMATS, served_format_named
from vidgo_notebook.domain.picture_limits import TooLargeError, check_limits
from vidgo_notebook.domain.pillow import NoPillowError, check_pillow
from vidgo_notebook.domain.png_chunks import FRAMES, PIXELS, chunks, in_one_chunk, png_pixels
from vidgo_notebook.domain.png_chunks import START as PNG
from vidgo_notebook.domain.unsigned_formats import is_icon, is_tga

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_JPEG_START = b"\xff\xd8"
_JPEG_METADATA = {*range(0xE1, 0xEE), 0xEF, 0xFE}
_JPEG_COLOURS = {0xE0: 18, 0xEE: 16}  # JFIF and Adobe say how the colours are stored, in so many bytes
_WEBP_PIXELS = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF")
_WEBP_METADATA = 0x20 | 0x08 | 0x04  # the flags of colour profile, EXIF and XMP
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_IN_A_SCAN = {0x00, 0x01, *range(0xD0, 0xD8), 0xFF}  # after FF: a byte of pixels, or a marker without content
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b"\xff\xd9"
_OWN_FORMATS = ["PNG", "JPEG", "GIF", "BMP", "DIB", "PPM", "WEBP", "TIFF", "AVIF", "ICO", "TGA", "PCX", "JPEG2000"]
_ROWS = 256
_READ_AT_ONCE = 4 * 1024 * 1024  # bytes of a file
_TAILS = (b"\x00" * 64, b"\xfe" * 64)  # the first bit differs, so that pixels that lack one bit differ too


def pixels_only(data: bytes) -> bytes | None:
    """The file without its metadata; None for another format, and if a part of the pixels is damaged.

    A PNG or WebP whose last part is missing is found out when it is decoded.
    """
    try:
        if data.startswith(PNG):
            return png_pixels(data)
        if data.startswith(_JPEG_START):
            return _jpeg_pixels(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_pixels(data)
    except ValueError:
        return None
    return None


def decoded(data: bytes) -> ImageFile:
    """The picture in ``data``, decoded; without its metadata where Pillow can't read that. Raises as Pillow does."""
    try:
        picture = opened_to_decode(data)
        picture.load()
    except TooLargeError:
        raise
    except (OSError, SyntaxError, ValueError):
        if (bare := pixels_only(data)) is None:
            raise
        picture = opened_to_decode(bare)
        picture.load()
    return picture


def opened(data: bytes) -> ImageFile:
    """The picture, with its header read, opened by its format's own class: ``Image.open`` would warn of a large one,
    or of further images that are damaged, on stderr, which from a thread appears in whichever cell is running.

    Raises TooLargeError for one that is not to be decoded, UnidentifiedImageError for a format that no service sends,
    and as Pillow does.
    """
    picture = _opened(data)
    check_limits(picture, data)
    return picture


def opened_to_decode(data: bytes) -> ImageFile:
    """The same for a picture whose pixels are read next, in few long steps: after each, the thread waits until those
    that run Python code let it go on."""
    picture = opened(in_one_chunk(data))
    picture.decodermaxblock = _READ_AT_ONCE
    return picture


def _opened(data: bytes) -> ImageFile:
    check_pillow("no picture can be decoded")
    if data.startswith(PNG):  # each by its own module: the others take as long to load as Pillow itself
        from PIL import PngImagePlugin

        return PngImagePlugin.PngImageFile(io.BytesIO(data), "")
    if data.startswith(_JPEG_START):
        from PIL import JpegImagePlugin

        return JpegImagePlugin.JpegImageFile(io.BytesIO(data), "")
    from PIL import Image, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin  # noqa: F401

    Image.preinit()  # the usual formats; init() would load forty, while other threads wait for the GIL
    with suppress(ImportError):  # Pillow before 11.3 has none
        from PIL import AvifImagePlugin  # noqa: F401
    if data[4:8] == b"jP  " or data.startswith(b"\xff\x4f\xff\x51"):
        from PIL import Jpeg2KImagePlugin  # noqa: F401
    if is_icon(data):
        from PIL import IcoImagePlugin

        return IcoImagePlugin.IcoImageFile(io.BytesIO(data), "")
    if is_tga(data):
        from PIL import TgaImagePlugin

        return TgaImagePlugin.TgaImageFile(io.BytesIO(data), "")
    for name in SERVED_FORMATS:
        if name in Image.OPEN and name != "ICO" and _is_safe(name):  # Pillow looks at four bytes of an ICO file
            opener, accepts = Image.OPEN[name]
            if accepts and accepts(data[:16]) is True:
                return opener(io.BytesIO(data), b"")
    raise UnidentifiedImageError


def readable_formats() -> list[str]:
    """The formats in which an image of the user's own is opened, by Pillow's names: those of pictures, and those that
    the user has registered. Pillow decodes some forty more, such as PSD and FITS, which only a stranger would send."""
    from PIL import Image

    registered = [name for name, (opener, _) in Image.OPEN.items() if not opener.__module__.startswith("PIL.")]
    return [*filter(_is_safe, _OWN_FORMATS), *registered]


def _is_safe(name: str) -> bool:
    """JPEG 2000 can fill the memory before Pillow 12.3 (CVE-2026-59204)."""
    from PIL import __version__

    return name != "JPEG2000" or tuple(map(int, __version__.split(".")[:2])) >= (12, 3)


def header(data: bytes) -> tuple[str, int, int] | None:
    """The media type, width and height that a picture claims; None if its header can't be read.

    Of a PNG the beginning of the file is enough. Pillow is loaded for formats that services seldom send only, and where
    it is missing their headers can't be read.
    """
    if data.startswith(PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        return "image/png", int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if edges := _jpeg_edges(data) if data.startswith(_JPEG_START) else None:
        return "image/jpeg", *edges
    if edges := _webp_edges(data) if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None:
        return "image/webp", *edges
    with suppress(OSError, SyntaxError, ValueError, NoPillowError):
        picture = _opened(data)
        if kind := served_format_named(picture.format):
            return kind.media_type, *picture.size
    return None


def check_jpeg(data: bytes) -> None:
    """ValueError if a JPEG has no end. A thumbnail in its header has an end of its own, which is not meant."""
    if data.find(_END_OF_IMAGE, _jpeg_segments(data)[1]) < 0:
        raise ValueError("its end is missing")


def coded_digest(data: bytes) -> str:
    """SHA-256 of the pixels of a PNG or a JPEG as they are coded in the file; '' for another format.

    It stays the same whatever is done to the metadata, and does not depend on a decoder's version. The same picture
    coded anew has another. ValueError if the file is cut short.
    """
    digest = hashlib.sha256()
    if data.startswith(PNG):
        before = b""
        for name, chunk in chunks(data):
            if name in PIXELS or name in FRAMES:
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


def _webp_pixels(data: bytes) -> bytes:
    """The chunks that belong to the pixels. ValueError if one is missing."""
    kept, place, has_pixels = list[bytes](), 12, False
    while len(name := data[place : place + 4]) == len(b"VP8 "):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        end = place + 8 + length + length % 2
        if name in _WEBP_PIXELS:
            if place + 8 + length > len(data):
                raise ValueError("the file is cut short")
            has_pixels = has_pixels or name in (b"VP8 ", b"VP8L", b"ANMF")
            chunk = bytearray(data[place:end])
            if name == b"VP8X":
                chunk[8] &= ~_WEBP_METADATA & 0xFF
            kept.append(bytes(chunk))
        place = end
    if not has_pixels:
        raise ValueError("the file is cut short")
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _jpeg_segments(data: bytes) -> tuple[list[bytes], int]:
    """The segments before the first scan that belong to the pixels, and where that scan begins."""
    kept, place = list[bytes](), len(_JPEG_START)
    while data[place : place + 1] == b"\xff" and len(data) > place + 4:
        marker = data[place + 1]
        if marker == 0xFF:  # markers may be preceded by any number of these
            place += 1
            continue
        if marker == _START_OF_SCAN:
            break
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker not in _JPEG_METADATA and end - place >= _JPEG_COLOURS.get(marker, 0):
            kept.append(data[place:end])
        place = end
    return kept, place


def _jpeg_edges(data: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG; None if the part of the file that says so is missing."""
    for segment in _jpeg_segments(data)[0]:
        if segment[1] in _START_OF_FRAME and len(segment) > 9:
            return int.from_bytes(segment[7:9], "big"), int.from_bytes(segment[5:7], "big")
    return None


def _webp_edges(data: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP, by its first chunk; None for one of another kind."""
    kind, content = data[12:16], data[20:30]
    if len(content) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(content[4:7], "little") + 1, int.from_bytes(content[7:10], "little") + 1
    if kind == b"VP8L" and content[0] == 0x2F:
        packed = int.from_bytes(content[1:5], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(content[6:8], "little") & 0x3FFF, int.from_bytes(content[8:10], "little") & 0x3FFF
    return None


def _jpeg_pixels(data: bytes) -> bytes:
    """The segments that belong to the pixels, with an end marker. ValueError if a part is missing."""
    segments, start = _jpeg_segments(data)
    head, scans = _JPEG_START + b"".join(segments), data[start:]
    if _END_OF_IMAGE in scans:
        return head + scans
    bare = head + scans.rstrip(b"\xff")
    if not _has_all_scans(segments, scans):
        raise ValueError("its end is missing")
    one, other = (_decoded_digest(bare + tail + _END_OF_IMAGE) for tail in _TAILS)
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


def _decoded_digest(data: bytes) -> bytes:
    """SHA-256 of the pixels of a JPEG. ValueError if it can't be decoded."""
    from PIL import Image, JpegImagePlugin

    try:
        picture = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        if picture.width * picture.height > MAX_REFERENCE_PIXELS:
            raise ValueError("it has too many pixels")
        digest = hashlib.sha256()
        for top in range(0, picture.height, _ROWS):  # a copy of all the pixels would double the memory
            digest.update(picture.crop((0, top, picture.width, min(top + _ROWS, picture.height))).tobytes())
        return digest.digest()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from None
