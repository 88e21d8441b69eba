"""Where a store or a journal lies: a path of this machine, or a URL whose password shows nowhere.

A password is taken out of a URL as soon as it is met, and kept for this process only, under what is
left of the URL. So whatever holds an address (settings, journal, messages, workers' tasks) may show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # one letter alone is a drive of Windows
_HOST = re.compile(r"[^:@\[\]]*(\[[0-9A-Fa-f:.%]+\])?(:\d+)?(,[^:@\[\]]+(:\d+)?)*")
_HIDDEN = "•••"


class _Passwords:
    """By address. A class of its own, so that no repr of a module or a traceback lists them."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<{len(self._known)} passwords>"

    def keep(self, address: str, password: str) -> None:
        self._known[address] = password

    def of(self, address: str) -> str | None:
        return self._known.get(address)


_PASSWORDS = _Passwords()


def is_url(text: str) -> bool:
    """Whether a text is a URL rather than a path."""
    return bool(_URL.match(text))


def clean(text: str) -> str:
    """The address as it may be stored and shown: an absolute path, or a URL without its password.

    Raises ValueError, which names no secret, for what can't be an address.
    """
    if not is_url(text):
        return str(Path(text).expanduser().resolve())
    scheme, _, rest = text.partition("://")
    if scheme.lower() in ("file", "local"):
        return str(Path(unquote(rest)).expanduser().resolve())
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    user, colon, password = user.partition(":")
    if not _HOST.fullmatch(host) or (":" in host and not at and "@" in path):
        raise ValueError("what stands behind :// is no host; in a password write / as %2F, @ as %40 and : as %3A")
    if "password" in path.partition("?")[2].lower():
        raise ValueError("a password does not belong behind the question mark: write scheme://user:password@host/…")
    address = f"{scheme.lower()}://{user}{at}{host}{slash}{path}".rstrip("/")
    if colon:
        _PASSWORDS.keep(address, unquote(password))
    return address


def password_of(address: str) -> str | None:
    """The password that came with an address, if one did; pass it on to a driver and to nobody else."""
    return _PASSWORDS.of(address)


def learn_passwords(places: Iterable[str]) -> None:
    """Keep the passwords of these addresses, as of those that a process has in its environment."""
    for place in places:
        with suppress(ValueError, OSError, RuntimeError):
            clean(place)


def redact(text: str, address: str) -> str:
    """``text`` without the password of ``address``, should a library put it into a message."""
    password = password_of(address)
    return text.replace(password, _HIDDEN) if password else text


def parts(address: str) -> SplitResult:
    """The parts of an address that is a URL."""
    return urlsplit(address)
