"""Two kernels, one journal: one purchase, which the remaining kernel continues."""

from __future__ import annotations

import concurrent.futures
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.durable_journal import durably
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.emulator import Emulator, Fault, serve
from vidgo_notebook.errors import JobFailedError, JobTimeoutError, JobUncertainError, VidgoError
from vidgo_notebook.store.journal.journal import Entry

OpenBench = Callable[..., EngineHarness]
LONG_ENOUGH = 90
DAY = 86_400


@pytest.fixture
def two_kernels(open_harness: OpenBench) -> tuple[EngineHarness, EngineHarness]:
    """Two kernels at one API, with a store each and one journal."""
    time = FastTime()
    emulator = Emulator(clock=time.now, draw=lambda _: PNG, latency=20)
    return tuple(open_harness(emulator=emulator, time=time, store=f"store-{n}/.vidgo") for n in (1, 2))  # type: ignore


def test_two_kernels_that_ask_for_one_picture_buy_it_once(two_kernels: tuple[EngineHarness, EngineHarness]) -> None:
    first, second = two_kernels
    bought, joined = first.buy(), second.buy()
    assert bought.result(LONG_ENOUGH).bytes == joined.result(LONG_ENOUGH).bytes == PNG
    assert first.emulator.count("submit") == 1
    assert {bought.charge, joined.charge} == {Decimal(24), Decimal(0)}
    assert first.charged == 24
    assert first.budget.committed + second.budget.committed == 24
    assert first.store.find(bought.fingerprint) is not None
    assert second.store.find(joined.fingerprint) is not None
    assert bought.id == joined.id


def test_many_threads_of_one_kernel_buy_each_picture_once(open_harness: OpenBench) -> None:
    harness = open_harness(latency=5)
    start = threading.Barrier(8)

    def ask(_: int) -> list[bytes]:
        start.wait()
        jobs = [harness.buy(f"Picture {number}") for number in range(10)]
        return [job.result(LONG_ENOUGH).bytes for job in jobs]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ask, range(8)))
    assert results == [[PNG] * 10] * 8
    assert harness.emulator.count("submit") == 10
    assert (harness.emulator.charged, harness.charged, harness.budget.committed) == (240, 240, 240)


def test_a_joiner_hears_of_a_failure(two_kernels: tuple[EngineHarness, EngineHarness]) -> None:
    first, second = two_kernels
    first.emulator.faults.add(Fault("submit", fails="Unsafe content"))
    jobs = first.buy(), second.buy()
    errors = [job.exception(LONG_ENOUGH) for job in jobs]
    assert [type(error) for error in errors] == [JobFailedError, JobFailedError]
    assert first.emulator.count("submit") == 1
    assert first.budget.committed == second.budget.committed == 0


def test_a_joiner_hears_that_the_answer_was_lost_and_does_not_send_again(
    two_kernels: tuple[EngineHarness, EngineHarness],
) -> None:
    first, second = two_kernels
    first.emulator.faults.add(Fault("submit", delay=0.3, drop=True))
    jobs = first.buy(), second.buy()
    assert [type(job.exception(LONG_ENOUGH)) for job in jobs] == [JobUncertainError] * 2
    assert first.emulator.count("submit") == 1


def test_a_joiner_carries_on_when_the_owner_stops(two_kernels: tuple[EngineHarness, EngineHarness]) -> None:
    first, second = two_kernels
    first.emulator.faults.add(Fault("status", delay=60))  # the owner's first question: it learns nothing till it stops
    bought = first.buy()
    wait_until(lambda: bought.task_id)
    joined = second.buy()
    wait_until(lambda: joined.id == bought.id)
    first.engine.stop()
    assert type(bought.exception(LONG_ENOUGH)) is JobTimeoutError
    assert joined.result(LONG_ENOUGH).bytes == PNG
    assert second.entry(joined.id).owner == second.owner
    assert first.emulator.count("submit") == 1
    assert second.charged == 24


@pytest.mark.parametrize("days", [0, 1, -1])
def test_a_joiner_carries_on_when_the_owners_lease_ends_whatever_the_clocks_say(
    days: int, open_harness: OpenBench
) -> None:
    """The owner's machine hangs or lost its network: it can't be asked, but it shows itself no more for 15 s."""
    harness = open_harness(latency=5)
    purchase = harness.plan()
    purchase.entry = _owned_elsewhere(purchase.entry)
    durably(harness.journal).claim(purchase.entry)
    began = harness.time.monotonic()
    job = harness.buy()
    harness.time.set_clock(days * DAY)
    wait_until(lambda: harness.emulator.count("submit"))
    assert harness.time.monotonic() - began >= 15
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert job.id == purchase.job.id
    assert harness.emulator.count("submit") == 1


