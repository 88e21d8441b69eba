"""The user's cache: copies of what remote stores hold, and previews. All of it may be deleted at any time.

A preview is derived, so nobody has to share it, and one that somebody else made is never used: previews are not kept
in a store. Each file begins with the SHA-256 of what follows, so that one that was damaged is made anew.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from contextlib import suppress
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


def cache_folder() -> Path:
    """The folder of the cache; a temporary one for a user without a name and a home."""
    from platformdirs import user_cache_path  # late: few cells need it

    try:
        return user_cache_path("vidgo_notebook")
    except RuntimeError:
        return _without_home()


class PreviewCache:
    """Previews in ``folder``, by the digest of the picture and ``kind``, which distinguishes several of one picture.

    At most ``most`` bytes are kept. A cache that can't be read or written has nothing.
    """

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self._files = PlainFolder(folder)
        self._most = most
        self._size: int | None = None
        self._lock = threading.Lock()

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
            self._trim(len(data))

    def forget(self, digest: str) -> None:
        """Delete the previews of a picture."""
        with suppress(OSError, StoreError):
            for name in self._files.names(digest[:2]):
                if name.startswith(digest):
                    self._files.path(f"{digest[:2]}/{name}").unlink(missing_ok=True)

    def _trim(self, added: int) -> None:
        """Delete the oldest if there are too many; the folder is looked at once, and then when it may be full."""
        with self._lock:
            if self._size is not None and self._size + added <= self._most:
                self._size += added
                return
            found = sorted(((file.st_mtime, name, file.st_size) for name, file in self._files.walk()), reverse=True)
            self._size, full = 0, sum(size for *_, size in found) > self._most
            for _, name, size in found:
                if full and self._size + size > self._most * _AFTER_TRIMMING:
                    (self._files.root / name).unlink(missing_ok=True)
                else:
                    self._size += size


@lru_cache(maxsize=4)
def _previews_in(folder: Path) -> PreviewCache:
    return PreviewCache(folder)


def previews() -> PreviewCache:
    """The previews of this user."""
    return _previews_in(cache_folder() / "previews")


def _name(digest: str, kind: str) -> str:
    return f"{digest[:2]}/{digest}-{kind}.jpg"
