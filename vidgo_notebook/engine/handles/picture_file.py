"""The result that a picture file is a copy of."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.record_file import read_record
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.visible_text import visible_name

_MOST_BYTES = MAX_SERVED_BYTES + 8 * 1024 * 1024
"""The size of the largest file that ``read_picture`` reads: a picture, and its provenance."""


def read_picture(path: Path, store: ResultStore) -> Result:
    """The result that a picture file is a copy of: by the provenance in it, or by its digest in ``store``.

    The result of a copy whose picture was changed has its provenance, and its ``bytes`` and ``image`` raise
    StoreError. Raises RequestError for any other file.
    """
    from vidgo_notebook.render.annotation import note_in, without_mark, without_note

    data = _bytes_of(path)
    try:
        text = note_in(data)
    except ValueError as error:
        return _by_digest(path, data, store, str(error))
    if text is None:
        return _by_digest(path, without_mark(data), store, "it contains no provenance")
    record = read_record(text.encode(), f"in {visible_name(path.name)}")
    result = Result(record, None, None, without_note(data))
    return (_of_store(record, store) or result) if result.intact and not result.metadata_changed else result


def _bytes_of(path: Path) -> bytes:
    try:
        return read_plain(path, _MOST_BYTES)
    except PlainFileError as error:
        raise _unknown(path, error.message.rstrip(".")) from None
    except OSError as error:
        raise _unknown(path, f"it can't be read: {error.strerror}") from None


def _of_store(record: ResultRecord, store: ResultStore) -> Result | None:
    """The same picture in the store, where it has parents too."""
    known = store.find(record.fingerprint)
    found = store.picture(known) if known and known.digest == record.digest else None
    return Result(known, found, store) if known and found else None


def _by_digest(path: Path, data: bytes, store: ResultStore, otherwise: str) -> Result:
    digest, contents = hashlib.sha256(data).hexdigest(), store.contents()
    every = [*contents.current, *(record for _, record in contents.superseded)]
    record = next((record for record in every if record.digest == digest), None)
    if record is None:
        raise _unknown(path, f"{otherwise}, and the store has no such picture")
    return Result(record, store.picture(record), store)


def _unknown(path: Path, why: str) -> RequestError:
    return RequestError(
        [Problem("path", f"how {visible_name(path)} was made is unknown: {why}.")],
        hint="result.save(path, annotate=True) writes a file that contains it.",
    )
