"""The mark of a frozen store: the defaults under which it was recorded, the SHA-256 of each record, and its seeds.

The records have the digests of their pictures and of their reference images, so that these are covered too.

``frozen.json`` comes with the store, perhaps from somebody else. One that can't be read is a mark too: nothing of the
store counts then, and nothing is bought.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import filterfalse
from pathlib import Path
from typing import Any

from vidgo_notebook.domain.draws import is_seed
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.untrusted_json import read_json
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.faults import FROM_BACKUP, Fault
from vidgo_notebook.store.results.file_names import CURRENT, SUPERSEDED
from vidgo_notebook.store.results.local_files import Files

MARK = "frozen.json"
_FORMAT = 1
_MOST_BYTES = 64 * 1024 * 1024
_MOST_PROVIDERS = 20
_DAMAGED = Fault(MARK, "it is damaged, so no record of the frozen store counts", FROM_BACKUP)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a mark says: the ``defaults`` by the names of their settings, the SHA-256 of the ``records`` by the names
    of their files, the ``providers`` of these, and the ``seeds`` of random prompts by their digests. ``fault`` is what
    is wrong with the mark itself."""

    defaults: Mapping[str, Any]
    records: Mapping[str, str]
    providers: tuple[str, ...]
    seeds: Mapping[str, int]
    fault: Fault | None = None

    def to_json(self) -> str:
        """Sorted keys, one line a record."""
        values = {
            "defaults": self.defaults,
            "format": _FORMAT,
            "providers": self.providers,
            "records": dict(sorted(self.records.items())),
            "seeds": dict(sorted(self.seeds.items())),
        }
        return json.dumps(values, indent=1, sort_keys=True) + "\n"

    def check(self, name: str, digest: str) -> bool:
        """Whether a record counts: False for one that came later. Raises StoreError for one that is another now."""
        if name not in self.records:
            return False
        if self.records[name] != digest:
            raise StoreError(f"The record {name} was edited after the store was frozen.", hint=FROM_BACKUP)
        return True

    def check_seed(self, digest: str, seed: int | None) -> int | None:
        """The seed that counts; None for one that came later. Raises StoreError for one that is missing or another."""
        if self.seeds.get(digest) == seed:
            return seed
        if digest not in self.seeds:
            return None
        what = "is missing" if seed is None else "was edited after the store was frozen"
        raise StoreError(f"The seed seeds/{digest}.json {what}.", hint=FROM_BACKUP)

    def faults(self, names: Sequence[str], seeds: Sequence[str]) -> tuple[list[Fault], list[Fault]]:
        """What is missing of the records whose files have these ``names``, and what does not count, of these and of
        the ``seeds``, by the names of their files. ``check_seed`` says what is missing of those."""
        records = [name for name in names if CURRENT.fullmatch(name) or SUPERSEDED.fullmatch(name)]
        lost, more = [each for each in self.records if each not in {*names}], [*filterfalse(self.records.get, records)]
        missing = [Fault(f"results/{name}", f"{MARK} lists it, and it is missing", FROM_BACKUP) for name in lost]
        more_seeds = [name for name in seeds if name.removesuffix(".json") not in self.seeds]
        later = [*(f"results/{name}" for name in more), *(f"seeds/{name}" for name in more_seeds)]
        added = "it was added after the store was frozen, and does not count"
        return (
            [*([self.fault] if self.fault else []), *missing],
            [Fault(name, added, "%vidgo thaw, then %vidgo freeze, if it belongs here.") for name in later],
        )


class Mark:
    """The file of the mark. Raises StoreError only."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._read: tuple[object, Frozen] | None = None

    def read(self, folder: Path) -> Frozen:
        """What the mark says; the file is read again when it has changed. StoreError without one."""
        with self._files.guarded("read"):
            found = (folder / MARK).lstat()
            version = found.st_mtime_ns, found.st_size, found.st_ino
            if self._read is None or self._read[0] != version:
                self._read = version, _frozen_in(self._files.read(MARK, _MOST_BYTES))
            return self._read[1]

    def write(self, frozen: Frozen) -> None:
        """Freeze the store."""
        with self._files.guarded("written"):
            self._files.write(MARK, frozen.to_json().encode())

    def remove(self) -> None:
        """Thaw it."""
        with self._files.guarded("written"):
            self._files.remove(MARK)


def _frozen_in(data: bytes) -> Frozen:
    """What the mark says. One that can't be read lists no record."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        found = read_json(data)
        records, defaults, providers = found["records"], found["defaults"], found["providers"]
        seeds = found.get("seeds", {})
        if (
            found["format"] == _FORMAT
            and isinstance(defaults, dict)
            and all(isinstance(each, str) for each in [*records.keys(), *records.values(), *providers])
            and isinstance(providers, list)
            and all(is_seed(seed) for seed in seeds.values())
        ):
            real = [each for each in providers if each != EMULATOR]
            return Frozen(defaults, records, tuple(real[:_MOST_PROVIDERS]), seeds)
    return Frozen({}, {}, (), {}, _DAMAGED)
