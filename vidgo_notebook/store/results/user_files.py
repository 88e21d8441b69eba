"""Files that a user names: written whole or not at all, and never over other bytes."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from pathlib import Path

from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.local_files import clear_old, move_new
from vidgo_notebook.store.results.plain_files import file_digest
from vidgo_notebook.visible_text import visible_name

_UNFINISHED = ".vidgo-unfinished-"
_SAFE = "What was bought is safe in the store."


def why_not_writable(target: Path) -> str:
    """Why no file can be created at ``target``, of whose folders at most one is missing; '' if one can."""
    try:
        if why := _why_no_folder(target.parent):
            return why
        target.exists()  # raises if the name is too long
        folder = target.parent if target.parent.exists() else target.parent.parent
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))  # on a full disk an empty file can still be created
    except OSError as error:
        return f"{visible_name(target)} can't be written: {error.strerror}"
    return ""


def write_new(target: Path, data: bytes, otherwise: bytes = b"") -> None:
    """Write ``data`` to a file that a user named; if one folder of it is missing, that is created.

    Nothing is written if the file holds ``data`` already, or ``otherwise``, which does as well. Raises StoreError.
    """
    try:
        if why := _why_no_folder(target.parent):
            raise StoreError(f"{visible_name(target)} can't be written: {why}.", hint=_SAFE)
        target.parent.mkdir(exist_ok=True)
        if not _is_written(target, data, otherwise):
            _write(target, data)
    except FileExistsError:
        if not _is_written(target, data, otherwise):  # another process may have written the same
            raise StoreError(
                f"{visible_name(target)} exists and holds something else; it was left unchanged.",
                hint="Choose another name; what was bought is safe in the store.",
            ) from None
    except OSError as error:
        raise StoreError(f"{visible_name(target)} can't be written: {error.strerror}.", hint=_SAFE) from None


def _is_written(target: Path, *contents: bytes) -> bool:
    return target.is_file() and file_digest(target) in (hashlib.sha256(data).hexdigest() for data in contents)


def _write(target: Path, data: bytes) -> None:
    """Raises FileExistsError, and OSError, which leave nothing behind."""
    if target.exists():
        raise FileExistsError
    clear_old(target.parent, _UNFINISHED)
    unfinished = target.with_name(f"{_UNFINISHED}{uuid.uuid4().hex}")
    try:
        unfinished.write_bytes(data)
        move_new(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def _why_no_folder(folder: Path) -> str:
    """Why a file can't be in ``folder``: more than one folder is missing, which is a typing error more often than
    not; or something else is in its place."""
    there = folder
    while not there.exists():
        there = there.parent
    if not there.is_dir():
        return f"{visible_name(there)} is not a folder"
    if there in (folder, folder.parent):
        return ""
    missing = folder.relative_to(there).parts[0]
    near = nearest(missing, [each.name for each in there.iterdir() if each.is_dir()])
    meant = f" (did you mean {shown(near)}?)" if near else ""
    first = visible_name(there / missing)
    return f"there is no folder {first}{meant}, and only one new folder is created: create it first"
