"""One background thread, started when needed, ended on request, and independent of the cell that started it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.engine.engine import EngineLoop
from vidgo_notebook.errors import JobTimeoutError

CELL = contextvars.ContextVar("cell", default="no cell")


async def current_cell() -> str:
    return CELL.get()


def names_of_threads_since(before: set[threading.Thread]) -> set[str]:
    """Of the threads that were not there before: other tests in this process may have left some."""
    return {thread.name for thread in set(threading.enumerate()) - before}


def test_work_runs_on_one_thread_for_every_caller() -> None:
    async def who() -> threading.Thread:
        return threading.current_thread()

    loop = EngineLoop()
    with ThreadPoolExecutor(20) as pool:
        threads = set(pool.map(lambda _: loop.spawn(who).result(90), range(100)))
    (thread,) = threads
    assert thread.daemon
    assert thread is not threading.current_thread()
    loop.stop()
    assert not thread.is_alive()


def test_nothing_runs_before_it_is_needed_nor_after_it_was_stopped() -> None:
    loop, before = EngineLoop(), set(threading.enumerate())
    assert not loop.running
    loop.stop()  # stopping what never ran is no mistake
    assert "vidgo-engine" not in names_of_threads_since(before)
    assert loop.spawn(current_cell).result(90) == "no cell"
    assert loop.running
    loop.stop()
    loop.stop()
    assert not loop.running


def test_after_a_stop_it_starts_anew() -> None:
    loop = EngineLoop()
    assert [loop.spawn(current_cell).result(90) and loop.stop() for _ in range(3)] == [None] * 3
    assert loop.spawn(current_cell).result(90) == "no cell"
    loop.stop()


def test_work_never_inherits_the_cell_that_began_it() -> None:
    """Inheriting its context would send what the work displays to that cell, and front ends drop it."""
    loop = EngineLoop()
    CELL.set("cell 1")
    assert loop.spawn(current_cell).result(90) == "no cell"  # starts the thread
    CELL.set("cell 2")
    assert loop.spawn(current_cell).result(90) == "no cell"  # on the running thread

    async def nested() -> str:
        return await asyncio.create_task(current_cell())

    assert loop.spawn(nested).result(90) == "no cell"
    loop.stop()


def test_what_work_raises_reaches_the_caller() -> None:
    async def breaks() -> None:
        raise LookupError("lost")

    loop = EngineLoop()
    with pytest.raises(LookupError, match="lost"):
        loop.spawn(breaks).result(90)
    loop.stop()


def test_stopping_cancels_what_runs_and_lets_it_clean_up() -> None:
    cleaned: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            cleaned.append("up")

    loop = EngineLoop()
    works = [loop.spawn(endless) for _ in range(10)]
    loop.spawn(current_cell).result(90)
    loop.stop()
    assert cleaned == ["up"] * 10
    assert all(work.cancelled() for work in works)


def test_a_stopped_engine_leaves_no_thread_and_works_again(harness: EngineHarness) -> None:
    before = set(threading.enumerate())
    assert harness.buy().result(90).bytes == PNG
    assert "vidgo-engine" in names_of_threads_since(before)
    harness.engine.stop()
    assert "vidgo-engine" not in names_of_threads_since(before)


def test_stopping_leaves_no_worker_threads_behind(harness: EngineHarness) -> None:
    """A notebook that reloads the extension a hundred times must not collect threads."""
    before = set(threading.enumerate())
    assert harness.buy().result(90).bytes == PNG
    harness.engine.stop()
    wait_until(
        lambda: not [name for name in names_of_threads_since(before) if name.startswith("vidgo")
                     and "emulator" not in name],
    )  # fmt: skip
    assert harness.emulator.count("submit") == 1


@pytest.mark.filterwarnings("ignore:.*event_loop_policy:DeprecationWarning")
def test_an_idle_thread_ends_without_an_error_though_another_loop_became_the_usual_one_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``uvloop.install()`` in a cell, for example: asyncio no longer knows the loop of this thread."""
    faults: list[object] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)
    loop, before = EngineLoop(), asyncio.get_event_loop_policy()
    assert loop.spawn(current_cell).result(90) == "no cell"
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
    try:
        loop.stop()
    finally:
        asyncio.set_event_loop_policy(before)
    assert faults == []


def test_a_job_that_was_asked_for_right_before_the_end_ends_too(tmp_path: Path) -> None:
    """As when a kernel is restarted while its last cell returns: nothing was sent, and its price is free again."""
    kernel = EngineHarness(tmp_path)
    purchase = kernel.plan()
    kernel.engine.buy(purchase, kernel.account)
    kernel.engine.stop()
    with pytest.raises(JobTimeoutError, match="was not sent yet"):
        purchase.job.result(90)
    assert kernel.budget.committed == 0
    assert not kernel.emulator.tasks
