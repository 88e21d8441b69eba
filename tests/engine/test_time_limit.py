"""`timeout` ends the watching of a job also while a request is under way; what is paid for can be resumed."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.breaking_server import ANSWER
from tests.fixtures.clocks import FastTime
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.raw_server import RawServer, Seen, answer, raw_server
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.time_limit import TimeLimit, TimeUpError
from vidgo_notebook.errors import FetchError, JobTimeoutError, VidgoError

OpenBench = Callable[..., EngineHarness]
LONG_ENOUGH = 60  # seconds; each request alone would take 75


class DrippingApi:
    """Finishes each task at once; the answers to requests of the kind ``drips`` never end."""

    def __init__(self, drips: str) -> None:
        self.drips = drips

    def __call__(self, server: RawServer, seen: Seen, connection: socket.socket) -> None:
        kind = "file" if seen.path.endswith(".png") else "status" if "/status/" in seen.path else "other"
        if kind == self.drips:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not server.over.wait(0.02):
                connection.sendall(b" ")
        elif kind == "file":
            connection.sendall(answer(200, PNG))
        else:
            files = [{"file_url": f"{server.url}/a.png"}]
            data: dict[str, Any] = {**ANSWER["data"], "status": "finished", "files": files}
            connection.sendall(answer(200, json.dumps({"code": 200, "data": data}).encode()))


@pytest.mark.parametrize(
    ("drips", "kind", "status", "words"),
    [
        ("status", JobTimeoutError, "not_started", "It was watched for 60 s"),
        ("file", FetchError, "fetching", "It did not arrive within 60 s, the time limit (timeout).\nIt was billed"),
    ],
)
def test_an_answer_that_drips_ends_the_watching_at_the_time_limit_and_the_job_is_resumed(
    drips: str, kind: type[VidgoError], status: str, words: str, open_harness: OpenBench
) -> None:
    api = DrippingApi(drips)
    with raw_server(api) as server:
        harness = open_harness(url=server.url, emulated=False, timeout=60.0)
        jobs = [harness.buy(f"Picture {number}") for number in range(12)]
        for job in jobs:
            error = job.exception(LONG_ENOUGH)
            assert type(error) is kind
            assert words in str(error)
            assert "vidgo.resume()" in str(error)
            assert job.status == status
        api.drips = ""
        for job in jobs:
            assert harness.resume(job.id).result(LONG_ENOUGH).bytes == PNG
        assert sum(seen.path.endswith("/submit") for seen in server.seen) == 12
    assert harness.charged == 12 * Decimal(24)


def test_a_file_that_fails_until_the_time_limit_says_why(open_harness: OpenBench) -> None:
    harness = open_harness(timeout=20.0)
    harness.emulator.faults.add(Fault("file", status=429, headers={"Retry-After": "300"}, times=None))
    job = harness.buy()
    assert "The file host answered 429.\nIt was billed: 24 credits." in str(job.exception(LONG_ENOUGH))
    assert harness.emulator.count("file") == 1


def test_unreadable_bytes_are_kept_at_the_time_limit(open_harness: OpenBench) -> None:
    """Half a minute, after which the same bytes would be all that the host has, does not pass."""
    harness = open_harness(timeout=20.0)
    harness.emulator.faults.add(Fault("file", status=200, body=b"\0\1 no picture", times=None))
    error = harness.buy().exception(LONG_ENOUGH)
    assert "It is kept as it was sent" in str(error)


# The limit itself, by a clock that a test moves


async def seconds_until(time: FastTime, limit: float, begins: float, *, sleeps: float = 0.0) -> float:
    """When a request that never ends, and begins so long after the limit's clock, is given up."""
    began = time.monotonic()
    watched = TimeLimit(time.clock, lambda: limit)
    while time.monotonic() - began < begins:
        await time.sleep(0.5)
        watched.look()
    request = asyncio.ensure_future(watched.keep(asyncio.Event().wait()))
    if sleeps:
        await time.sleep(1)
        time.skip(sleeps)
    with pytest.raises(TimeUpError):
        await asyncio.wait_for(request, LONG_ENOUGH)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("limit", "begins", "sleeps", "at_least"),
    [
        (20, 0, 0, 20),
        (20, 19, 0, 29),  # 10 s, half of the limit
        (20, 20, 0, 30),
        (200, 199, 0, 229),  # 30 s at most
        (20, 0, 1000, 1010),  # what came while it slept is not read yet
    ],
)
def test_a_request_is_ended_at_the_limit_and_one_that_began_late_has_a_moment(
    limit: float, begins: float, sleeps: float, at_least: float
) -> None:
    ended = asyncio.run(seconds_until(FastTime(100), limit, begins, sleeps=sleeps))
    assert at_least <= ended


def test_what_ends_in_time_is_passed_on_with_its_own_errors() -> None:
    async def work() -> str:
        limit = TimeLimit(FastTime().clock, lambda: 100.0)

        async def fails() -> None:
            raise TimeoutError("of its own")

        with pytest.raises(TimeoutError, match="of its own"):
            await limit.keep(fails())
        return await limit.keep(asyncio.sleep(0, "said"))

    assert asyncio.run(work()) == "said"
