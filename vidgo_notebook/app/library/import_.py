"""Imports exported results into a store, so that a reader replays the notebook with the same pictures."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vidgo_notebook.app.library.archive import Archive, open_archive
from vidgo_notebook.app.library.export import PICTURES, RECORDS
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.errors import FetchError
from vidgo_notebook.store.results.record import ResultRecord, read_record
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.wire.picture import inspect

_LARGEST_RECORD = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """How many results were added, were in the store already, and were left out because the store has others."""

    added: int
    known: int
    left: int

    def __str__(self) -> str:
        left = f", {self.left} left out: the store has other pictures for them" if self.left else ""
        return f"{counted(self.added, 'result')} imported, {self.known} in the store already{left}."


def import_results(source: Path, store: ResultStore) -> Imported:
    """Add the results of an exported folder or ZIP file to a store.

    Everything is checked before anything is kept. Raises StoreError, naming each result that is
    missing, damaged or not what its record says, and names that lead out of the archive.
    """
    with open_archive(source) as archive, ExitStack() as cleanup:
        staged = [_staged(archive, name, record, store, cleanup) for name, record in _records(archive)]
        if problems := [each for each in staged if isinstance(each, str)]:
            raise archive.refusal("; ".join(problems))
        outcomes = Counter(_keep(*each, store) for each in staged if not isinstance(each, str))
    return Imported(outcomes["added"], outcomes["known"], outcomes["left"])


def _records(archive: Archive) -> list[tuple[str, ResultRecord]]:
    names = [name for name in archive.names if PurePosixPath(name).match(f"{RECORDS}/*.json")]
    if not names:
        raise archive.refusal("it holds no results of vidgo_notebook")
    return [(name, read_record(archive.read(name, _LARGEST_RECORD), name)) for name in names]


def _staged(
    archive: Archive, name: str, record: ResultRecord, store: ResultStore, cleanup: ExitStack
) -> tuple[Path, ResultRecord] | str:
    """The picture of a record, copied beside the store and checked; or what is wrong with it."""
    picture = f"{PICTURES}/{PurePosixPath(name).stem}{record.suffix}"
    if picture not in archive.names:
        return f"{picture} is missing"
    download = store.new_download()
    cleanup.callback(download.unlink, missing_ok=True)
    with download.open("wb+") as file:
        if archive.copy(picture, file, record.size_bytes) != record.digest:
            return f"{picture} is not what its record says: the digest differs"
        with suppress(FetchError):
            file.seek(0)
            facts = inspect(file.read())
            if (facts.media_type, facts.width, facts.height) == (record.media_type, record.width, record.height):
                return download, record
    return f"{picture} is not the picture that its record describes"


def _keep(download: Path, record: ResultRecord, store: ResultStore) -> str:
    known = store.find(record.fingerprint)
    if known is None or known.generation != record.generation:
        if any(old.digest == record.digest for _, old in store.superseded() if old.fingerprint == record.fingerprint):
            return "known"
        store.keep(download, record)
        return "added"
    if known.digest != record.digest:
        return "left"
    if store.picture(known):
        return "known"
    store.keep(download, record)  # its picture was missing or damaged
    return "added"
