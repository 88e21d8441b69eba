"""Why an SQLite file can't be used, in words, and what to do: locked, no locks, read-only, or what SQLite says."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

if sys.platform not in ("win32", "emscripten"):
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
_WAIT_FOR_HOLDER = (
    "Try again: it usually takes a moment. If not, let that process go on, or end it; %vidgo resume then takes up what "
    "it left."
)
_WAKE_HOLDER = (
    "In a terminal, kill -CONT {pid} lets it go on, and kill -KILL {pid} ends it; %vidgo resume then takes up what it "
    "left."
)

_LOCKED_BYTES = range(0x40000000, 0x40000000 + 512)
"""Where SQLite locks a file."""


class NoLocksError(OSError):
    """The file system does not support locks."""


def check_locks(folder: Path) -> None:
    """Raise NoLocksError if files in a folder can't be locked.

    SQLite takes that for a lock of another process, and waits for it again and again.
    """
    if sys.platform in ("win32", "emscripten"):  # the second is a browser, whose files no other process sees
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
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
        return _locked(path)
    if path.is_file() and not os.access(path, os.W_OK):
        return "the file is read-only", _WRITABLE
    if path.parent.is_dir() and not os.access(path.parent, os.W_OK):
        return "its folder is read-only, and SQLite keeps a second file there while it writes", _WRITABLE
    return str(error), _ON_A_DISK


def _locked(path: Path) -> tuple[str, str]:
    holders = _holders(path)
    if stopped := next((pid for pid in holders if _is_stopped(pid)), None):
        return f"process {stopped}, which is stopped, keeps it locked", _WAKE_HOLDER.format(pid=stopped)
    holder = f"process {holders[0]}" if holders else "another process"
    return f"{holder} keeps it locked", _WAIT_FOR_HOLDER


def _holders(path: Path) -> list[int]:
    """The other processes that have locked a file, writers first; [] where the system does not list them.

    The file is not opened: closing it would release this process's own locks.
    """
    found = list[tuple[bool, int]]()
    with suppress(OSError, ValueError):
        inode = path.stat().st_ino
        for line in Path("/proc/locks").read_text().splitlines():
            fields = line.split()  # 1: POSIX ADVISORY WRITE 4711 fe:00:2148677 1073741825 1073741825
            if len(fields) == 8 and fields[5].endswith(f":{inode}") and int(fields[6]) in _LOCKED_BYTES:
                found.append((fields[3] != "WRITE", int(fields[4])))
    return [pid for _, pid in sorted(found) if pid > 0 and pid != os.getpid()]


def _is_stopped(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    return False


def _lacks_locks(folder: Path) -> bool:
    try:
        check_locks(folder)
    except NoLocksError:
        return True
    except OSError:
        return False
    return False
