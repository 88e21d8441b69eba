"""Turns that the workers of a cluster share: leases from elsewhere, each used for many requests in a row."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol

_KEPT_SECONDS = 1.0
"""A lease goes back after this time, however busy we are: other workers wait for it too."""

_IDLE_SECONDS = 0.25
"""For so long it is kept though nobody here waits: asking for another costs more than most requests."""

_AT_ONCE = 8  # leases that are asked for at the same time


class Leases(Protocol):
    """Where leases come from. Both calls block, and may be made from any thread."""

    def acquire(self) -> bool:
        """Wait a while for a lease; whether there is one."""

    def release(self) -> None:
        """Give one back."""


class SharedLimiter:
    """Turns on leases that ``leases`` grants. Use it on one loop only."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._ours: deque[float] = deque()  # when each lease in use was granted; one is as good as another
        self._idle: deque[float] = deque()  # the same of those that nobody here uses just now
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._asking = 0
        self._asked: set[asyncio.Future[None]] = set()  # the loop itself holds tasks only weakly
        self._pool = ThreadPoolExecutor(2 * _AT_ONCE, thread_name_prefix="vidgo-turns")

    async def acquire(self) -> None:
        """Wait for a turn."""
        if self._idle:
            self._ours.append(self._idle.popleft())
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._ask()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # granted in the very moment
                self._pass_on()
            raise

    def release(self) -> None:
        """It is over."""
        self._pass_on()

    def close(self) -> None:
        """Give back what is kept, once the loop has ended."""
        with suppress(RuntimeError):  # this process ends, and its leases run out
            while self._idle:
                self._idle.pop()
                self._pool.submit(self._give_back)
        self._pool.shutdown(wait=False)

    def _pass_on(self) -> None:
        """A turn is over: its lease serves whoever waits, unless others have waited long enough."""
        granted = self._ours.popleft()
        if time.monotonic() - granted >= _KEPT_SECONDS:
            self._hand_back()
        elif self._next_in_line():
            self._grant(granted)
        else:
            self._keep(granted)

    def _keep(self, granted: float) -> None:
        self._idle.append(granted)
        asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._tidy, granted)

    def _tidy(self, granted: float) -> None:
        if granted in self._idle:
            self._idle.remove(granted)
            self._hand_back()

    def _hand_back(self) -> None:
        with suppress(RuntimeError):  # this process ends, and its leases run out
            asyncio.get_running_loop().run_in_executor(self._pool, self._give_back)
        self._ask()

    def _grant(self, granted: float) -> None:
        self._ours.append(granted)
        self._waiting.popleft().set_result(None)

    def _next_in_line(self) -> bool:
        while self._waiting and self._waiting[0].done():  # cancelled meanwhile
            self._waiting.popleft()
        return bool(self._waiting)

    def _ask(self) -> None:
        while self._next_in_line() and self._asking < min(_AT_ONCE, len(self._waiting)):
            self._asking += 1
            asked = asyncio.ensure_future(self._ask_once())
            self._asked.add(asked)
            asked.add_done_callback(self._asked.discard)

    async def _ask_once(self) -> None:
        loop, granted = asyncio.get_running_loop(), False
        try:
            granted = await loop.run_in_executor(self._pool, self._leases.acquire)
        except Exception:  # noqa: BLE001  whoever grants them is away: nothing is sent until it is back
            await asyncio.sleep(_KEPT_SECONDS)
        finally:
            self._asking -= 1
        if granted and self._next_in_line():
            self._grant(time.monotonic())
        elif granted:
            self._keep(time.monotonic())
        self._ask()

    def _give_back(self) -> None:
        with suppress(Exception):  # one that is lost comes back by its own time limit
            self._leases.release()
