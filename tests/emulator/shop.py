"""A customer of an emulator, over either way to it, and a clock that tests move by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx2 as httpx

from tests.stage.clocks import StillTime
from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, serve, transport_to

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200_000)
HILLS = {"prompt": "Green hills", "quality": "high", "size": "16:9", "resolution": "2K"}  # 12 × 2 = 24 credits

OpenShop = Callable[..., AbstractContextManager["Customer"]]


class Customer:
    """Asks an emulator as a client would, with a key, and holds the clock."""

    def __init__(
        self, emulator: Emulator, clock: StillTime, url: str, transport: httpx.AsyncBaseTransport | None
    ) -> None:
        self.emulator, self.clock, self.url = emulator, clock, url
        self._loop = asyncio.new_event_loop()
        headers = {"Authorization": "Bearer key-for-tests"}
        self._client = httpx.AsyncClient(base_url=url, transport=transport, headers=headers, trust_env=False)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._loop.run_until_complete(self._client.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def submit(self, model: str = "gpt-image-2", callback_url: str | None = None, **given: Any) -> httpx.Response:
        body = {"model": model, "input": {**HILLS, **given} if model.startswith("gpt") else given}
        return self.post({**body, "callback_url": callback_url} if callback_url else body)

    def post(self, body: Any, **options: Any) -> httpx.Response:
        return self.ask("POST", "/api/generate/submit", json=body, **options)

    def buy(self, **given: Any) -> str:
        """Submit something that is accepted; its task id."""
        response = self.submit(**given)
        assert response.status_code == 200, response.text
        return str(response.json()["data"]["task_id"])

    def upload(self, content: bytes, name: str = "picture.png", **fields: str) -> httpx.Response:
        return self.ask("POST", "/api/common/upload/stream", files={"file": (name, content)}, data=fields)

    def uploaded(self, content: bytes, name: str = "picture.png", **fields: str) -> str:
        """Upload something that is taken; its URL."""
        response = self.upload(content, name, **fields)
        assert response.status_code == 200, response.text
        return str(response.json()["data"]["file_url"])

    def edit(self, *image_urls: str, **given: Any) -> httpx.Response:
        return self.submit(**{"model": "gpt-image-2-edit", "image_urls": list(image_urls), **given})

    def status(self, task_id: str) -> dict[str, Any]:
        return dict(self.get(f"/api/generate/status/{task_id}").json()["data"])

    def finish(self, task_id: str) -> str:
        """Let a task's two seconds pass; the URL of its picture."""
        self.clock.advance(2)
        return str(self.status(task_id)["files"][0]["file_url"])

    def gather(self, *asks: Callable[[httpx.AsyncClient], Any]) -> list[Any]:
        async def together() -> list[Any]:
            return await asyncio.gather(*(ask(self._client) for ask in asks), return_exceptions=True)

        return self._loop.run_until_complete(together())

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Keep the loop going, for what the emulator does by itself."""

        async def wait() -> None:
            while not true():
                await asyncio.sleep(0.01)

        self._loop.run_until_complete(asyncio.wait_for(wait(), 20))

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        if self.url == IN_KERNEL_URL:
            self._loop.run_until_complete(self.emulator.aclose())
        self._loop.close()


@contextmanager
def in_kernel(**options: Any) -> Iterator[Customer]:
    """A customer in the emulator's own process, without a port."""
    emulator, clock = _emulator(options)
    yield from _visit(Customer(emulator, clock, IN_KERNEL_URL, transport_to(emulator)))


@contextmanager
def over_socket(**options: Any) -> Iterator[Customer]:
    """A customer of a served emulator."""
    emulator, clock = _emulator(options)
    with serve(emulator) as url:
        yield from _visit(Customer(emulator, clock, url, None))


def _visit(customer: Customer) -> Iterator[Customer]:
    try:
        yield customer
    finally:
        customer.close()


def _emulator(options: dict[str, Any]) -> tuple[Emulator, StillTime]:
    clock = StillTime()
    settings: dict[str, Any] = {"clock": clock, "draw": lambda order: PICTURE, "webhook_delays": (0, 0, 0)}
    return Emulator(**{**settings, **options}), clock
