"""The vendor of the proofs: an emulator that passes for a live service, so that money is at stake."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cached_property
from typing import Any

from PIL import Image

from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.emulator import EMULATOR_HEADER, Emulator, PictureOrder, serve
from vidgo_notebook.emulator.tasks import Task

customer: ContextVar[str] = ContextVar("customer", default="somebody")
"""Who is asking, where the emulator is in the process of the test."""


def dot(order: PictureOrder) -> bytes:
    """A picture of four pixels; orders that differ give bytes that differ."""
    file = io.BytesIO()
    Image.new("RGB", (2, 2), f"#{order.seed[:6]}").save(file, "PNG", compress_level=1)
    return file.getvalue()


class TestClock:
    """Seconds that pass only when a test says so."""

    __test__ = False

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class LiveVendor(Emulator):
    """An emulator that does not say what it is. Counts what it accepted, by prompt and by customer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"draw": dot, "latency": 0.0, **options})
        self.spent_by: defaultdict[str, Decimal] = defaultdict(Decimal)

    @cached_property
    def app(self) -> Any:
        """The emulator's application without the header that would give it away."""
        return _without_header(super().app)

    def accept(self, request: GenerationRequest) -> Task:
        """Accept as usual, and note who is to pay."""
        task = super().accept(request)
        self.spent_by[customer.get()] += task.price
        return task

    @property
    def accepted(self) -> Counter[str]:
        """How many tasks were accepted for each prompt."""
        return accepted(self)


def accepted(emulator: Emulator) -> Counter[str]:
    """How many tasks an emulator accepted for each prompt."""
    return Counter(task.request.prompt for task in list(emulator.tasks.values()))


@contextmanager
def served(emulator: Emulator) -> Iterator[str]:
    """An emulator on a loopback port; its base URL."""
    with serve(emulator) as url:
        yield url


def _without_header(app: Any) -> Any:
    unwanted = EMULATOR_HEADER.lower().encode()

    async def plain(scope: Any, receive: Any, send: Any) -> None:
        async def send_plain(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, value) for name, value in message.get("headers", ()) if name.lower() != unwanted]
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, send_plain)

    return plain
