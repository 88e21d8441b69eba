"""The author's own images that edits were made from, as they were sent: a file for each, named by its SHA-256.

``references/ab/abcd….jpg``. The record of the edit says which of them is which of its images. One that is a picture of
the store itself is not kept twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.faults import FROM_BACKUP, LFS_CURE, LFS_POINTER, Fault
from vidgo_notebook.store.results.local_files import Files
from vidgo_notebook.store.results.record import ReferenceFile, ResultRecord
from vidgo_notebook.store.results.strays import Strays
from vidgo_notebook.visible_text import visible_name

FOLDER = "references"
_NO_NAME = "an image of the author's own"
_DIGEST_SHOWN = 12


class MissingInput(NamedTuple):
    """An image that an edit was made from and that the store does not have: which, why, what to do, and whether it
    was kept once."""

    name: str
    problem: str
    cure: str
    was_kept: bool

    def __str__(self) -> str:
        return visible_name(f"{self.name} is not included: {self.problem}.")


class References:
    """Those of a store. Raises StoreError only."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def has(self, file: ReferenceFile) -> bool:
        """Whether there is such a file, damaged or not."""
        with self._files.guarded("read"):
            return any(map(self._files.exists, _places(file)))

    def keep(self, file: ReferenceFile, data: bytes) -> None:
        """Keep an image, unless it is there, as itself or as a picture of the store."""
        if self.find(file):
            return
        with self._files.guarded("written"):
            download = self._files.new_download()
            try:
                download.write_bytes(data)
                self._files.put(download, _name(file))
            finally:
                download.unlink(missing_ok=True)

    def copy_from(self, other: References, files: Iterable[ReferenceFile]) -> None:
        """Copy images from another store, those that it has."""
        for file in files:
            if file.digest and (source := other.find(file)):
                with self._files.guarded("written"):
                    data = source.read_bytes()
                self.keep(file, data)

    def find(self, file: ReferenceFile) -> Path | None:
        """The image's file on this machine, its bytes checked against the digest; None if missing or damaged."""
        with self._files.guarded("read"):
            found = (self._files.local(name, file.digest) for name in _places(file))
            return next(filter(None, found), None)

    def missing(self, record: ResultRecord) -> list[MissingInput]:
        """The images of an edit that are not in the store."""
        return [lost for identity, file in record.inputs.items() if (lost := self._missing(identity, file))]

    def _missing(self, identity: str, file: ReferenceFile) -> MissingInput | None:
        kind, _, value = identity.partition(":")
        if kind == "url":
            return MissingInput(value, "an input given by URL is not fetched", "Keep a copy of it yourself.", False)
        name = f"{file.name or _NO_NAME} (SHA-256 of its {kind} {value[:_DIGEST_SHOWN]}…)"
        if not file.digest:
            cure = "%config Vidgo.keep_references = True keeps those of later edits."
            return MissingInput(name, "it was not kept", cure, False)
        try:
            fault = None if self.find(file) else self._fault(file)
        except StoreError as error:
            fault = Fault(_name(file), error.message, error.hint)
        if fault is None:
            return None
        return MissingInput(name, f"{fault.name}: {fault.problem}", fault.cure, True)

    def _fault(self, file: ReferenceFile) -> Fault:
        """Why ``find`` has found none."""
        name = _name(file)
        with self._files.guarded("read"):
            try:
                data = self._files.read(name, MAX_SERVED_BYTES)
            except FileNotFoundError:
                folder, _, last = name.rpartition("/")
                copy = Strays.among(folder, self._files.names(folder)).missing(last)
                return copy or Fault(name, "the file is missing", FROM_BACKUP)
        if data.startswith(LFS_POINTER):
            return Fault(name, "it is a Git LFS pointer, not the image itself", LFS_CURE)
        return Fault(name, "its digest is not the one in its name", FROM_BACKUP)

    def remove(self, files: Iterable[ReferenceFile]) -> None:
        """Delete images. Pictures of the store stay."""
        with self._files.guarded("written"):
            for file in files:
                if file.digest:
                    self._files.remove(_name(file))

    def strays(self, needed: Collection[str]) -> list[Fault]:
        """The files that are not images, and those that no record needs, whose digests are ``needed``."""
        found = list[Fault]()
        for folder in self._folders():
            with self._files.guarded("read"):
                there = Strays.among(f"{FOLDER}/{folder}", self._files.names(f"{FOLDER}/{folder}"))
            unneeded = [name for name in sorted(there.known) if name.partition(".")[0] not in needed]
            problem = "no record needs it: its request is under way, or made no picture"
            found += [*there.faults, *(Fault(f"{there.folder}/{name}", problem, "") for name in unneeded)]
        return found

    def _folders(self) -> Iterator[str]:
        with self._files.guarded("read"):
            names = sorted(self._files.names(FOLDER))
        return (name for name in names if len(name) == 2)


def _name(file: ReferenceFile) -> str:
    return f"{FOLDER}/{file.digest[:2]}/{file.digest}{file.suffix}"


def _places(file: ReferenceFile) -> tuple[str, ...]:
    """Where the image may be: in a place of its own, or as a picture of the store."""
    return (_name(file), _name(file).replace(FOLDER, "objects", 1)) if file.digest else ()
