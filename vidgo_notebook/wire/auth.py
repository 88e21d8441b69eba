"""The API key: never printed or pickled, sent in one header only.

A module of its own, because a cell checks the key before HTTP is loaded, which takes a while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidgo_notebook.errors import AuthenticationError
from vidgo_notebook.wire.redaction import HIDDEN, Secret

if TYPE_CHECKING:
    import httpx2 as httpx


_QUOTES = tuple("\"'`“”‘’«»")


class ApiKey:
    """A key that is never printed or pickled; a KeyRing makes one for each text. Raises AuthenticationError for text
    that can't be a key."""

    __slots__ = ("_secret", "_value")

    def __init__(self, value: str) -> None:
        value = value.strip()
        if value[:1] in _QUOTES or value[-1:] in _QUOTES:
            raise AuthenticationError(
                "The API key begins or ends with a quotation mark, which is not a part of it.",
                cost="Nothing was sent.",
                hint="Set it without quotation marks: on Windows, set VIDGO_API_KEY=sk-… keeps them.",
            )
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise AuthenticationError(
                "The API key is empty or contains characters that no key has (spaces, accents, line breaks).",
                cost="Nothing was sent.",
            )
        self._value = value
        self._secret = Secret(value)

    def __repr__(self) -> str:
        return f"ApiKey({HIDDEN})"

    def __reduce__(self) -> str:
        raise TypeError("an API key can't be pickled")

    def reveal(self) -> str:
        """The key itself, for a channel that is as private as the one to the API."""
        return self._value

    def sign(self, request: httpx.Request) -> None:
        """Add the key to the headers of a request."""
        request.headers["Authorization"] = f"Bearer {self._value}"

    def redact(self, text: str) -> str:
        """``text`` without the key in any spelling, in case a server echoes it."""
        return self._secret.hide_in(text)

    def keep_out_of_logs(self) -> None:
        """Hide the key in the log lines of the HTTP library below, which writes the headers of responses."""
        self._secret.keep_out_of_logs()