@pytest.mark.parametrize("days", [1, -1])
def test_kernels_whose_clocks_differ_by_a_day_buy_once_and_leave_each_other_alone(
    days: int, open_harness: OpenBench
) -> None:
    """At a tenth of the usual haste, so that a busy machine does not keep the owner from showing itself."""
    time, other = FastTime(10), FastTime(10)
    other.set_clock(days * DAY)
    emulator = Emulator(clock=time.now, draw=lambda _: PNG, latency=20)
    first, second = (
        open_harness(emulator=emulator, time=each, store=f"store-{n}/.vidgo") for n, each in enumerate((time, other))
    )
    bought, joined = first.buy(), second.buy()
    assert bought.result(LONG_ENOUGH).bytes == joined.result(LONG_ENOUGH).bytes == PNG
    assert emulator.count("submit") == 1
    assert first.states(bought.id).count("Submitting") == 1
    assert first.entry(bought.id).owner in (first.owner, second.owner)
    assert first.charged == 24


def test_a_submit_whose_kernel_died_is_uncertain_and_not_sent_again(open_harness: OpenBench) -> None:
    from vidgo_notebook.domain.job_state import JobState, Submitting, move

    harness = open_harness()
    purchase = harness.plan()
    entry = _owned_elsewhere(purchase.entry)
    durably(harness.journal).claim(entry)
    record = move(entry.record, Submitting())
    assert durably(harness.journal).move(record, "Submitting", entry.owner, harness.time.now(), before=JobState.PLANNED)
    job = harness.buy()
    assert type(job.exception(LONG_ENOUGH)) is JobUncertainError
    assert harness.emulator.count() == 0


def test_a_job_that_was_only_planned_when_its_kernel_died_is_running_out(open_harness: OpenBench) -> None:
    harness = open_harness()
    purchase = harness.plan()
    durably(harness.journal).claim(_owned_elsewhere(purchase.entry))
    job = harness.buy()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("submit") == 1


def test_an_owner_that_lost_its_job_lets_the_other_finish(open_harness: OpenBench) -> None:
    """A kernel that slept longer than its lease finds that another took its job over, and follows it."""
    harness = open_harness(latency=200, timeout=100_000)
    job = harness.buy()
    wait_until(lambda: job.status == "running")
    entry = harness.entry(job.id)
    elsewhere = "elsewhere|1|1|1"
    assert durably(harness.journal).take_over(entry, elsewhere, entry.store) is not None
    still_there = threading.Event()

    def show_itself() -> None:
        while not still_there.wait(0.02):
            durably(harness.journal).renew(elsewhere)

    other = threading.Thread(target=show_itself)
    other.start()
    harness.time.skip(200)
    wait_until(lambda: harness.emulator.count("status") > 0)
    assert not job.done()
    assert harness.charged == 0  # the charge is the new owner's to write
    still_there.set()
    other.join()


def test_a_picture_drawn_by_a_kernel_that_is_gone_is_drawn_anew(open_harness: OpenBench) -> None:
    """Tasks of an in-kernel emulator end with their kernel; running the cell again just works."""
    first = open_harness(latency=3600, api="in-kernel")
    lost = first.buy()
    wait_until(lambda: lost.task_id)
    first.engine.stop()
    second = open_harness(latency=1, api="in-kernel")
    for job in (second.buy(), second.resume(lost.id)):
        assert job.result(LONG_ENOUGH).bytes == PNG
    assert second.emulator.count("submit") == 1


def test_resuming_a_lost_emulated_job_draws_it_anew(open_harness: OpenBench) -> None:
    first = open_harness(latency=3600, api="in-kernel")
    lost = first.buy()
    wait_until(lambda: lost.task_id)
    first.engine.stop()
    second = open_harness(latency=1, api="in-kernel")
    assert second.resume(lost.id).result(LONG_ENOUGH).bytes == PNG


def test_stopping_lets_go_of_every_job(open_harness: OpenBench) -> None:
    harness = open_harness(latency=3600)
    jobs = [harness.buy(f"Picture {number}") for number in range(20)]
    wait_until(lambda: all(job.task_id for job in jobs))
    harness.engine.stop()
    assert [type(job.exception(0)) for job in jobs] == [JobTimeoutError] * 20
    assert {entry.owner for entry in harness.journal.all_under_way()} == {""}
    assert harness.budget.committed == 20 * 24


def _owned_elsewhere(entry: Entry) -> Entry:
    return replace(entry, owner="elsewhere|1|1|1")


@pytest.mark.parametrize("served", [False, True])
def test_stopping_makes_no_job_uncertain_that_only_stood_in_the_queue(served: bool, open_harness: OpenBench) -> None:
    """Six requests were on their way; whatever waited behind them was surely never sent."""
    emulator = Emulator(draw=lambda _: PNG)
    emulator.faults.add(Fault("submit", delay=60, times=None))
    with serve(emulator) as url:
        harness = open_harness(emulator=emulator, url=url if served else None)
        jobs = [harness.buy(f"Picture {number}") for number in range(50)]
        wait_until(lambda: emulator.count("submit") == 6 and len(harness.journal.entries()) == len(jobs))
        harness.engine.stop()
    states = Counter(entry.record.state.value for entry in harness.journal.entries())
    assert states["planned"] == 44
    assert states["submitting"] + states["uncertain"] == 6
    assert all(isinstance(job.exception(90), VidgoError) for job in jobs)


def test_a_stopped_engine_can_buy_again(harness: EngineHarness) -> None:
    assert harness.buy("Before").result(LONG_ENOUGH).bytes == PNG
    harness.engine.stop()
    assert harness.buy("After").result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("submit") == 2
