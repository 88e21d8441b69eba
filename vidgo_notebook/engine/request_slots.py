"""How many requests are under way at a time, and how many of one kind: slow ones of one kind never hold all slots."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum
from itertools import count
from typing import Protocol

REQUESTS_AT_A_TIME = 8
"""For any number of jobs: with a thousand requests at once each would wait longer than its timeout."""


class RequestKind(Enum):
    """What a request is for. A submit and all that comes before it, uploads included, are of one kind."""

    SUBMIT = "submit"
    STATUS = "status"
    FILE = "file"


class RequestSlots(Protocol):
    """Slots for requests of each kind."""

    async def acquire(self, kind: RequestKind) -> None:
        """Wait for a slot."""

    def release(self, kind: RequestKind) -> None:
        """Free a slot."""


class LocalSlots:
    """The slots of one process. Use them on one loop only.

    ``at_a_time`` returns their number: it is called each time, since the setting may change. One slot is kept free
    for each kind of which nothing is under way, if there are as many.
    """

    def __init__(self, at_a_time: Callable[[], int] = lambda: REQUESTS_AT_A_TIME) -> None:
        self._at_a_time = at_a_time
        self._in_use = dict.fromkeys(RequestKind, 0)
        self._waiting = {kind: deque[tuple[int, asyncio.Future[None]]]() for kind in RequestKind}
        self._numbers = count()

    async def acquire(self, kind: RequestKind) -> None:
        """Wait for a slot, in the order of the calls for one kind."""
        slot = asyncio.get_running_loop().create_future()
        self._waiting[kind].append((next(self._numbers), slot))
        self._grant()
        try:
            await slot
        except asyncio.CancelledError:
            if slot.done() and not slot.cancelled():  # granted at that very moment
                self.release(kind)
            raise

    def release(self, kind: RequestKind) -> None:
        """Free a slot."""
        self._in_use[kind] -= 1
        self._grant()

    def _grant(self) -> None:
        """Give what is free to those who have waited longest."""
        while self._left > 0 and (ready := [kind for kind in RequestKind if self._may_be_granted(kind)]):
            longest = min(ready, key=lambda kind: self._waiting[kind][0][0])
            self._in_use[longest] += 1
            self._waiting[longest].popleft()[1].set_result(None)

    @property
    def _left(self) -> int:
        return self._at_a_time() - sum(self._in_use.values())

    def _may_be_granted(self, kind: RequestKind) -> bool:
        return self._has_waiting(kind) and self._is_free(kind)

    def _has_waiting(self, kind: RequestKind) -> bool:
        waiting = self._waiting[kind]
        while waiting and waiting[0][1].done():  # cancelled since
            waiting.popleft()
        return bool(waiting)

    def _is_free(self, kind: RequestKind) -> bool:
        kept = sum(not in_use for other, in_use in self._in_use.items() if other is not kind)
        return not self._in_use[kind] or self._left > kept
