"""However a submit ends, it was one POST, and its caller knows whether that may have been accepted."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from tests.fixtures.client_calls import ACCEPTED, BODY, call, failed, submit
from tests.fixtures.impatience import wait_at_most
from tests.fixtures.raw_server import Behave, answers, deserted_url, drops, hangs, raw_server, resets, sends
from vidgo_notebook.emulator import Emulator, Fault, build_app, serve, serve_app
from vidgo_notebook.errors import APIError, NotFoundError, RateLimitError, ServerError, TransportError, VidgoError
from vidgo_notebook.wire.client import VidgoClient


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that waits a fifth of a second where it would wait a minute."""
    wait_at_most(monkeypatch, connect=0.5, answer=0.2)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FAULTS = [
    (Fault("submit", status=500), ServerError, 0),
    (Fault("submit", status=500, after_accepting=True), ServerError, 1),
    (Fault("submit", status=502, body="<html>Bad gateway</html>", after_accepting=True), ServerError, 1),
    (Fault("submit", status=503, body=""), ServerError, 0),
    (Fault("submit", status=408), APIError, 0),
    (Fault("submit", status=429, headers={"Retry-After": "7"}), RateLimitError, 0),
    (Fault("submit", status=404), NotFoundError, 0),
    (Fault("submit", drop=True), TransportError, 0),
    (Fault("submit", drop=True, after_accepting=True), TransportError, 1),
    (Fault("submit", status=200, body="", after_accepting=True), TransportError, 1),
    (Fault("submit", status=200, body="<html>Welcome</html>", after_accepting=True), TransportError, 1),
    (Fault("submit", status=200, body={"code": 500, "error": "no"}, after_accepting=True), ServerError, 1),
    (Fault("submit", status=302, headers={"Location": "/api/generate/submit"}), TransportError, 0),
    (Fault("submit", status=307, headers={"Location": "/api/generate/submit"}), TransportError, 0),
]


@pytest.mark.parametrize(("fault", "kind", "tasks"), FAULTS)
def test_a_submit_that_fails_at_a_real_server_is_not_sent_again(
    fault: Fault, kind: type[VidgoError], tasks: int
) -> None:
    emulator = Emulator(latency=60)
    emulator.faults.add(fault)
    with serve(emulator) as url:
        failed(submit(url, emulated=True), kind)
    assert (emulator.count("submit"), emulator.count(), len(emulator.tasks)) == (1, 1, tasks)


@pytest.mark.parametrize("after_accepting", [False, True])
@pytest.mark.usefixtures("impatient")
def test_a_service_that_falls_silent_is_asked_once(after_accepting: bool) -> None:
    emulator = Emulator(latency=60)
    emulator.faults.add(Fault("submit", delay=60, after_accepting=after_accepting))
    with serve(emulator) as url:
        error = failed(submit(url, emulated=True), TransportError)
    assert error.sent
    assert emulator.count("submit") == 1


LOST: list[tuple[str, Behave]] = [
    ("closed without a word", drops),
    ("reset", resets),
    ("half a header", sends(b"HTTP/1.1 200 OK\r\nContent-Le")),
    ("half a body", sends(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"code": 200')),
    ("not HTTP at all", sends(b"220 mail.example ESMTP\r\n")),
    ("an absurd length", sends(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")),
    ("a body that is no gzip", answers(200, b"plain", {"Content-Encoding": "gzip"})),
    ("an empty 200", answers(200)),
    ("a redirect", answers(308, b"", {"Location": "/elsewhere"})),
    ("a task without a name", answers(200, {"code": 200, "data": {"task_id": ""}})),
]


@pytest.mark.parametrize("behave", [pytest.param(behave, id=name) for name, behave in LOST])
def test_an_answer_that_cannot_be_trusted_is_reported_as_maybe_accepted(behave: Behave) -> None:
    with raw_server(behave) as server:
        error = failed(submit(server.url), TransportError)
    assert error.sent
    assert [seen.method for seen in server.seen] == ["POST"]


WHOLE = json.dumps(ACCEPTED).encode()
NAMED: list[tuple[str, Behave]] = [
    ("a length that is too large", sends(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + WHOLE)),
    ("a last chunk that is missing", sends(CHUNKED + f"{len(WHOLE):x}\r\n".encode() + WHOLE + b"\r\n")),
    ("a chunk that breaks off behind the JSON", sends(CHUNKED + b"fff\r\n" + WHOLE)),
    ("no envelope", answers(200, {"task_id": "task-1"})),
    ("an empty envelope", answers(200, {"code": 200, "data": None, "task_id": "task-1"})),
]


@pytest.mark.parametrize("behave", [pytest.param(behave, id=name) for name, behave in NAMED])
def test_a_task_that_was_named_is_not_lost_however_the_answer_is_spoilt_around_it(behave: Behave) -> None:
    with raw_server(behave) as server:
        assert submit(server.url) == "task-1"
    assert [seen.method for seen in server.seen] == ["POST"]


@pytest.mark.usefixtures("impatient")
def test_a_server_that_never_answers_is_reported_as_maybe_accepted() -> None:
    with raw_server(hangs) as server:
        error = failed(submit(server.url), TransportError)
    assert (error.sent, server.connections) == (True, 1)


def test_a_connection_lost_before_the_body_was_read_is_not_tried_again() -> None:
    """The client can't tell it from one that was lost after the body was read."""
    with raw_server(drops, reads=False) as server:
        error = failed(submit(server.url), TransportError)
    assert (error.sent, server.connections) == (True, 1)


@pytest.mark.parametrize(
    "address",
    [deserted_url(), nullcontext("https://no-such-host.invalid"), nullcontext("https://api.vidgo.ai:0")],
    ids=["port", "host", "port 0"],
)
def test_at_a_closed_port_nothing_was_sent_and_the_error_says_so(address: AbstractContextManager[str]) -> None:
    with address as url:
        error = failed(submit(url), TransportError)
    assert not error.sent
    assert url in str(error)
    assert "Nothing was spent." in str(error)


@pytest.mark.usefixtures("impatient")
def test_a_tls_handshake_that_fails_sends_no_request() -> None:
    """A plain server behind an https address: the request never leaves."""
    with raw_server(hangs) as server:
        error = failed(submit(server.url.replace("http:", "https:")), TransportError)
    assert not error.sent
    assert server.seen == []


def test_every_submit_has_a_connection_of_its_own_and_reads_share_one() -> None:
    """On a kept connection that the server just closed, a POST could not be distinguished from a lost answer."""
    emulator, ports = Emulator(latency=60), []
    app = build_app(emulator)

    async def noting_ports(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            ports.append((scope["method"], scope["client"][1]))
        await app(scope, receive, send)

    async def asks(client: VidgoClient) -> None:
        for _ in range(3):
            await client.status(await client.submit(BODY))

    with serve_app(noting_ports) as url:
        call(url, asks, emulated=True)
    assert [method for method, _ in ports] == ["POST", "GET"] * 3
    assert len({port for method, port in ports if method == "POST"}) == 3
    assert len({port for method, port in ports if method == "GET"}) == 1


def test_a_429_says_how_long_to_wait() -> None:
    with raw_server(answers(429, {"code": 429}, {"Retry-After": "17"})) as server:
        assert failed(submit(server.url), RateLimitError).retry_after == 17.0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_of_a_submit_is_followed(status: int) -> None:
    with raw_server(answers(200, ACCEPTED)) as other:
        with raw_server(answers(status, b"", {"Location": other.url})) as server:
            assert failed(submit(server.url), TransportError).sent
        assert (len(server.seen), other.connections) == (1, 0)
