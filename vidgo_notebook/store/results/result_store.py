"""The store of results: records by fingerprint, pictures by digest, previews that may be deleted.

::

    .vidgo/results/<fingerprint>.json
    .vidgo/objects/ab/abcd….png
    .vidgo/previews/    .vidgo/tmp/      (both git-ignored)

It is a folder or, with the same layout, a URL that fsspec supports. Every file appears whole or not at
all, so several kernels can write to the same store.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.local_files import Files, LocalFolder, file_digest, write_whole
from vidgo_notebook.store.results.record import ResultRecord, read_record

FOLDER_NAME = ".vidgo"

_LISTING_PAYS_FROM = 100
"""Lookups in a remote store; a bucket lists a thousand names in the time of one or two lookups."""


def find_store(start: Path) -> Path:
    """The nearest ``.vidgo`` folder at or above ``start``; else the one to be created in ``start``."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FOLDER_NAME).is_dir():
            return folder / FOLDER_NAME
    return start / FOLDER_NAME


class ResultStore:
    """A store in a folder or at a URL, created by the first write. Raises StoreError only.

    ``address`` is its folder or URL without secrets, as the journal records it.
    """

    def __init__(self, place: Path | str | Files) -> None:
        if isinstance(place, str) and is_url(place):
            from vidgo_notebook.store.results.remote_files import remote_files

            self.files: Files = remote_files(place)
        else:
            self.files = LocalFolder(Path(place)) if isinstance(place, Path | str) else place
        self.address = self.files.address

    @property
    def folder(self) -> Path | None:
        """The folder of a store on this machine; None for a remote one."""
        return self.files.folder if isinstance(self.files, LocalFolder) else None

    # Reading

    def find(self, fingerprint: str) -> ResultRecord | None:
        """The record of a fingerprint, if there is one."""
        name = f"{fingerprint}.json"
        with self.files.guarded("read"):
            try:
                record = read_record(self.files.read(f"results/{name}"), name)
            except FileNotFoundError:
                return None
        if record.fingerprint != fingerprint:
            raise StoreError(
                f"The record {name} belongs to another picture ({record.fingerprint[:12]}…).",
                hint="Restore it from version control, or move it away.",
            )
        return record

    def candidates(self, fingerprints: Collection[str]) -> Collection[str]:
        """Those of some fingerprints that may have a record: in a remote store one listing saves many lookups."""
        if self.folder is not None or len(fingerprints) < _LISTING_PAYS_FROM:
            return fingerprints
        return set(fingerprints).intersection(self.fingerprints())

    def find_generation(self, fingerprint: str, generation: int) -> ResultRecord | None:
        """The record of one generation of a fingerprint, current or superseded."""
        current = self.find(fingerprint)
        if current is None or current.generation == generation:
            return current
        name = _superseded_name(fingerprint, generation)
        with self.files.guarded("read"), suppress(FileNotFoundError):
            return read_record(self.files.read(name), name)
        return None

    def picture(self, record: ResultRecord) -> Path | None:
        """The picture's file on this machine, its bytes checked against the digest; None if missing or damaged."""
        with self.files.guarded("read"):
            return self.files.local(_object_name(record), record.digest)

    def unreadable(self, digest: str) -> Path | None:
        """The file of ``keep_unreadable`` on this machine; None if it is missing or changed."""
        with self.files.guarded("read"):
            return self.files.local(_unreadable_name(digest), digest)

    def object_path(self, record: ResultRecord) -> Path:
        """The path of a record's picture on this machine, whether or not it exists."""
        return self.files.local_path(_object_name(record))

    def has_record(self, fingerprint: str) -> bool:
        """Whether there is a record, damaged or not: fast enough to be called at every key press."""
        with self.files.guarded("read"):
            return self.files.exists(f"results/{fingerprint}.json")

    def fingerprints(self) -> list[str]:
        """The fingerprints of all current records, in order."""
        return [name[:-5] for name in self._record_names() if "." not in name[:-5]]

    def records(self) -> Iterator[ResultRecord]:
        """All current records, in the order of their names; a damaged one raises when it is reached."""
        for fingerprint in self.fingerprints():
            if record := self.find(fingerprint):
                yield record

    def superseded(self) -> list[tuple[str, ResultRecord]]:
        """Records that a fresh purchase replaced, with the names of their files."""
        names = [name for name in self._record_names() if name[:-5].rpartition(".")[2].isdigit() and "." in name[:-5]]
        with self.files.guarded("read"):
            return [(name, read_record(self.files.read(f"results/{name}"), name)) for name in names]

    def size(self) -> int:
        """The total size of all files in it, in bytes."""
        with self.files.guarded("read"):
            return self.files.size()

    def remove(self, shown: Sequence[tuple[str, ResultRecord]]) -> int:
        """Delete these records, by file name, and every picture of theirs that no other record refers to; how many.

        A record that has changed since it was shown stays. Raises StoreError before anything is deleted if a
        record can't be read, since the picture that it refers to is not known.
        """
        there = dict([*((f"{record.fingerprint}.json", record) for record in self.records()), *self.superseded()])
        going = {name: record for name, record in shown if there.get(name) == record}
        kept = {record.digest for name, record in there.items() if name not in going}
        with self.files.guarded("written"):
            for name in going:  # first, so that no record refers to a missing picture
                self.files.remove(f"results/{name}")
            for record in going.values():
                if record.digest not in kept:
                    self.files.remove(_object_name(record))
                    self.object_path(record).unlink(missing_ok=True)
                    for preview in self.files.previews.glob(_preview_name(record.digest, "*")):
                        preview.unlink(missing_ok=True)
        return len(going)

    def preview(self, digest: str, kind: str) -> bytes | None:
        """A cached preview of the picture with this digest; ``kind`` distinguishes several of one picture."""
        with suppress(OSError):
            return (self.files.previews / _preview_name(digest, kind)).read_bytes()
        return None

    # Writing

    def check_writable(self, room: int = 0) -> None:
        """Raise StoreError if results of ``room`` bytes can't be stored here: checked before money is spent."""
        with self.files.guarded("written"):
            self.files.check_writable(room)

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
        with self.files.guarded("written"):
            path = self.files.put(download, _object_name(record))
            self._write_record(record)
        return path

    def keep_unreadable(self, download: Path, digest: str) -> Path:
        """Move a download that can't be read as a picture into the store, without a record; its path."""
        with self.files.guarded("written"):
            return self.files.put(download, _unreadable_name(digest))

    def copy_from(self, other: ResultStore, record: ResultRecord) -> Path | None:
        """Copy a picture and its record from another store; its path, or None if it is missing or damaged there."""
        source = other.picture(record)
        if source is None or other.address == self.address:
            return source
        copy = self.new_download()
        with self.files.guarded("written"):
            shutil.copyfile(source, copy)
            if file_digest(copy) != record.digest:
                copy.unlink()
                return None
        return self.keep(copy, record)

    def keep_preview(self, digest: str, kind: str, data: bytes) -> None:
        """Cache a preview; a store that can't be written to has none."""
        with suppress(OSError):
            self.files.previews.mkdir(parents=True, exist_ok=True)
            write_whole(self.files.previews / _preview_name(digest, kind), data)

    def _record_names(self) -> list[str]:
        with self.files.guarded("read"):
            return sorted(name for name in self.files.names("results") if name.endswith(".json"))

    def _write_record(self, record: ResultRecord) -> None:
        name = f"results/{record.fingerprint}.json"
        try:
            earlier = self.find(record.fingerprint)
        except StoreError:  # damaged since it was looked up: kept under another name, not overwritten
            with suppress(FileNotFoundError):  # another kernel was faster
                self.files.set_aside(name, f"results/{record.fingerprint}.damaged-{uuid.uuid4().hex[:8]}.json")
            earlier = None
        if earlier and earlier.generation > record.generation:  # it arrives late and is superseded already
            name = _superseded_name(record.fingerprint, record.generation)
        elif earlier and earlier.generation < record.generation:
            self.files.write(_superseded_name(earlier.fingerprint, earlier.generation), earlier.to_json().encode())
        self.files.write(name, record.to_json().encode())


def _object_name(record: ResultRecord) -> str:
    return f"objects/{record.digest[:2]}/{record.digest}{record.suffix}"


def _unreadable_name(digest: str) -> str:
    return f"objects/{digest[:2]}/{digest}.bin"


def _preview_name(digest: str, kind: str) -> str:
    return f"{digest}-{kind}.jpg"


def _superseded_name(fingerprint: str, generation: int) -> str:
    return f"results/{fingerprint}.{generation}.json"
