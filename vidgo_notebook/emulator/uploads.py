"""Uploaded files: where they can be had, for how long, and how much of them is kept."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import SUFFIXES

if TYPE_CHECKING:
    from vidgo_notebook.domain.sizes import Edges
    from vidgo_notebook.emulator.formats import Picture

UPLOADS_KEPT = timedelta(hours=72)  # source: Vidgo API documentation, file upload
ROOM = 256 * 2**20  # bytes of all uploads together; the service surely has more, a notebook's kernel has not
REMEMBERED = 10_000  # uploads without their bytes, so that a URL can be told to have expired

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file. Its bytes are kept apart, by ``digest`` (SHA-256), and may go before it does.

    ``folder`` begins with ``temp``, as all of the service's do. ``edges`` are the picture's width and
    height in pixels as it is to be seen, None where its head can't be read.
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
        """What its URL ends in."""
        return f"{self.folder}/{self.file_name}"

    def expired(self, now: float) -> bool:
        """Whether it is gone at ``now``, 72 hours after it came."""
        return now >= self.uploaded_at + UPLOADS_KEPT.total_seconds()


class Uploads:
    """All uploads, oldest first. Of their bytes at most ``room`` are kept: the oldest go first.

    Bytes go for want of room alone and not when their uploads expire: a picture that was ordered from
    them while they were there may still have to be drawn.
    """

    def __init__(self, clock: Callable[[], float], unix_epoch: float, room: int = ROOM) -> None:
        self.room = room
        self._clock = clock
        self._unix_epoch = unix_epoch
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._contents: OrderedDict[str, bytes] = OrderedDict()

    def __iter__(self) -> Iterator[Upload]:
        return iter(tuple(self._uploads.values()))

    def __len__(self) -> int:
        return len(self._uploads)

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return sum(map(len, tuple(self._contents.values())))

    def add(self, picture: Picture, folder: str = "", file_name: str = "", original_name: str = "") -> Upload:
        """Keep a picture under an address of its own, even where name or contents were there before."""
        now = self._clock()
        name = file_name or self._new_name(now, picture.mime_type)
        upload = Upload(
            folder=self._free_folder(folder, name),
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
        self._make_room()
        return upload

    def find(self, path: str) -> Upload | None:
        """The upload whose URL ends in ``path``, be it expired or not."""
        return self._uploads.get(path)

    def content(self, digest: str) -> bytes | None:
        """The bytes with that SHA-256, if they are still kept."""
        return self._contents.get(digest)

    def times(self, upload: Upload) -> tuple[str, str]:
        """When it came and when it goes, as the service writes times: ISO 8601 without an offset.

        The documents don't say whose time that is; here it is UTC, as for tasks.
        """
        came = datetime.fromtimestamp(self._unix_epoch + upload.uploaded_at, UTC).replace(tzinfo=None)
        return came.isoformat(timespec="microseconds"), (came + UPLOADS_KEPT).isoformat(timespec="microseconds")

    def _new_name(self, now: float, mime_type: str) -> str:
        """A name as the service makes them: ``<date and time>_<8 characters>.<suffix>``."""
        came = datetime.fromtimestamp(self._unix_epoch + now, UTC)
        return f"{came:%Y%m%d%H%M%S}_{_random()}{SUFFIXES[mime_type]}"

    def _free_folder(self, folder: str, name: str) -> str:
        """``temp/<folder>``, and one below it where the name is taken there."""
        wanted = f"temp/{folder or 'images'}"
        free = wanted
        while f"{free}/{name}" in self._uploads:
            free = f"{wanted}/{_random()}"
        return free

    def _make_room(self) -> None:
        held = self.held
        while held > self.room and len(self._contents) > 1:
            held -= len(self._contents.popitem(last=False)[1])
        while len(self._uploads) > REMEMBERED:
            self._uploads.popitem(last=False)


def _random() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))
