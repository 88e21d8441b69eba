"""Finds pictures that are there already: in this store, or in another one that the journal knows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from vidgo_notebook.engine.handles import Result
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.journal import Journal
from vidgo_notebook.store.record import ResultRecord
from vidgo_notebook.store.results import ResultStore


def look_up(store: ResultStore, fingerprints: Sequence[str]) -> Result | ResultRecord | None:
    """The picture of the first fingerprint that the store knows.

    A bare record means that its picture is missing or damaged. Raises StoreError for a record that
    can't be trusted.
    """
    lost: ResultRecord | None = None
    for fingerprint in fingerprints:
        if record := store.find(fingerprint):
            if path := store.picture(record):
                return Result(record, path)
            lost = lost or record
    return lost


def look_elsewhere(
    store: ResultStore, journal: Journal, fingerprints: Sequence[str], generation: int = 0
) -> Result | ResultRecord | None:
    """The picture from any other store of the journal, copied into this one with its digest checked.

    It is of ``generation`` at least: an older one must not take the place of what this store knows. A
    bare record means that it was bought, and that its picture is missing or damaged there too.
    """
    others = [ResultStore(folder) for folder in journal.stores() if folder != store.folder]
    lost: ResultRecord | None = None
    for fingerprint in fingerprints:
        for other in others:
            with suppress(StoreError):  # a broken store elsewhere is not this notebook's trouble
                record = other.find(fingerprint)
                if record is None or record.generation < generation:
                    continue
                if path := _bring(store, other, record):
                    return Result(record, path)
                lost = lost or record
    return lost


def _bring(store: ResultStore, other: ResultStore, record: ResultRecord) -> Path | None:
    """Copied where this store can be written; shown from where it lies where it can't."""
    try:
        return store.adopt(other, record)
    except StoreError:
        return other.picture(record)
