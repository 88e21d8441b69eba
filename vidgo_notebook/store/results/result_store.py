"""The store of results: records by fingerprint, pictures by digest.

::

    .vidgo/results/<fingerprint>.json
    .vidgo/objects/ab/abcd….png
    .vidgo/references/ab/abcd….jpg       the author's own images that edits were made from
    .vidgo/seeds/<digest>.json           what a random prompt was drawn by
    .vidgo/ratings/<study>.jsonl         what raters said of the pictures, a line for each judgement
    .vidgo/stars/<digest>.json           a picture that a person has marked
    .vidgo/frozen.json                   if it is frozen: what it held then
    .vidgo/tmp/                          (git-ignored)

It may come from somebody else, and everything in it is checked when it is read. It is a folder or, with the same
layout, a URL that fsspec supports. Every file appears whole or not at all, so several kernels can write to it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.cache import previews
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.file_names import CURRENT, SUPERSEDED
from vidgo_notebook.store.results.generations import write_both, write_record
from vidgo_notebook.store.results.local_files import Files, LocalFolder, Room
from vidgo_notebook.store.results.pictures import checked_picture, object_name, why_no_picture
from vidgo_notebook.store.results.plain_files import file_digest, read_plain
from vidgo_notebook.store.results.record import ResultRecord, needed_by, record_digest
from vidgo_notebook.store.results.record_file import MAX_RECORD_BYTES, read_own_record
from vidgo_notebook.store.results.strays import Strays
from vidgo_notebook.visible_text import visible_name

if TYPE_CHECKING:
    from vidgo_notebook.store.results.contents import Contents, KnownRecords, Over
    from vidgo_notebook.store.results.frozen import Frozen, Mark
    from vidgo_notebook.store.results.judgements import Judgements
    from vidgo_notebook.store.results.references import References
    from vidgo_notebook.store.results.seeds import Seeds
    from vidgo_notebook.store.results.stars import Stars
    from vidgo_notebook.store.results.unreadable import UnreadableFiles

_LISTING_PAYS_FROM = 100
"""Lookups; a bucket lists a thousand names in the time of one or two lookups, and so does a folder."""


class ResultStore:
    """A store in a folder or at a URL, created by the first write. Raises StoreError only.

    ``address`` is its folder or URL without secrets, as the journal records it. While ``heeds_mark``, only what a
    frozen store held when it was frozen counts.
    """

    def __init__(self, place: Path | str | Files) -> None:
        if isinstance(place, str) and is_url(place):
            from vidgo_notebook.store.results.remote_files import remote_files

            self.files: Files = remote_files(place)
        else:
            self.files = LocalFolder(Path(place)) if isinstance(place, Path | str) else place
        self.address = self.files.address
        self.heeds_mark: Callable[[], bool] = lambda: True

    @property
    def folder(self) -> Path | None:
        """The folder of a store on this machine; None for a remote one."""
        return self.files.folder

    @cached_property
    def _records(self) -> KnownRecords:
        from vidgo_notebook.store.results.contents import KnownRecords  # late: one picture is found without it

        return KnownRecords(self.files)

    @cached_property
    def seeds(self) -> Seeds:
        """The seeds of random prompts."""
        from vidgo_notebook.store.results.seeds import Seeds  # late: few prompts draw

        return Seeds(self.files, lambda: self.frozen)

    @cached_property
    def references(self) -> References:
        """The author's own images that edits were made from."""
        from vidgo_notebook.store.results.references import References  # late: few requests have such

        return References(self.files)

    @cached_property
    def judgements(self) -> Judgements:
        """What raters said of pictures. A frozen store takes them too: they change none of its results."""
        from vidgo_notebook.store.results.judgements import Judgements  # late: few pictures are rated

        return Judgements(self.files)

    @cached_property
    def unreadable(self) -> UnreadableFiles:
        """The downloads that can't be read as pictures."""
        from vidgo_notebook.store.results.unreadable import UnreadableFiles  # late: they are rare

        return UnreadableFiles(self.files)

    @cached_property
    def stars(self) -> Stars:
        """The pictures that a person has marked."""
        from vidgo_notebook.store.results.stars import Stars  # late: few sessions open a gallery

        return Stars(self.files)

    @cached_property
    def mark(self) -> Mark:
        """The mark of a frozen store in a folder."""
        from vidgo_notebook.store.results.frozen import Mark  # late: few stores are frozen

        return Mark(self.files)

    @property
    def frozen(self) -> Frozen | None:
        """What the mark of a frozen store says, while it is heeded. Raises StoreError."""
        if self.folder is None or not self.heeds_mark() or not os.path.lexists(self.folder / "frozen.json"):
            return None
        return self.mark.read(self.folder)

    def check_not_frozen(self) -> None:
        """Raise StoreError for a frozen store."""
        if self.frozen:
            raise StoreError(
                f"The store {visible_name(self.address)} is frozen: nothing is added or deleted.",
                cost=NOTHING_SPENT,
                hint="%vidgo thaw ends that.",
            )

    def set_star(self, record: ResultRecord, starred: bool) -> None:
        """Mark the picture of a record, or take the mark away. Raises StoreError, also for a frozen store."""
        self.check_not_frozen()
        (self.stars.set if starred else self.stars.take)(record.digest)

    # Reading

    def find(self, fingerprint: str) -> ResultRecord | None:
        """The record of a fingerprint, if there is one."""
        return self._read(f"{fingerprint}.json")

    def candidates(self, fingerprints: Collection[str]) -> Collection[str]:
        """Those of some fingerprints that may have a record: one listing saves many lookups."""
        if len(fingerprints) < _LISTING_PAYS_FROM:
            return fingerprints
        return self.recorded(fingerprints)

    def recorded(self, fingerprints: Collection[str]) -> set[str]:
        """Those of some fingerprints that have a record, damaged or not."""
        if len(fingerprints) < _LISTING_PAYS_FROM:
            return set(filter(self.has_record, fingerprints))
        return set(fingerprints).intersection(self.fingerprints())

    def find_generation(self, fingerprint: str, generation: int) -> ResultRecord | None:
        """The record of one generation of a fingerprint, current or superseded."""
        current = self.find(fingerprint)
        if current is None or current.generation == generation:
            return current
        return self._read(replace(current, generation=generation).superseded_name)

    def picture(self, record: ResultRecord) -> Path | None:
        """The picture's file on this machine, its bytes checked against the digest; None if missing or damaged."""
        return checked_picture(self.files, record)

    def why_no_picture(self, record: ResultRecord) -> Fault:
        """Why ``picture`` has found none, and the cure."""
        return why_no_picture(self.files, record)

    def object_path(self, record: ResultRecord) -> Path:
        """The path of a record's picture on this machine, whether or not it exists."""
        return self.files.local_path(object_name(record))

    def has_record(self, fingerprint: str) -> bool:
        """Whether there is a record, damaged or not: fast enough to be called at every key press."""
        with self.files.guarded("read"):
            return self.files.exists(f"results/{fingerprint}.json")

    def fingerprints(self) -> list[str]:
        """The fingerprints of all current records, in order."""
        return [found[1] for name in self.record_names() if (found := CURRENT.fullmatch(name))]

    def some_records(self, most: int) -> list[ResultRecord]:
        """The current records that can be used, of those that were read before and at most so many more. Raises
        StoreError if the folder of records can't be read."""
        names = list(filter(CURRENT.fullmatch, self.record_names()))
        return self._records.some(names, self.frozen, most)

    def newest(self, most: int) -> list[ResultRecord]:
        """The ``most`` newest of the current records that can be used, newest first, found without decoding all others;
        none for a remote store. Raises StoreError if the folder of records can't be read."""
        return self._records.newest(self.frozen, most)

    def last_change(self) -> int:
        """When something was last added to the results or deleted, by any program, in nanoseconds; 0 for a remote
        store, and for one without results."""
        with suppress(OSError):
            return (self.folder / "results").stat().st_mtime_ns if self.folder else 0
        return 0

    def contents(self, over: Over = iter) -> Contents:
        """Everything that the store holds, ``over`` following what is read; a file that can't be used stops nothing.
        Raises StoreError if the folder of records can't be read."""
        return self._records.contents(self.frozen, over)

    def superseded(self, fingerprint: str) -> Iterator[ResultRecord]:
        """The usable records of a fingerprint that a fresh purchase replaced."""
        for name in self.record_names():
            if (match := SUPERSEDED.fullmatch(name)) and match[1] == fingerprint:
                with suppress(StoreError, FileNotFoundError):
                    yield self._record(name)

    def record_digests(self, names: Iterable[str]) -> dict[str, str]:
        """The SHA-256 of the files of some records. Raises StoreError, FileNotFoundError."""
        return {name: record_digest(self._bytes_of(name)) for name in names}

    def missing_records(self) -> list[Fault]:
        """The records that are missing while a copy of theirs is there: they need not be bought again."""
        names = self.record_names()
        if all(map(CURRENT.fullmatch, names)):  # as in most stores
            return []
        return Strays.among("results", names).missing_records

    def size(self) -> int:
        """The total size of all files in it, in bytes."""
        with self.files.guarded("read"):
            return self.files.size()

    def remove(
        self, shown: Sequence[tuple[str, ResultRecord]], spare: Collection[str] = frozenset(), over: Over = iter
    ) -> int:
        """Delete these records, by file name, and every picture and reference image of theirs that no other record
        refers to; how many. ``over`` follows them.

        A record that has changed since it was shown stays, and so do files whose digests are in ``spare``. While there
        are records that can't be read every file stays, since one of them may refer to it.
        """
        self.check_not_frozen()
        contents = self.contents()
        there = dict([*((f"{record.fingerprint}.json", record) for record in contents.current), *contents.superseded])
        going = {name: record for name, record in shown if there.get(name) == record}
        staying = [record for name, record in there.items() if name not in going]
        needed = {*needed_by(staying), *spare}
        kept = {record.digest for record in staying} | needed
        with self.files.guarded("written"):
            for name in going:  # first, so that no record refers to a missing picture
                self.files.remove(f"results/{name}")
            for record in over([] if contents.faults else [*going.values()]):
                if record.digest not in kept:
                    self.files.remove(object_name(record))
                    self.object_path(record).unlink(missing_ok=True)
                    previews().forget(record.digest)
                    self.stars.take(record.digest)
                own = [file for file in record.reference_files.values() if file.digest not in needed]
                if own:
                    self.references.remove(own)
        return len(going)

    # Writing

    def check_writable(self) -> None:
        """Raise StoreError if results can't be stored here: checked before money is spent."""
        with self.files.guarded("written"):
            self.files.check_writable()

    def room(self) -> Room:
        """What is left where pictures go on this machine. Raises StoreError."""
        with self.files.guarded("read"):
            return self.files.room()

    @contextmanager
    def marked(self) -> Iterator[str]:
        """Yield the name of a temporary file by which other processes recognise the same store."""
        mark = f"tmp/{uuid.uuid4().hex}"
        with self.files.guarded("written"):
            self.files.write(mark, b"")
        try:
            yield mark
        finally:
            with self.files.guarded("written"):
                self.files.remove(mark)

    def has_mark(self, mark: str) -> bool:
        """Whether this store contains the mark of ``marked``."""
        with self.files.guarded("read"):
            return self.files.exists(mark)

    def new_download(self) -> Path:
        """A fresh path on this machine to stream a file to, for ``keep``."""
        with self.files.guarded("written"):
            return self.files.new_download()

    def keep(self, download: Path, record: ResultRecord) -> Path:
        """Move a complete download into the store, then write its record; returns the picture's path.

        The picture comes first, so that no record refers to a missing one. The record of an earlier
        generation is kept under another name, not overwritten.
        """
        if (frozen := self.frozen) and f"{record.fingerprint}.json" in frozen.records:
            self.check_not_frozen()
        with self.files.guarded("written"):
            path = self.files.put(download, object_name(record))
            write_record(self.files, record, lambda: self.find(record.fingerprint))
        return path

    def keep_both(self, shown: bytes, other: bytes) -> None:
        """Keep the records of two purchases of the same, which two branches made: one is shown, the other is kept as
        one that was superseded."""
        self.check_not_frozen()
        with self.files.guarded("written"):
            write_both(self.files, shown, other)

    def copy_from(self, other: ResultStore, record: ResultRecord) -> Path | None:
        """Copy a picture and its record from another store; its path, or None if it is missing or damaged there."""
        source = other.picture(record)
        if source is None or other.address == self.address:
            return source
        copy = self.new_download()
        with self.files.guarded("written"):
            copy.write_bytes(read_plain(source, MAX_SERVED_BYTES, follow=False))
            if file_digest(copy) != record.digest:
                copy.unlink()
                return None
        with suppress(StoreError):  # the picture is worth more than what it was made from
            self.references.copy_from(other.references, record.reference_files.values())
        return self.keep(copy, record)

    def _read(self, name: str) -> ResultRecord | None:
        """The record in a file of the folder of records; None if there is none. Raises StoreError."""
        try:
            return self._record(name)
        except FileNotFoundError:
            return None

    def _record(self, name: str) -> ResultRecord:
        """The record in a file that counts. Raises StoreError, FileNotFoundError."""
        data = self._bytes_of(name)
        if (frozen := self.frozen) and not frozen.check(name, record_digest(data)):
            raise FileNotFoundError(name)
        return read_own_record(data, name)

    def _bytes_of(self, name: str) -> bytes:
        """The file of a record. Raises StoreError, FileNotFoundError."""
        with self.files.guarded("read"), suppress(FileNotFoundError):
            return self.files.read(f"results/{name}", MAX_RECORD_BYTES)
        raise FileNotFoundError(name)

    def record_names(self) -> list[str]:
        """The names of all files among the records."""
        with self.files.guarded("read"):
            return sorted(self.files.names("results"))
