"""Every request ends: a peer that drips, floods or stalls at any step delays it for a limited time."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from tests.fixtures.breaking_server import Line, Talk, lines
from tests.fixtures.client_calls import CALLS, Way
from tests.fixtures.impatience import wait_at_most
from tests.fixtures.raw_server import Behave, RawServer, Seen, answer, answers, raw_server
from vidgo_notebook.errors import FetchError, TransportError, VidgoError
from vidgo_notebook.wire import limits
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

SIDE_BY_SIDE = 12
LATE = 60  # seconds; long after every limit here


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_at_most(monkeypatch, connect=LATE, answer=0.5)  # a busy machine may take its time to connect


@pytest.fixture
def _short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_at_most(monkeypatch, connect=0.5, answer=0.5)


def drips(head: bytes, drop: bytes) -> Behave:
    """Send ``head`` at once, and then ``drop`` twenty times a second."""

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(head)
        while not server.over.wait(0.05):
            connection.sendall(drop)

    return behave


def floods(piece: bytes) -> Behave:
    """Send ``piece`` without a pause."""

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        while not server.over.is_set():
            connection.sendall(piece)

    return behave


NEVER_COMPLETE: list[tuple[str, Behave]] = [
    ("its status line drips", drips(b"", b"H")),
    ("its headers drip", drips(b"HTTP/1.1 200 OK\r\nX: ", b"a")),
    ("its body drips", drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a")),
    ("its body without a length drips", drips(b"HTTP/1.1 200 OK\r\n\r\n", b" ")),
    ("its chunks drip", drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n")),
    ("its packed body drips", drips(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00", b"\x00")),
    ("it goes on and on", drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    ("it floods", floods(1000 * b"HTTP/1.1 100 Continue\r\n\r\n")),
    ("hints flood", floods(1000 * b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
    ("a refusal drips", drips(b"HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n", b"a")),
]


async def _outcome(way: Way, name: str) -> object:
    try:
        return await asyncio.wait_for(CALLS[name](way), LATE)
    except VidgoError as error:
        return error


def _outcomes(url: str, names: Sequence[str]) -> list[object]:
    async def run() -> list[object]:
        way = Way(url, VidgoClient(url, ApiKey("sk-a-key-of-tests")), FileClient(url))
        try:
            return await asyncio.gather(*(_outcome(way, name) for name in names))
        finally:
            await way.client.aclose()
            await way.files.aclose()

    return asyncio.run(run())


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("behave", [pytest.param(behave, id=name) for name, behave in NEVER_COMPLETE])
def test_an_answer_that_is_never_complete_ends_every_kind_of_request_as_sent(behave: Behave) -> None:
    with raw_server(behave) as server:
        for name, error in zip(CALLS, _outcomes(server.url, list(CALLS)), strict=True):
            if name == "file":
                assert isinstance(error, FetchError)
                assert error.transient or "500" in error.message
            else:
                assert isinstance(error, TransportError)
                assert error.sent
                assert "no answer within" in error.message or "slower than" in error.message


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("name", CALLS)
def test_twelve_bad_connections_side_by_side_all_end(name: str) -> None:
    with raw_server(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a")) as server:
        errors = _outcomes(server.url, [name] * SIDE_BY_SIDE)
    assert [isinstance(error, TransportError | FetchError) for error in errors] == [True] * SIDE_BY_SIDE


def _dripping_proxy(greeting: bytes, drop: bytes) -> Talk:
    def talk(line: Line, connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(greeting)
        while not line.over.wait(0.05):
            connection.sendall(drop)

    return talk


@pytest.mark.usefixtures("_short_way")
@pytest.mark.parametrize(
    ("scheme", "greeting", "drop"),
    [
        ("http", b"", b"H"),
        ("http", b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        ("http", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("http", b"HTTP/1.1 200 Connected\r\n\r\n", b"\x16\x03\x03\x40\x00"),  # part of a TLS record
        ("https", b"\x16\x03\x03\x40\x00", b"\x00"),
        ("socks5", b"\x05\x00\x05\x00\x00\x03\xff", b"a"),
    ],
)
def test_a_proxy_that_drips_ends_a_request_that_was_not_sent(
    scheme: str, greeting: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lines() as opened:
        port = opened.open(_dripping_proxy(greeting, drop)).port
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{port}")
        for error in _outcomes("https://api.vidgo.example", list(CALLS)):
            assert isinstance(error, FetchError | TransportError)
            assert not getattr(error, "sent", False)


@pytest.mark.usefixtures("_short")
def test_a_server_that_takes_an_upload_in_by_drops_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for it grows with what it takes, and only with that."""

    def sip(line: Line, connection: socket.socket) -> None:
        while not line.over.wait(0.05):
            connection.recv(10)

    async def run(url: str) -> object:
        client = VidgoClient(url, ApiKey("sk-a-key-of-tests"))
        try:
            return await asyncio.wait_for(client.upload(bytes(30_000_000), "a.png", "image/png"), LATE)
        except TransportError as error:
            return error
        finally:
            await client.aclose()

    monkeypatch.setattr(limits, "SLOWEST_PACE", 50_000_000)
    with lines() as opened:
        error = asyncio.run(run(f"http://127.0.0.1:{opened.open(sip).port}"))
    assert isinstance(error, TransportError)
    assert error.sent


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("name", ["submit", "file"])
def test_what_arrives_at_a_fair_pace_may_take_longer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SLOWEST_PACE", 100)
    whole = answer(200, b'{"code": 200, "data": {"task_id": "task-1"}}'.ljust(2000))

    def slowly(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(whole[:-1900])
        for place in range(len(whole) - 1900, len(whole), 100):
            time.sleep(0.1)
            connection.sendall(whole[place : place + 100])

    with raw_server(slowly) as server:
        (said,) = _outcomes(server.url, [name])
    assert not isinstance(said, VidgoError)


@pytest.mark.usefixtures("_short")
def test_a_file_that_came_quickly_and_then_stalls_has_no_time_in_hand() -> None:
    """A long file would earn an hour of silence."""
    with raw_server(drips(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(10_000_000), b"a")) as server:
        (error,) = _outcomes(server.url, ["file"])
    assert isinstance(error, FetchError)
    assert "slower than 8 KiB per second" in error.message


@pytest.mark.usefixtures("_short")
def test_time_that_the_disk_takes_is_not_the_hosts() -> None:
    written = 0

    async def slow_disk(pieces: Sequence[bytes]) -> None:
        nonlocal written
        await asyncio.sleep(1)
        written += sum(map(len, pieces))

    async def run(url: str) -> int:
        files = FileClient(url)
        try:
            return sum(map(len, await files.fetch(url, slow_disk)))
        finally:
            await files.aclose()

    with raw_server(answers(200, bytes(3_000_000))) as server:
        rest = asyncio.run(run(server.url))
    assert written + rest == 3_000_000


STOPPED = """
import asyncio, sys
from vidgo_notebook.wire import limits
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient

limits.ANSWER_SECONDS = 1.0
print(asyncio.run(VidgoClient(sys.argv[1], ApiKey("sk-a-key-of-tests")).submit({})))
"""


@pytest.mark.parametrize("head", [0, 40, 150], ids=["before the answer", "in its head", "in its body"])
def test_a_process_that_was_stopped_reads_the_answer_that_came_meanwhile(head: int) -> None:
    said = answer(200, b'{"code": 200, "data": {"task_id": "task-1"}}'.ljust(200))

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(said[:head])
        time.sleep(0.2)
        os.kill(stopped.pid, signal.SIGSTOP)
        time.sleep(2.5)
        connection.sendall(said[head:])
        os.kill(stopped.pid, signal.SIGCONT)

    with (
        raw_server(behave) as server,
        subprocess.Popen([sys.executable, "-c", STOPPED, server.url], stdout=subprocess.PIPE, text=True) as stopped,
    ):
        assert stopped.communicate(timeout=LATE)[0] == "task-1\n"
