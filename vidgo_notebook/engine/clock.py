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
