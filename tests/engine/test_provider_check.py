"""A GET before the first POST learns who answers: emulator mode spends nothing, and live mode buys no stand-in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.raw_server import Behave, RawServer, Seen, answers, deserted_url, drops, raw_server, resets
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.emulator import Emulator, Fault, serve
from vidgo_notebook.engine.image_file import Payload
from vidgo_notebook.errors import APIError, AuthenticationError, JobUncertainError, TransportError

OpenHarness = Callable[..., EngineHarness]
LONG_ENOUGH = 90  # seconds; only a failing test waits so long
EMULATOR = {"X-Vidgo-Emulator": "1"}
BALANCE = ("GET", "/api/user/balance")
SUBMIT = ("POST", "/api/generate/submit")
ANY_BALANCE = answers(200, {"code": 200, "data": {"email": "a@example.com", "credits_amount": 5000}})


def service(
    balance: Behave = ANY_BALANCE, headers: Mapping[str, str] | None = None, submit: Behave | None = None
) -> Behave:
    """An API that takes any key, and bills: it is independent of the emulator."""

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        task = {"task_id": "task-1", "status": "finished", "files": [{"file_url": f"{server.url}/a.png"}]}
        uploaded = {"file_url": "https://files.example/shelf.png"}
        if seen.path == "/api/user/balance":
            balance(server, seen, connection)
        elif seen.path == "/a.png":
            answers(200, PNG, headers)(server, seen, connection)
        elif submit and seen.path == "/api/generate/submit":
            submit(server, seen, connection)
        else:
            answers(200, {"code": 200, "data": {**task, **uploaded}}, headers)(server, seen, connection)

    return behave


def in_turn(*behaviours: Behave) -> Behave:
    """Each request meets the next behaviour."""
    left = list(behaviours)

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        left.pop(0)(server, seen, connection)

    return behave


def asked(server: RawServer) -> list[tuple[str, str]]:
    """What arrived at a server."""
    return [(seen.method, seen.path) for seen in server.seen]


def posts(server: RawServer) -> list[tuple[str, str]]:
    """The requests that may cost something."""
    return [request for request in asked(server) if request[0] == "POST"]


def edit() -> dict[str, Any]:
    """The fields of an edit, whose image is uploaded first."""
    image = Reference("bytes", "1", name="shelf.png", payload=Payload(lambda: PNG))
    return {"model": "gpt-image-2-edit", "references": (image,)}


# Emulator mode


@pytest.mark.parametrize("fields", [{}, edit()], ids=["picture", "edit"])
def test_emulator_mode_sends_no_post_to_what_is_not_an_emulator(
    fields: dict[str, Any], open_harness: OpenHarness
) -> None:
    """A laboratory's gateway puts a key in, so it takes any."""
    with raw_server(service()) as gateway:
        harness = open_harness(url=gateway.url, emulated=True)
        jobs = [harness.buy(**fields).wait(LONG_ENOUGH) for _ in range(2)]
        assert asked(gateway) == [BALANCE, BALANCE]  # once for each run of the cell: the setting may have changed
        assert all("authorization" not in seen.headers and KEY not in str(seen) for seen in gateway.seen)
    for job in jobs:
        error = job.exception()
        assert type(error) is APIError
        assert "is not an emulator" in str(error)
        assert "nothing was spent" in str(error)
        assert "VIDGO_BASE_URL" in str(error)
        assert "VIDGO_MODE=live" in str(error)
        assert (job.status, job.charge, harness.states(job.id)) == ("refused", Decimal(0), ["Planned", "Refused"])
    assert harness.budget.committed == Decimal(0)


@pytest.mark.parametrize("status", [200, 302, 401, 404, 429, 500, 503])
def test_whatever_it_answers_it_is_no_emulator_without_the_header(status: int, open_harness: OpenHarness) -> None:
    with raw_server(service(answers(status, b"<html>"))) as gateway:
        assert "is not an emulator" in str(open_harness(url=gateway.url).buy().exception(LONG_ENOUGH))
        assert asked(gateway) == [BALANCE]


def test_two_kernels_in_emulator_mode_send_no_post_either(open_harness: OpenHarness) -> None:
    with raw_server(service()) as gateway:
        kernels = [open_harness(url=gateway.url, emulated=True) for _ in range(2)]
        jobs = [kernel.buy() for kernel in kernels]
        assert all("is not an emulator" in str(job.exception(LONG_ENOUGH)) for job in jobs)
        assert not posts(gateway)
    assert [kernel.budget.committed for kernel in kernels] == [0, 0]


@pytest.mark.parametrize("submit", [answers(200, {"code": 200, "data": {"task_id": "t"}}), answers(401, b"{}")])
def test_a_post_that_a_service_answered_after_all_leaves_the_job_uncertain(
    submit: Behave, open_harness: OpenHarness
) -> None:
    """The emulator was there for the GET; a service with its own key took its port before the POST."""
    with raw_server(service(answers(200, b"{}", EMULATOR), submit=submit)) as server:
        harness = open_harness(url=server.url, emulated=True)
        error = harness.buy().exception(LONG_ENOUGH)
        again = harness.buy()
        again.exception(LONG_ENOUGH)
        assert posts(server) == [SUBMIT]
    assert type(error) is JobUncertainError
    assert "is not an emulator" in str(error)
    assert "not accepted" not in str(error)
    assert (again.status, harness.budget.committed) == ("uncertain", Decimal(24))


def test_a_served_emulator_is_asked_once_and_without_a_key(open_harness: OpenHarness) -> None:
    emulator = Emulator(latency=0, draw=lambda _: PNG)
    with serve(emulator) as url:
        harness = open_harness(url=url)
        jobs = [harness.buy(f"Picture {number}") for number in range(20)]
        assert [job.result(LONG_ENOUGH).bytes for job in jobs] == [PNG] * 20
    assert [call.authorization for call in emulator.log if call.kind == "balance"] == [False]
    assert emulator.count("submit") == 20


