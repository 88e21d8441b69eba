"""What a store holds: all of its records, each read once, and again where its file has changed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING, Any

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.file_names import CURRENT, SUPERSEDED
from vidgo_notebook.store.results.local_files import Files
from vidgo_notebook.store.results.plain_files import Stamp, written_at
from vidgo_notebook.store.results.record import ResultRecord, record_digest
from vidgo_notebook.store.results.record_file import MAX_RECORD_BYTES, read_own_record

if TYPE_CHECKING:
    from vidgo_notebook.store.results.frozen import Frozen

_MOST_OF_RECORDS = 64 * 1024 * 1024
_USUAL_RECORD = 8 * 1024
"""Bytes that count for nothing in the limit of all records together: a large store has many small ones."""
_PART_FILES, _PART_BYTES = 500, 1024 * 1024
"""What is read before any of it is decoded: done in turns, the two take twice the time where system calls are slow."""
_ROUNDED = 2  # seconds
_LATEST = 253_402_300_799  # seconds: the end of the year 9999, beyond which there are no dates
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


_FINISHED = re.compile(rb'^ "finished": "([0-9T:.+-]{,40})"', re.MULTILINE)
"""When a picture was made, where a store writes it into the record."""


class _Known:
    """The file of a record, as it was read when it had this ``stamp``; None for a file that is read each time. It is
    decoded when somebody asks for what it says: that takes four times as long as reading it."""

    __slots__ = ("_claimed", "_data", "_found", "_name", "digest", "size", "stamp")

    def __init__(self, data: bytes | StoreError, name: str, stamp: Stamp | None) -> None:
        self.stamp, self._name = stamp, name
        self._found: ResultRecord | StoreError | None = data if isinstance(data, StoreError) else None
        self._data = b"" if isinstance(data, StoreError) else data
        self._claimed: tuple[str, str] | None = None
        self.size, self.digest = len(self._data), "" if self._found else record_digest(self._data)

    def decoded(self) -> ResultRecord | StoreError:
        """The record, or why it can't be used."""
        data = self._data  # first: another thread may decode it meanwhile, and let go of its bytes at the end
        if self._found is None:
            try:
                self._found = read_own_record(data, self._name)
            except StoreError as error:
                self._found = error
            self._data = b""
        return self._found

    def age(self) -> tuple[str, str]:
        """What the newest are found by: when the picture was made, as the file has it, unchecked; then the name."""
        if self._claimed is None:
            if claimed := _FINISHED.search(self._data):
                self._claimed = claimed[1].decode(), self._name
            else:
                found = self.decoded()
                self._claimed = "" if isinstance(found, StoreError) else found.finished, self._name
        return self._claimed

    @property
    def beyond_usual(self) -> int:
        return max(0, self.size - _USUAL_RECORD)

    def record(self, frozen: Frozen | None) -> ResultRecord | None:
        """The record; None if it came after the store was frozen. Raises StoreError if it can't be used."""
        if frozen and self.digest and not frozen.check(self._name, self.digest):
            return None
        if isinstance(found := self.decoded(), StoreError):
            raise found
        return found


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
            changed = [name for name in names if not self._as_read(name, stamps.get(name))]
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

    def newest(self, frozen: Frozen | None, most: int) -> list[ResultRecord]:
        """The ``most`` newest of the current records that can be used, newest first, without decoding all others; none
        where the files have no times.

        No file is older than the picture that it tells of, so the newest files are read first, and the others only as
        far as they may be of newer pictures: in a clone, whose files are all new. One whose time was set back is
        missing.
        """
        with self._files.guarded("read"):
            stamps = self._files.stamps("results")
        names = [name for name in stamps if CURRENT.fullmatch(name) and (frozen is None or name in frozen.records)]
        names.sort(key=lambda name: written_at(stamps[name]), reverse=True)
        found, left = list[_Known](), _MOST_OF_RECORDS
        for first in range(0, len(names), most):
            latest = _latest_picture(stamps[names[first]])
            if left <= 0 or (len(found) >= most and found[most - 1].age()[0] > latest):
                break
            part = [(name, self._as_read(name, stamps[name])) for name in names[first : first + most]]
            read = self._next_part((name for name, known in part if known is None), stamps, left)
            left -= sum(known.beyond_usual for known in read)
            found = nlargest(2 * most, [*found, *read, *(known for _, known in part if known)], key=_Known.age)
        usable = filter(None, (_record(known, frozen) for known in found))
        return list(islice(usable, most))

    def _forget(self, names: Sequence[str]) -> None:
        for name in names:
            self._known.pop(name, None)

    def _as_read(self, name: str, stamp: Stamp | None) -> _Known | None:
        known = self._known.get(name)
        return known if known and stamp is not None and known.stamp == stamp else None

    def _usable(self, names: Sequence[str], frozen: Frozen | None) -> tuple[dict[str, ResultRecord], list[Fault]]:
        records, faults = dict[str, ResultRecord](), list[Fault]()
        for name in names:
            if known := self._known.get(name):
                try:
                    if record := known.record(frozen):
                        records[name] = record
                except StoreError as error:
                    faults.append(Fault(f"results/{name}", error.message, error.hint))
        return records, faults

    def _read(self, waiting: Iterator[str], stamps: Mapping[str, Stamp], left: int) -> bool:
        """Read records until ``left`` bytes beyond the usual are used up; whether some are left."""
        while left > 0 and (part := self._next_part(waiting, stamps, min(left, _PART_BYTES))):
            for known in part:
                known.decoded()
                left -= known.beyond_usual
        return left > 0

    def _next_part(self, names: Iterator[str], stamps: Mapping[str, Stamp], most: int) -> list[_Known]:
        part, size = list[_Known](), 0
        while size < most and len(part) < _PART_FILES and (name := next(names, None)):
            if (data := self._data_of(name)) is not None:
                known = self._known[name] = _Known(data, name, stamps.get(name))
                part.append(known)
                size += known.size
        return part

    def _data_of(self, name: str) -> bytes | StoreError | None:
        """The file of a record, or why it can't be read; None if it was removed meanwhile."""
        try:
            with self._files.guarded("read"), suppress(FileNotFoundError):
                return self._files.read(f"results/{name}", MAX_RECORD_BYTES)
        except StoreError as error:
            return error
        return None


def _record(known: _Known, frozen: Frozen | None) -> ResultRecord | None:
    with suppress(StoreError):
        return known.record(frozen)
    return None


def _latest_picture(stamp: Stamp) -> str:
    """When the picture of a record, of whose file this is the stamp, was finished at the latest; file systems round."""
    return datetime.fromtimestamp(min(_LATEST, written_at(stamp) // 10**9 + _ROUNDED), UTC).isoformat()
