"""The chunks of a PNG, without decoding them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import islice

START = b"\x89PNG\r\n\x1a\n"
PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
FRAMES = (b"acTL", b"fcTL", b"fdAT")  # of an animation
_END = b"\0\0\0\0IEND\xaeB`\x82"
_FRAME = 12  # length, name and checksum
_MOST_CHUNKS = 20_000  # a file of 64 MB in chunks of 8 kB, as most programs write them, has 8,000
_NO_CHECKSUM = bytes(4)


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


def in_one_chunk(data: bytes) -> bytes:
    """The PNG with all its pixels in one chunk, without a checksum, for a decoder that stops at the end of each; any
    other file as it is, and so is one that is cut short."""
    if not data.startswith(START):
        return data
    try:
        pieces = list(islice(chunks(data), _MOST_CHUNKS))
    except ValueError:
        return data
    names = [name for name, _ in pieces]
    first, count = names.index(b"IDAT") if b"IDAT" in names else 0, names.count(b"IDAT")
    after = first + count
    if count < 2 or set(names[first:after]) != {b"IDAT"} or names[-1] != b"IEND":
        return data
    pixels = [chunk[8:-4] for _, chunk in pieces[first:after]]
    head = sum(map(len, pixels)).to_bytes(4, "big") + b"IDAT"
    others = [chunk for _, chunk in pieces]
    return b"".join([START, *others[:first], head, *pixels, _NO_CHECKSUM, *others[after:]])


def _check_sum(name: bytes, chunk: memoryview) -> None:
    if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
        raise ValueError(f"the checksum of its {name.decode('ascii', 'replace')} chunk is wrong")
