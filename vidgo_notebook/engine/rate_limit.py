"""The pause of all submits that one 429 causes, and the slots in which requests are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.request_slots import LocalSlots, RequestKind, RequestSlots
from vidgo_notebook.engine.retry_policy import LONGEST_RETRY_AFTER

_LONGEST_PAUSE = 300.0  # without a Retry-After
_FIRST_PAUSE = 1.0
_UPDATE_SECONDS = 1.0


class RateLimiter:
    """Gives each request its slot; after a 429 nothing new is bought until the pause is over.

    Status requests and downloads of what is already paid go on meanwhile. The pause is measured by the monotonic
    clock.

    ``slots`` are those of this process, if no others are given. ``on_pause`` receives for how many seconds a 429
    pauses this process.
    """

    def __init__(
        self, clock: Clock, slots: RequestSlots | None = None, on_pause: Callable[[float], None] = lambda _: None
    ) -> None:
        self._clock = clock
        self._slots = slots or LocalSlots()
        self._on_pause = on_pause
        self._resume_at = 0.0
        self._last_pause = 0.0

    @asynccontextmanager
    async def slot(self, waiting: Callable[[float], None] = lambda _: None) -> AsyncIterator[None]:
        """Wait for the end of a pause, and for a slot to submit or upload, which is in use inside.

        ``waiting`` receives the seconds left of a pause, once a second, and 0 at its end.
        """
        await self._wait_for_pause(waiting)
        await self._slots.acquire(RequestKind.SUBMIT)
        while self._left > 0:  # a 429 came meanwhile
            self._slots.release(RequestKind.SUBMIT)
            await self._wait_for_pause(waiting)
            await self._slots.acquire(RequestKind.SUBMIT)
        try:
            yield
        finally:
            self._slots.release(RequestKind.SUBMIT)

    @asynccontextmanager
    async def slot_for_paid(self, kind: RequestKind) -> AsyncIterator[None]:
        """Wait for a slot, whether or not there is a pause: for status requests and files of what is paid."""
        await self._slots.acquire(kind)
        try:
            yield
        finally:
            self._slots.release(kind)

    @property
    def _left(self) -> float:
        """The seconds left of a pause."""
        return self._resume_at - self._clock.monotonic()

    async def _wait_for_pause(self, waiting: Callable[[float], None]) -> None:
        if self._left <= 0:
            return
        while (left := self._left) > 0:
            waiting(left)
            await self._clock.sleep(min(left, _UPDATE_SECONDS))
        waiting(0.0)

    def slow_down(self, retry_after: float | None) -> None:
        """After a 429: pause all submits for ``retry_after`` seconds, or twice as long as last time."""
        if self._left > 0 and retry_after is None:
            return  # it was sent before the pause began: one pause, not eight
        if retry_after:
            self._last_pause = min(LONGEST_RETRY_AFTER, retry_after)
        else:
            self._last_pause = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, 2 * self._last_pause))
        self.pause_for(self._last_pause)
        self._on_pause(self._last_pause)

    def pause_for(self, seconds: float) -> None:
        """Buy nothing for ``seconds``; safe in any thread."""
        seconds = min(seconds, LONGEST_RETRY_AFTER)
        self._resume_at = max(self._resume_at, self._clock.monotonic() + seconds)

    def reset(self) -> None:
        """After a request was accepted: the next 429 starts with a short pause again."""
        self._last_pause = 0.0
