"""How the service refuses: an HTTP status, a message, and the error's type.

In a module of its own: uploads raise it, and the bodies of successful answers import uploads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ERROR_TYPES = {
    400: "invalid_request_error",
    402: "insufficient_credits_error",
    403: "permission_denied_error",
    404: "resource_not_found_error",
    408: "timeout_error",
    421: "misdirected_request_error",
    429: "rate_limit_error",
    500: "internal_error",
    502: "upstream_error",
    503: "service_error",
}
"""``error.type`` by HTTP status; 401 has none (source: the sister service's documentation)."""


class Refusal(Exception):  # noqa: N818 - an answer of the service, not an error of the emulator
    """The service refuses a request: HTTP ``status``, its message, the error type, and headers."""

    def __init__(
        self, status: int, message: str, type: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body = error_body(status, message, type)


def error_body(status: int, message: str, type: str | None = None) -> dict[str, Any]:
    """An error in the service's form; ``type`` defaults to the usual one of ``status``."""
    error = {"message": message}
    if kind := type or ERROR_TYPES.get(status):
        error["type"] = kind
    return {"code": status, "error": error}
