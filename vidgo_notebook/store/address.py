"""The address of a store or a journal: a path on this machine, or a URL whose password is never shown.

A password is removed from a URL as soon as it is read, and kept in this process only, keyed by the rest of
the URL. So everything that holds an address (settings, journal, messages, workers' tasks) may show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from vidgo_notebook.errors import NOTHING_SPENT, StoreError

FOLDER_NAME = ".vidgo"
"""The folder of a store, where none is named."""

JOURNAL_NAME = "journal.sqlite3"
"""The file of a journal, where none is named."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # a single letter is a Windows drive
_HOST = re.compile(r"[^:@\[\]]*(\[[0-9A-Fa-f:.%]+\])?(:\d+)?(,[^:@\[\]]+(:\d+)?)*")
_HIDDEN = "•••"


class _Passwords(dict[str, str]):
    """By address. Its repr does not list them, so neither does a traceback that shows variables."""

    def __repr__(self) -> str:
        return f"<{len(self)} passwords>"


_PASSWORDS = _Passwords()


def working_folder() -> Path:
    """The folder in which relative paths begin. Raises StoreError if it was removed while this process is in it."""
    try:
        return Path.cwd()
    except OSError as error:
        raise StoreError(
            f"The working directory is not available: {error.strerror}.",
            cost=NOTHING_SPENT,
            hint="Change to another folder and try again.",
        ) from None


def find_store(start: Path) -> Path:
    """The nearest ``.vidgo`` folder at or above ``start``; else the one to be created in ``start``."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FOLDER_NAME).is_dir():
            return folder / FOLDER_NAME
    return start / FOLDER_NAME


def is_url(text: str) -> bool:
    """Whether a text is a URL rather than a path."""
    return bool(_URL.match(text))


def clean(text: str) -> str:
    """The address as it may be stored and shown: an absolute path, or a URL without its password.

    Raises ValueError, without any secret in its text, for what can't be an address.
    """
    if not is_url(text):
        return _resolved(text)
    scheme, _, rest = text.partition("://")
    if scheme.lower() in ("file", "local"):
        return _resolved(unquote(rest))
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    user, colon, password = user.partition(":")
    if not _HOST.fullmatch(host) or (":" in host and not at and "@" in path):
        raise ValueError("the part after :// is not a valid host; in a password write / as %2F, @ as %40 and : as %3A")
    if "password" in path.partition("?")[2].lower():
        raise ValueError("a password is not allowed after the question mark: write scheme://user:password@host/…")
    address = f"{scheme.lower()}://{user}{at}{host}{slash}{path}".rstrip("/")
    if colon:
        _PASSWORDS[address] = unquote(password)
    return address


def _resolved(text: str) -> str:
    path = Path(text).expanduser()
    return str((path if path.is_absolute() else working_folder() / path).resolve())


def password_of(address: str) -> str | None:
    """The password that was in an address, or None; it may be passed to a driver and to nothing else."""
    return _PASSWORDS.get(address)


def remember_passwords(places: Iterable[str]) -> None:
    """Keep the passwords of these addresses, for example of those in the environment of a process."""
    for place in places:
        with suppress(ValueError, OSError, RuntimeError, StoreError):
            clean(place)


def redact(text: str, address: str) -> str:
    """``text`` without the password of ``address``, in case a library puts it into a message."""
    password = password_of(address)
    return text.replace(password, _HIDDEN) if password else text
