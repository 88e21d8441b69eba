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
