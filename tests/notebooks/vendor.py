"""Services on a loopback port for kernels of tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from vidgo_notebook.emulator import EMULATOR_HEADER, Emulator, serve

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Clock:
    """Seconds that pass only when a test says so: a job stays under way for as long as the test needs."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Vendor:
    """A service that a live client can buy from: an emulator that does not say what it is."""

    def __init__(self, emulator: Emulator) -> None:
        self.app = _without_header(emulator.app)


@contextmanager
def serve_vendor(emulator: Emulator) -> Iterator[str]:
    """Serve ``emulator`` as if it were the real service; its base URL."""
    with serve(cast(Emulator, Vendor(emulator))) as url:
        yield url


def _without_header(app: ASGIApp) -> ASGIApp:
    mark = EMULATOR_HEADER.lower().encode()

    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_plain(message: Message) -> None:
            headers: list[Any] = [pair for pair in message.get("headers", []) if pair[0].lower() != mark]
            await send({**message, "headers": headers} if "headers" in message else message)

        await app(scope, receive, send_plain)

    return plain
