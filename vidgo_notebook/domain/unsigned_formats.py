"""Recognises files of two formats whose first bytes hardly tell them from other data, ICO and TGA: every field of
their headers has to agree with the others and with the size of the file, so that neither a text nor the beginning of
another format is taken for one."""

from __future__ import annotations

import struct

_TGA_FOOTER = b"TRUEVISION-XFILE.\0"  # of version 2; files of version 1 have none
_ICON_START, _PNG_START = b"\0\0\1\0", b"\x89PNG\r\n\x1a\n"
_MOST_ICONS = 64
_DEPTHS = {1: (8,), 2: (16, 24, 32), 3: (8, 16)}  # bits of a pixel: by palette, in colours, in greys
_RUN_LENGTHS = 8
_PALETTE_DEPTHS = (16, 24, 32)
_UPSIDE_DOWN_AND_MIRRORED, _ALPHA_BITS = 0x30, (0, 1, 8)


def is_icon(data: bytes) -> bool:
    """Whether ``data`` is an ICO file, each of whose images has the size that the file's list gives it."""
    if not data.startswith(_ICON_START) or len(data) < 6:
        return False
    count = int.from_bytes(data[4:6], "little")
    entries = [data[place : place + 16] for place in range(6, 6 + 16 * count, 16)]
    return 0 < count <= _MOST_ICONS and all(_is_icon_entry(entry, data, 6 + 16 * count) for entry in entries)


def _is_icon_entry(entry: bytes, data: bytes, first: int) -> bool:
    if len(entry) < 16:
        return False
    width, height, _, reserved, _, _, size, offset = struct.unpack("<4B2H2I", entry)
    image = data[offset : offset + min(size, 40)]
    if reserved or offset < first or offset + size > len(data) or len(image) < 40:
        return False
    if image.startswith(_PNG_START):
        claimed = struct.unpack(">2I", image[16:24])
    else:
        header, wide, high = struct.unpack("<3I", image[:12])
        claimed = (wide, high // 2) if header == 40 else (0, 0)  # the colours, and below them the mask
    return bool(claimed == (width or 256, height or 256))


def is_tga(data: bytes) -> bool:
    """Whether ``data`` is a TGA file: one with a footer, or one whose header is that of a picture of its size."""
    if data.endswith(_TGA_FOOTER):
        return True
    if len(data) < 18:
        return False
    named, with_palette, kind, start, colours, colour_depth, left, top, width, height, depth, flags = struct.unpack(
        "<3B2HB4H2B", data[:18]
    )
    by_palette = kind & ~_RUN_LENGTHS == 1
    if depth not in _DEPTHS.get(kind & ~_RUN_LENGTHS, ()) or not (width and height) or left:
        return False
    if flags & ~_UPSIDE_DOWN_AND_MIRRORED not in _ALPHA_BITS or top not in (0, height):
        return False
    if with_palette != by_palette or (not by_palette and (start or colours or colour_depth)):
        return False
    if by_palette and not (colour_depth in _PALETTE_DEPTHS and colours and start + colours <= 256):
        return False
    pixels = 18 + named + colours * colour_depth // 8
    rows = width * height * depth // 8
    return bool(len(data) > pixels if kind & _RUN_LENGTHS else len(data) == pixels + rows)
