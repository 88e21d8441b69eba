"""Webhooks: a POST to the callback URL of a task when it has ended."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from vidgo_notebook.domain.provider import EMULATOR_HEADER
from vidgo_notebook.emulator.tasks import EMULATOR_VERSION, Task

ANSWER_LIMIT = 10.0  # seconds; source: Vidgo API documentation, webhooks
RETRY_DELAYS = (1.0, 2.0, 4.0)  # seconds; same source
MOST_UNDER_WAY = 10_000  # deliveries that wait for their task or their receiver, and that are remembered
_POLL = 0.02  # seconds: the clock may be a test's, and jump, so the end is polled for


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to reach a receiver; ``status`` is its HTTP answer, None if there was none."""

    task_id: str
    attempt: int
    status: int | None


class Webhooks:
    """Deliveries under way and done; ``delays`` are the seconds before each further attempt."""

    def __init__(self, clock: Callable[[], float], delays: Sequence[float] = RETRY_DELAYS) -> None:
        self.deliveries: deque[Delivery] = deque(maxlen=MOST_UNDER_WAY)
        self._clock = clock
        self.delays = tuple(delays)
        self._under_way: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    @property
    def full(self) -> bool:
        """Whether no more can be expected for now."""
        return len(self._under_way) >= MOST_UNDER_WAY

    def expect(self, task: Task, body: Callable[[], dict[str, Any]]) -> None:
        """Deliver ``body()`` to the task's callback URL once the task has ended."""
        delivering = asyncio.get_running_loop().create_task(self._deliver(task, body))
        self._under_way.add(delivering)
        delivering.add_done_callback(self._under_way.discard)

    async def aclose(self) -> None:
        """Cancel the deliveries under way."""
        under_way = tuple(self._under_way)
        for delivering in under_way:
            delivering.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        if client := self._client:
            self._client = None
            await client.aclose()

    async def _deliver(self, task: Task, body: Callable[[], dict[str, Any]]) -> None:
        if self._client is None:  # made before the first delivery is due: to make it takes longer than to call
            headers, no_idle = {EMULATOR_HEADER: EMULATOR_VERSION}, httpx.Limits(max_keepalive_connections=0)
            self._client = httpx.AsyncClient(timeout=ANSWER_LIMIT, headers=headers, limits=no_idle)
        client = self._client
        while (left := task.ends_at - self._clock()) > 0:
            await asyncio.sleep(min(left, _POLL))
        for attempt, delay in enumerate((0.0, *self.delays), 1):
            await asyncio.sleep(delay)
            status = await _post(client, task.request.callback_url or "", body())
            self.deliveries.append(Delivery(task.id, attempt, status))
            if status is not None and 200 <= status < 300:
                return


async def _post(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> int | None:
    try:
        # httpx limits each read and write; the service limits the whole answer.
        answer = await asyncio.wait_for(client.post(url, json=body), ANSWER_LIMIT)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL):
        return None
    return answer.status_code
