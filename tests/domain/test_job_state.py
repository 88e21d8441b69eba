"""How a job moves: every state with every event, against a table written by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidgo_notebook.domain.job_state import (
    Accepted,
    AnswerLost,
    Failed,
    Forgotten,
    JobEvent,
    JobRecord,
    JobState,
    Progressed,
    PutBack,
    Refused,
    Rendered,
    Stored,
    Submitting,
    Unreadable,
    Uploading,
    Vanished,
    move,
)

EVENTS: dict[str, JobEvent] = {
    "submitting": Submitting(),
    "put back": PutBack(),
    "accepted": Accepted("task-1"),
    "uploading": Uploading(),
    "queued": Progressed(running=False, progress=0.0),
    "running": Progressed(running=True, progress=40.0),
    "rendered": Rendered("https://storage.example/a.png"),
    "stored": Stored("ab" * 32),
    "unreadable": Unreadable("ab" * 32),
    "failed": Failed("the model gave up"),
    "refused": Refused("no credits"),
    "answer lost": AnswerLost("connection reset"),
    "vanished": Vanished(),
    "forgotten": Forgotten(),
}

# State, then event: the state after it. What is missing cannot happen.
BEFORE_POST = {"uploading": "uploading", "submitting": "submitting", "refused": "refused"}
TABLE: dict[str, dict[str, str]] = {
    "planned": BEFORE_POST,
    "waiting": BEFORE_POST,
    "uploading": BEFORE_POST,
    "submitting": {
        "put back": "planned",
        "accepted": "not_started",
        "refused": "refused",
        "answer lost": "uncertain",
        "vanished": "refused",
    },
    "not_started": {
        "queued": "not_started",
        "running": "running",
        "rendered": "fetching",
        "failed": "failed",
        "vanished": "refused",
        "forgotten": "forgotten",
    },
    "running": {
        "queued": "running",
        "running": "running",
        "rendered": "fetching",
        "failed": "failed",
        "vanished": "refused",
        "forgotten": "forgotten",
    },
    "fetching": {"stored": "finished", "unreadable": "fetching", "vanished": "refused", "forgotten": "forgotten"},
    "finished": {},
    "failed": {},
    "refused": {},
    "forgotten": {},
    "uncertain": {"accepted": "not_started", "forgotten": "forgotten"},
}

ALLOWED = [(state, event, after) for state, row in TABLE.items() for event, after in row.items()]
IMPOSSIBLE = [(state, event) for state, row in TABLE.items() for event in EVENTS if event not in row]


def a_job(state: str, **known: object) -> JobRecord:
    """A job in ``state`` that was quoted 24 credits."""
    return JobRecord("job-1", "f" * 64, JobState(state), quoted=Decimal(24), **known)  # type: ignore[arg-type]


def test_the_table_covers_every_state_and_every_event() -> None:
    assert set(TABLE) == {state.value for state in JobState}
    assert len(ALLOWED) + len(IMPOSSIBLE) == 12 * 14
    assert {type(event).__name__ for event in EVENTS.values()} == {kind.__name__ for kind in JobEvent.__args__}


@pytest.mark.parametrize(("state", "event", "after"), ALLOWED)
def test_an_event_leads_where_the_table_says(state: str, event: str, after: str) -> None:
    assert move(a_job(state), EVENTS[event]).state.value == after


@pytest.mark.parametrize(("state", "event"), IMPOSSIBLE)
def test_an_impossible_event_is_refused_and_names_the_state(state: str, event: str) -> None:
    with pytest.raises(ValueError, match=f"job that is {state}$"):
        move(a_job(state), EVENTS[event])


def test_only_a_job_that_was_submitting_can_become_uncertain() -> None:
    assert [state for state, row in TABLE.items() if "uncertain" in row.values()] == ["submitting"]
    assert [state for state in TABLE if (state, "answer lost") not in IMPOSSIBLE] == ["submitting"]


@pytest.mark.parametrize("state", JobState)
def test_a_job_has_ended_exactly_if_it_moves_no_further_by_itself(state: JobState) -> None:
    assert state.ended == (state.value in {"finished", "failed", "refused", "uncertain", "forgotten"})


@pytest.mark.parametrize("state", JobState)
def test_which_jobs_the_service_is_known_to_hold(state: JobState) -> None:
    held = {"not_started", "running", "fetching", "finished", "failed"}
    assert state.accepted == (state.value in held)


@given(events=st.lists(st.sampled_from(sorted(EVENTS)), max_size=40))
def test_an_end_is_left_by_no_event_except_uncertain(events: list[str]) -> None:
    """Whatever is thrown at a job, and what cannot happen left out."""
    job = a_job("planned")
    for name in events:
        before = job
        try:
            job = move(job, EVENTS[name])
        except ValueError:
            continue
        assert not before.state.ended or before.state is JobState.UNCERTAIN


REPORTS = st.lists(st.tuples(st.booleans(), st.one_of(st.none(), st.floats(0, 100))), max_size=20)


@given(reports=REPORTS)
def test_neither_progress_nor_state_goes_back_whatever_the_service_reports(
    reports: list[tuple[bool, float | None]],
) -> None:
    job = move(a_job("submitting"), Accepted("task-1"))
    for running, progress in reports:
        before, job = job, move(job, Progressed(running, progress))
        assert (before.progress or 0.0) <= (job.progress or 0.0)
        assert before.progress is None or job.progress is not None
        assert not (before.state is JobState.RUNNING and job.state is not JobState.RUNNING)


def test_the_highest_reported_progress_is_kept() -> None:
    job = move(a_job("running", progress=60.0), Progressed(running=True, progress=40.0))
    assert job.progress == 60.0
    job = move(job, Progressed(running=True))
    assert job.progress == 60.0
    assert move(job, Progressed(running=True, progress=70.0)).progress == 70.0


def test_a_job_without_reported_progress_shows_none() -> None:
    assert move(a_job("not_started"), Progressed(running=True)).progress is None


def test_a_picture_is_charged_as_quoted_when_the_service_has_made_it() -> None:
    """Not when it was asked for, and not only when its file is here."""
    job = move(move(a_job("planned"), Submitting()), Accepted("task-1"))
    assert job.charge is None
    job = move(job, Rendered("https://storage.example/a.png"))
    assert (job.charge, job.progress, job.file_url) == (Decimal(24), 100.0, "https://storage.example/a.png")
    job = move(job, Stored("ab" * 32))
    assert (job.charge, job.digest) == (Decimal(24), "ab" * 32)


def test_the_charge_of_a_picture_without_published_price_stays_unknown() -> None:
    unpriced = JobRecord("job-1", "f" * 64, JobState.RUNNING)
    assert move(unpriced, Rendered("https://storage.example/a.png")).charge is None


@pytest.mark.parametrize(
    ("state", "event", "message"), [("running", "failed", "the model gave up"), ("submitting", "refused", "no credits")]
)
def test_a_failure_costs_nothing_and_says_why(state: str, event: str, message: str) -> None:
    job = move(a_job(state), EVENTS[event])
    assert (job.charge, job.message) == (Decimal(0), message)


@pytest.mark.parametrize("state", ["submitting", "not_started", "running", "fetching"])
def test_a_job_of_the_emulator_that_ended_with_its_kernel_costs_nothing(state: str) -> None:
    job = move(a_job(state, charge=Decimal(24)), Vanished())
    assert job.charge == Decimal(0)
    assert "kernel" in job.message


def test_what_an_uncertain_job_costs_is_not_known() -> None:
    job = move(a_job("submitting"), AnswerLost("connection reset"))
    assert (job.charge, job.message, job.task_id) == (None, "connection reset", None)


def test_a_webhook_that_names_an_uncertain_job_settles_it() -> None:
    job = move(a_job("uncertain"), Accepted("task-9"))
    assert (job.state, job.task_id) == (JobState.NOT_STARTED, "task-9")


def test_moving_leaves_the_old_record_as_it_was() -> None:
    job = a_job("planned")
    move(job, Submitting())
    assert job == a_job("planned")
