"""The folder of results: records by fingerprint, pictures by digest, previews that may be deleted.

::

    .vidgo/results/<fingerprint>.json
    .vidgo/objects/ab/abcd….png
    .vidgo/previews/    .vidgo/tmp/      (both git-ignored)

Every file appears whole or not at all, so several kernels may write the same folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.record import ResultRecord, read_record

FOLDER_NAME = ".vidgo"
_IGNORED = "# derived or unfinished: safe to delete, not worth a commit\npreviews/\ntmp/\n"
_CHUNK_BYTES = 1024 * 1024


def find_store(start: Path) -> Path:
    """The nearest ``.vidgo`` folder at or above ``start``; else the one to be made in ``start``."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FOLDER_NAME).is_dir():
            return folder / FOLDER_NAME
    return start / FOLDER_NAME


class ResultStore:
    """A store in ``folder``, which is made when the first thing is written. Raises StoreError only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # Reading

    def find(self, fingerprint: str) -> ResultRecord | None:
        """The record of a fingerprint, if there is one."""
        path = self._record_path(fingerprint)
        with self._guarded("read"):
            self._check_inside(path)
            try:
                record = read_record(path.read_bytes(), path.name)
            except FileNotFoundError:
                return None
        if record.fingerprint != fingerprint:
            raise StoreError(
                f"The record {path.name} is of another picture ({record.fingerprint[:12]}…).",
                hint="Restore it from version control, or move it away.",
            )
        return record

    def picture(self, record: ResultRecord) -> Path | None:
        """The picture's file, its bytes checked against the digest; None if missing or damaged."""
        path = self.object_path(record)
        with self._guarded("read"):
            if not path.is_file():
                return None
            self._check_inside(path)
            return path if file_digest(path) == record.digest else None

    def object_path(self, record: ResultRecord) -> Path:
        """Where the picture of a record lies, whether or not it is there."""
        return self.folder / "objects" / record.digest[:2] / f"{record.digest}{record.suffix}"

    def has_record(self, fingerprint: str) -> bool:
        """Whether there is a record, sound or not: quick enough to be asked at every key press."""
        return self._record_path(fingerprint).is_file()

    def fingerprints(self) -> list[str]:
        """The fingerprints of all current records, in order."""
        with self._guarded("read"):
            paths = sorted((self.folder / "results").glob("*.json"))
        return [path.stem for path in paths if "." not in path.stem]

    def records(self) -> Iterator[ResultRecord]:
        """All current records, in the order of their names; damaged ones raise when they are reached."""
        for fingerprint in self.fingerprints():
            if record := self.find(fingerprint):
                yield record

    def superseded(self) -> list[tuple[str, ResultRecord]]:
        """Records that a fresh purchase replaced, with the names of their files."""
        with self._guarded("read"):
            paths = sorted((self.folder / "results").glob("*.json"))
            return [(path.name, read_record(path.read_bytes(), path.name)) for path in paths
                    if path.stem.rpartition(".")[2].isdigit() and "." in path.stem]  # fmt: skip

    def remove(self, names: Sequence[str]) -> None:
        """Delete records by file name, and every picture of theirs that no other record shows."""
        with self._guarded("written"):
            going = [self.folder / "results" / name for name in names]
            records = [read_record(path.read_bytes(), path.name) for path in going]
            for path in going:
                path.unlink()
            kept = {record.digest for _, record in self.superseded()} | {record.digest for record in self.records()}
            for record in records:
                if record.digest not in kept:
                    self.object_path(record).unlink(missing_ok=True)
                    for shown in (self.folder / "previews").glob(f"{record.digest}-*"):
                        shown.unlink(missing_ok=True)

    def preview(self, name: str) -> bytes | None:
        """A cached preview, by the name it was kept under."""
        with suppress(OSError):
            return (self.folder / "previews" / name).read_bytes()
        return None

    # Writing

    def check_writable(self) -> None:
        """Raise StoreError if a result could not be kept here: asked before money is spent."""
        with self._guarded("written"):
            probe = self.new_download()
            probe.touch()
            probe.unlink()

    def new_download(self) -> Path:
        """A fresh path to stream a file to, on the file system of the store."""
        with self._guarded("written"):
            folder = self.folder / "tmp"
            folder.mkdir(parents=True, exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                self._write(ignore, _IGNORED.encode())
        return folder / uuid.uuid4().hex

    def keep(self, download: Path, record: ResultRecord) -> Path:
        """Move a complete download to its place, then write its record; the picture's path.

        The picture comes first: a record never points at nothing. The record of an earlier
        generation is set aside beside it, not overwritten.
        """
        target = self.object_path(record)
        with self._guarded("written"):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._check_inside(target.parent)
            _sync(download)
            download.replace(target)
            _sync(target.parent)
            self._write_record(record)
        return target

    def adopt(self, other: ResultStore, record: ResultRecord) -> Path | None:
        """Copy a picture and its record from another store; None if it is missing or damaged there."""
        source = other.picture(record)
        if source is None or other.folder == self.folder:
            return source
        copy = self.new_download()
        with self._guarded("written"):
            shutil.copyfile(source, copy)
            if file_digest(copy) != record.digest:
                copy.unlink()
                return None
        return self.keep(copy, record)

    def keep_preview(self, name: str, data: bytes) -> None:
        """Cache a preview; a store that can't be written just does without."""
        with suppress(OSError, StoreError):
            (self.folder / "previews").mkdir(parents=True, exist_ok=True)
            self._write(self.folder / "previews" / name, data)

    def _write_record(self, record: ResultRecord) -> None:
        path = self._record_path(record.fingerprint)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._check_inside(path.parent)
        try:
            earlier = self.find(record.fingerprint)
        except StoreError:  # damaged since it was looked for: kept under another name, not overwritten
            with suppress(FileNotFoundError):  # another kernel was quicker
                path.rename(path.with_name(f"{path.stem}.damaged-{uuid.uuid4().hex[:8]}.json"))
            earlier = None
        if earlier and earlier.generation > record.generation:  # it arrives late, and is superseded already
            path = self._superseded_path(record)
        elif earlier and earlier.generation < record.generation:
            self._write(self._superseded_path(earlier), earlier.to_json().encode())
        self._write(path, record.to_json().encode())

    def _superseded_path(self, record: ResultRecord) -> Path:
        return self.folder / "results" / f"{record.fingerprint}.{record.generation}.json"

    def _write(self, path: Path, data: bytes) -> None:
        unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        unfinished.write_bytes(data)
        _sync(unfinished)
        unfinished.replace(path)

    def _record_path(self, fingerprint: str) -> Path:
        return self.folder / "results" / f"{fingerprint}.json"

    def _check_inside(self, path: Path) -> None:
        """A symbolic link may not lead out of the store."""
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise StoreError(
                f"{path.name} is a link that leads out of the store {self.folder}; it was not followed.",
                hint="Replace the link by the file itself.",
            )

    @contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"The store {self.folder} can't be {what}: {error.strerror or error}.",
                hint="Set VIDGO_STORE (or vidgo.configure(store=…)) to a folder that you may write.",
            ) from None


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    """Force a file or a folder to disk; some file systems refuse that for folders."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
