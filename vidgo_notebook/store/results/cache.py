"""The user's cache: copies of what remote stores hold, and previews. All of it may be deleted at any time.

A preview is derived from its picture, so it does not have to be shared, and one made by another person is never used:
previews are not kept in a store. Each file begins with the SHA-256 of what follows: a damaged one is made again.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.local_files import move_over, temporary_folder
from vidgo_notebook.store.results.plain_files import PlainFolder

MOST_BYTES = 256 * 1024 * 1024
"""Of all previews together, some thousands; beyond, the oldest are deleted."""

_LARGEST_PREVIEW = 4 * 1024 * 1024
_AFTER_TRIMMING = 0.8


@lru_cache(maxsize=1)
def _without_home() -> Path:
    return temporary_folder("vidgo-cache-")


_used: list[Path] = []


def use_cache(folder: Path) -> None:
    """Let this process keep nothing in the user's cache, but in a folder that is deleted."""
    _used[:] = [folder]


def cache_folder() -> Path:
    """The folder of the cache; a temporary one for a user without a name and a home."""
    if _used:
        return _used[0]
    from platformdirs import user_cache_path  # late: few cells need it

    try:
        return user_cache_path("vidgo_notebook")
    except RuntimeError:
        return _without_home()


@dataclass
class Limit:
    """A number of bytes that may change."""

    bytes: int


most_of_pictures = Limit(2_000_000_000)
"""Of the copies of what remote stores hold, together; set by the setting ``cache_mb``."""


class LimitedFolder:
    """Keeps the files of a folder below a size: beyond it the oldest are deleted."""

    def __init__(self, files: PlainFolder, most: Callable[[], int]) -> None:
        self._files = files
        self._most = most
        self._size: int | None = None
        self._lock = threading.Lock()

    def added(self, size: int) -> None:
        """A file of this size was added; the folder is looked at once, and then when it may be full. The newest file
        stays, whatever its size."""
        most = self._most()
        with self._lock:
            if self._size is not None and self._size + size <= most:
                self._size += size
                return
            found = sorted(((file.st_mtime, name, file.st_size) for name, file in self._files.walk()), reverse=True)
            self._size, full = 0, sum(each for *_, each in found) > most
            for place, (_, name, each) in enumerate(found):
                if full and place and self._size + each > most * _AFTER_TRIMMING:
                    with suppress(OSError):  # open in another program, on Windows
                        (self._files.root / name).unlink(missing_ok=True)
                else:
                    self._size += each


class PreviewCache:
    """Previews in ``folder``, by the digest of the picture and ``kind``, which distinguishes several of one picture.

    At most ``most`` bytes are kept. A cache that can't be read or written has nothing.
    """

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self._files = PlainFolder(folder)
        self._kept = LimitedFolder(self._files, lambda: most)

    def find(self, digest: str, kind: str) -> bytes | None:
        """The preview, if it was made before."""
        with suppress(OSError, StoreError):
            kept = self._files.read(_name(digest, kind), _LARGEST_PREVIEW)
            if hashlib.sha256(kept[32:]).digest() == kept[:32]:
                return kept[32:]
        return None

    def keep(self, digest: str, kind: str, data: bytes) -> None:
        """Keep a preview."""
        with suppress(OSError, StoreError):
            target = self._files.make_room(_name(digest, kind))
            unfinished = target.with_name(f".{uuid.uuid4().hex}")  # is trimmed like all others
            unfinished.write_bytes(hashlib.sha256(data).digest() + data)
            move_over(unfinished, target)  # without a sync: one that a power cut damages is made anew
            self._kept.added(len(data))

    def forget(self, digest: str) -> None:
        """Delete the previews of a picture."""
        with suppress(OSError, StoreError):
            for name in self._files.names(digest[:2]):
                if name.startswith(digest):
                    self._files.path(f"{digest[:2]}/{name}").unlink(missing_ok=True)


@lru_cache(maxsize=4)
def _previews_in(folder: Path) -> PreviewCache:
    return PreviewCache(folder)


def previews() -> PreviewCache:
    """The previews of this user."""
    return _previews_in(cache_folder() / "previews")


def _name(digest: str, kind: str) -> str:
    return f"{digest[:2]}/{digest}-{kind}.jpg"
