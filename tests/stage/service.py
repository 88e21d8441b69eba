"""The real service as far as a client can tell, on a loopback port, with everything counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.stage.keys import KEY
from tests.stage.pictures import PNG
from tests.stage.watched import Unsigned
from vidgo_notebook.emulator import Emulator, build_app, serve_app


@dataclass(frozen=True)
class Service:
    """``emulator`` counts and misbehaves; ``url`` is where it listens."""

    emulator: Emulator
    url: str

    @property
    def submits(self) -> int:
        return self.emulator.count("submit")


@contextmanager
def service(**options: Any) -> Iterator[Service]:
    """Serve it; it takes the tests' key only and is quick."""
    emulator = Emulator(**{"latency": 0, "keys": {KEY}, "draw": lambda _: PNG, **options})
    with serve_unsigned(emulator) as url:
        yield Service(emulator, url)


@contextmanager
def serve_unsigned(emulator: Emulator) -> Iterator[str]:
    """Serve an emulator that does not say what it is: a live client may buy from it. Its base URL."""
    with serve_app(Unsigned(build_app(emulator))) as url:
        yield url
