"""Copies of pictures that carry their provenance, and how it is read back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.engine.result import Result
from vidgo_notebook.errors import Problem, RequestError, StoreError
from vidgo_notebook.render.annotation import Note, annotated, note_in, without_note
from vidgo_notebook.store.files import file_digest
from vidgo_notebook.store.record import ResultRecord, read_record
from vidgo_notebook.store.results import ResultStore

_MOST_BYTES = 256 * 1024 * 1024


def annotated_copy(record: ResultRecord, data: bytes) -> bytes:
    """The picture with its record as XMP, and in PNG as text. Raises StoreError where that can't be."""
    note = Note(
        record=json.dumps(asdict(record), sort_keys=True),
        prompt=record.prompt,
        tool=f"vidgo_notebook {record.package}".strip(),
        created=record.finished,
        by_model=record.provider != EMULATOR,
    )
    try:
        return annotated(data, note)
    except ValueError as error:
        raise StoreError(
            f"The picture can't be annotated: {error}.", hint="Save it without --annotate: the store keeps its record."
        ) from None


def read_picture(path: Path, store: ResultStore) -> Result:
    """The result that a picture file is a copy of: by the provenance in it, or by its digest in ``store``.

    A copy whose picture was changed gives a result that tells how the picture was made, and whose
    ``bytes`` and ``image`` say that this is not it. Raises RequestError for a file that is no such copy.
    """
    data = _bytes_of(path)
    try:
        text = note_in(data)
    except ValueError as error:
        return _by_digest(path, store, str(error))
    if text is None:
        return _by_digest(path, store, "it carries no provenance")
    record = read_record(text, f"in {path.name}")
    result = Result(record, None, None, without_note(data))
    return (_of_store(record, store) or result) if result.intact else result


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _unknown(path, "it is far too large for a picture")
        return path.read_bytes()
    except OSError as error:
        raise _unknown(path, f"it can't be read: {error.strerror}") from None


def _of_store(record: ResultRecord, store: ResultStore) -> Result | None:
    """The same picture where it lies in the store: there it has parents too."""
    known = store.find(record.fingerprint)
    found = store.picture(known) if known and known.digest == record.digest else None
    return Result(known, found, store) if known and found else None


def _by_digest(path: Path, store: ResultStore, otherwise: str) -> Result:
    digest = file_digest(path)
    every = [*store.records(), *(record for _, record in store.superseded())]
    record = next((record for record in every if record.digest == digest), None)
    if record is None:
        raise _unknown(path, f"{otherwise}, and the store has no such picture")
    return Result(record, store.picture(record), store)


def _unknown(path: Path, why: str) -> RequestError:
    return RequestError(
        [Problem("path", f"{path} tells nothing of how it was made: {why}.")],
        hint="%%vidgo --save PATH --annotate, result.save(path, annotate=True) and %vidgo export --annotate write "
        "files that do.",
    )
