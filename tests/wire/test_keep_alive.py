"""Which connections serve a second request, and when one is hung up."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.scripted_server import FILE, HEAD, OK, Answering, client, served
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient


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
    """A server must not go on sending a picture that is no longer waited for."""

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


def test_an_idle_connection_serves_no_request_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidgo_notebook.wire.transport._IDLE_SECONDS", 0.1)
    server = Answering(OK, OK)

    async def run() -> list[str]:
        async with served(server) as url, client() as asking:
            first = (await asking.get(url)).text
            await asyncio.sleep(0.3)
            return [first, (await asking.get(url)).text]

    assert asyncio.run(run()) == ["ok", "ok"]
    assert server.connections == 2


def test_a_connection_that_is_in_use_again_is_not_taken_for_an_idle_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidgo_notebook.wire.transport._IDLE_SECONDS", 0.2)

    async def take_time(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for seconds in (0, 0.5):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(seconds)
            writer.write(OK)

    async def run() -> list[str]:
        async with served(take_time) as url, client() as asking:
            return [(await asking.get(url)).text for _ in range(2)]

    assert asyncio.run(run()) == ["ok", "ok"]


def _said(task_id: str, status: str) -> bytes:
    body = json.dumps({"code": 200, "data": {"task_id": task_id, "status": status}}).encode()
    return HEAD % len(body) + body


def test_a_status_left_over_on_a_kept_connection_is_never_taken_for_that_of_another_task() -> None:
    """Two tasks would show each other's pictures."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            asked.append(task_id := head.split()[1].rpartition(b"/")[2].decode())
            unasked = _said("task-1", "finished") if task_id == "task-1" else b""
            writer.write(_said(task_id, "running") + unasked)

    async def run() -> list[str]:
        async with served(answer) as url:
            client = VidgoClient(url, ApiKey(KEY))
            states = [(await client.status(task_id)).state for task_id in ("task-1", "task-2")]
            await client.aclose()
            return states

    assert asyncio.run(run()) == ["running", "running"]
    assert asked.count("task-2") >= 1


def test_a_service_that_calls_the_task_by_another_name_is_believed() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_said("upstream-7", "finished"))

    async def run() -> str:
        async with served(answer) as url:
            client = VidgoClient(url, ApiKey(KEY))
            try:
                return (await client.status("task-1")).state
            finally:
                await client.aclose()

    assert asyncio.run(run()) == "finished"


def test_no_file_and_no_upload_comes_over_a_connection_that_served_another_request() -> None:
    """What a server sends unasked would pass for the next picture, and a POST is never put on an idle line."""
    uploaded = b'{"code": 200, "data": {"file_url": "https://files.example/a.png"}}'
    files, uploads = Answering(OK, OK), Answering(*[HEAD % len(uploaded) + uploaded] * 2)

    async def ignore(pieces: object) -> None:
        """Take the file and forget it."""

    async def run() -> None:
        async with served(files) as files_url, served(uploads) as api:
            host, client = FileClient(files_url), VidgoClient(api, ApiKey(KEY))
            for _ in range(2):
                await host.fetch(files_url, ignore)
                await client.upload(b"x", "a.png", "image/png")
            await host.aclose()
            await client.aclose()

    asyncio.run(run())
    assert (files.connections, uploads.connections) == (2, 2)
