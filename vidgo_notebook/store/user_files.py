"""Files of the user's own: written whole, and never over other bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.local_files import file_digest


def write_new(target: Path, data: bytes) -> None:
    """Write ``data`` to ``target``; nothing to do if it holds just that. Raises StoreError."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (target.exists() and file_digest(target) == hashlib.sha256(data).hexdigest()):
            _write(target, data)
    except OSError as error:
        if isinstance(error, FileExistsError) and target.exists():
            raise StoreError(
                f"{target} exists and holds something else; it was left alone.",
                hint="Choose another name; what was bought is safe in the store.",
            ) from None
        raise StoreError(
            f"{target} can't be written: {error.strerror}.", hint="What was bought is safe in the store."
        ) from None


def _write(target: Path, data: bytes) -> None:
    """All of it or nothing, and never over another file."""
    with target.open("xb") as file:
        try:
            file.write(data)
        except OSError:
            target.unlink(missing_ok=True)
            raise
