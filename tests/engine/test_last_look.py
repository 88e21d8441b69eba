"""A process that is stopped right before its POST: what another process took over or settled is not sent as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.durable_journal import durably
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.held_transport import HeldTransport
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.domain.job_state import AnswerLost, Forgotten, move
from vidgo_notebook.emulator import Emulator, serve
from vidgo_notebook.engine.handles.amounts import costs_of
from vidgo_notebook.engine.handles.job_card import cost_of
from vidgo_notebook.errors import JobError, JobUncertainError
from vidgo_notebook.wire.transport import open_route

OpenHarness = Callable[..., EngineHarness]
Kernels = tuple[EngineHarness, EngineHarness, HeldTransport]
LONG_ENOUGH = 90


@pytest.fixture
def kernels(open_harness: OpenHarness) -> Iterator[Callable[..., Kernels]]:
    """Two kernels with one journal; the first is held right before or right after the last look."""
    time = FastTime()
    emulator = Emulator(clock=time.now, draw=lambda _: PNG)
    with serve(emulator) as url:

        def make(**options: bool) -> Kernels:
            held = HeldTransport(open_route(direct=True, keep=False), **options)
            first = open_harness(emulator=emulator, url=url, time=time, transport=held)
            second = open_harness(emulator=emulator, url=url, time=time)
            return first, second, held

        yield make


def take_over(second: EngineHarness, job_id: str) -> None:
    """The second kernel finds that the first one's counter stood still, and cannot know whether it sent the job."""
    taken = None
    while taken is None:  # the first kernel may show itself in between
        entry = second.entry(job_id)
        taken = durably(second.journal).take_over(entry, second.owner, entry.store)
    lost = move(taken.record, AnswerLost("Its kernel is gone."))
    assert durably(second.journal).move(lost, "AnswerLost", second.owner, second.time.now(), before=taken.record.state)


def forget(second: EngineHarness, job_id: str) -> None:
    """Its user settles the job."""
    record = second.entry(job_id).record
    given_up = move(record, Forgotten())
    assert durably(second.journal).move(given_up, "Forgotten", second.owner, second.time.now(), before=record.state)


def test_a_job_that_was_settled_and_bought_elsewhere_is_not_sent_as_well(kernels: Callable[..., Kernels]) -> None:
    first, second, held = kernels()
    job = first.buy()
    wait_until(held.reached.is_set)
    first.time.skip(20)
    take_over(second, job.id)
    forget(second, job.id)
    assert second.buy().result(LONG_ENOUGH).bytes == PNG
    held.go_on.set()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is JobError
    assert "was not sent" in str(error)
    assert "settled by hand" in str(error)
    assert len(first.emulator.tasks) == first.emulator.count("submit") == 1
    assert first.budget.committed == 0
    assert first.charged == 24


@pytest.mark.parametrize("settled", [True, False])
def test_a_job_whose_connection_broke_off_while_its_process_was_stopped_was_not_sent(
    settled: bool, kernels: Callable[..., Kernels]
) -> None:
    first, second, held = kernels(breaks_off=True)
    job = first.buy()
    wait_until(held.reached.is_set)
    first.time.skip(20)
    take_over(second, job.id)
    if settled:
        forget(second, job.id)
    held.go_on.set()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is (JobError if settled else JobUncertainError)
    assert "was not sent" in str(error)
    assert "Nothing was sent" in error.cost
    assert (first.emulator.count("submit"), first.budget.committed) == (0, 0)


def test_a_job_that_another_process_took_over_is_not_sent_and_its_user_learns_so(
    kernels: Callable[..., Kernels],
) -> None:
    first, second, held = kernels()
    job = first.buy()
    wait_until(held.reached.is_set)
    first.time.skip(20)
    take_over(second, job.id)
    held.go_on.set()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is JobUncertainError
    assert "was not sent" in str(error)
    assert f"vidgo.resolve('{job.id}', 'resubmit')" in str(error)
    assert (first.emulator.count("submit"), first.budget.committed) == (0, 0)


def test_a_job_that_is_still_its_owners_after_a_long_stop_is_sent(kernels: Callable[..., Kernels]) -> None:
    first, _, held = kernels()
    job = first.buy()
    wait_until(held.reached.is_set)
    first.time.skip(20)
    held.go_on.set()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert (first.emulator.count("submit"), job.charge) == (1, Decimal(24))


def test_a_job_whose_owner_cannot_look_is_not_sent(kernels: Callable[..., Kernels]) -> None:
    first, second, held = kernels()
    job = first.buy()
    wait_until(held.reached.is_set)
    first.time.skip(20)
    first.journal.close()
    held.go_on.set()
    assert "Without it nothing is sent" in str(job.exception(LONG_ENOUGH))
    assert (second.emulator.count("submit"), first.budget.committed) == (0, 0)


def test_an_answer_that_comes_after_the_job_was_settled_is_written_down_as_a_second_purchase(
    kernels: Callable[..., Kernels],
) -> None:
    first, second, held = kernels(after_the_look=True)
    job = first.buy()
    wait_until(held.reached.is_set)
    take_over(second, job.id)
    forget(second, job.id)
    assert second.buy().result(LONG_ENOUGH).bytes == PNG
    held.go_on.set()
    error = job.exception(LONG_ENOUGH)
    assert len(first.emulator.tasks) == 2
    second_task = list(first.emulator.tasks)[-1]
    assert first.states(job.id)[-1] == f"SecondPurchase {second_task}"
    assert second_task in first.entry(job.id).record.message
    assert [charge.job_id == job.id for charge in first.journal.charges()].count(True) == 1
    assert (first.charged, first.budget.spent, job.charge) == (48, 24, 24)
    assert first.entry(job.id).record.charge == 24
    assert str(costs_of([job])) == "0 of 1 picture, 24 credits charged"
    assert cost_of(job, "forgotten") == "24 credits charged"
    assert "cost nothing" not in str(error)
    assert "24 credits" in str(error)
    assert second_task in str(error)
