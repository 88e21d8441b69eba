"""The API key: never printed or pickled, sent in one header only.

A module of its own, because a cell checks the key before HTTP is loaded, which takes a while.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from vidgo_notebook.errors import AuthenticationError

if TYPE_CHECKING:
    import httpx2 as httpx

_HIDDEN = "•••"


class ApiKey:
    """A key that is never printed or pickled. Raises AuthenticationError for text that can't be a key."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        value = value.strip()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise AuthenticationError(
                "The API key is empty or contains characters that no key has (spaces, accents, line breaks).",
                cost="Nothing was sent.",
            )
        self._value = value

    def __repr__(self) -> str:
        return f"ApiKey({_HIDDEN})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ApiKey) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("an API key can't be pickled")

    def reveal(self) -> str:
        """The key itself, for a channel that is as private as the one to the API."""
        return self._value

    def sign(self, request: httpx.Request) -> None:
        """Add the key to the headers of a request."""
        request.headers["Authorization"] = f"Bearer {self._value}"

    def redact(self, body: bytes) -> bytes:
        """``body`` without the key, in case a server echoes it in an error."""
        for form in {self._value, json.dumps(self._value)[1:-1], self._value.replace("/", "\\/")}:
            body = body.replace(form.encode(), _HIDDEN.encode())
        return body
