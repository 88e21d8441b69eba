"""Counts what an ASGI application is asked: how many requests at a time, and when each began."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Watched:
    """Wraps an application; ``peak`` is the most requests that were open at once."""

    def __init__(self, app: Any, now: Callable[[], float]) -> None:
        self._app = app
        self._now = now
        self._open = 0
        self.peak = 0
        self.began: list[tuple[str, str, float]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._open += 1
        self.peak = max(self.peak, self._open)
        self.began.append((scope["method"], scope["path"], self._now()))
        try:
            await self._app(scope, receive, send)
        finally:
            self._open -= 1

    def times(self, part: str) -> list[float]:
        """When the requests began whose path contains ``part``."""
        return [at for _, path, at in self.began if part in path]


class Unsigned:
    """Takes away the header by which an emulator says what it is: to a client it is the real service."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_unsigned(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message["headers"] if pair[0].lower() != b"x-vidgo-emulator"]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_unsigned)