@pytest.mark.parametrize("status", [401, 500])
def test_an_emulator_that_refuses_the_question_is_one_all_the_same(status: int, open_harness: OpenHarness) -> None:
    emulator = Emulator(latency=0, draw=lambda _: PNG)
    emulator.faults.add(Fault("balance", status=status))
    with serve(emulator) as url:
        assert open_harness(url=url).buy().result(LONG_ENOUGH).bytes == PNG


def test_the_emulator_in_this_process_is_not_asked(open_harness: OpenHarness) -> None:
    harness = open_harness(api=IN_KERNEL)
    assert harness.buy().result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("balance") == 0


# Live mode


@pytest.mark.parametrize("fields", [{}, edit()], ids=["picture", "edit"])
def test_live_mode_sends_no_post_to_an_emulator(fields: dict[str, Any], open_harness: OpenHarness) -> None:
    emulator = Emulator(latency=0)
    with serve(emulator) as url:
        harness = open_harness(url=url, emulated=False)
        job = harness.buy(**fields)
        error = job.exception(LONG_ENOUGH)
    assert type(error) is APIError
    assert "is an emulator" in str(error)
    assert "VIDGO_MODE=emulator" in str(error)
    assert "nothing was spent" in str(error)
    assert (emulator.count("submit"), emulator.count("upload")) == (0, 0)
    assert (job.status, harness.budget.committed) == ("refused", Decimal(0))


def test_a_service_that_answers_like_an_emulator_gets_no_post(open_harness: OpenHarness) -> None:
    with raw_server(service(answers(200, b"{}", EMULATOR), EMULATOR)) as server:
        assert "is an emulator" in str(open_harness(url=server.url, emulated=False).buy().exception(LONG_ENOUGH))
        assert asked(server) == [BALANCE]


@pytest.mark.parametrize("status", [200, 302, 400, 402, 403, 404, 429, 500, 501])
def test_any_answer_of_a_service_is_good_enough_for_the_purchase(status: int, open_harness: OpenHarness) -> None:
    """A gateway may have no balance; it is not an emulator, and that is all there is to know."""
    with raw_server(service(answers(status, b"<html>"))) as server:
        assert open_harness(url=server.url, emulated=False).buy().result(LONG_ENOUGH).bytes == PNG
        assert asked(server)[:2] == [BALANCE, SUBMIT]
        assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("refusal", [answers(401, b"{}"), answers(200, {"code": 401, "error": "no such key"})])
def test_a_key_that_the_question_finds_refused_is_not_tried_with_a_post(
    refusal: Behave, open_harness: OpenHarness
) -> None:
    with raw_server(service(in_turn(refusal, ANY_BALANCE))) as server:
        harness = open_harness(url=server.url, emulated=False)
        error = harness.buy().exception(LONG_ENOUGH)
        assert type(error) is AuthenticationError
        assert "VIDGO_API_KEY" in str(error)
        assert "nothing was spent" in str(error)
        assert asked(server) == [BALANCE]
        assert harness.buy().result(LONG_ENOUGH).bytes == PNG  # the next run asks again


# No answer, no POST


@pytest.mark.parametrize("emulated", [True, False], ids=["emulator", "live"])
@pytest.mark.parametrize("break_off", [drops, resets])
def test_a_server_that_hangs_up_gets_no_post(break_off: Behave, emulated: bool, open_harness: OpenHarness) -> None:
    with raw_server(service(break_off)) as server:
        harness = open_harness(url=server.url, emulated=emulated)
        jobs = [harness.buy(f"Picture {number}") for number in range(9)]
        errors = [job.exception(LONG_ENOUGH) for job in jobs]
        assert asked(server) == [BALANCE] * 4  # tried again for all jobs together
    for job, error in zip(jobs, errors, strict=True):
        assert type(error) is TransportError
        assert not error.sent
        assert server.url in str(error)
        assert "nothing was spent" in str(error)
        assert (job.status, harness.states(job.id)) == ("refused", ["Planned", "Refused"])
    assert len(set(map(id, errors))) == 9
    assert harness.budget.committed == Decimal(0)


def test_a_server_that_is_not_there_gets_nothing(open_harness: OpenHarness) -> None:
    with deserted_url() as url:
        error = open_harness(url=url).buy().exception(LONG_ENOUGH)
    assert type(error) is TransportError
    assert "cannot be reached" in str(error)
    assert "nothing was spent" in str(error)


def test_a_server_that_answers_at_the_second_try_is_bought_from(open_harness: OpenHarness) -> None:
    with raw_server(service(in_turn(drops, ANY_BALANCE))) as server:
        assert open_harness(url=server.url, emulated=False).buy().result(LONG_ENOUGH).bytes == PNG
        assert posts(server) == [SUBMIT]


def test_a_job_that_is_cancelled_does_not_end_the_question_of_the_others(open_harness: OpenHarness) -> None:
    reached, free = threading.Event(), threading.Event()

    def slow(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        reached.set()
        free.wait(LONG_ENOUGH)
        ANY_BALANCE(server, seen, connection)

    with raw_server(service(slow)) as server:
        harness = open_harness(url=server.url, emulated=False)
        first, second = harness.buy("First"), harness.buy("Second")
        assert reached.wait(LONG_ENOUGH)
        first.cancel()
        free.set()
        assert second.result(LONG_ENOUGH).bytes == PNG
        assert asked(server).count(BALANCE) == 1
        assert posts(server) == [SUBMIT]
    assert first.cancelled()
