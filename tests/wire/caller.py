"""One call of a client, with its value or its error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from tests.stage.keys import KEY
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

BODY: dict[str, object] = {"model": "gpt-image-2", "input": {"prompt": "A red bicycle"}}
ACCEPTED = {"code": 200, "data": {"task_id": "task-1", "status": "not_started"}}

_T = TypeVar("_T")


def call(url: str, ask: Callable[[VidgoClient], Awaitable[_T]], **options: Any) -> _T:
    """Open a client, ask, close it."""

    async def run() -> _T:
        client = VidgoClient(url, ApiKey(KEY), **options)
        try:
            return await ask(client)
        finally:
            await client.aclose()

    return asyncio.run(run())


def submit(url: str, **options: Any) -> str | VidgoError:
    """One submit: the task id, or the error."""
    try:
        return call(url, lambda client: client.submit(BODY), **options)
    except VidgoError as error:
        return error


def failed(outcome: object, kind: type[VidgoError]) -> Any:
    """The error of an outcome, exactly of this kind."""
    assert type(outcome) is kind, repr(outcome)
    return outcome


class Way(NamedTuple):
    """A client's way to the API, and to the files there."""

    url: str
    client: VidgoClient
    files: FileClient


async def ignore(pieces: object) -> None:
    """Take a file and forget it."""


CALLS: dict[str, Callable[[Way], Awaitable[object]]] = {
    "submit": lambda way: way.client.submit(BODY),
    "upload": lambda way: way.client.upload(bytes(1_000_000), "a.png", "image/png"),
    "status": lambda way: way.client.status("task-1"),
    "balance": lambda way: way.client.balance(),
    "file": lambda way: way.files.fetch(f"{way.url}/a.png", ignore),
}
