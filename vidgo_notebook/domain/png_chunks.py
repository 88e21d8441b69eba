"""The chunks of a PNG, without decoding them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

START = b"\x89PNG\r\n\x1a\n"
PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
FRAMES = (b"acTL", b"fcTL", b"fdAT")  # of an animation
_END = b"\0\0\0\0IEND\xaeB`\x82"
_FRAME = 12  # length, name and checksum


def chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The name and all bytes of each chunk of a PNG. ValueError if one is missing."""
    place, name, view = len(START), b"", memoryview(data)
    while name != b"IEND":
        length, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        chunk = view[place : place + _FRAME + length]
        if len(chunk) != _FRAME + length or not name.isalpha():
            raise ValueError("its end is missing")
        yield name, chunk
        place += len(chunk)


def check_png(data: bytes) -> None:
    """ValueError if a chunk of a PNG, pixels or metadata, is damaged or missing."""
    for name, chunk in chunks(data):
        _check_sum(name, chunk)


def png_pixels(data: bytes) -> bytes:
    """The chunks that belong to the pixels, and an end. ValueError if one is damaged."""
    kept, place = [START], len(START)
    try:
        for name, chunk in chunks(data):
            place += len(chunk)
            if name in PIXELS and name != b"IEND":
                _check_sum(name, chunk)
                kept.append(bytes(chunk))
            elif name[:1].isupper() and name != b"IEND":
                raise ValueError("a part that matters is unknown")
    except ValueError:
        if place + _FRAME <= len(data):  # damaged, and not cut short: decoding finds what is missing
            raise
    return b"".join([*kept, _END])


def _check_sum(name: bytes, chunk: memoryview) -> None:
    if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
        raise ValueError(f"the checksum of its {name.decode('ascii', 'replace')} chunk is wrong")
