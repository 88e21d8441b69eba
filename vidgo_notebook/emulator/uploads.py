"""Uploaded files: which are accepted, their addresses, how long they last, and how many bytes are kept."""

from __future__ import annotations

import hashlib
import io
import secrets
import string
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import IMAGE_FORMATS, SUFFIXES
from vidgo_notebook.emulator.refusal import Refusal

if TYPE_CHECKING:
    from vidgo_notebook.domain.sizes import Edges

MAX_BYTES = 50 * 2**20
"""Of one file. The service publishes no limit; this one is ours, and HTTP 413 our guess at its answer."""

_HEAD = 4 * 2**20  # bytes: how far Pillow looks for the head of a JPEG, which it does byte by byte
_ORIENTATION = 0x0112  # the EXIF field; from 5 on it swaps the edges

UPLOADS_KEPT = timedelta(hours=72)  # source: Vidgo API documentation, file upload
CAPACITY = 256 * 2**20  # bytes of all uploads together, which the memory of a notebook's kernel allows
MAX_UPLOADS = 10_000  # known without their bytes, so that an error message can say that one has expired


@dataclass(frozen=True, slots=True)
class Picture:
    """A file in one of the four formats that the service accepts."""

    content: bytes
    mime_type: str
    edges: Edges | None


def checked_picture(content: bytes) -> Picture:
    """``content`` with its type and size. Raises ``Refusal`` (400 or 413) for one that the service does not accept."""
    if len(content) > MAX_BYTES:
        raise Refusal(413, f"the file has {len(content):,} bytes; at most {MAX_BYTES:,} are taken", "validation_error")
    mime_type = mime_type_of(content)
    if mime_type is None:
        what = "not a JPEG, PNG, GIF or WebP picture" if content else "empty"
        raise Refusal(400, f"the file is {what}", "file_format_error")
    return Picture(content, mime_type, _edges(content[:_HEAD] if mime_type == "image/jpeg" else content))


def mime_type_of(content: bytes) -> str | None:
    """The picture format of ``content`` by its first bytes, whatever its name; None for any other."""
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
    from PIL import Image  # loaded with the first upload

    try:
        with Image.open(io.BytesIO(content), formats=tuple(IMAGE_FORMATS)) as picture:
            width, height = picture.size
            # Of a PNG without EXIF, Pillow would decode everything to find some at its end.
            may_turn = picture.format != "PNG" or "exif" in picture.info
            turned = may_turn and picture.getexif().get(_ORIENTATION, 1) >= 5
    except Exception:  # noqa: BLE001 - Pillow raises exceptions of many kinds on a damaged file
        return None
    return (height, width) if turned else (width, height)


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file. Its bytes are kept separately, by ``digest`` (SHA-256), and may be dropped earlier.

    ``folder`` begins with ``temp``, as all of the service's do. ``edges`` are the picture's width and
    height in pixels after EXIF rotation, None where its head can't be read.
    """

    folder: str
    file_name: str
    original_name: str
    mime_type: str
    size: int
    digest: str
    edges: Edges | None
    uploaded_at: float

    @property
    def path(self) -> str:
        """The end of its URL."""
        return f"{self.folder}/{self.file_name}"

    def expired(self, now: float) -> bool:
        """Whether it has expired at ``now``, 72 hours after its arrival."""
        return now >= self.uploaded_at + UPLOADS_KEPT.total_seconds()


class Uploads:
    """All uploads, oldest first. Of their bytes at most ``capacity`` are kept: the oldest are dropped first.

    Bytes are dropped only for lack of space, not when their uploads expire: an edit that was submitted
    in time may still have to be drawn from them.
    """

    def __init__(self, clock: Callable[[], float], unix_epoch: float, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self._clock = clock
        self._unix_epoch = unix_epoch
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._contents: OrderedDict[str, bytes] = OrderedDict()

    def __iter__(self) -> Iterator[Upload]:
        return iter(tuple(self._uploads.values()))

    def __len__(self) -> int:
        return len(self._uploads)

    @property
    def stored_bytes(self) -> int:
        """How many bytes are in memory."""
        return sum(map(len, tuple(self._contents.values())))

    def add(self, picture: Picture, folder: str = "", file_name: str = "", original_name: str = "") -> Upload:
        """Keep a picture at a new address, even where its name or contents are known."""
        now = self._clock()
        arrival = datetime.fromtimestamp(self._unix_epoch + now, UTC)
        # The service's form: date and time, 8 characters, suffix.
        name = file_name or f"{arrival:%Y%m%d%H%M%S}_{_random()}{SUFFIXES[picture.mime_type]}"
        wanted = free = f"temp/{folder or 'images'}"
        while f"{free}/{name}" in self._uploads:
            free = f"{wanted}/{_random()}"
        upload = Upload(
            folder=free,
            file_name=name,
            original_name=original_name or name,
            mime_type=picture.mime_type,
            size=len(picture.content),
            digest=hashlib.sha256(picture.content).hexdigest(),
            edges=picture.edges,
            uploaded_at=now,
        )
        self._uploads[upload.path] = upload
        self._contents.setdefault(upload.digest, picture.content)
        self._contents.move_to_end(upload.digest)
        stored = self.stored_bytes
        while stored > self.capacity and len(self._contents) > 1:
            stored -= len(self._contents.popitem(last=False)[1])
        while len(self._uploads) > MAX_UPLOADS:
            self._uploads.popitem(last=False)
        return upload

    def find(self, path: str) -> Upload | None:
        """The upload whose URL ends in ``path``, expired or not."""
        return self._uploads.get(path)

    def content(self, digest: str) -> bytes | None:
        """The bytes with that SHA-256, if they are still kept."""
        return self._contents.get(digest)

    def times(self, upload: Upload) -> tuple[str, str]:
        """When it arrived and when it expires, as the service writes times: ISO 8601 without an offset.

        The documents don't name the time zone; here it is UTC, as for tasks.
        """
        arrival = datetime.fromtimestamp(self._unix_epoch + upload.uploaded_at, UTC).replace(tzinfo=None)
        return arrival.isoformat(timespec="microseconds"), (arrival + UPLOADS_KEPT).isoformat(timespec="microseconds")


def _random() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(8))
