"""From an intent to a picture: one POST however it ends, and the job, the journal and the purse agree."""

from __future__ import annotations

import socket
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.raw_server import RawServer, Seen, answers, drops, raw_server
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.emulator import Fault
from vidgo_notebook.errors import (
    APIError,
    AuthenticationError,
    InsufficientCreditsError,
    JobFailedError,
    JobUncertainError,
    RateLimitError,
    TransportError,
)

OpenBench = Callable[..., EngineHarness]
LONG_ENOUGH = 90  # seconds; only a failing test waits so long


def test_a_picture_is_bought_once_stored_and_charged_as_quoted(harness: EngineHarness) -> None:
    job = harness.buy()
    result = job.result(LONG_ENOUGH)
    assert result.path is not None
    assert result.path.read_bytes() == PNG == result.bytes
    assert (job.status, job.charge, job.progress) == ("finished", Decimal(24), 100.0)
    assert (harness.emulator.count("submit"), harness.emulator.count("file")) == (1, 1)
    assert (
        harness.emulator.charged == Decimal(24) == harness.charged == harness.budget.spent == harness.budget.committed
    )
    assert job.task_id in harness.emulator.tasks


def test_every_move_of_a_job_is_in_the_journal(harness: EngineHarness) -> None:
    job = harness.buy().wait(LONG_ENOUGH)
    moves = harness.states(job.id)
    moves = [move for move in moves if move != "Progressed"]
    assert moves == ["Planned", "Submitting", "Accepted", "Rendered", "Stored"]
    entry = harness.entry(job.id)
    assert (entry.record.state.value, entry.record.task_id) == ("finished", job.task_id)
    assert entry.created_at <= entry.submitted_at <= entry.rendered_at <= entry.ended_at  # type: ignore[operator]


def test_the_record_beside_the_picture_says_how_it_was_made(harness: EngineHarness) -> None:
    job = harness.buy(callback_url="https://me.example/?secret=1").wait(LONG_ENOUGH)
    provenance = job.result().provenance
    assert (provenance["prompt"], provenance["model"], provenance["provider"]) == (
        "A red bicycle",
        "gpt-image-2",
        "vidgo",
    )
    assert provenance["fields"] == {"quality": "high", "size": "16:9", "resolution": "2K"}
    assert (provenance["quoted"], provenance["charged"], provenance["width"], provenance["height"]) == (
        "24",
        "24",
        64,
        48,
    )
    assert (provenance["task_id"], provenance["job_id"]) == (job.task_id, job.id)
    assert "secret" not in str(provenance)
    assert harness.store.find(job.fingerprint) == job.result().record


LOST = [
    Fault("submit", status=500),
    Fault("submit", status=500, after_accepting=True),
    Fault("submit", status=502, body="<html>"),
    Fault("submit", status=503),
    Fault("submit", status=408),
    Fault("submit", status=200, body=""),
    Fault("submit", status=200, body={"code": 503, "error": "busy"}),
    Fault("submit", drop=True),
    Fault("submit", drop=True, after_accepting=True),
    Fault("submit", status=307, headers={"Location": "/api/generate/submit"}),
    Fault("submit", alter=lambda body: {"code": 200, "data": {}}),
]


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_makes_a_job_uncertain_and_is_never_sent_again(fault: Fault, harness: EngineHarness) -> None:
    harness.emulator.faults.add(fault)
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is JobUncertainError
    assert (job.status, job.charge, error.job) == ("uncertain", None, job)
    assert "24 credits" in str(error)
    assert f"vidgo.resolve('{job.id}', 'resubmit')" in str(error)
    assert harness.emulator.count("submit") == 1
    assert harness.entry(job.id).record.state.value == "uncertain"
    assert harness.budget.committed == Decimal(24)  # it may be billed, so the budget must not forget it


def test_buying_again_what_is_uncertain_sends_nothing(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("submit", status=500))
    first = harness.buy()
    first.exception(LONG_ENOUGH)
    again = harness.buy()
    assert type(again.exception(LONG_ENOUGH)) is JobUncertainError
    assert again.id == first.id
    assert harness.emulator.count("submit") == 1
    assert harness.budget.committed == Decimal(24)


