"""Turns that workers share: asked for seldom, given back soon, never more at a time than there are leases."""

from __future__ import annotations

import asyncio
import threading

from vidgo_notebook.engine.cluster.shared_limit import SharedLimiter


class Grantor:
    """So many leases, for everybody who asks here; ``granted`` counts how often one went out."""

    def __init__(self, leases: int) -> None:
        self._free = threading.BoundedSemaphore(leases)
        self._lock = threading.Lock()
        self.out = self.most_out = self.granted = 0

    def acquire(self) -> bool:
        granted = self._free.acquire(timeout=1.0)
        if granted:
            with self._lock:
                self.out += 1
                self.granted += 1
                self.most_out = max(self.most_out, self.out)
        return granted

    def release(self) -> None:
        with self._lock:
            self.out -= 1
        self._free.release()


async def use(turns: SharedLimiter, times: int) -> None:
    for _ in range(times):
        await turns.acquire()
        await asyncio.sleep(0)
        turns.release()


async def until_all_are_back(grantor: Grantor) -> None:
    while grantor.out:
        await asyncio.sleep(0.01)


def test_requests_in_a_row_use_one_lease_which_goes_back_when_they_end() -> None:
    grantor = Grantor(4)

    async def work() -> None:
        await use(SharedLimiter(grantor), 200)
        await until_all_are_back(grantor)

    asyncio.run(asyncio.wait_for(work(), 30))
    assert grantor.granted <= 20  # one, on a machine that is not held up for a second each time


def test_many_at_a_time_never_hold_more_than_there_are() -> None:
    grantor = Grantor(3)

    async def work() -> None:
        turns = [SharedLimiter(grantor), SharedLimiter(grantor)]  # two workers, each with more to send than may go
        await asyncio.gather(*(use(each, 20) for each in turns for _ in range(10)))
        await until_all_are_back(grantor)

    asyncio.run(asyncio.wait_for(work(), 60))
    assert grantor.most_out <= 3


def test_a_worker_gets_its_turn_though_another_is_never_idle() -> None:
    grantor = Grantor(1)

    async def work() -> None:
        greedy = asyncio.ensure_future(use(SharedLimiter(grantor), 10**9))
        await asyncio.sleep(0.05)
        await use(SharedLimiter(grantor), 1)
        assert not greedy.done()
        greedy.cancel()

    asyncio.run(asyncio.wait_for(work(), 30))
    assert grantor.granted >= 2  # the only lease changed hands


def test_what_is_kept_when_the_work_ends_is_given_back() -> None:
    grantor = Grantor(2)
    turns = SharedLimiter(grantor)
    asyncio.run(use(turns, 1))
    assert grantor.out == 1  # kept for the next request
    turns.close()
    for _ in range(500):
        if not grantor.out:
            break
        threading.Event().wait(0.01)
    assert grantor.out == 0
