"""What is found in the folders of a store and does not belong to it.

Cloud drives, operating systems and version control leave files of their own: copies, placeholders, pointers. They are
passed over and named; a record or a picture whose copy is there is restored from it, never bought again.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from vidgo_notebook.domain.image_formats import SUFFIXES
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.file_names import CURRENT, DIGEST, SUPERSEDED
from vidgo_notebook.store.results.local_files import Files
from vidgo_notebook.visible_text import visible_name

_PICTURE = re.compile(rf"{DIGEST.pattern}(?:{'|'.join(map(re.escape, [*SUFFIXES.values(), '.bin']))})")
_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{32}")  # written by another kernel at this moment, or when it was killed
_IDENTITY = re.compile(DIGEST.pattern, re.IGNORECASE)
_OF_A_SYSTEM = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|Icon\r|\.directory|\._.*|\.git(ignore|attributes|keep)")
_IN_ICLOUD = "Download it in the Finder."
_OURS_ASIDE = re.compile(r"\.damaged-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Strays:
    """The files in ``folder`` (``results``, ``objects/ab``) that are not of the store, beside ``known``, which are."""

    folder: str
    names: tuple[str, ...]
    known: frozenset[str] = frozenset()

    @classmethod
    def among(cls, folder: str, names: Collection[str]) -> Strays:
        """Those among the names of a folder."""
        patterns = (CURRENT, SUPERSEDED, _UNFINISHED) if folder == "results" else (_PICTURE, _UNFINISHED)
        known = {name for name in names if any(each.fullmatch(name) for each in patterns)}
        return cls(folder, tuple(sorted(set(names) - known)), frozenset(known))

    def copies(self, name: str) -> list[str]:
        """Those that were made from the file ``name``: they have its fingerprint, or its digest, in their names."""
        identity = name.partition(".")[0]
        return [each for each in self.names if identity in each.lower() and not _OURS_ASIDE.search(each)]

    def missing(self, name: str) -> Fault | None:
        """Why the file ``name`` is missing, if one of them shows it."""
        copies = self.copies(name)
        if not copies:
            return None
        if copies[0].endswith(".icloud"):
            return Fault(f"{self.folder}/{name}", "it is in iCloud and not on this machine", _IN_ICLOUD)
        cure = f"Rename {self.folder}/{visible_name(copies[0])} to {name}."
        return Fault(f"{self.folder}/{name}", "it is missing, and a copy of it is there under another name", cure)

    @property
    def missing_records(self) -> list[Fault]:
        """The records of which there are only copies."""
        wanted = {f"{found[0].lower()}.json" for name in self.names if (found := _IDENTITY.search(name))}
        return [fault for name in sorted(wanted - self.known) if (fault := self.missing(name))]

    @property
    def faults(self) -> list[Fault]:
        """Each with what it seems to be."""
        return [self._described(name) for name in self.names]

    def _described(self, name: str) -> Fault:
        if _OF_A_SYSTEM.fullmatch(name):
            what, cure = "a file of the system, without meaning here", "It may be deleted."
        elif _OURS_ASIDE.search(name):
            what, cure = "a damaged file that was set aside when its place was taken", "It may be deleted."
        elif name.endswith(".icloud"):
            what, cure = "a placeholder: the file is in iCloud and not on this machine", _IN_ICLOUD
        elif _IDENTITY.search(name):
            what, cure = (
                "a copy, as cloud drives make them of a file that two machines change",
                "It may be deleted.",
            )
        else:
            what, cure = "not a file of a store", "Move it away."
        return Fault(f"{self.folder}/{name}", what, cure)


def stray_files(files: Files) -> list[Fault]:
    """The files in the folders of a store that do not belong there. Reads every folder."""
    with files.guarded("read"):
        folders = [f"objects/{name}" for name in files.names("objects") if len(name) == 2]
        strays = [Strays.among(folder, files.names(folder)) for folder in ("results", *folders)]
    faults = [fault for each in strays for fault in each.faults]
    with suppress(StoreError), files.guarded("read"):
        if files.names("previews"):
            faults.append(Fault("previews", "made by an earlier version and not used", "It may be deleted."))
    return faults
