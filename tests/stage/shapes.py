"""Status bodies as clients in the wild meet them: alterations for ``Fault(on="status", alter=...)``."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]


def files_as_strings(body: Body) -> Body:
    """Files as bare URLs."""
    body["data"]["files"] = [file["file_url"] for file in body["data"]["files"]]
    return body


def files_under_output(body: Body) -> Body:
    """Files one level down, as ``data.output.files``."""
    body["data"]["output"] = {"files": body["data"].pop("files")}
    return body


def without_progress(body: Body) -> Body:
    """No progress field."""
    del body["data"]["progress"]
    return body


def null_progress(body: Body) -> Body:
    """A progress of null."""
    body["data"]["progress"] = None
    return body


def unknown_fields(body: Body) -> Body:
    """Fields that no document mentions, at every level."""
    body["trace"] = {"span": 7}
    body["data"]["queue"] = ["a", None]
    for file in body["data"].get("files", ()):
        file["dimensions"] = {"unit": "px"}
    return body


def status_word(word: str) -> Callable[[Body], Body]:
    """The status given by another word."""

    def alter(body: Body) -> Body:
        body["data"]["status"] = word
        return body

    return alter


def absurd_png(width: int = 200_000, height: int = 200_000) -> bytes:
    """A PNG of some 100 bytes that claims ``width`` × ``height`` pixels: a decompression bomb's head."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
