"""What becomes of a job when the way to the API breaks off: a hand-written table, on the engine's own loop."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import uvloop

from tests.fixtures.breaking_server import (
    ANSWER,
    Line,
    Talk,
    api,
    closes,
    lines,
    proxy,
    resets,
    says,
    socks,
    stalls,
    talks_nonsense,
)
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.impatience import wait_at_most
from tests.fixtures.raw_server import CERTIFICATE, answers, raw_server
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.engine.image_file import Payload
from vidgo_notebook.errors import FetchError, JobTimeoutError, JobUncertainError, TransportError, VidgoError

OpenBench = Callable[..., EngineHarness]
LONG_ENOUGH = 90  # seconds; only a failing test waits so long
ASKED = "GET /api/user/balance"
"""Who answers: the request before the first POST, over a connection that every server here serves well."""
SUBMIT = "POST /api/generate/submit"

HTML = says(b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<html>Log in.")
NEVER_LEFT = [  # the way out, where the proxy or else the API breaks off, and how
    ("", "before TLS", closes),
    ("", "before TLS", resets),
    ("", "before TLS", stalls),
    ("", "before TLS", talks_nonsense),
    ("", "in the handshake", closes),
    ("", "in the handshake", stalls),
    ("http", "at once", resets),
    ("http", "on CONNECT", closes),
    ("http", "on CONNECT", stalls),
    ("http", "on CONNECT", says(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")),
    ("http", "on CONNECT", says(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")),
    ("http", "on CONNECT", HTML),
    ("https", "at once", closes),
    ("https", "on CONNECT", closes),
    ("https", "on CONNECT", talks_nonsense),
    ("socks5", "at once", closes),
    ("socks5", "on its greeting", talks_nonsense),
    ("socks5", "on CONNECT", closes),
    ("socks5", "on CONNECT", says(b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")),
]
LEFT = [  # the way out, where the API breaks off, and how; whether it has read the whole request
    ("", "after TLS", closes, False),
    ("", "in the request's head", resets, False),
    ("", "in the request's body", closes, False),
    ("", "in the request's body", stalls, False),
    ("", "in the answer's head", closes, True),
    ("", "in the answer's head", stalls, True),
    ("", "in the answer's head", talks_nonsense, True),
    ("", "in the answer's body", resets, True),
    ("http", "after TLS", closes, False),
    ("http", "in the answer's body", closes, True),
    ("https", "in the request's head", closes, False),
    ("https", "in the answer's head", closes, True),
    ("socks5", "in the request's body", closes, False),
    ("socks5", "in the answer's head", stalls, True),
]


@pytest.fixture(autouse=True, params=["asyncio", "uvloop"])
def _loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The loop that the process has installed, and a client that does not wait for long."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    if request.param == "uvloop":
        uvloop.install()
    yield
    asyncio.set_event_loop_policy(None)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], None]:
    """Sets for how many seconds a client waits to connect, and for an answer."""

    def wait(connect: float, read: float) -> None:
        wait_at_most(monkeypatch, connect=connect, answer=read)

    return wait


def _bench(open_harness: OpenBench, url: str, **options: Any) -> EngineHarness:
    return open_harness(url=url, api=url, emulated=False, **options)


def _way(scheme: str, to: Line, how: Talk | None = None, at: str = "") -> Talk:
    if scheme == "socks5":
        return socks(to.port, how, at=at, after=1)
    return proxy(to.port, how, at=at, tls=scheme == "https", after=1)


def _ended(job: Any, kind: type[VidgoError]) -> VidgoError:
    error = job.exception(LONG_ENOUGH)
    assert type(error) is kind, repr(error)
    assert "Internal error" not in str(error)
    return error


@pytest.mark.parametrize(("scheme", "at", "how"), NEVER_LEFT)
def test_a_submit_that_never_left_is_tried_four_times_and_costs_nothing(
    scheme: str, at: str, how: Talk, open_harness: OpenBench, impatient: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(0.3, 0.3)
    with lines() as opened:
        line = asked = opened.open(api() if scheme else api(at, how, after=1))
        url = f"https://127.0.0.1:{line.port}"
        if scheme:
            asked, url = opened.open(_way(scheme, line, how, at)), "https://api.vidgo.example"
            monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{asked.port}")
        harness = _bench(open_harness, url)
        job = harness.buy()
        error = _ended(job, TransportError)
        assert (asked.connections, line.whole) == (5, [ASKED])
    assert "nothing was spent" in str(error).lower()
    assert harness.states(job.id) == ["Planned", *["Submitting", "PutBack"] * 3, "Submitting", "Refused"]
    assert (job.status, harness.budget.committed) == ("refused", Decimal(0))


@pytest.mark.parametrize(("scheme", "at", "how", "whole"), LEFT)
def test_a_submit_that_may_have_arrived_is_sent_once_and_the_job_is_uncertain(
    scheme: str,
    at: str,
    how: Talk,
    whole: bool,
    open_harness: OpenBench,
    impatient: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    impatient(30.0, 0.8)
    with lines() as opened:
        line = opened.open(api(at, how, after=1))
        url = f"https://127.0.0.1:{line.port}"
        if scheme:
            url, way = "https://api.vidgo.example", opened.open(_way(scheme, line))
            monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{way.port}")
        harness = _bench(open_harness, url)
        job = harness.buy()
        error = _ended(job, JobUncertainError)
        assert (line.connections, line.whole) == (2, [ASKED, SUBMIT] if whole else [ASKED])
    assert "If it was, it will be billed: 24 credits" in str(error)
    assert harness.states(job.id) == ["Planned", "Submitting", "AnswerLost"]
    assert (job.status, harness.budget.committed) == ("uncertain", Decimal(24))


@pytest.mark.parametrize(
    ("at", "state", "status"),
    [
        ("before TLS", "PutBack", "planned"),
        ("in the handshake", "PutBack", "planned"),
        ("in the request's body", "Submitting", "submitting"),
        ("in the answer's head", "Submitting", "submitting"),
    ],
)
def test_an_engine_that_is_stopped_leaves_a_submit_that_never_left_as_planned(
    at: str, state: str, status: str, open_harness: OpenBench
) -> None:
    """A kernel is restarted while a network does not answer; another kernel would call the job uncertain for ever."""
    reached = threading.Event()

    def stall(line: Line, connection: socket.socket) -> None:
        reached.set()
        stalls(line, connection)

    with lines() as opened:
        harness = _bench(open_harness, f"https://127.0.0.1:{opened.open(api(at, stall, after=1)).port}")
        job = harness.buy()
        assert reached.wait(LONG_ENOUGH)
        harness.engine.stop()
        error = _ended(job, JobTimeoutError)
    assert (harness.states(job.id)[-1], harness.entry(job.id).record.state) == (state, status)
    assert ("It cost nothing" in str(error)) == (state == "PutBack")
    assert harness.budget.committed == (0 if state == "PutBack" else 24)


@pytest.mark.parametrize("at", ["before TLS", "in the request's body", "in the answer's head", "in the answer's body"])
def test_an_upload_that_breaks_off_is_tried_five_times_and_nothing_is_asked_for(
    at: str, open_harness: OpenBench
) -> None:
    with lines() as opened:
        line = opened.open(api(at, after=1))
        harness = _bench(open_harness, f"https://127.0.0.1:{line.port}")
        image = Reference("bytes", "1", name="shelf.png", payload=Payload(lambda: PNG))
        job = harness.buy(model="gpt-image-2-edit", references=(image,))
        assert "image 1 (shelf.png) could not be uploaded" in str(_ended(job, TransportError))
        assert line.connections == 6
        assert SUBMIT not in line.whole
    assert harness.states(job.id) == ["Planned", "Uploading", "Refused"]
    assert (job.status, harness.budget.committed) == ("refused", Decimal(0))


@pytest.mark.parametrize("at", ["before TLS", "in the handshake", "in the request's head", "in the answer's body"])
def test_a_status_request_that_breaks_off_leaves_an_accepted_job_as_it_is(at: str, open_harness: OpenBench) -> None:
    with lines() as opened:
        line = opened.open(api(at, after=2))
        harness = _bench(open_harness, f"https://127.0.0.1:{line.port}", timeout=20.0)
        job = harness.buy()
        assert "not lost" in str(_ended(job, JobTimeoutError))
        assert line.whole.count(SUBMIT) == 1
        assert line.connections > 3  # it asked, and asked again
    assert (job.status, job.task_id, harness.budget.committed) == ("not_started", "task-1", Decimal(24))


@pytest.mark.parametrize("at", ["before TLS", "in the handshake", "in the request's head", "in the answer's body"])
def test_a_file_that_breaks_off_is_tried_for_minutes_and_the_paid_job_keeps_waiting_for_it(
    at: str, open_harness: OpenBench
) -> None:
    with lines() as opened:
        files = opened.open(api(at))
        line = opened.open(api(said=_said(files)))
        harness = _bench(open_harness, f"https://127.0.0.1:{line.port}")
        job = harness.buy()
        assert "It was billed: 24 credits" in str(_ended(job, FetchError))
        assert files.connections > 5
        assert line.whole.count(SUBMIT) == 1
    assert (job.status, harness.charged) == ("fetching", Decimal(24))


def _said(files: Line) -> dict[str, Any]:
    """What an API says of a task that is finished, its picture at another port."""
    named = {"status": "finished", "files": [{"file_url": f"https://127.0.0.1:{files.port}/a.png"}]}
    return {**ANSWER, "data": {**ANSWER["data"], **named}}


# Certificates


def test_a_certificate_that_is_not_trusted_ends_a_job_with_the_setting_that_helps(
    open_harness: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/company.pem")
    with lines() as opened:
        line = opened.open(api())
        job = _bench(open_harness, f"https://127.0.0.1:{line.port}").buy()
        said = str(_ended(job, TransportError))
        assert line.connections == 4
    assert "SSL_CERT_FILE is not set, and REQUESTS_CA_BUNDLE is '/etc/company.pem'" in said


def test_a_file_host_that_is_not_trusted_ends_a_paid_job_at_once_with_the_setting_that_helps(
    open_harness: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes of patience would bring nothing else."""
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/company.pem")
    with lines() as opened:
        files = opened.open(api())
        with raw_server(answers(200, _said(files))) as server:
            job = _bench(open_harness, server.url).buy()
            said = str(_ended(job, FetchError))
            assert files.connections == 1
            monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
            assert _bench(open_harness, server.url).resume(job.id).result(LONG_ENOUGH).bytes == PNG
    assert "its certificate is not trusted" in said
    assert "SSL_CERT_FILE is not set, and REQUESTS_CA_BUNDLE is '/etc/company.pem'" in said
    assert "It was billed: 24 credits" in said
    assert "vidgo.resume() fetches it again" in said


