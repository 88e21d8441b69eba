"""What the workers of a cluster share: request slots, of which one lease serves many requests, and pauses."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol

from vidgo_notebook.engine.request_slots import RequestKind
from vidgo_notebook.store.journal.journal import Journal

_KEPT_SECONDS = 1.0
"""A lease is returned after this time, however busy this worker is: others wait for it too."""

_IDLE_SECONDS = 0.25
"""An unused lease is kept for this time: acquiring another takes longer than most requests."""

_AT_ONCE = 8  # leases that are requested at the same time


class Leases(Protocol):
    """The source of leases. Both calls block, and may be made from any thread."""

    def acquire(self) -> bool:
        """Wait for a lease, for a limited time; whether one was granted."""

    def release(self) -> None:
        """Return one."""


class SharedSlots:
    """Request slots that are shared with other workers, each kind backed by ``leases`` of its own."""

    def __init__(self, leases: Mapping[RequestKind, Leases]) -> None:
        self._limiters = {kind: SharedLimiter(each) for kind, each in leases.items()}

    async def acquire(self, kind: RequestKind) -> None:
        """Wait for a slot."""
        await self._limiters[kind].acquire()

    def release(self, kind: RequestKind) -> None:
        """Free a slot."""
        self._limiters[kind].release()

    def close(self) -> None:
        """Return the leases that are kept, once the loop has ended."""
        for limiter in self._limiters.values():
            limiter.close()


class SharedLimiter:
    """Slots backed by ``leases``. Use it on one loop only."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._in_use: deque[float] = deque()  # when each lease was granted; leases are interchangeable
        self._idle: deque[float] = deque()  # the same for leases that are kept unused
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._requested = 0
        self._requests: set[asyncio.Future[None]] = set()  # the loop keeps only weak references to tasks
        self._pool = ThreadPoolExecutor(2 * _AT_ONCE, thread_name_prefix="vidgo-slots")

    async def acquire(self) -> None:
        """Wait for a slot."""
        if self._idle:
            self._in_use.append(self._idle.popleft())
            return
        slot = asyncio.get_running_loop().create_future()
        self._waiting.append(slot)
        self._request_leases()
        try:
            await slot
        except asyncio.CancelledError:
            if slot.done() and not slot.cancelled():  # granted at that very moment
                self.release()
            raise

    def release(self) -> None:
        """Free a slot: its lease serves the next request here, unless other workers have waited long enough."""
        granted = self._in_use.popleft()
        if time.monotonic() - granted >= _KEPT_SECONDS:
            self._return_lease()
        elif self._has_waiting():
            self._grant(granted)
        else:
            self._keep(granted)

    def close(self) -> None:
        """Return the leases that are kept, once the loop has ended."""
        with suppress(RuntimeError):  # this process is ending, and its leases expire
            while self._idle:
                self._idle.pop()
                self._pool.submit(self._release)
        self._pool.shutdown(wait=False)

    def _keep(self, granted: float) -> None:
        self._idle.append(granted)
        asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._return_unused, granted)

    def _return_unused(self, granted: float) -> None:
        if granted in self._idle:
            self._idle.remove(granted)
            self._return_lease()

    def _return_lease(self) -> None:
        with suppress(RuntimeError):  # this process is ending, and its leases expire
            asyncio.get_running_loop().run_in_executor(self._pool, self._release)
        self._request_leases()

    def _grant(self, granted: float) -> None:
        self._in_use.append(granted)
        self._waiting.popleft().set_result(None)

    def _has_waiting(self) -> bool:
        while self._waiting and self._waiting[0].done():  # cancelled since
            self._waiting.popleft()
        return bool(self._waiting)

    def _request_leases(self) -> None:
        while self._has_waiting() and self._requested < min(_AT_ONCE, len(self._waiting)):
            self._requested += 1
            request = asyncio.ensure_future(self._request_lease())
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)

    async def _request_lease(self) -> None:
        loop, granted = asyncio.get_running_loop(), False
        try:
            granted = await loop.run_in_executor(self._pool, self._leases.acquire)
        except Exception:  # noqa: BLE001  their source is unavailable: nothing is sent until it is back
            await asyncio.sleep(_KEPT_SECONDS)
        finally:
            self._requested -= 1
        if granted and self._has_waiting():
            self._grant(time.monotonic())
        elif granted:
            self._keep(time.monotonic())
        self._request_leases()

    def _release(self) -> None:
        with suppress(Exception):  # a lease that is not returned expires
            self._leases.release()


class SharedPause:
    """The pause after a 429, of which the journal informs the other workers. Each measures it by its own clock: the
    clocks of two machines are not compared.

    A worker learns of pauses that begin after itself; it meets one that began before by a 429 of its own.
    """

    def __init__(self, journal: Journal, api: str) -> None:
        self._journal = journal
        self._api = api
        self._known = journal.last_pause(api)[0]

    def share(self, seconds: float) -> None:
        """Inform the other workers of a pause; inside a commit."""
        self._known = self._journal.pause(self._api, seconds)

    def news(self) -> float:
        """The seconds of a pause that another worker has shared since the last call; 0 if none has."""
        number, seconds = self._journal.last_pause(self._api)
        is_new, self._known = number > self._known, number
        return seconds if is_new else 0.0
