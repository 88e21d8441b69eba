"""How many requests are sent at a time, and the pause that one 429 causes for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from vidgo_notebook.engine.clock import Clock

REQUESTS_AT_A_TIME = 8
"""For any number of jobs: with a thousand requests at once each would wait longer than its timeout."""

_LONGEST_PAUSE = 300.0  # without a Retry-After
_LONGEST_RETRY_AFTER = 3600.0  # the longest that is believed
_FIRST_PAUSE = 1.0


class RequestSlots(Protocol):
    """A pool of request slots."""

    async def acquire(self) -> Any:
        """Wait for a slot."""

    def release(self) -> None:
        """Free a slot."""


class RateLimiter:
    """Limits how many requests are sent at a time; after a 429 none is sent until the pause is over.

    ``at_a_time`` returns their number: it is called each time, since the setting may change. ``slots`` are those
    that other processes share, if any. ``on_pause`` receives until when a 429 pauses this process.
    """

    def __init__(
        self,
        clock: Clock,
        at_a_time: Callable[[], int] = lambda: REQUESTS_AT_A_TIME,
        slots: RequestSlots | None = None,
        on_pause: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._at_a_time = at_a_time
        self._size = at_a_time()
        self._slots: RequestSlots = slots or asyncio.Semaphore(self._size)
        self._on_pause = on_pause
        self._resume_at = 0.0
        self._last_pause = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a free slot, and for the end of a pause; the slot is in use inside."""
        while self._size < self._at_a_time():
            self._size += 1
            self._slots.release()
        await self._slots.acquire()
        while self._size > self._at_a_time():  # the number was lowered: this slot is dropped
            self._size -= 1
            await self._slots.acquire()
        try:
            while (pause := self._resume_at - self._clock.now()) > 0:
                await self._clock.sleep(pause)
            yield
        finally:
            if self._size > self._at_a_time():
                self._size -= 1
            else:
                self._slots.release()

    def slow_down(self, retry_after: float | None) -> None:
        """After a 429: pause all requests for ``retry_after`` seconds, or twice as long as last time."""
        if self._clock.now() < self._resume_at and retry_after is None:
            return  # it was sent before the pause began: one pause, not eight
        if retry_after:
            self._last_pause = min(_LONGEST_RETRY_AFTER, retry_after)
        else:
            self._last_pause = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * self._last_pause))
        self.pause_until(self._clock.now() + self._last_pause)
        self._on_pause(self._resume_at)

    def pause_until(self, moment: float) -> None:
        """Send nothing before ``moment``; safe in any thread."""
        self._resume_at = max(self._resume_at, moment)

    def reset(self) -> None:
        """After a request was accepted: the next 429 starts with a short pause again."""
        self._last_pause = 0.0
