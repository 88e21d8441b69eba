"""Why an SQLite file can't be used, in words, and what to do: no locks, read-only, or what SQLite says."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)

_ON_A_DISK = "Set VIDGO_JOURNAL to a file that you can write to, on a disk with free space."
_LOCAL_DISK = (
    "Set VIDGO_JOURNAL to a file on a local disk before Jupyter starts, or here: "
    "%config Vidgo.journal = '/var/tmp/vidgo-{user}/journal.sqlite3'"
)
_WRITABLE = (
    "Make it writable: what it lacks is written then. Or go on in another file, which takes over the jobs under "
    "way: %config Vidgo.journal = '/path/to/journal.sqlite3'"
)


class NoLocksError(OSError):
    """The file system does not support locks."""


def check_locks(folder: Path) -> None:
    """Raise NoLocksError if files in a folder can't be locked.

    SQLite takes that for a lock of another process, and waits for it again and again.
    """
    if sys.platform == "win32":
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise NoLocksError(error.errno, error.strerror) from None


def why_and_cure(path: Path, error: Exception) -> tuple[str, str]:
    """What keeps the file at ``path`` from being used, after ``error``, and what to do."""
    if isinstance(error, NoLocksError) or ("locked" in str(error) and _lacks_locks(path.parent)):
        user = os.getuid() if sys.platform != "win32" else "me"
        why = "its file system does not support locks (NFS without a lock service, for example)"
        return why, _LOCAL_DISK.format(user=user)
    if path.is_file() and not os.access(path, os.W_OK):
        return "the file is read-only", _WRITABLE
    if path.parent.is_dir() and not os.access(path.parent, os.W_OK):
        return "its folder is read-only, and SQLite keeps a second file there while it writes", _WRITABLE
    return str(error), _ON_A_DISK


def _lacks_locks(folder: Path) -> bool:
    try:
        check_locks(folder)
    except NoLocksError:
        return True
    except OSError:
        return False
    return False
