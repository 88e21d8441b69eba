"""The vendor of the proofs: an emulator that passes for a live service, so that money is at stake."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

from PIL import Image

from tests.stage.watched import Unsigned
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.emulator import Emulator, PictureOrder, build_app, serve_app
from vidgo_notebook.emulator.tasks import Task

customer: ContextVar[str] = ContextVar("customer", default="somebody")
"""Who is asking, where the emulator is in the process of the test."""


def dot(order: PictureOrder) -> bytes:
    """A picture of four pixels; orders that differ give bytes that differ."""
    file = io.BytesIO()
    Image.new("RGB", (2, 2), f"#{order.seed[:6]}").save(file, "PNG", compress_level=1)
    return file.getvalue()


class LiveVendor(Emulator):
    """An emulator that does not say what it is. Counts what it accepted, by prompt and by customer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"draw": dot, "latency": 0.0, **options})
        self.spent_by: defaultdict[str, Decimal] = defaultdict(Decimal)

    @property
    def app(self) -> Unsigned:
        """The emulator's application without the header that would give it away."""
        return Unsigned(build_app(self))

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
    with serve_app(emulator.app if isinstance(emulator, LiveVendor) else build_app(emulator)) as url:
        yield url
