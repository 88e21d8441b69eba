"""A time limit that counts while this process is awake, and ends also a request that is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from vidgo_notebook.engine.clock import Clock

STEP_SECONDS = 1.0
"""Between two looks at the clock."""

_LONGEST_STEP = 5.0
"""Seconds that may pass between two looks in a process that is awake."""

_SHORTEST_LAST, _LONGEST_LAST, _LAST_SHARE = 2.0, 30.0, 0.5
"""A request that begins shortly before the limit, or at it, has so many seconds, and within them this share of the
limit."""

_T = TypeVar("_T")


class TimeUpError(Exception):
    """The limit was reached while a request was under way."""


class TimeLimit:
    """``limit`` returns the seconds, and is called each time, since the setting may change.

    Seconds during which this process was stopped, or its machine slept, are not counted.
    """

    def __init__(self, clock: Clock, limit: Callable[[], float]) -> None:
        self._clock = clock
        self._limit = limit
        self._looked = clock.monotonic()
        self.seconds = 0.0
        self.slept = False

    @property
    def reached(self) -> bool:
        """Whether as much time has passed, at the last look."""
        return self.seconds >= self._limit()

    @property
    def text(self) -> str:
        """The limit in words."""
        return f"{self._limit():g} s"

    def look(self) -> bool:
        """Count the seconds since the last look; whether the process slept meanwhile."""
        now = self._clock.monotonic()
        passed, self._looked = now - self._looked, now
        self.seconds += min(passed, _LONGEST_STEP)
        return passed > _LONGEST_STEP

    async def keep(self, request: Awaitable[_T]) -> _T:
        """Await a request; ``slept`` says afterwards whether the process slept meanwhile. Raises TimeUpError."""
        self.slept = self.look()
        try:
            async with asyncio.timeout(None) as timeout:
                watchdog = asyncio.ensure_future(self._end_at_limit(timeout))
                try:
                    return await request
                finally:
                    watchdog.cancel()
                    self.slept = self.look() or self.slept
        except TimeoutError:
            if timeout.expired():  # else it is an error of the request
                raise TimeUpError from None
            raise

    async def _end_at_limit(self, timeout: asyncio.Timeout) -> None:
        began = self.seconds
        while True:
            limit = self._limit()
            end = max(limit, began + max(_SHORTEST_LAST, min(_LONGEST_LAST, _LAST_SHARE * limit)))
            if self.seconds >= end:
                timeout.reschedule(asyncio.get_running_loop().time())
                return
            await self._clock.sleep(min(STEP_SECONDS, end - self.seconds))
            if self.look():  # what has come meanwhile is not read yet
                self.slept, began = True, self.seconds
