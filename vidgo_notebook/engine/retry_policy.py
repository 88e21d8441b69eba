"""What an error means for a job, and how often a request is tried: pure decisions, which the callers act on."""

from __future__ import annotations

import math

from vidgo_notebook.domain.job_state import AnswerLost, JobEvent, PutBack, Refused
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.provider import WRONG_PROVIDER
from vidgo_notebook.engine.polling_schedule import backoff
from vidgo_notebook.errors import APIError, FetchError, NotFoundError, RateLimitError, TransportError, VidgoError

FRESH_SECONDS, FRESH_QUESTIONS = 10.0, 5
"""How long a new task may be unknown to the service's status address: both, counted from the first question."""

PROVIDER_CHECKS, SUBMITS, UPLOADS = 4, 4, 5
"""How often each is tried. A submit is sent again only if it was certainly not accepted."""

PATIENCE_SECONDS = 600.0
"""How long the file of a paid picture is tried, in seconds awake since the first try."""

SAME_BYTES_SECONDS = 30.0
"""Seconds awake after which a file that can't be read, and has not changed, counts as all that the host has."""

LONGEST_RETRY_AFTER = 3600.0
"""The longest ``Retry-After`` in seconds that is believed."""

_CLEARLY_NO = range(400, 500)
_INVALID = (400, 404, 410, 422)  # for example because an image no longer exists
_REQUEST_TIMEOUT = 408  # the service gave up waiting; it may have read the request


def after_submit(error: VidgoError) -> JobEvent:
    """What a submit without a task id means: put back, refused, or uncertain.

    Only what was certainly not accepted may be sent again (no connection, 429) or counts as refused
    (another 4xx). Everything else may have been accepted, and is never sent again automatically: so what an
    unexpected provider answered, for example a real service in emulator mode.
    """
    message = error.message
    if isinstance(error, TransportError):
        return AnswerLost(message) if error.sent else PutBack()
    if isinstance(error, RateLimitError):
        return PutBack()
    if not isinstance(error, APIError) or error.type == WRONG_PROVIDER:
        return AnswerLost(message)
    clearly_no = error.status_code in _CLEARLY_NO and error.status_code != _REQUEST_TIMEOUT
    return Refused(message) if clearly_no else AnswerLost(message)


def still_fresh(questions: int, seconds: float) -> bool:
    """Whether a task may still be unknown after so many questions, the first of them so many seconds ago.

    The time since the POST says nothing: under load the first question comes late.
    """
    return questions < FRESH_QUESTIONS or seconds < FRESH_SECONDS


def is_transient(error: VidgoError, fresh: bool) -> bool:
    """Whether a request that failed with this error may succeed later. What is ``fresh`` may be unknown at first."""
    if isinstance(error, TransportError | FetchError):
        return error.transient
    if isinstance(error, NotFoundError):
        return fresh
    return isinstance(error, APIError) and (error.status_code >= 500 or error.status_code in (429, _REQUEST_TIMEOUT))


def rate_limited(seconds: float) -> str:
    """What a job shows while it waits for the end of a pause; '' when it is over."""
    return f"rate limited, next try in {math.ceil(seconds)} s" if seconds else ""


class Tries:
    """At most ``most`` tries of one request, each pause twice as long as the one before."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.failures = 0

    def fail(self) -> bool:
        """Count a failure; whether to try again."""
        self.failures += 1
        return self.failures < self._most

    @property
    def pause(self) -> float:
        """Seconds until the next try."""
        return backoff(self.failures)


class Patience:
    """Tries of the file of a picture that is paid for, for ``PATIENCE_SECONDS``. A pause is never shorter than the
    host's ``Retry-After``."""

    def __init__(self) -> None:
        self._failures = 0
        self._unreadable: dict[str, float] = {}
        self.pause = 0.0

    def fail(self, error: VidgoError, seconds: float) -> bool:
        """Count a failure and the seconds since the first try began; whether to try again after ``pause``."""
        self._failures += 1
        asked = error.retry_after if isinstance(error, FetchError | RateLimitError) else None
        self.pause = max(backoff(self._failures), min(asked or 0.0, LONGEST_RETRY_AFTER))
        return seconds < PATIENCE_SECONDS and is_transient(error, still_fresh(self._failures, seconds))

    def is_final(self, digest: str, seconds: float) -> bool:
        """Whether a file that can't be read was the same ``SAME_BYTES_SECONDS`` before."""
        return seconds - self._unreadable.setdefault(digest, seconds) >= SAME_BYTES_SECONDS


def refused_as_invalid(error: VidgoError) -> bool:
    """Whether the service rejected the request itself, perhaps because of its images."""
    return isinstance(error, APIError) and error.status_code in _INVALID


def refusal_cost(quote: Quote) -> str:
    """What a refused request cost, in words."""
    would = "its price is not published" if quote.total is None else f"it would have cost {quote}"
    return f"It was not accepted: nothing was spent ({would})."
