"""The engine's clocks: a test supplies its own, so that no test waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))  # Linux; macOS; not Windows

since_boot: Callable[[], float] = (
    time.monotonic if _COUNTS_SLEEP is None else partial(time.clock_gettime, _COUNTS_SLEEP)
)
"""Seconds by a clock that no one sets and that also counts while this process is stopped or the machine sleeps."""


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` in seconds since the epoch, which is written down and may be set by anyone; ``monotonic`` seconds, by
    which the engine waits; how to sleep; and ``since_boot``, seconds that count a sleeping machine as well."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    since_boot: Callable[[], float] = since_boot