def test_a_proxy_that_wants_a_password_ends_a_paid_job_at_once_and_is_named(
    open_harness: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"status": "finished", "files": [{"file_url": "https://files.example/a.png"}]}
    with (
        lines() as opened,
        raw_server(answers(200, {**ANSWER, "data": {**ANSWER["data"], **named}})) as server,
    ):
        asks = opened.open(says(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n"))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{asks.port}")
        job = _bench(open_harness, server.url).buy()
        said = str(_ended(job, FetchError))
        assert asks.connections == 1
    assert "Put your user name and password for the proxy into HTTPS_PROXY" in said
    assert (job.status, job.charge) == ("fetching", Decimal(24))


def test_a_job_that_is_taken_up_where_the_api_is_not_trusted_says_so_at_once_and_is_not_lost(
    open_harness: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lines() as opened:
        line = opened.open(api())
        url = f"https://127.0.0.1:{line.port}"
        job = _bench(open_harness, url, timeout=5.0).buy()
        _ended(job, JobTimeoutError)
        monkeypatch.delenv("SSL_CERT_FILE")
        before = line.connections
        again = _bench(open_harness, url).resume(job.id)
        said = str(_ended(again, TransportError))
        assert line.connections == before + 1
    assert "SSL_CERT_FILE is not set" in said
    assert "the job is not lost. It may be billed." in said
    assert "vidgo.resume() asks again" in said
    assert again.status == "running"
