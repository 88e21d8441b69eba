"""A job is a ``concurrent.futures.Future``: waited for, awaited and interrupted as one."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import pickle
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.ended_jobs import job_in
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.domain.job_state import Submitting
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import JobError, JobFailedError, JobTimeoutError, JobUncertainError, RequestError

LONG_ENOUGH = 90


@pytest.fixture
def slow_bench(open_harness: Callable[..., EngineHarness]) -> EngineHarness:
    """Its tasks take an hour of ``emulator.clock``, which the test moves on."""
    return open_harness(latency=3600, timeout=100_000)


def test_as_completed_and_wait_take_jobs_as_futures(harness: EngineHarness) -> None:
    jobs = [harness.buy(f"Picture {number}") for number in range(5)]
    done = list(concurrent.futures.as_completed(jobs, timeout=LONG_ENOUGH))
    assert sorted(job.id for job in done) == sorted(job.id for job in jobs)
    ended, left = concurrent.futures.wait(jobs, timeout=LONG_ENOUGH)
    assert (len(ended), len(left)) == (5, 0)
    assert all(job.done() and not job.running() and not job.cancelled() for job in jobs)


def test_a_job_can_be_awaited_in_any_loop(harness: EngineHarness) -> None:
    async def both() -> list[bytes]:
        jobs = harness.buy("One"), harness.buy("Two")
        return [result.bytes for result in await asyncio.gather(*jobs)]

    assert asyncio.run(both()) == [PNG, PNG]


def test_a_cancelled_waiter_does_not_cancel_the_job(slow_bench: EngineHarness) -> None:
    job = slow_bench.buy()

    async def impatient() -> None:
        await asyncio.wait_for(_awaited(job), 0.05)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(impatient())
    assert not job.done()
    slow_bench.time.skip(3600)
    assert job.result(LONG_ENOUGH).bytes == PNG


def interrupt() -> None:
    """What Jupyter's Interrupt does."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


async def _awaited(job: object) -> None:
    await job  # type: ignore[misc]


def test_an_error_comes_out_of_result_exception_and_await_alike(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("submit", fails="no"))
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    with pytest.raises(JobFailedError) as by_result:
        job.result()
    with pytest.raises(JobFailedError) as by_await:
        asyncio.run(_awaited(job))
    assert error is by_result.value is by_await.value
    assert job.wait() is job


@pytest.mark.parametrize("wait", ["result", "exception", "wait"])
def test_a_timeout_ends_the_waiting_and_not_the_job(wait: str, slow_bench: EngineHarness) -> None:
    job = slow_bench.buy()
    with pytest.raises(JobTimeoutError, match="still") as caught:
        getattr(job, wait)(0.01)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.job is job
    assert not job.done()
    wait_until(lambda: job.status in {"running", "not_started"})  # its hour at the service has begun
    slow_bench.time.skip(3600)
    assert job.result(LONG_ENOUGH).bytes == PNG


@pytest.mark.parametrize(
    "wait", [Job.result, lambda job, seconds: asyncio.run(asyncio.wait_for(_awaited(job), seconds))]
)
def test_who_waits_for_a_job_that_is_settled_as_it_ends_gets_its_picture(
    wait: Callable[[Job, float], object], slow_bench: EngineHarness
) -> None:
    other = slow_bench.buy()
    job = Job(other.request, other.quote, moving.record(other), other.provider)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait, job, LONG_ENOUGH)
        wait_until(lambda: job._condition._waiters or len(job._done_callbacks) > 1)  # type: ignore[attr-defined]
        with job._condition:  # who waits can look only after both
            moving.fail(job, JobUncertainError("its answer was lost"))
            moving.continue_as(job, other)
        wait_until(lambda: other.status in {"running", "not_started"})
        slow_bench.time.skip(3600)
        waiting.result(LONG_ENOUGH)
    assert job.result(LONG_ENOUGH).bytes == PNG


