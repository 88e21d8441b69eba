"""Ports for servers that tests start by number."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

_HANDED_OUT = range(20_000, 30_000)


def free_port() -> int:
    """A loopback port where nobody listens.

    It lies below those that Linux hands out of itself: one of these might be given to another test
    before our server has started, or while it restarts.
    """
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.choice(_HANDED_OUT)))
            return int(probe.getsockname()[1])
