"""Learns who answers at an address, the service or an emulator, before anything is sent there that costs money."""

from __future__ import annotations

import asyncio
from copy import copy

from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.retry_policy import PROVIDER_CHECKS, Tries
from vidgo_notebook.errors import TransportError, VidgoError
from vidgo_notebook.wire.client import VidgoClient

_LONGEST = 60.0
"""Seconds after which a request without an answer is not repeated."""


class ProviderCheck:
    """One GET for all jobs of a connection, sent when the first of them is about to POST.

    Jobs that begin meanwhile wait for its outcome. A success holds as long as the connection, a failure for the jobs
    that waited for it: the next one asks again.
    """

    def __init__(self, client: VidgoClient, limiter: RateLimiter, clock: Clock) -> None:
        self._client = client
        self._limiter = limiter
        self._clock = clock
        self._passed = False
        self._asking: asyncio.Future[None] | None = None

    async def ensure(self) -> None:
        """Return once the expected provider has answered.

        Raises APIError if another one answered or the key was refused, TransportError if there was no answer.
        """
        if self._passed:
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self._ask())
        try:
            await asyncio.shield(self._asking)  # a job that is cancelled does not end the question of the others
        except VidgoError as error:
            raise copy(error) from None  # each job adds to the text of its own

    async def _ask(self) -> None:
        began, tries = self._clock.monotonic(), Tries(PROVIDER_CHECKS)
        while True:
            try:
                async with self._limiter.slot():
                    await self._client.check_provider()
            except TransportError:
                if not tries.fail() or self._clock.monotonic() - began > _LONGEST:
                    raise
                await self._clock.sleep(tries.pause)
            else:
                self._passed = True
                return
