"""The pictures that a person has marked: a small file for each, so that version control merges the marks of two
people without a conflict.

``stars/<digest>.json``, by the digest of the picture. The name says everything.
"""

from __future__ import annotations

import re

from vidgo_notebook.store.results.local_files import Files

_FOLDER = "stars"
_NAME = re.compile(r"([0-9a-f]{64})\.json")


class Stars:
    """Those of a store. Raises StoreError only."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def all(self) -> frozenset[str]:
        """The digests of the pictures that have a star; other files in the folder are passed over."""
        with self._files.guarded("read"):
            names = self._files.names(_FOLDER)
        return frozenset(match[1] for name in names if (match := _NAME.fullmatch(name)))

    def has(self, digest: str) -> bool:
        """Whether a picture has a star."""
        with self._files.guarded("read"):
            return self._files.exists(_name(digest))

    def set(self, digest: str) -> None:
        """Give a picture a star."""
        with self._files.guarded("written"):
            self._files.create(_name(digest), b'{"star": true}\n')

    def take(self, digest: str) -> None:
        """Take its star away, if it has one."""
        with self._files.guarded("written"):
            self._files.remove(_name(digest))


def is_picture(digest: object) -> bool:
    """Whether a value, from a file that anybody may have written, is the digest of a picture."""
    return isinstance(digest, str) and bool(_NAME.fullmatch(f"{digest}.json"))


def _name(digest: str) -> str:
    return f"{_FOLDER}/{digest}.json"
