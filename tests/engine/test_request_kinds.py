"""Requests of one kind that never end leave slots for those of the other kinds."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from vidgo_notebook.engine.cluster.shared_limit import SharedSlots
from vidgo_notebook.engine.request_slots import LocalSlots, RequestKind, RequestSlots

SUBMIT, STATUS, FILE = RequestKind
Open = Callable[[], RequestSlots]


class Semaphore:
    """Leases of a process."""

    def __init__(self, number: int) -> None:
        self._free = threading.Semaphore(number)

    def acquire(self) -> bool:
        return self._free.acquire(timeout=0.05)

    def release(self) -> None:
        self._free.release()


def of_a_worker() -> SharedSlots:
    return SharedSlots({kind: Semaphore(3) for kind in RequestKind})


async def held(slots: RequestSlots, kinds: list[RequestKind]) -> Counter[RequestKind]:
    """Which of so many requests that never end, in this order, got a slot."""
    got: Counter[RequestKind] = Counter()

    async def hold(kind: RequestKind) -> None:
        await slots.acquire(kind)
        got[kind] += 1

    waiting = [asyncio.ensure_future(hold(kind)) for kind in kinds]
    await asyncio.wait(waiting, timeout=0.3)
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return got


@pytest.mark.parametrize("open_slots", [LocalSlots, of_a_worker])
@pytest.mark.parametrize("bad", RequestKind)
def test_any_number_of_requests_of_one_kind_never_hold_the_slots_of_the_others(
    bad: RequestKind, open_slots: Open
) -> None:
    async def work() -> Counter[RequestKind]:
        slots = open_slots()
        got = await held(slots, [bad] * 20)
        got += await held(slots, [kind for kind in RequestKind if kind is not bad])
        if isinstance(slots, SharedSlots):
            slots.close()
        return got

    got = asyncio.run(work())
    assert 3 <= got[bad] <= 6
    assert [got[kind] for kind in RequestKind if kind is not bad] == [1, 1]


@pytest.mark.parametrize(
    ("number", "kinds", "expected"),
    [
        (8, [SUBMIT] * 9, {SUBMIT: 6}),
        (8, [SUBMIT] * 9 + [STATUS] * 9 + [FILE] * 9, {SUBMIT: 6, STATUS: 1, FILE: 1}),
        (8, [STATUS, FILE] + [SUBMIT] * 9, {STATUS: 1, FILE: 1, SUBMIT: 6}),
        (3, [FILE] * 3 + [SUBMIT, STATUS], {FILE: 1, SUBMIT: 1, STATUS: 1}),
        (2, [FILE] * 3 + [SUBMIT, STATUS], {FILE: 1, SUBMIT: 1}),
        (1, [SUBMIT] * 3 + [STATUS], {SUBMIT: 1}),
    ],
)
def test_a_slot_is_kept_for_each_other_kind_and_never_more_are_in_use_than_the_setting_says(
    number: int, kinds: list[RequestKind], expected: dict[RequestKind, int]
) -> None:
    assert asyncio.run(held(LocalSlots(lambda: number), kinds)) == expected


def test_a_slot_goes_to_the_request_that_waits_longest_and_a_cancelled_one_takes_none() -> None:
    async def work() -> list[str]:
        slots, order = LocalSlots(lambda: 1), list[str]()

        async def use(name: str, kind: RequestKind) -> None:
            await slots.acquire(kind)
            order.append(name)
            slots.release(kind)

        await slots.acquire(FILE)
        names = {"a": SUBMIT, "b": STATUS, "gone": STATUS, "c": SUBMIT, "d": FILE}
        tasks = {name: asyncio.ensure_future(use(name, kind)) for name, kind in names.items()}
        await asyncio.sleep(0)
        tasks["gone"].cancel()
        slots.release(FILE)
        tasks["b"].cancel()  # granted or not
        await asyncio.wait_for(asyncio.gather(*tasks.values(), return_exceptions=True), 10)
        return order

    assert asyncio.run(work()) == ["a", "c", "d"]
