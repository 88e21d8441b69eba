"""Downloads that can't be read as pictures: they are paid for, so their bytes are kept, without a record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidgo_notebook.store.results.local_files import Files

_SUFFIX = ".bin"


class UnreadableFiles:
    """Those in the ``files`` of a store, by their digests. Raises StoreError only."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def find(self, digest: str) -> Path | None:
        """The file of ``keep`` on this machine; None if it is missing or changed."""
        with self._files.guarded("read"):
            return self._files.local(_name(digest), digest)

    def digests(self) -> list[str]:
        """The digests of all of them, in order. Lists every folder of pictures."""
        with self._files.guarded("read"):
            folders = [
                self._files.names(f"objects/{folder}") for folder in self._files.names("objects") if len(folder) == 2
            ]
        return sorted(name.removesuffix(_SUFFIX) for names in folders for name in names if name.endswith(_SUFFIX))

    def keep(self, download: Path, digest: str) -> Path:
        """Move a download into the store; its path there."""
        with self._files.guarded("written"):
            return self._files.put(download, _name(digest))

    def remove(self, digests: Sequence[str]) -> None:
        """Delete some: a job that is resumed downloads its file again."""
        with self._files.guarded("written"):
            for digest in digests:
                self._files.remove(_name(digest))


def _name(digest: str) -> str:
    return f"objects/{digest[:2]}/{digest}{_SUFFIX}"
