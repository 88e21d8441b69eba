"""Whose turn it is when many requests wait for one."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.pace import Pace


class Line:
    """Requests that each take a moment, in the order in which they got their turns."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.under_way = self.peak = 0

    async def request(self, kind: str, turn: AbstractAsyncContextManager[None]) -> None:
        async with turn:
            self.order.append(kind)
            self.under_way += 1
            self.peak = max(self.peak, self.under_way)
            await asyncio.sleep(0)
            self.under_way -= 1


def test_a_status_request_does_not_wait_for_a_thousand_submits() -> None:
    """Nor does a fetch: a disk that fills up is met before all is bought. Three turns: three submits have
    them, three more stand in line, and then it is the status request's turn."""

    async def stand_in_line() -> list[str]:
        pace, line = Pace(Clock(), lambda: 3), Line()
        submits = [asyncio.ensure_future(line.request("submit", pace.turn_to_begin())) for _ in range(1000)]
        while not line.order:
            await asyncio.sleep(0)
        await asyncio.gather(line.request("status", pace.turn()), *submits)
        assert (len(line.order), line.peak) == (1001, 3)
        return line.order

    assert asyncio.run(stand_in_line()).index("status") <= 6


def test_submits_alone_have_all_the_turns_there_are() -> None:
    """However many: the setting may be raised and lowered between two of them."""

    async def stand_in_line() -> list[int]:
        allowed, peaks = [2], []
        pace = Pace(Clock(), lambda: allowed[0])
        for allowed[0] in (2, 5, 3):
            line = Line()
            await asyncio.gather(*(line.request("submit", pace.turn_to_begin()) for _ in range(50)))
            peaks.append(line.peak)
        return peaks

    assert asyncio.run(stand_in_line()) == [2, 5, 3]
