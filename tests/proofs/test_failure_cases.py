"""Single scenes of failure, each with what its user relies on. The machine mixes them; these name them."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.counting_emulator import CountingEmulator
from tests.fixtures.killable_kernel import DIES, PATIENCE, Death, Kernel
from tests.proofs.conftest import SUBMITS_AT_A_TIME, OpenKernel
from vidgo_notebook.app.costs import costs_of
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase.resume import find_job, resume
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.errors import BudgetError, JobError, JobFailedError, JobUncertainError

pytestmark = pytest.mark.filterwarnings(DIES)
PROMPTS = [f"picture {number}" for number in range(12)]


def test_a_kernel_that_dies_at_its_post_leaves_one_uncertain_job_that_is_never_sent_again(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    first = open_kernel()
    first.death = Death("submit", "after")
    assert not first.wait(first.cell("a cat"))
    second = open_kernel("second")
    for _ in range(3):
        with pytest.raises(JobUncertainError):
            second.cell("a cat").result(PATIENCE)
    assert emulator.accepted == {"a cat": 1}


def test_planned_jobs_of_a_dead_kernel_are_held_against_the_budget_of_who_takes_them_up(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    planned = leave_planned_jobs(open_kernel())
    assert len(planned) >= 4
    second = open_kernel("second", budget=Decimal(5))  # two pictures at 2 credits fit
    bought = [second.cell(prompt) for prompt in planned[:2]]
    with pytest.raises(BudgetError):
        second.cell(planned[2])
    assert [job.result(PATIENCE).record.prompt for job in bought] == planned[:2]
    assert emulator.spent_by["second"] == 4


def test_looking_at_a_planned_job_of_a_dead_kernel_buys_nothing(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    leave_planned_jobs(open_kernel())
    second = open_kernel("second")
    planned = [entry for entry in second.session.journal.all_under_way() if entry.record.state is JobState.PLANNED]
    job = find_job(second.session, planned[0].record.job_id)
    with pytest.raises(JobError, match="never sent"):
        job.result(PATIENCE)
    assert "second" not in emulator.spent_by


def test_a_job_whose_kernel_died_long_ago_is_still_resumed(open_kernel: OpenKernel, emulator: CountingEmulator) -> None:
    first = open_kernel(timeout=0.5)
    first.death = Death("status", "before")
    first.wait(first.cell("a cat"))
    time.sleep(0.6)  # longer than a job is watched
    second = open_kernel("second", timeout=0.5)
    [job] = resume(second.session)
    assert job.result(PATIENCE).record.prompt == "a cat"
    assert emulator.accepted == {"a cat": 1}


def test_a_failed_picture_costs_nothing_of_the_budget(emulator: CountingEmulator, open_kernel: OpenKernel) -> None:
    kernel = open_kernel(budget=Decimal(2))
    emulator.faults.add(Fault("submit", fails="Unsafe content"))
    with pytest.raises(JobFailedError):
        kernel.cell("a cat").result(PATIENCE)
    assert kernel.cell("a dog").result(PATIENCE).record.prompt == "a dog"


def test_a_picture_that_another_kernel_finishes_between_our_look_and_our_claim_is_not_bought_again(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    first, second = open_kernel("first", store="one"), open_kernel("second", store="two")
    second.connecting.clear()  # its cell has looked everywhere; its engine is still starting
    late = second.cell("a cat")
    first.cell("a cat").result(PATIENCE)
    second.connecting.set()
    assert late.result(PATIENCE).record.prompt == "a cat"
    assert late.charge == 0
    assert emulator.accepted == {"a cat": 1}


def test_a_picture_that_a_joiner_finished_is_found_from_the_store_of_the_dead_kernel(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    first = open_kernel("first", store="one")
    first.death = Death("status", "before")
    first.wait(first.cell("a cat"))
    second = open_kernel("second", store="two")
    second.cell("a cat").result(PATIENCE)
    third = open_kernel("third", store="one")
    assert third.cell("a cat").result(PATIENCE).path
    assert emulator.accepted == {"a cat": 1}


def test_an_answer_that_arrives_after_a_take_over_settles_the_job(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    first, taken_for_dead = open_kernel("first"), threading.Event()

    def answer_late(answer: dict[str, Any]) -> dict[str, Any]:
        assert taken_for_dead.wait(PATIENCE)
        return answer

    emulator.faults.add(Fault("submit", alter=answer_late))
    slow = first.cell("a cat")
    wait_for_state(first, JobState.SUBMITTING)
    first.seem_gone()
    second = open_kernel("second")
    with pytest.raises(JobUncertainError):
        second.cell("a cat").result(PATIENCE)
    taken_for_dead.set()
    assert slow.result(PATIENCE).record.prompt == "a cat"
    assert second.cell("a cat").result(PATIENCE).record.prompt == "a cat"
    assert emulator.accepted == {"a cat": 1}


def test_leaving_with_a_full_queue_makes_only_those_uncertain_whose_post_had_begun(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    emulator.faults.add(Fault("submit", delay=20, status=500, times=None))
    first = open_kernel()
    for number in range(40):
        first.cell(f"picture {number}", yes=True)
    first.wait_until(lambda: emulator.count("submit") == SUBMITS_AT_A_TIME)
    first.wait_until(lambda: len(first.session.journal.all_under_way()) == 40)
    first.session.close()
    emulator.faults.clear()
    second = open_kernel("second")
    states = [entry.record.state for entry in second.session.journal.all_under_way()]
    assert states.count(JobState.PLANNED) == 34
    jobs = [second.cell(f"picture {number}", yes=True) for number in range(40)]
    endings = [type(job.exception(PATIENCE)) for job in jobs]
    assert (endings.count(JobUncertainError), endings.count(type(None))) == (SUBMITS_AT_A_TIME, 34)
    assert emulator.accepted.total() == 34


def test_two_threads_that_run_the_same_cell_at_once_buy_one_picture(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    kernel, barrier, jobs = open_kernel(), threading.Barrier(4), []

    def run() -> None:
        barrier.wait(PATIENCE)
        jobs.append(kernel.cell("a cat"))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert {job.result(PATIENCE).digest for job in jobs} == {jobs[0].result().digest}
    assert emulator.accepted == {"a cat": 1}
    assert kernel.session.budget(kernel.session.target.provider).committed == 2


def test_a_settled_job_may_be_bought_again_once(emulator: CountingEmulator, open_kernel: OpenKernel) -> None:
    kernel = open_kernel()
    emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    lost = kernel.cell("a cat")
    with pytest.raises(JobUncertainError):
        lost.result(PATIENCE)
    settling.forget(kernel.session, settling.entries_to_settle(kernel.session, [lost.id]))
    kernel.cell("a cat").result(PATIENCE)
    kernel.cell("a cat").result(PATIENCE)
    assert emulator.accepted == {"a cat": 2}


def test_a_joiner_is_not_kept_waiting_by_a_kernel_that_could_not_write_down_the_end(
    open_kernel: OpenKernel, emulator: CountingEmulator
) -> None:
    """Its disk was full when the picture came: the journal says `running`, and its lease must not go on for ever."""
    emulator._latency = 1.0
    first, second = open_kernel("first", store="one"), open_kernel("second", store="two")
    bought = first.cell("a cat")
    first.wait_until(lambda: moving.state(bought).accepted)
    joined = second.cell("a cat")
    refuse_writes(first, True)
    assert bought.result(PATIENCE).path
    refuse_writes(first, False)
    assert joined.result(PATIENCE).digest == bought.result().digest
    assert emulator.accepted == {"a cat": 1}
    assert costs_of(second.session).charged == emulator.charged == 2


def test_a_disk_that_fills_up_while_a_submit_is_answered_loses_no_picture(
    open_kernel: OpenKernel, emulator: CountingEmulator
) -> None:
    kernel = open_kernel()

    def fill_up(answer: dict[str, Any]) -> dict[str, Any]:
        refuse_writes(kernel, True)
        return answer

    emulator.faults.add(Fault("submit", alter=fill_up))
    job = kernel.cell("a cat")
    assert job.result(PATIENCE).path
    refuse_writes(kernel, False)
    assert kernel.cell("a cat").result(PATIENCE).digest == job.result().digest
    assert emulator.accepted == {"a cat": 1}


def refuse_writes(kernel: Kernel, refused: bool) -> None:
    """Make SQLite refuse every write of a kernel, as a full disk does."""
    database = kernel.session.journal._database
    with database._lock:
        database._connection.execute(f"PRAGMA query_only = {'ON' if refused else 'OFF'}")


def leave_planned_jobs(kernel: Kernel) -> list[str]:
    """Let a kernel die while it queues; the prompts of the jobs whose POST had not begun."""
    kernel.death = Death("submit", "before")
    kernel.connecting.clear()
    jobs = [kernel.cell(prompt) for prompt in PROMPTS]
    kernel.connecting.set()
    kernel.wait(jobs[-1])
    entries = kernel.session.journal.all_under_way()
    planned = {entry.record.job_id for entry in entries if entry.record.state is JobState.PLANNED}
    return [job.request.prompt for job in jobs if job.id in planned]


def wait_for_state(kernel: Kernel, state: JobState) -> None:
    kernel.wait_until(lambda: state in [entry.record.state for entry in kernel.session.journal.all_under_way()])


def test_a_picture_that_is_damaged_in_another_folder_is_fetched_again_and_not_bought(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    path = open_kernel("first", store="one").cell("a cat").result(PATIENCE).path
    assert path
    good = path.read_bytes()
    path.write_bytes(good[:10])
    there = open_kernel("second", store="two").cell("a cat").result(PATIENCE)
    assert there.bytes == good
    assert path.read_bytes() == good[:10]
    assert emulator.accepted == {"a cat": 1}


def test_an_older_generation_of_another_folder_never_replaces_a_newer_one_that_lost_its_file(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    older = open_kernel("first", store="one").cell("a cat").result(PATIENCE)
    second = open_kernel("second", store="two")
    newer = second.cell("a cat", fresh=True).result(PATIENCE)
    assert newer.path
    newer.path.unlink()
    again = second.cell("a cat").result(PATIENCE)
    assert (again.digest, again.record.generation) == (newer.digest, 1)
    assert older.digest != newer.digest
    assert emulator.accepted == {"a cat": 2}


def test_a_kernel_that_was_taken_for_dead_while_it_queued_sends_nothing_when_its_turn_comes(
    emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    slow = emulator.faults.add(
        Fault("submit", delay=3.0, times=SUBMITS_AT_A_TIME, when=lambda call: "picture" in str(call.body))
    )
    first = open_kernel("first", store="one")
    ahead = [first.cell(prompt) for prompt in PROMPTS[:SUBMITS_AT_A_TIME]]
    first.wait_until(lambda: slow.applied == SUBMITS_AT_A_TIME)
    queued = first.cell("a cat")
    first.wait_until(lambda: len(first.session.journal.all_under_way()) == 7)
    first.seem_gone()
    bought = open_kernel("second", store="two").cell("a cat").result(PATIENCE)
    assert [job.result(PATIENCE).record.prompt for job in ahead] == PROMPTS[:SUBMITS_AT_A_TIME]
    assert queued.result(PATIENCE).digest == bought.digest
    assert emulator.accepted["a cat"] == 1
    assert emulator.spent_by == {"first": 12, "second": 2}
