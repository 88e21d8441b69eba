"""Plays an exchange to a whole client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2 as httpx

from tests.contract.exchange_files import Exchange
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient

KEY = "key-for-tests"


def play(exchange: Exchange, ask: Callable[[VidgoClient], Awaitable[Any]]) -> tuple[Any, list[httpx.Request]]:
    """What the client's caller gets (a value or the error), and the requests that left."""
    left: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        left.append(request)
        return httpx.Response(exchange.status, headers=exchange.headers, content=exchange.body)

    async def call() -> Any:
        client = VidgoClient("https://api.vidgo.ai", ApiKey(KEY), transport=httpx.MockTransport(answer))
        try:
            return await ask(client)
        except VidgoError as error:
            return error
        finally:
            await client.aclose()

    return asyncio.run(call()), left
