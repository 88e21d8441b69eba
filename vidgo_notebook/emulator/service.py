"""The emulated service: accepts requests, keeps their tasks and the account."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from threading import Lock

from vidgo_notebook.domain.pricing import credits_text, quote
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.emulator.answers import status_body
from vidgo_notebook.emulator.faults import CallLog, Faults, Kind
from vidgo_notebook.emulator.originals import Originals, depth_of, first_edges
from vidgo_notebook.emulator.picture_cache import PictureCache
from vidgo_notebook.emulator.refusal import Refusal
from vidgo_notebook.emulator.tasks import Draw, Task, TaskList, iso_time, new_task_id, picture_spec
from vidgo_notebook.emulator.uploads import Uploads
from vidgo_notebook.emulator.webhooks import RETRY_DELAYS, Webhooks

VARIANTS_KEPT = 100_000  # requests of which it is known how often they were sent

Latency = float | Callable[[GenerationRequest], float]


class Emulator:
    """A stand-in for the service, with its own account, tasks and faults.

    Parameters
    ----------
    latency : float or callable, default 2.0
        Seconds from acceptance to the end of a task, or a function of the request.
    credits : Decimal or int, default 10,000
        What the account holds at first.
    keys : collection of str, optional
        The bearer keys that are accepted; None accepts any that is not empty.
    unpublished_price : Decimal or int, default 0
        Credits for a model whose price no document gives: it must not be guessed.
    clock : callable
        Seconds, as ``time.monotonic``; tasks, charges, the 24 hours of a file and the 72 of an upload follow it.
    draw : callable, optional
        Makes the bytes of pictures in place of the emulator's own.
    webhook_delays : sequence of float
        Seconds of real time before each retry.

    Examples
    --------
    >>> from vidgo_notebook.emulator import Emulator, serve
    >>> with serve(Emulator(latency=0)) as url:
    ...     vidgo.configure(mode="emulator", base_url=url)
    ...     vidgo.generate("A red bicycle").wait().status
    'finished'
    """

    def __init__(
        self,
        *,
        latency: Latency = 2.0,
        credits: Decimal | int = 10_000,
        keys: Collection[str] | None = None,
        unpublished_price: Decimal | int = 0,
        clock: Callable[[], float] = time.monotonic,
        draw: Draw | None = None,
        webhook_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self.faults = Faults()
        self.log = CallLog()
        self.tasks = TaskList()
        self.body_bytes = 0  # of the requests that are being answered
        self.webhooks = Webhooks(clock, webhook_delays)
        self.clock = clock
        self._latency = latency
        self._keys = keys
        self._unpublished_price = Decimal(unpublished_price)
        self._account = Account(Decimal(credits))
        self._variants: dict[str, int] = {}
        self._unix_epoch = time.time() - clock()
        self.uploads = Uploads(clock, self._unix_epoch)
        self.originals = Originals(self.uploads, self.tasks, clock)
        self.pictures = PictureCache(draw, self.uploads.content)

    @property
    def balance(self) -> Decimal:
        """Credits in the account."""
        return self._account.balance(self.clock())

    @property
    def charged(self) -> Decimal:
        """Credits charged for all tasks that have finished."""
        return self._account.charged(self.clock())

    def count(self, kind: Kind | None = None) -> int:
        """How many calls of ``kind`` arrived; without a kind, how many in all."""
        return self.log.count_of(kind)

    def admits(self, key: str) -> bool:
        """Whether ``key`` is accepted."""
        return bool(key) if self._keys is None else key in self._keys

    def price(self, request: GenerationRequest) -> Decimal:
        """Credits for a valid request, as documented."""
        total = quote(request).total
        return self._unpublished_price if total is None else total

    def accept(self, request: GenerationRequest) -> Task:
        """Open a task for a valid request, after ``Originals.recognised``.

        Raises ``Refusal``: 402 when the account lacks the credits, 429 when too many tasks are under way.
        """
        now, price = self.clock(), self.price(request)
        if price > (available := self._account.available(now)):
            raise Refusal(402, f"this costs {credits_text(price)} and {credits_text(available)} are available")
        if request.callback_url and self.webhooks.full:
            raise Refusal(429, "too many webhooks are under way; send it again later", headers={"Retry-After": "1"})
        self.tasks.make_room(request, now)
        same = fingerprint(request, EMULATOR)
        self._variants[same] = self._variants.pop(same, 0) + 1
        if len(self._variants) > VARIANTS_KEPT:
            del self._variants[next(iter(self._variants))]
        unix_time = self._unix_epoch + now
        task = Task(
            id=new_task_id(unix_time, self.tasks),
            picture=picture_spec(request, self._variants[same], first_edges(request), depth_of(request)),
            price=price,
            created_time=iso_time(unix_time),
            accepted_at=now,
            ends_at=now + (self._latency(request) if callable(self._latency) else self._latency),
        )
        self.tasks.add(task)
        self._account.open(task)
        return task

    def announce(self, task: Task, base_url: str) -> None:
        """Post to the callback URL of ``task``, if it has one, when the task has ended."""
        if task.request.callback_url:
            self.webhooks.expect(task, lambda: status_body(task, self.clock(), base_url))

    async def aclose(self) -> None:
        """Cancel the webhooks under way and end the drawing threads; all else is in memory only."""
        await self.webhooks.aclose()
        self.pictures.close()


class Account:
    """Credits, set aside when a task is accepted and charged when it finishes; times are of the emulator's clock.

    A failed task costs nothing (source: the sister service's documentation). Open tasks are kept in a
    heap, so that each question costs little.
    """

    def __init__(self, credits: Decimal) -> None:
        self._deposit = credits
        self._charged = Decimal(0)
        self._under_way = Decimal(0)
        self._open: list[tuple[float, str, Task]] = []
        self._lock = Lock()  # a test reads from its own thread while the server's thread runs

    def open(self, task: Task) -> None:
        """Set the price of ``task`` aside until it ends."""
        with self._lock:
            heapq.heappush(self._open, (task.ends_at, task.id, task))
            self._under_way += task.price

    def charged(self, now: float) -> Decimal:
        """What all tasks that finished by ``now`` cost."""
        with self._lock:
            while self._open and self._open[0][0] <= now:
                task = heapq.heappop(self._open)[-1]
                self._under_way -= task.price
                self._charged += task.price if task.error is None else 0
            return self._charged

    def balance(self, now: float) -> Decimal:
        """What the account holds."""
        return self._deposit - self.charged(now)

    def available(self, now: float) -> Decimal:
        """What the account holds beyond the tasks under way."""
        return self.balance(now) - self._under_way
