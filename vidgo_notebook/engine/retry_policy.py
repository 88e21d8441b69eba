"""What an error means for a job, and how often something is tried. Pure decisions; the runner acts on them."""

from __future__ import annotations

from vidgo_notebook.domain.job_state import AnswerLost, JobEvent, PutBack, Refused
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.provider import WRONG_PROVIDER
from vidgo_notebook.engine.polling_schedule import backoff
from vidgo_notebook.errors import APIError, FetchError, NotFoundError, RateLimitError, TransportError, VidgoError

FRESH_SECONDS = 10.0
"""How long a new task may be unknown to the service's status address."""

SUBMITS, UPLOADS, DOWNLOADS = 4, 5, 5
"""How often each is tried. A submit counts only what surely was not accepted: nothing else is sent again."""

_CLEARLY_NO = range(400, 500)
_INVALID = (400, 404, 410, 422)  # among other things: an image that is not there any more
_REQUEST_TIMEOUT = 408  # the service gave up waiting; whether it had read the request, nobody knows


def after_submit(error: VidgoError) -> JobEvent:
    """What a submit that brought no task id means: put back, refused, or uncertain.

    Only what was surely not accepted may be sent again (no connection, 429) or counts as refused
    (another 4xx). Everything else may have been accepted, and is never sent again by itself.
    """
    message = error.message
    if isinstance(error, TransportError):
        return AnswerLost(message) if error.sent else PutBack()
    if isinstance(error, RateLimitError):
        return PutBack()
    if isinstance(error, APIError) and (
        error.type == WRONG_PROVIDER or (error.status_code in _CLEARLY_NO and error.status_code != _REQUEST_TIMEOUT)
    ):
        return Refused(message)
    return AnswerLost(message)


def worth_asking_again(error: VidgoError, task_age: float) -> bool:
    """Whether a status request that failed so may go through later. ``task_age`` is in seconds."""
    if isinstance(error, TransportError):
        return True
    if isinstance(error, NotFoundError):
        return task_age < FRESH_SECONDS
    if isinstance(error, APIError):
        return error.status_code >= 500 or error.status_code in (429, _REQUEST_TIMEOUT)
    return isinstance(error, FetchError) and error.transient


class Tries:
    """One thing that is tried at most ``most`` times, each pause between twice as long as the one before."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.failures = 0

    def fail(self) -> bool:
        """It failed once more; whether it may be tried again."""
        self.failures += 1
        return self.failures < self._most

    @property
    def pause(self) -> float:
        """Seconds until the next try."""
        return backoff(self.failures)


def refused_as_invalid(error: VidgoError) -> bool:
    """Whether the service found fault with the request itself, so that its images may be at fault."""
    return isinstance(error, APIError) and error.status_code in _INVALID


def refusal_cost(quote: Quote) -> str:
    """What a refused request cost, in words."""
    return f"It was not accepted: nothing was spent (it would have cost {quote})."
