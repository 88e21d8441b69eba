"""The engine's clocks: a test supplies its own, so that no test waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))  # Linux; macOS; not Windows


def _clock() -> Callable[[], float]:
    if _COUNTS_SLEEP is not None:
        counting = partial(time.clock_gettime, _COUNTS_SLEEP)
        with suppress(OSError):  # it has a name and may not be there, as in Pyodide
            counting()
            return counting
    return time.monotonic


since_boot: Callable[[], float] = _clock()
"""Seconds by a clock that no one sets and that also counts while this process is stopped or the machine sleeps."""


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` in seconds since the epoch, which is written down and may be set by anyone; ``monotonic`` seconds, by
    which the engine waits; how to sleep; and ``since_boot``, seconds that count a sleeping machine as well."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    since_boot: Callable[[], float] = since_boot
