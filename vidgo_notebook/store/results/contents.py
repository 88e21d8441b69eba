"""What a store holds: all of its records, each read once, and again where its file has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.file_names import CURRENT, SUPERSEDED
from vidgo_notebook.store.results.local_files import Files
from vidgo_notebook.store.results.plain_files import Stamp
from vidgo_notebook.store.results.record import ResultRecord, record_digest
from vidgo_notebook.store.results.record_file import MAX_RECORD_BYTES, read_own_record

if TYPE_CHECKING:
    from vidgo_notebook.store.results.frozen import Frozen

_MOST_OF_RECORDS = 64 * 1024 * 1024
_USUAL_RECORD = 8 * 1024
"""Bytes that count for nothing in the limit of all records together: a large store has many small ones."""
_PART_FILES, _PART_BYTES = 500, 1024 * 1024
"""What is read before any of it is decoded: done in turns, the two take twice the time where system calls are slow."""
_TOO_MUCH = Fault(
    "results",
    f"its records are too large to read them all: {_MOST_OF_RECORDS // 1024**2} MiB beyond the usual were read",
    "Move the largest files away.",
)
Over = Callable[[Sequence[Any]], Iterator[Any]]
"""The items one by one, so that somebody sees how far they are."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All records of a store that can be used, those that a fresh purchase replaced with the names of their files, and
    the records that can't be used. Nothing of it says whether the pictures are there."""

    current: tuple[ResultRecord, ...]
    superseded: tuple[tuple[str, ResultRecord], ...]
    faults: tuple[Fault, ...]


class _Known(NamedTuple):
    """The file of a record, as it was read when it had this ``stamp``; None for a file that is read each time. One that
    could not be read has no ``digest``."""

    stamp: Stamp | None
    size: int
    digest: str
    found: ResultRecord | StoreError

    @classmethod
    def of(cls, data: bytes | StoreError, name: str, stamp: Stamp | None) -> _Known:
        if isinstance(data, StoreError):
            return cls(stamp, 0, "", data)
        found: ResultRecord | StoreError
        try:
            found = read_own_record(data, name)
        except StoreError as error:
            found = error
        return cls(stamp, len(data), record_digest(data), found)

    @property
    def beyond_usual(self) -> int:
        return max(0, self.size - _USUAL_RECORD)

    def record(self, name: str, frozen: Frozen | None) -> ResultRecord | None:
        """The record; None if it came after the store was frozen. Raises StoreError if it can't be used."""
        if frozen and self.digest and not frozen.check(name, self.digest):
            return None
        if isinstance(self.found, StoreError):
            raise self.found
        return self.found


class KnownRecords:
    """The records in the ``files`` of a store, as far as they were read."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def contents(self, frozen: Frozen | None, over: Over = iter) -> Contents:
        """All records; those that have changed are read again, ``over`` following them. Raises StoreError if their
        folder can't be read."""
        with self._files.guarded("read"):
            stamps, listed = self._files.stamps("results"), self._files.names("results")
        names = sorted(name for name in listed if CURRENT.fullmatch(name) or SUPERSEDED.fullmatch(name))
        with self._lock:
            changed = [name for name in names if not self._is_as_read(name, stamps.get(name))]
            self._forget(changed)
            left = _MOST_OF_RECORDS - sum(self._known[name].beyond_usual for name in {*names}.difference(changed))
            whole = self._read(over(changed), stamps, left)
            records, faults = self._usable(names, frozen)
        current = tuple(record for name, record in records.items() if CURRENT.fullmatch(name))
        superseded = tuple(each for each in records.items() if SUPERSEDED.fullmatch(each[0]))
        return Contents(current, superseded, (*faults, *([] if whole else [_TOO_MUCH])))

    def some(self, names: Sequence[str], frozen: Frozen | None, most: int) -> list[ResultRecord]:
        """Those of some records that can be used; at most ``most`` are read that were not read before. What a record
        of a fingerprint asks for never changes, so no other is read again."""
        with self._lock:
            new = [name for name in names if name not in self._known or not self._known[name].digest]
            self._forget(new[:most])
            self._read(iter(new[:most]), {}, _MOST_OF_RECORDS)
            return list(self._usable(names, frozen)[0].values())

    def _forget(self, names: Sequence[str]) -> None:
        for name in names:
            self._known.pop(name, None)

    def _is_as_read(self, name: str, stamp: Stamp | None) -> bool:
        return stamp is not None and name in self._known and self._known[name].stamp == stamp

    def _usable(self, names: Sequence[str], frozen: Frozen | None) -> tuple[dict[str, ResultRecord], list[Fault]]:
        records, faults = dict[str, ResultRecord](), list[Fault]()
        for name in names:
            if known := self._known.get(name):
                try:
                    if record := known.record(name, frozen):
                        records[name] = record
                except StoreError as error:
                    faults.append(Fault(f"results/{name}", error.message, error.hint))
        return records, faults

    def _read(self, waiting: Iterator[str], stamps: Mapping[str, Stamp], left: int) -> bool:
        """Read records until ``left`` bytes beyond the usual are used up; whether some are left."""
        while left > 0 and (part := self._next_part(waiting, min(left, _PART_BYTES))):
            for name, data in part:
                known = self._known[name] = _Known.of(data, name, stamps.get(name))
                left -= known.beyond_usual
        return left > 0

    def _next_part(self, names: Iterator[str], most: int) -> list[tuple[str, bytes | StoreError]]:
        part, size = list[tuple[str, bytes | StoreError]](), 0
        while size < most and len(part) < _PART_FILES and (name := next(names, None)):
            try:
                with self._files.guarded("read"), suppress(FileNotFoundError):  # it was removed meanwhile
                    data = self._files.read(f"results/{name}", MAX_RECORD_BYTES)
                    part.append((name, data))
                    size += len(data)
            except StoreError as error:
                part.append((name, error))
        return part