@pytest.mark.parametrize("many", [False, True])
def test_an_interrupt_ends_the_waiting_and_not_the_job(many: bool, slow_bench: EngineHarness) -> None:
    job = slow_bench.buy()
    wait_until(lambda: job.status in {"running", "not_started"})
    threading.Timer(0.1, interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        Batch([job]).wait(LONG_ENOUGH) if many else job.result(LONG_ENOUGH)
    assert not job.done()
    slow_bench.time.skip(3600)
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert slow_bench.emulator.count("submit") == 1


def test_callbacks_run_once_with_the_job_and_one_that_raises_affects_no_other(harness: EngineHarness) -> None:
    heard: list[object] = []

    def breaks(job: object) -> None:
        calls.append(job)
        if len(calls) > 1:
            raise RuntimeError("a display that broke")

    calls: list[object] = []
    job = harness.buy()
    moving.watch(job, breaks)
    job.add_done_callback(heard.append)
    assert job.result(LONG_ENOUGH).bytes == PNG
    wait_until(lambda: heard)
    assert heard == [job]
    assert len(calls) > 1


def test_watchers_see_a_job_move_forward_to_its_end(harness: EngineHarness) -> None:
    purchase, seen = harness.plan(), []
    moving.watch(purchase.job, lambda job: seen.append(job.status))
    harness.engine.buy(purchase, harness.account)
    purchase.job.wait(LONG_ENOUGH)
    wait_until(lambda: seen[-1] == "finished")
    order = ["planned", "submitting", "not_started", "running", "fetching", "finished"]
    assert [order.index(status) for status in seen] == sorted(order.index(status) for status in seen)


def test_a_job_that_was_cancelled_before_its_turn_is_never_sent(slow_bench: EngineHarness) -> None:
    slow_bench.emulator.faults.add(Fault("submit", delay=1.0, times=6))
    ahead = [slow_bench.buy(f"Ahead {number}") for number in range(6)]
    wait_until(lambda: slow_bench.emulator.count("submit") == 6)
    job = slow_bench.buy("Never mind")
    wait_until(lambda: slow_bench.journal.entry(job.id) is not None)
    assert job.cancel()
    assert job.cancelled()
    wait_until(lambda: all(waiting.status not in ("planned", "submitting") for waiting in ahead))
    wait_until(lambda: slow_bench.entry(job.id).record.state.value == "refused")
    assert slow_bench.emulator.count("submit") == 6
    assert slow_bench.budget.committed == 6 * 24


def test_a_job_cancelled_at_once_leaves_nothing_under_way(harness: EngineHarness) -> None:
    jobs = [harness.buy(f"Picture {number}") for number in range(20)]
    cancelled = [job for job in jobs if job.cancel()]
    concurrent.futures.wait(jobs, LONG_ENOUGH)
    wait_until(lambda: harness.journal.all_under_way() == [])
    wait_until(lambda: harness.budget.committed == 24 * (20 - len(cancelled)))
    assert len(harness.emulator.tasks) == 20 - len(cancelled)


def test_a_job_that_was_sent_can_no_longer_be_cancelled(slow_bench: EngineHarness) -> None:
    """The service has no way to stop a task, so pretending would only hide the bill."""
    job = slow_bench.buy()
    wait_until(lambda: job.status in {"running", "not_started"})
    assert job.running()
    assert not job.cancel()
    slow_bench.time.skip(3600)
    assert job.result(LONG_ENOUGH).bytes == PNG


def cancelled_job(bench: EngineHarness) -> Job:
    """A job that waits for its turn behind six others, and is cancelled."""
    bench.emulator.faults.add(Fault("submit", delay=1.0, times=6))
    for number in range(6):
        bench.buy(f"Ahead {number}")
    wait_until(lambda: bench.emulator.count("submit") == 6)
    job = bench.buy("Never mind")
    assert job.cancel()
    return job


def test_a_cancelled_job_says_so_and_that_it_cost_nothing(slow_bench: EngineHarness) -> None:
    job = cancelled_job(slow_bench)
    assert (job.status, str(job.id) in repr(job), " cancelled: " in repr(job)) == ("cancelled", True, True)
    with pytest.raises(JobError, match=r"was cancelled before it was sent\.\nIt cost nothing") as by_result:
        job.result()
    with pytest.raises(JobError, match="It cost nothing"):
        asyncio.run(_awaited(job))
    assert isinstance(job.exception(), JobError)
    assert job.cancelled()
    assert by_result.value.job is job
    assert job.wait() is job


def test_concurrent_futures_wait_for_cancelled_jobs_too(slow_bench: EngineHarness) -> None:
    job = slow_bench.plan().job
    assert job.cancel()
    assert concurrent.futures.wait([job], timeout=LONG_ENOUGH).done == {job}
    assert list(concurrent.futures.as_completed([job], timeout=LONG_ENOUGH)) == [job]


def test_a_job_has_no_more_than_a_user_needs_and_what_a_future_has(harness: EngineHarness) -> None:
    job = harness.buy().wait(LONG_ENOUGH)
    future = {"add_done_callback", "cancel", "cancelled", "done", "exception", "result", "running"}
    ours = {"charge", "fingerprint", "id", "notes", "progress", "provider", "quote", "request", "row", "status"}
    assert {name for name in dir(job) if not name.startswith("_")} == future | ours | {"stop", "task_id", "wait"}
    for name in ("set_result", "set_exception", "set_running_or_notify_cancel"):
        assert not hasattr(job, name)
    assert isinstance(job, concurrent.futures.Future)


def test_a_job_that_another_process_has_sent_can_not_be_cancelled(slow_bench: EngineHarness) -> None:
    purchase = slow_bench.plan()
    moving.apply(purchase.job, Submitting())
    assert not purchase.job.cancel()
    assert not purchase.job.cancelled()


def test_a_batch_is_a_sequence_of_its_jobs(harness: EngineHarness) -> None:
    jobs = [harness.buy(f"Picture {number}") for number in range(3)]
    batch = Batch(jobs)
    assert (len(batch), list(batch), batch[0], batch[-1]) == (3, jobs, jobs[0], jobs[2])
    assert isinstance(batch[1:], Batch)
    assert [result.bytes for result in batch.wait(LONG_ENOUGH).results()] == [PNG] * 3
    assert repr(batch) == "<Batch of 3 jobs: 3 finished; 72 credits charged>"


def test_a_job_has_a_repr_of_one_line(harness: EngineHarness) -> None:
    job = harness.buy().wait(LONG_ENOUGH)
    assert repr(job) == f"<Job {job.id} finished: gpt-image-2, 24 credits charged>"


def test_a_result_gives_picture_file_bytes_and_provenance(harness: EngineHarness) -> None:
    result = harness.buy().result(LONG_ENOUGH)
    assert result.image.size == (64, 48)
    assert result.path is not None
    assert result.path.name == f"{result.digest}.png"
    assert result.provenance["digest"] == result.digest


def test_a_result_whose_file_was_changed_is_not_shown_as_good(harness: EngineHarness) -> None:
    from vidgo_notebook.errors import StoreError

    result = harness.buy().result(LONG_ENOUGH)
    assert result.path is not None
    result.path.write_text("something else")
    with pytest.raises(StoreError, match="digest differs"):
        _ = result.bytes
    result.path.unlink()
    with pytest.raises(StoreError, match="can't be read"):
        _ = result.image


def test_saving_writes_the_bytes_as_served_and_never_over_others(harness: EngineHarness, folder: object) -> None:
    from pathlib import Path

    from vidgo_notebook.errors import StoreError

    result, target = harness.buy().result(LONG_ENOUGH), Path("out/hero.png")
    assert result.save(target).read_bytes() == PNG
    assert result.save(target) == target  # the same bytes: nothing to do
    target.write_text("mine")
    with pytest.raises(StoreError, match="left unchanged"):
        result.save(target)
    assert target.read_text() == "mine"
    assert result.save("gallery/").name == f"{result.digest[:16]}.png"
    with pytest.raises(StoreError, match="can't be written"):
        result.save("out/hero.png/deeper.png")


def test_a_failed_save_leaves_no_half_file_behind(harness: EngineHarness) -> None:
    from pathlib import Path

    from vidgo_notebook.errors import StoreError

    result = harness.buy().result(LONG_ENOUGH)
    assert result.path is not None
    result.path.write_text("damaged")
    with pytest.raises(StoreError, match="digest differs"):
        result.save("hero.png")
    assert not Path("hero.png").exists()


def test_a_timeout_error_can_be_sent_between_processes(slow_bench: EngineHarness) -> None:
    error = JobTimeoutError("it takes long", cost="nothing", hint="wait")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_job_can_not_be_pickled_and_says_what_can() -> None:
    job = job_in("finished")
    for held in (job, [job], Batch([job])):
        with pytest.raises(RequestError) as refused:
            pickle.dumps(held)
        assert "a Job belongs to its process, and can't be pickled. Write job.result()" in str(refused.value)
    assert copy.copy(job) is copy.deepcopy(job) is job
    assert pickle.loads(pickle.dumps(job.result())).digest == job.result().digest
