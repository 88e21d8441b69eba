"""Records, pictures and journal entries to put into stores."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.stage.pictures import PNG, picture
from vidgo_notebook.domain.job_state import JobRecord, JobState
from vidgo_notebook.store.journal.journal import Entry
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore

PRINT = "f" * 64
DIGEST = hashlib.sha256(PNG).hexdigest()
OTHER = picture(shade=7)
RECORD = f"results/{PRINT}.json"
OBJECT = f"objects/{DIGEST[:2]}/{DIGEST}.png"


def record(data: bytes = PNG, **changes: Any) -> ResultRecord:
    """The record of a picture."""
    made = ResultRecord(
        fingerprint=PRINT,
        provider="vidgo",
        model="gpt-image-2",
        prompt="A red bicycle – “quoted”",
        fields={"quality": "high", "size": "16:9"},
        digest=hashlib.sha256(data).hexdigest(),
        media_type="image/png",
        width=64,
        height=48,
        size_bytes=len(data),
        quoted="24",
        charged="24",
    )
    return replace(made, **changes)


def keep(store: ResultStore, data: bytes = PNG, **changes: Any) -> tuple[ResultRecord, Path]:
    """Put a picture into a store, as after a download."""
    download = store.new_download()
    download.write_bytes(data)
    kept = record(data, **changes)
    return kept, store.keep(download, kept)


def files(folder: Path) -> set[str]:
    """The names of all files in it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def entry(number: int = 1, **changes: Any) -> Entry:
    """A planned job's entry; the fingerprint follows from ``number``."""
    job = JobRecord(f"j{number:05d}", f"{number:064x}", JobState.PLANNED, quoted=Decimal(24))
    made = Entry(
        record=job, provider="vidgo", api="https://api.vidgo.ai", model="gpt-image-2", kind="k", request="{}",
        store="/store", notebook="a.ipynb", owner="me", lease_until=100.0, created_at=float(number),
    )  # fmt: skip
    return replace(made, **changes)
