"""The seeds of random prompts: a small file for each, of which the first one that is written counts for everybody.

``seeds/<digest>.json``, by the digest of what the seed draws for. A file of its own for each lets two processes, on
one machine or on several, begin at once: one of them creates the file, and both use what it says.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from vidgo_notebook.domain.draws import is_seed
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.faults import FROM_BACKUP, Fault
from vidgo_notebook.store.results.file_names import JSON_BY_DIGEST
from vidgo_notebook.store.results.local_files import Files

if TYPE_CHECKING:
    from vidgo_notebook.store.results.frozen import Frozen

_FOLDER = "seeds"
_MOST_BYTES = 1024
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)


class Seeds:
    """Those of a store; of a frozen one, those that it had. Raises StoreError only."""

    def __init__(self, files: Files, frozen: Callable[[], Frozen | None]) -> None:
        self._files = files
        self._frozen = frozen

    def find(self, digest: str) -> int | None:
        """The seed under a digest, if there is one."""
        seed = None
        with suppress(FileNotFoundError):
            seed = self._read(_name(digest))
        frozen = self._frozen()
        return frozen.check_seed(digest, seed) if frozen else seed

    def keep(self, digest: str, seed: int) -> int:
        """Keep a seed unless there is one: the seed that counts, which another process may have written just now."""
        name, data = _name(digest), json.dumps({"seed": seed}).encode() + b"\n"
        with self._files.guarded("written"):
            self._files.create(name, data)
        return self._read(name)

    def names(self) -> list[str]:
        """The names of all files among the seeds."""
        with self._files.guarded("read"):
            return self._files.names(_FOLDER)

    def all(self) -> tuple[dict[str, int], list[Fault]]:
        """Every seed by its digest, and the files that hold none."""
        found, faults = dict[str, int](), list[Fault]()
        names = self.names()
        if frozen := self._frozen():
            names = [*{*names, *(f"{digest}.json" for digest in frozen.seeds)}]
        for name in sorted(names):
            if not (match := JSON_BY_DIGEST.fullmatch(name)):
                faults.append(Fault(f"{_FOLDER}/{name}", "it is not the seed of a random prompt", "It may be deleted."))
                continue
            try:
                seed = self.find(match[1])
            except StoreError as error:
                faults.append(Fault(f"{_FOLDER}/{name}", error.message, error.hint))
                continue
            if seed is not None:
                found[match[1]] = seed
        return found, faults

    def _read(self, name: str) -> int:
        """The seed in a file. Raises FileNotFoundError."""
        for pause in _PAUSES:
            if data := self._bytes_of(name):
                return _seed_in(data, name)
            time.sleep(pause)  # where a file can't be renamed or linked, it is empty while it is written
        return _seed_in(self._bytes_of(name), name)

    def _bytes_of(self, name: str) -> bytes:
        with self._files.guarded("read"), suppress(FileNotFoundError):
            return self._files.read(name, _MOST_BYTES)
        raise FileNotFoundError(name)


def _name(digest: str) -> str:
    return f"{_FOLDER}/{digest}.json"


def _seed_in(data: bytes, name: str) -> int:
    with suppress(ValueError, RecursionError, AttributeError):
        if is_seed(seed := json.loads(data).get("seed")):
            return int(seed)
    raise StoreError(f"{name} is damaged: the seed of a random prompt can't be read.", hint=FROM_BACKUP)
