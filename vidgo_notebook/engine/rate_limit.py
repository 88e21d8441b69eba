"""How many requests go out at a time, and the slow-down that one 429 means for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from vidgo_notebook.engine.clock import Clock

REQUESTS_AT_A_TIME = 8
"""However many jobs there are: with a thousand requests at once each would wait longer than its time limit."""

_LONGEST_PAUSE = 300.0  # of those that we choose ourselves
_LONGEST_ASKED_FOR = 3600.0  # a service that asks for more is not coming back
_FIRST_PAUSE = 1.0


class RequestSlots(Protocol):
    """Something that hands out turns, and takes them back."""

    async def acquire(self) -> Any:
        """Wait for one."""

    def release(self) -> None:
        """Give one back."""


class RateLimiter:
    """Hands out turns for requests; after a 429 nobody gets one until the pause is over.

    ``at_a_time`` tells how many there are: it is asked each time, since the setting may change. Where
    others share them, they come from ``turns``. ``tell`` hears until when a 429 made us pause.
    """

    def __init__(
        self,
        clock: Clock,
        at_a_time: Callable[[], int] = lambda: REQUESTS_AT_A_TIME,
        turns: RequestSlots | None = None,
        tell: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._at_a_time = at_a_time
        self._size = at_a_time()
        self._turns: RequestSlots = turns or asyncio.Semaphore(self._size)
        self._tell = tell
        self._resume_at = 0.0
        self._last_pause = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a free turn, and for the end of a pause; hold the turn inside."""
        await self._take()
        try:
            while (pause := self._resume_at - self._clock.now()) > 0:
                await self._clock.sleep(pause)
            yield
        finally:
            self._give_back()

    async def _take(self) -> None:
        while self._size < self._at_a_time():
            self._size += 1
            self._turns.release()
        await self._turns.acquire()
        while self._size > self._at_a_time():  # there are fewer now: this one is no more
            self._size -= 1
            await self._turns.acquire()

    def _give_back(self) -> None:
        if self._size > self._at_a_time():
            self._size -= 1
        else:
            self._turns.release()

    def slow_down(self, retry_after: float | None) -> None:
        """A 429 came: pause everything for ``retry_after`` seconds, or twice as long as last time."""
        if self._clock.now() < self._resume_at and retry_after is None:
            return  # others were under way when the pause began: one slow-down, not eight
        if retry_after:
            self._last_pause = min(_LONGEST_ASKED_FOR, retry_after)
        else:
            self._last_pause = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * self._last_pause))
        self.pause_until(self._clock.now() + self._last_pause)
        self._tell(self._resume_at)

    def pause_until(self, moment: float) -> None:
        """Hand out no turn before ``moment``; safe in any thread."""
        self._resume_at = max(self._resume_at, moment)

    def went_through(self) -> None:
        """A request was accepted: the next 429 begins with a short pause again."""
        self._last_pause = 0.0
