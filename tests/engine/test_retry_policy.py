"""What an error means for a job that may have been paid for."""

from __future__ import annotations

import pytest

from vidgo_notebook.domain.job_state import AnswerLost, PutBack, Refused
from vidgo_notebook.engine.retry_policy import after_submit, is_transient, still_fresh
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
    ("error", "fresh", "again"),
    [
        (TransportError("lost", sent=True), False, True),
        (ServerError("busy", status_code=503), False, True),
        (RateLimitError("busy", status_code=429), False, True),
        (APIError("took too long", status_code=408), False, True),
        (NotFoundError("?", status_code=404), True, True),
        (NotFoundError("?", status_code=404), False, False),
        (AuthenticationError("?", status_code=401), True, False),
        (APIError("?", status_code=403), True, False),
        (FetchError("cut short", transient=True), False, True),
        (FetchError("gone"), True, False),
        (StoreError("disk full"), True, False),
    ],
)
def test_what_may_pass_is_asked_for_again(error: VidgoError, fresh: bool, again: bool) -> None:
    assert is_transient(error, fresh) is again


@pytest.mark.parametrize(
    ("questions", "seconds", "fresh"), [(1, 999.0, True), (4, 999.0, True), (50, 9.9, True), (5, 10.1, False)]
)
def test_a_task_is_fresh_for_some_questions_and_for_some_seconds_since_the_first(
    questions: int, seconds: float, fresh: bool
) -> None:
    assert still_fresh(questions, seconds) is fresh
