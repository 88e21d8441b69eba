"""How the records of several purchases of the same are kept: the newest is current, and no other is overwritten."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.local_files import Files
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.record_file import read_record


def write_record(files: Files, record: ResultRecord, find_current: Callable[[], ResultRecord | None]) -> None:
    """Write a record in the place that its generation has beside the current one of its fingerprint."""
    name = f"results/{record.fingerprint}.json"
    try:
        earlier = find_current()
    except StoreError:  # damaged since it was looked up: kept under another name, not overwritten
        with suppress(FileNotFoundError):  # another kernel was faster
            files.set_aside(name, f"results/{record.fingerprint}.damaged-{uuid.uuid4().hex[:8]}.json")
        earlier = None
    if earlier and earlier.generation > record.generation:  # it arrives late and is superseded already
        name = f"results/{record.superseded_name}"
    elif earlier and earlier.generation < record.generation:
        files.write(f"results/{earlier.superseded_name}", earlier.to_json().encode())
    files.write(name, record.to_json().encode())


def write_both(files: Files, shown: bytes, other: bytes) -> None:
    """Write the records of two branches that bought the same: one is shown, the other is superseded."""
    record, second = (read_record(data, "in a branch") for data in (shown, other))
    files.write(f"results/{second.second_name}", other)
    files.write(f"results/{record.fingerprint}.json", shown)
