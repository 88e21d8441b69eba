"""The pictures that a person has marked: a small file for each, so that version control merges the marks of two
people without a conflict.

``stars/<digest>.json``, by the digest of the picture. The name says everything.
"""

from __future__ import annotations

from vidgo_notebook.store.results.file_names import JSON_BY_DIGEST
from vidgo_notebook.store.results.local_files import Files

_FOLDER = "stars"


class Stars:
    """Those of a store. Raises StoreError only."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def all(self) -> frozenset[str]:
        """The digests of the pictures that have a star; other files in the folder are passed over."""
        with self._files.guarded("read"):
            names = self._files.names(_FOLDER)
        return frozenset(match[1] for name in names if (match := JSON_BY_DIGEST.fullmatch(name)))

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


def _name(digest: str) -> str:
    return f"{_FOLDER}/{digest}.json"
