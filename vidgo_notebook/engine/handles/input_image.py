"""The images that an edit was made from and that are not pictures made here: the author's own, and those at URLs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.record import ReferenceFile, ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore


@dataclass(frozen=True, slots=True)
class InputImage:
    """An image that a picture was made from.

    Attributes
    ----------
    identity : str
        ``bytes:``, ``pixels:`` or ``url:``, and the SHA-256 of what was given, or the URL without its query.
    name : str
        The author's name for it: of a file, of a variable; '' where it is not known.
    path : Path or None
        The file as it was sent, upright and without the place where it was taken; None if the store does not have it.
    """

    identity: str
    name: str
    path: Path | None

    @property
    def is_url(self) -> bool:
        """Whether it was given by its URL."""
        return self.identity.startswith("url:")

    def __str__(self) -> str:
        if self.is_url:
            return f"the image at {shown(self.identity.removeprefix('url:'))} (not included)"
        words = f"the image {shown(self.name)}" if self.name else "an image of the author's own"
        return words if self.path else f"{words} (not kept)"


def inputs_of(record: ResultRecord, store: ResultStore | None) -> tuple[InputImage, ...]:
    """The input images of a record, each once. One that can't be read is as one that is missing."""
    return tuple(
        InputImage(identity, file.name, _path(file, store) if store and file.digest else None)
        for identity, file in record.inputs.items()
    )


def _path(file: ReferenceFile, store: ResultStore) -> Path | None:
    try:
        return store.references.find(file)
    except StoreError:
        return None