REFUSED = [
    (Fault("submit", status=400), APIError),
    (Fault("submit", status=401), AuthenticationError),
    (Fault("submit", status=402), InsufficientCreditsError),
    (Fault("submit", status=403), APIError),
    (Fault("submit", status=422), APIError),
    (Fault("submit", status=200, body={"code": 402, "error": "top up"}), InsufficientCreditsError),
]


@pytest.mark.parametrize(("fault", "kind"), REFUSED)
def test_a_clear_no_ends_the_job_at_no_cost(fault: Fault, kind: type[APIError], harness: EngineHarness) -> None:
    harness.emulator.faults.add(fault)
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is kind
    assert "nothing was spent" in str(error)
    assert (job.status, job.charge) == ("refused", Decimal(0))
    assert harness.emulator.count("submit") == 1
    assert harness.budget.committed == Decimal(0) == harness.charged
    assert harness.buy().result(LONG_ENOUGH).bytes == PNG  # nothing stands in the way of another try


def test_a_failed_task_is_reported_in_the_services_words_and_costs_nothing(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is JobFailedError
    assert "Unsafe content" in str(error)
    assert (job.status, job.charge, harness.charged) == ("failed", Decimal(0), Decimal(0))


def test_a_failed_job_gives_its_price_back_to_the_budget(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    harness.buy().exception(LONG_ENOUGH)
    assert harness.budget.committed == Decimal(0)


# What surely was not accepted may be sent again


def test_a_refused_connection_is_tried_again_and_then_reported(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("submit", refuse_connection=True, times=None))
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is TransportError
    assert not error.sent
    assert "cannot be reached" in str(error)
    assert (job.status, harness.budget.committed) == ("refused", Decimal(0))
    assert harness.states(job.id) == ["Planned", *["Submitting", "PutBack"] * 3, "Submitting", "Refused"]


def test_a_connection_that_comes_back_in_time_buys_the_picture_once(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("submit", refuse_connection=True, times=3))
    assert harness.buy().result(LONG_ENOUGH).bytes == PNG
    assert len(harness.emulator.tasks) == 1


def test_a_connection_lost_at_a_real_server_is_one_post(open_harness: OpenBench) -> None:
    def drops_posts(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        (answers(200, b"{}") if seen.method == "GET" else drops)(server, seen, connection)

    with raw_server(drops_posts) as server:
        harness = open_harness(url=server.url, emulated=False)
        assert type(harness.buy().exception(LONG_ENOUGH)) is JobUncertainError
        asked = [(seen.method, seen.path) for seen in server.seen]
        assert asked == [("GET", "/api/user/balance"), ("POST", "/api/generate/submit")]


def test_a_busy_service_is_asked_again_until_it_accepts(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("submit", status=429, times=5))
    job = harness.buy()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("submit") == 6
    assert (harness.emulator.charged, harness.charged) == (24, 24)


def test_a_service_that_stays_busy_ends_the_job_at_no_cost(open_harness: OpenBench) -> None:
    harness = open_harness(timeout=100.0)
    harness.emulator.faults.add(Fault("submit", status=429, times=None, headers={"Retry-After": "30"}))
    job = harness.buy()
    assert type(job.exception(LONG_ENOUGH)) is RateLimitError
    assert (job.status, harness.budget.committed, len(harness.emulator.tasks)) == ("refused", 0, 0)


def test_an_intent_that_cannot_be_written_sends_nothing(harness: EngineHarness) -> None:
    """Without a durable intent a kernel that dies could buy twice."""
    harness.journal.close()
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert "Without it nothing is sent" in str(error)
    assert harness.emulator.count() == 0
    assert harness.budget.committed == Decimal(0)


def test_the_intent_is_on_disk_before_the_request_leaves(harness: EngineHarness) -> None:
    """Another process must find it there, whatever happens next."""
    from vidgo_notebook.store.journal.journal import Journal

    seen: list[str] = []

    def look(call: object) -> bool:
        other = Journal(harness.journal.address)
        seen.extend(entry.record.state.value for entry in other.all_under_way())
        other.close()
        return False

    harness.emulator.faults.add(Fault("submit", status=500, when=look))
    harness.buy().result(LONG_ENOUGH)
    assert seen == ["submitting"]
