"""The engine's clocks: a test supplies its own, so that no test waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


def since_boot() -> float:
    """Seconds by a clock that no one sets and that also counts while this process is stopped or the machine sleeps."""
    counts_sleep = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))  # Linux; macOS; not Windows
    return time.monotonic() if counts_sleep is None else time.clock_gettime(counts_sleep)


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` in seconds since the epoch, which is written down and may be set by anyone; ``monotonic`` seconds, by
    which the engine waits; how to sleep; and ``since_boot``, seconds that count a sleeping machine as well."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    since_boot: Callable[[], float] = since_boot


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
