"""Clocks that a test owns."""

from __future__ import annotations

import asyncio
import threading
import time

from vidgo_notebook.engine.clock import Clock


class FastTime:
    """A clock that runs ``speed`` times as fast as the wall's, so that minutes of patience pass in a blink.

    Nothing sleeps shorter by it than it should, so "not before" can be asserted exactly.
    """

    def __init__(self, speed: float = 100.0) -> None:
        self._speed = speed
        self._began = time.monotonic()
        self._epoch = 1_700_000_000.0
        self._skipped = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self._epoch + self._skipped + (time.monotonic() - self._began) * self._speed

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self._skipped += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            await asyncio.sleep(min(left / self._speed, 0.02))

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.sleep)


class StillTime:
    """Seconds that pass only when a test says so: a job stays under way for as long as the test needs."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def wait_until(true: object, seconds: float = 90.0) -> None:
    """Wait until ``true()`` holds; a generous limit that only a failing test reaches."""
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, f"it did not come true within {seconds:g} s"
        threading.Event().wait(0.01)
