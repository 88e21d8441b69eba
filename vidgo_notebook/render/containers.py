"""Picture files as pieces, so that metadata is added and removed without changing a pixel.

Libraries that do this either re-encode the picture, which changes the served file, or depend on a C++
program. The three formats need little code: PNG chunks, JPEG segments, and RIFF chunks of WebP.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

_XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_IN_PNG = b"XML:com.adobe.xmp\0\0\0\0\0"
"""Keyword, not compressed, no language, no translated keyword."""
_LONGEST_SEGMENT = 65_533


class Container(Protocol):
    """One file format. ``split`` cuts a file into pieces; ``join`` puts them together again."""

    def split(self, data: bytes) -> Iterator[bytes]: ...
    def packet(self, piece: bytes) -> bytes | None:
        """The XMP packet in a piece; None if there is none."""

    def has_credentials(self, piece: bytes) -> bool:
        """Whether a piece holds content credentials (C2PA), which say what made the picture."""

    def piece(self, packet: bytes) -> bytes:
        """A piece with an XMP packet. ValueError if it is too long for the format."""

    def place(self, pieces: Sequence[bytes]) -> int:
        """Where a new XMP piece goes."""

    def join(self, pieces: Sequence[bytes]) -> bytes: ...


def container_of(data: bytes) -> Container:
    """The format of a file; ValueError for one without XMP support here."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Png()
    if data.startswith(b"\xff\xd8\xff"):
        return Jpeg()
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WebP()
    raise ValueError("only PNG, JPEG and WebP files carry provenance")


class Png:
    """A signature and chunks: length, type, data, checksum."""

    def split(self, data: bytes) -> Iterator[bytes]:
        yield data[:8]
        start, name = 8, b""
        while start < len(data) and name != b"IEND":
            length, name = struct.unpack_from(">I4s", data, start)
            yield data[start : start + length + 12]
            start += length + 12
        yield data[start:]

    def packet(self, piece: bytes) -> bytes | None:
        return self.text(piece, _XMP_IN_PNG)

    def has_credentials(self, piece: bytes) -> bool:
        return piece[4:8] == b"caBX"

    def piece(self, packet: bytes) -> bytes:
        return self.text_piece(_XMP_IN_PNG, packet)

    def place(self, pieces: Sequence[bytes]) -> int:
        return min(2, len(pieces))  # right after the header

    def join(self, pieces: Sequence[bytes]) -> bytes:
        return b"".join(pieces)

    def text(self, piece: bytes, start: bytes) -> bytes | None:
        """What follows ``start`` in an international text chunk."""
        return piece[8 + len(start) : -4] if piece[4:].startswith(b"iTXt" + start) else None

    def text_piece(self, start: bytes, text: bytes) -> bytes:
        """An international text chunk."""
        body = b"iTXt" + start + text
        return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


class Jpeg:
    """Markers and segments up to the scan, which is one piece with all that follows."""

    def split(self, data: bytes) -> Iterator[bytes]:
        yield data[:2]
        start = 2
        while data[start] == 0xFF and data[start + 1] not in (0xDA, 0xFF):
            (length,) = struct.unpack_from(">H", data, start + 2)
            yield data[start : start + 2 + length]
            start += 2 + length
        yield data[start:]

    def packet(self, piece: bytes) -> bytes | None:
        start = 4 + len(_XMP_IN_JPEG)
        return piece[start:] if piece.startswith(b"\xff\xe1") and piece[4:start] == _XMP_IN_JPEG else None

    def has_credentials(self, piece: bytes) -> bool:
        return piece.startswith(b"\xff\xeb") and b"jumb" in piece[:64]

    def piece(self, packet: bytes) -> bytes:
        body = _XMP_IN_JPEG + packet
        if len(body) > _LONGEST_SEGMENT:
            raise ValueError("the provenance is too long for a JPEG file")
        return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body

    def place(self, pieces: Sequence[bytes]) -> int:
        """After what must come first: JFIF and Exif."""
        first = (b"\xff\xe0", b"\xff\xe1")
        return next(number for number, piece in enumerate(pieces) if number and not piece.startswith(first))

    def join(self, pieces: Sequence[bytes]) -> bytes:
        return b"".join(pieces)


class WebP:
    """RIFF chunks. XMP needs the extended form, whose first chunk has a flag for it; the simple form has no XMP."""

    _XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10

    def split(self, data: bytes) -> Iterator[bytes]:
        yield data[:12]
        start, end = 12, 8 + struct.unpack_from("<I", data, 4)[0]
        while start < end:
            (length,) = struct.unpack_from("<I", data, start + 4)
            yield data[start : start + 8 + length + length % 2]
            start += 8 + length + length % 2
        yield data[end:]

    def packet(self, piece: bytes) -> bytes | None:
        if not piece.startswith(b"XMP "):
            return None
        return piece[8 : 8 + struct.unpack_from("<I", piece, 4)[0]]

    def has_credentials(self, piece: bytes) -> bool:
        return piece.startswith(b"C2PA")

    def piece(self, packet: bytes) -> bytes:
        return b"XMP " + struct.pack("<I", len(packet)) + packet + b"\0" * (len(packet) % 2)

    def place(self, pieces: Sequence[bytes]) -> int:
        return len(pieces) - 1  # the last chunk, before whatever follows the RIFF

    def join(self, pieces: Sequence[bytes]) -> bytes:
        head, *chunks, tail = self._in_its_form(pieces)
        body = b"".join(chunks)
        return head[:4] + struct.pack("<I", len(body) + 4) + head[8:] + body + tail

    def _in_its_form(self, pieces: Sequence[bytes]) -> list[bytes]:
        head, *chunks, tail = pieces
        first = chunks[0]
        has_xmp = any(chunk.startswith(b"XMP ") for chunk in chunks)
        if not first.startswith(b"VP8X"):
            return [head, self._extended(first), *chunks, tail] if has_xmp else list(pieces)
        if not has_xmp and len(chunks) == 2:  # nothing is left that needs the extended form
            return [head, chunks[1], tail]
        flags = first[8] | self._XMP_FLAG if has_xmp else first[8] & ~self._XMP_FLAG
        return [head, first[:8] + bytes([flags]) + first[9:], *chunks[1:], tail]

    def _extended(self, image: bytes) -> bytes:
        """The first chunk of the extended form, for an image in the simple form."""
        if image.startswith(b"VP8L"):
            bits = struct.unpack_from("<I", image, 9)[0]
            width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
        else:
            width, height = (edge & 0x3FFF for edge in struct.unpack_from("<HH", image, 14))
            width, height, alpha = width - 1, height - 1, 0
        flags = self._XMP_FLAG | (self._ALPHA_FLAG if alpha else 0)
        edges = struct.pack("<I", width)[:3] + struct.pack("<I", height)[:3]
        return b"VP8X" + struct.pack("<I", 10) + bytes([flags, 0, 0, 0]) + edges
