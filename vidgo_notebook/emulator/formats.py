"""What a file is, told by its bytes and not by what it is called."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS
from vidgo_notebook.emulator.refusal import Refusal

if TYPE_CHECKING:
    from vidgo_notebook.domain.sizes import Edges

MOST_BYTES = 50 * 2**20
"""Of one file. The service publishes no limit; this one is ours, and HTTP 413 our guess at its answer."""

_HEAD = 4 * 2**20  # bytes: how far Pillow looks for the head of a JPEG, which it does byte by byte
_ORIENTATION = 0x0112  # the EXIF field; from 5 on it swaps the edges


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of one of the four kinds that the service takes."""

    content: bytes
    mime_type: str
    edges: Edges | None


def checked_picture(content: bytes) -> Picture:
    """``content`` and what it is. Raises ``Refusal`` (400 or 413) for what the service does not take."""
    if len(content) > MOST_BYTES:
        raise Refusal(413, f"the file has {len(content):,} bytes; at most {MOST_BYTES:,} are taken", "validation_error")
    mime_type = mime_type_of(content)
    if mime_type is None:
        what = "not a JPEG, PNG, GIF or WebP picture" if content else "empty"
        raise Refusal(400, f"the file is {what}", "file_format_error")
    return Picture(content, mime_type, _edges(content[:_HEAD] if mime_type == "image/jpeg" else content))


def mime_type_of(content: bytes) -> str | None:
    """The kind of picture that ``content`` begins like; None for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def _edges(content: bytes) -> Edges | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=tuple(IMAGE_FORMATS)) as picture:
            width, height = picture.size
            # Of a PNG without EXIF, Pillow would decode everything to find some at its end.
            may_turn = picture.format != "PNG" or "exif" in picture.info
            turned = may_turn and picture.getexif().get(_ORIENTATION, 1) >= 5
    except Exception:  # noqa: BLE001 - Pillow raises what it likes on a file that only begins well
        return None
    return (height, width) if turned else (width, height)
