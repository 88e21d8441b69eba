"""Which connections serve a second request, and when one is hung up."""

from __future__ import annotations

import asyncio

import pytest

from tests.wire.conversations import FILE, HEAD, OK, Answering, client, served


def test_a_connection_that_the_server_closed_while_it_was_idle_is_not_used_again() -> None:
    """A status request on it would fail for nothing."""
    server = Answering(OK)

    async def run() -> list[str]:
        async with served(server) as url, client() as asking:
            answers = []
            for _ in range(3):
                answers.append((await asking.get(url)).text)
                await asyncio.sleep(0.05)
            return answers

    assert asyncio.run(run()) == ["ok", "ok", "ok"]
    assert server.connections == 3


def answers_to(requests: int, server: Answering) -> list[str]:
    """What one client hears, asking as soon as it was answered."""

    async def run() -> list[str]:
        async with served(server) as url, client() as asking:
            return [(await asking.get(url)).text for _ in range(requests)]

    return asyncio.run(run())


def test_an_idle_connection_serves_the_next_request() -> None:
    server = Answering(OK, OK)
    assert answers_to(2, server) == ["ok", "ok"]
    assert server.connections == 1


@pytest.mark.parametrize("rest", [b"", HEAD % 5 + b"wrong"], ids=["as expected", "an answer too many"])
def test_what_nobody_asked_for_is_never_taken_for_the_next_answer(rest: bytes) -> None:
    """Two tasks would show each other's pictures."""
    assert answers_to(3, Answering(*[OK + rest] * 3)) == ["ok", "ok", "ok"]


def test_an_answer_that_was_not_read_to_its_end_is_not_the_beginning_of_the_next() -> None:
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % len(FILE) + FILE if connections == 1 else OK)
        await writer.drain()

    async def run() -> str:
        async with served(answer) as url, client() as asking:
            async with asking.stream("GET", url) as response:
                await anext(response.aiter_bytes())
            return (await asking.get(url)).text

    assert asyncio.run(run()) == "ok"
    assert connections == 2


def test_a_request_that_is_given_up_hangs_up() -> None:
    """A server must not go on sending a picture that nobody waits for any more."""

    async def run() -> bytes:
        gone: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def wait_for_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            gone.set_result(await reader.read())

        async with served(wait_for_the_end) as url, client() as asking:
            request = asyncio.ensure_future(asking.get(url))
            await asyncio.sleep(0.2)
            assert not gone.done()
            request.cancel()
            return await asyncio.wait_for(gone, 10)

    assert asyncio.run(run()) == b""


def test_an_idle_connection_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidgo_notebook.wire.sockets._IDLE_SECONDS", 0.1)

    async def run() -> bytes:
        ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            ended.set_result(await reader.read())

        async with served(answer) as url, client() as asking:
            await asking.get(url)
            return await asyncio.wait_for(ended, 10)

    assert asyncio.run(run()) == b""


def test_a_connection_that_is_in_use_again_is_not_taken_for_an_idle_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidgo_notebook.wire.sockets._IDLE_SECONDS", 0.2)

    async def take_time(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for seconds in (0, 0.5):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(seconds)
            writer.write(OK)

    async def run() -> list[str]:
        async with served(take_time) as url, client() as asking:
            return [(await asking.get(url)).text for _ in range(2)]

    assert asyncio.run(run()) == ["ok", "ok"]
