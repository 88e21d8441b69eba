"""How often one key may ask."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from vidgo_notebook.emulator.refusal import Refusal


class RateLimit:
    """At most ``most`` calls in any ``period`` (seconds of the clock) for each key.

    A call that is refused does not count. Keys are known by their hashes: a key itself is kept nowhere.
    """

    def __init__(self, clock: Callable[[], float], most: int, period: float) -> None:
        self._clock = clock
        self._most = most
        self._period = period
        self._calls: dict[int, deque[float]] = {}

    def take(self, key: str) -> None:
        """Count a call. Raises ``Refusal`` (429) that says how many seconds to wait when it is one too many."""
        now = self._clock()
        self._forget(now)
        calls = self._calls.setdefault(hash(key), deque())
        if len(calls) >= self._most:
            wait = max(1, math.ceil(calls[0] + self._period - now))
            message = f"at most {self._most} requests in {self._period:g} s: ask again in {wait} s"
            raise Refusal(429, message, headers={"Retry-After": str(wait)})
        calls.append(now)

    def _forget(self, now: float) -> None:
        for key, calls in tuple(self._calls.items()):
            while calls and calls[0] + self._period <= now:
                calls.popleft()
            if not calls:
                del self._calls[key]
