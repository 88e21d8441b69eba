"""The webhook receiver under strangers' calls: half-sent ones end, and leave room for the right one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from vidgo_notebook.wire import webhook_receiver
from vidgo_notebook.wire.webhook_receiver import Receiver

Call = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def receiving(heard: list[tuple[str, str, str]]) -> AsyncIterator[int]:
    receiver = Receiver(lambda *call: heard.append(call))
    await receiver.start()
    try:
        while not (receiver._server and receiver._server.started):
            await asyncio.sleep(0.01)
        yield receiver.port
    finally:
        await receiver.stop()


async def call(port: int, body: bytes, announced: int | None = None, host: str = "tunnel.example") -> Call:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    length = len(body) if announced is None else announced
    head = f"POST /vidgo/j1/secret HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return reader, writer


async def answer(reached: Call) -> int:
    line = await reached[0].readline()
    reached[1].close()
    return int(line.split()[1])


def test_calls_that_never_end_leave_room_for_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_receiver, "_MOST_CALLS", 5)
    monkeypatch.setattr(webhook_receiver, "_SECONDS", 1.0)
    heard: list[tuple[str, str, str]] = []
    good = b'{"data": {"task_id": "task-1"}}'

    async def flood() -> list[int]:
        async with receiving(heard) as port:
            halves = [await call(port, b"{", announced=100) for _ in range(12)]
            seen = [await answer(half) for half in halves]
            return [*seen, await answer(await call(port, good))]

    seen = asyncio.run(flood())
    assert sorted(seen[:12]) == [408] * 5 + [503] * 7
    assert seen[12] == 200
    assert heard == [("j1", "secret", "task-1")]


@pytest.mark.parametrize("host", ["tunnel.example", "127.0.0.1:1", "stranger.example:443"])
def test_any_host_of_a_tunnel_is_answered(host: str) -> None:
    heard: list[tuple[str, str, str]] = []

    async def once() -> int:
        async with receiving(heard) as port:
            return await answer(await call(port, b"{}", host=host))

    assert asyncio.run(once()) == 200
    assert heard == [("j1", "secret", "")]


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"\x1b[2J" * 40_000])
def test_what_is_no_http_is_not_in_a_cell(
    sent: bytes, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as in a notebook, where pytest has none
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "handlers", [])

    async def garbage() -> None:
        async with receiving([]) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            with suppress(ConnectionResetError):
                await reader.read()
            writer.close()

    asyncio.run(garbage())
    assert capfd.readouterr() == ("", "")
