"""The engine's clocks: a test supplies its own, so that no test waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` in seconds since the epoch, which is written down and may be set by anyone; ``monotonic`` seconds, by
    which the engine waits; and how to sleep."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic


class TimeAwake:
    """Seconds that passed while this process ran, for time limits.

    Those during which it was stopped, or its machine slept, are not counted: between two looks more than
    ``longest`` seconds can't have passed awake.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked = clock.monotonic()
        self.seconds = 0.0

    def look(self, longest: float) -> bool:
        """Count the seconds since the last look, at most ``longest``; whether the process slept meanwhile."""
        now = self._clock.monotonic()
        passed, self._looked = now - self._looked, now
        self.seconds += min(passed, longest)
        return passed > longest
