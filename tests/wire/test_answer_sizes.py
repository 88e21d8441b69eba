"""No answer fills the memory: what is larger than any answer of the API, packed or not, ends the request."""

from __future__ import annotations

import gzip
import json
import socket
import tracemalloc
import zlib
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.client_calls import ACCEPTED, CALLS, Way, call, failed, submit
from tests.fixtures.raw_server import Behave, RawServer, Seen, answer, answers, packed_zeros, raw_server
from vidgo_notebook.errors import APIError, FetchError, TransportError, VidgoError
from vidgo_notebook.wire.files import FileClient

LIMIT = 1_048_576  # 1 MiB
API_CALLS = [name for name in CALLS if name != "file"]
PLAIN = b"HTTP/1.1 200 OK\r\n\r\n"
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"


def endless(head: bytes, piece: bytes) -> Behave:
    """Send ``head``, and ``piece`` again and again until the client hangs up."""

    def behave(server: RawServer, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(head)
        while not server.over.is_set():
            connection.sendall(piece)

    return behave


def outcome(url: str, name: str) -> object:
    """The value or the error of one call."""

    async def ask(client: object) -> object:
        files = FileClient(url)
        try:
            return await CALLS[name](Way(url, client, files))  # type: ignore[arg-type]
        finally:
            await files.aclose()

    try:
        return call(url, ask)
    except VidgoError as error:
        return error


def _gzip_without_content() -> bytes:
    """The beginning of a gzip stream that unpacks to nothing, followed by as much of the same as one likes."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(b"") + packer.flush(zlib.Z_SYNC_FLUSH)


BOMB = packed_zeros(200, b'{"x": "')
HUGE: list[tuple[str, Behave]] = [
    ("endless", endless(PLAIN + b'{"x": "', 65536 * b"a")),
    (
        "endless chunks",
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n%b\r\n" % bytes(65536)),
    ),
    ("announced", endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", bytes(65536))),
    ("packed", answers(200, BOMB, {"Content-Encoding": "gzip"})),
    ("packed without content", endless(PACKED + _gzip_without_content(), 13107 * b"\x00\x00\x00\xff\xff")),
    ("packed, with endless more behind", endless(PACKED + gzip.compress(b"{}"), bytes(65536))),
    ("an endless header", endless(b"HTTP/1.1 200 OK\r\nX: ", 65536 * b"a")),
    ("endless headers", endless(b"HTTP/1.1 200 OK\r\n", 8000 * b"X: abc\r\n")),
    (
        "an endless extension of a chunk",
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", bytes(65536)),
    ),
]


@pytest.mark.parametrize("behave", [pytest.param(behave, id=name) for name, behave in HUGE])
@pytest.mark.parametrize("name", API_CALLS)
def test_a_huge_answer_of_the_api_is_given_up_and_its_request_counts_as_sent(name: str, behave: Behave) -> None:
    with raw_server(behave) as server:
        tracemalloc.start()
        error = outcome(server.url, name)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert failed(error, TransportError).sent
    assert peak < 16 * LIMIT


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["plain", "packed"])
@pytest.mark.parametrize(("size", "fits"), [(LIMIT, True), (LIMIT + 1, False)])
def test_an_answer_of_the_api_has_at_most_1_mib_unpacked(size: int, fits: bool, headers: dict[str, str]) -> None:
    body = json.dumps(ACCEPTED).encode().ljust(size)
    with raw_server(answers(200, gzip.compress(body) if headers else body, headers)) as server:
        said = submit(server.url)
    if fits:
        assert said == "task-1"
    else:
        assert "1 MiB" in failed(said, TransportError).message


@pytest.mark.parametrize("body", [bytes(3 * LIMIT), BOMB], ids=["plain", "packed"])
def test_a_refusal_stays_one_however_long_its_page_is(body: bytes) -> None:
    headers = {"Content-Encoding": "gzip"} if body is BOMB else {}
    with raw_server(answers(403, body, headers)) as server:
        assert failed(submit(server.url), APIError).status_code == 403


@pytest.mark.parametrize("name", CALLS)
def test_an_answer_packed_more_than_once_is_not_unpacked(name: str) -> None:
    """Each layer multiplies the work of the next one."""
    body = gzip.compress(gzip.compress(json.dumps(ACCEPTED).encode()))
    with raw_server(answers(200, body, {"Content-Encoding": "gzip, gzip"})) as server:
        error = outcome(server.url, name)
    assert isinstance(error, FetchError) or failed(error, TransportError).sent
    assert "gzip, gzip" in str(error)


def test_a_file_that_unpacks_to_nothing_for_ever_ends_at_64_mib(tmp_path: Path) -> None:
    with raw_server(endless(PACKED + _gzip_without_content(), 200_000 * b"\x00\x00\x00\xff\xff")) as server:
        error = outcome(server.url, "file")
    assert "64 MiB" in failed(error, FetchError).message


@pytest.mark.parametrize(
    "amount",
    ["1E+99999999", "-1E+99999999", "1E-99999999", "0E+99999999", "9" * 500_000, "0." + "1" * 500_000, 10**200, 1e300],
    ids=lambda amount: str(amount)[:12],
)
def test_a_balance_beyond_all_measure_is_no_amount(amount: object) -> None:
    body = json.dumps({"code": 200, "data": {"credits_amount": amount}}, default=str).encode()
    with raw_server(answers(200, body)) as server:
        error = outcome(server.url, "balance")
    assert "no credits_amount" in failed(error, TransportError).message


@pytest.mark.parametrize("amount", ["-12.5", 0, 0.30000000000000004, "1e3", 999_999_999_999, "100.000000000"])
def test_a_balance_is_read_as_it_is_written(amount: object) -> None:
    with raw_server(answers(200, {"code": 200, "data": {"credits_amount": amount}})) as server:
        assert outcome(server.url, "balance") == Decimal(str(amount))


def test_numbers_of_any_length_beside_a_task_id_do_not_lose_it() -> None:
    body = b'{"code": 200, "data": {"task_id": "task-1", "cost": %s, "seed": -%s}}' % (b"1" * 5000, b"7" * 5000)
    with raw_server(answers(200, body)) as server:
        assert submit(server.url) == "task-1"


def test_an_answer_with_many_headers_is_read() -> None:
    headers = {f"X-{number}": 80 * "a" for number in range(200)}
    with raw_server(
        lambda server, seen, connection: connection.sendall(answer(200, json.dumps(ACCEPTED).encode(), headers))
    ) as server:
        assert submit(server.url) == "task-1"
