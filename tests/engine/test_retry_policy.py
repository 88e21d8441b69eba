"""What an error means for a job that may have been paid for."""

from __future__ import annotations

import pytest

from vidgo_notebook.domain.job_state import AnswerLost, PutBack, Refused
from vidgo_notebook.engine.retry_policy import after_submit, is_transient
from vidgo_notebook.errors import (
    APIError,
    AuthenticationError,
    FetchError,
    InsufficientCreditsError,
    NotFoundError,
    RateLimitError,
    ServerError,
    StoreError,
    TransportError,
    VidgoError,
)

MEANINGS = [
    (TransportError("no connection"), PutBack),
    (RateLimitError("busy", status_code=429), PutBack),
    (TransportError("lost", sent=True), AnswerLost),
    (APIError("took too long", status_code=408), AnswerLost),
    (ServerError("broken", status_code=500), AnswerLost),
    (ServerError("busy", status_code=503), AnswerLost),
    (APIError("what?", status_code=0), AnswerLost),
    (APIError("what?", status_code=302), AnswerLost),
    (APIError("what?", status_code=600), AnswerLost),
    (APIError("invalid", status_code=400), Refused),
    (AuthenticationError("no key", status_code=401), Refused),
    (InsufficientCreditsError("top up", status_code=402), Refused),
    (APIError("not yours", status_code=403), Refused),
    (NotFoundError("no such address", status_code=404), Refused),
    (APIError("invalid", status_code=422), Refused),
    (APIError("an emulator", status_code=200, type="emulator_error"), AnswerLost),
    (APIError("not an emulator", status_code=401, type="emulator_error"), AnswerLost),
]


@pytest.mark.parametrize(
    ("error", "event"), MEANINGS, ids=[str(error).replace("\n", " ")[:30] for error, _ in MEANINGS]
)
def test_only_what_surely_was_not_accepted_may_be_sent_again(error: VidgoError, event: type) -> None:
    assert type(after_submit(error)) is event


@pytest.mark.parametrize(
    ("error", "age", "again"),
    [
        (TransportError("lost", sent=True), 0, True),
        (ServerError("busy", status_code=503), 999, True),
        (RateLimitError("busy", status_code=429), 999, True),
        (APIError("took too long", status_code=408), 999, True),
        (NotFoundError("?", status_code=404), 9.9, True),
        (NotFoundError("?", status_code=404), 10.1, False),
        (AuthenticationError("?", status_code=401), 0, False),
        (APIError("?", status_code=403), 0, False),
        (FetchError("cut short", transient=True), 0, True),
        (FetchError("gone"), 0, False),
        (StoreError("disk full"), 0, False),
    ],
)
def test_what_may_pass_is_asked_for_again(error: VidgoError, age: float, again: bool) -> None:
    assert is_transient(error, age) is again
