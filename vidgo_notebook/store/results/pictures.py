"""The pictures in the folders of a store: each checked against its record when it is read."""

from __future__ import annotations

import os
from pathlib import Path

from vidgo_notebook.domain.image_formats import MAX_SERVED_BYTES
from vidgo_notebook.domain.odd_metadata import header
from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.results.faults import FROM_BACKUP, LFS_CURE, LFS_POINTER, Fault
from vidgo_notebook.store.results.local_files import Files
from vidgo_notebook.store.results.plain_files import open_plain
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.strays import Strays

_HEADER_BYTES = 4096


def object_name(record: ResultRecord) -> str:
    """The name of a picture's file in the store."""
    return f"objects/{record.digest[:2]}/{record.digest}{record.suffix}"


def checked_picture(files: Files, record: ResultRecord) -> Path | None:
    """The picture's file on this machine, its bytes checked against the digest; None if missing or damaged."""
    with files.guarded("read"):
        path = files.local(object_name(record), record.digest)
        found = _facts_in(path, record) if path else ""
    said = _facts_said(record)
    if found and found != said:
        raise StoreError(
            f"The record {record.fingerprint[:12]}… says of its picture: {said}. It has {found}.",
            cost=NOTHING_SPENT,
            hint=FROM_BACKUP,
        )
    return path


def why_no_picture(files: Files, record: ResultRecord) -> Fault:
    """Why ``checked_picture`` has found none, and the cure."""
    name = object_name(record)
    folder, _, last = name.rpartition("/")
    with files.guarded("read"):
        try:
            data = files.read(name, MAX_SERVED_BYTES)
        except FileNotFoundError:
            missing = Strays.among(folder, files.names(folder)).missing(last)
            return missing or Fault(name, "the file is missing", FROM_BACKUP)
        except StoreError as error:
            return Fault(name, error.message, error.hint)
    if data.startswith(LFS_POINTER):
        return Fault(name, "it is a Git LFS pointer, not the picture itself", LFS_CURE)
    if len(data) != record.size_bytes:
        return Fault(name, f"it has {len(data):,} bytes instead of {record.size_bytes:,}", FROM_BACKUP)
    return Fault(name, "its digest is not that of the picture", FROM_BACKUP)


def _facts_in(path: Path, record: ResultRecord) -> str:
    """What the file of a picture shows of itself, as ``_facts_said``. Of a PNG its beginning is enough."""
    with open_plain(path, follow=False) as file:
        size, start = os.fstat(file.fileno()).st_size, file.read(_HEADER_BYTES)
        found = header(start) or header(start + file.read(MAX_SERVED_BYTES))
    media_type, width, height = found or (record.media_type, record.width, record.height)
    return f"{media_type}, {width}×{height} pixels, {size:,} bytes"


def _facts_said(record: ResultRecord) -> str:
    return f"{record.media_type}, {record.width}×{record.height} pixels, {record.size_bytes:,} bytes"
