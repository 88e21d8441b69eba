"""However many jobs there are, few requests go out at a time, and all pictures arrive."""

from __future__ import annotations

import concurrent.futures
import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.fixtures import status_bodies
from tests.fixtures.asgi_wrappers import Watched
from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.emulator import Emulator, Fault, build_app, serve_app
from vidgo_notebook.engine.handles import moving

OpenBench = Callable[..., EngineHarness]


def watched(time: FastTime, **options: object) -> tuple[Emulator, Watched]:
    """An emulator, and what counts its requests."""
    emulator = Emulator(**{"clock": time.now, "draw": lambda _: PNG, "credits": 1_000_000, **options})  # type: ignore
    return emulator, Watched(build_app(emulator), time.now)


@pytest.mark.parametrize("count", [300, pytest.param(1000, marks=pytest.mark.full)])
def test_hundreds_of_jobs_at_once_all_arrive_at_most_eight_requests_at_a_time(
    count: int, open_harness: OpenBench
) -> None:
    """With that many requests at once, a bare HTTP client would time out every one."""
    time = FastTime(20)
    emulator, watch = watched(time, latency=5)
    with serve_app(watch) as url:
        harness = open_harness(emulator=emulator, time=time, url=url)
        jobs = [harness.buy(f"Picture {number}") for number in range(count)]
        done, left = concurrent.futures.wait(jobs, timeout=90)
        assert (len(done), len(left)) == (count, 0)
        assert [job for job in jobs if job.exception()] == []
        harness.engine.stop()
    assert 2 <= watch.peak <= 8
    assert (emulator.count("submit"), len(emulator.tasks), emulator.count("file")) == (count, count, count)
    assert sum(1 for _ in harness.store.contents().current) == count
    assert harness.charged == 24 * count == emulator.charged == harness.budget.spent
    assert [entry.record.job_id for entry in harness.journal.all_under_way()] == []


def test_the_number_of_requests_at_a_time_can_be_set_and_changed_while_jobs_run(open_harness: OpenBench) -> None:
    """Three at a time; then two for the next forty jobs, and five for the last."""
    time, allowed = FastTime(20), [3]
    emulator, watch = watched(time, latency=1)
    with serve_app(watch) as url:
        harness = open_harness(emulator=emulator, time=time, url=url, concurrency=lambda: allowed[0])
        for number in (3, 2, 5):
            allowed[0], watch.peak = number, 0
            jobs = [harness.buy(f"Picture {job} of {number}") for job in range(40)]
            concurrent.futures.wait(jobs, timeout=60)
            assert [job for job in jobs if job.exception(0)] == []
            assert watch.peak <= number
        assert watch.peak > 2
        harness.engine.stop()


def test_a_long_time_that_the_service_asks_for_is_honoured(open_harness: OpenBench) -> None:
    """Ten minutes, where pauses of our own choosing end after five."""
    time = FastTime(2000)
    emulator, watch = watched(time, latency=1)
    harness = open_harness(emulator=emulator, app=watch, time=time)
    emulator.faults.add(Fault("submit", status=429, headers={"Retry-After": "600"}))
    assert harness.buy().result(60).bytes == PNG
    first, second = watch.times("submit")
    assert second - first >= 600


def test_one_429_slows_all_jobs_down_together(open_harness: OpenBench) -> None:
    """No submit goes out before the time that the service asked for is over."""
    time = FastTime(100)
    emulator, watch = watched(time, latency=1)
    harness = open_harness(emulator=emulator, app=watch, time=time)
    struck: list[float] = []

    def strikes(call: object) -> bool:
        struck.append(time.now())
        return True

    emulator.faults.add(Fault("submit", status=429, headers={"Retry-After": "60"}, when=strikes))
    jobs = [harness.buy(f"Picture {number}") for number in range(40)]
    concurrent.futures.wait(jobs, timeout=60)
    assert [job for job in jobs if job.exception(0)] == []
    # Eight may be under way when the 429 comes; the rest waits.
    assert len([at for at in watch.times("submit") if at < struck[0] + 60]) <= 8
    assert len(emulator.tasks) == 40


def test_a_429_holds_back_submits_and_says_until_when_while_paid_work_goes_on(open_harness: OpenBench) -> None:
    """An hour, and more jobs that wait for its end than there are slots."""
    time, held_up = FastTime(20), [True]
    emulator, watch = watched(time, latency=1)
    harness = open_harness(emulator=emulator, app=watch, time=time, concurrency=lambda: 2)
    emulator.faults.add(Fault("status", status=500, times=None, when=lambda _: held_up[0]))
    first = harness.buy("Paid")
    wait_until(lambda: first.task_id)
    hour = {"Retry-After": "3600"}
    emulator.faults.add(Fault("submit", status=429, headers=hour, times=None, when=lambda _: held_up[0]))
    others = [harness.buy(f"Picture {number}") for number in range(5)]
    shown = re.compile(r"rate limited, next try in \d{4} s")
    wait_until(lambda: all(shown.fullmatch(moving.tracking(job).activity) for job in others))
    held_up[0] = False
    assert first.result(60).bytes == PNG
    assert [job for job in others if job.done()] == []
    assert len(emulator.tasks) == 1
    time.skip(3600)
    concurrent.futures.wait(others, timeout=60)
    assert [job for job in others if job.exception(0)] == []


@pytest.mark.parametrize("by", [24 * 3600.0, -24 * 3600.0])
def test_a_clock_that_is_set_by_a_day_changes_no_pause(by: float, open_harness: OpenBench) -> None:
    time = FastTime(100)
    emulator = Emulator(clock=time.monotonic, draw=lambda _: PNG, latency=1)
    watch = Watched(build_app(emulator), time.monotonic)
    harness = open_harness(emulator=emulator, app=watch, time=time)
    emulator.faults.add(Fault("submit", status=429, headers={"Retry-After": "300"}))
    job = harness.buy()
    wait_until(lambda: moving.tracking(job).activity)
    time.set_clock(by)
    assert job.result(60).bytes == PNG
    first, second = watch.times("submit")
    assert second - first >= 300


def test_a_429_without_a_time_is_answered_with_longer_and_longer_pauses(open_harness: OpenBench) -> None:
    time = FastTime(200)
    emulator, watch = watched(time, latency=1)
    harness = open_harness(emulator=emulator, app=watch, time=time)
    emulator.faults.add(Fault("submit", status=429, times=5))
    assert harness.buy().result(60).bytes == PNG
    submits = watch.times("submit")
    pauses = [after - before for before, after in pairwise(submits)]
    assert len(pauses) == 5
    assert all(pause >= least for pause, least in zip(pauses, [1, 2, 4, 8, 16], strict=True))


def test_a_429_of_a_status_request_is_waited_for_by_its_job(open_harness: OpenBench) -> None:
    time = FastTime(100)
    emulator, watch = watched(time, latency=2)
    harness = open_harness(emulator=emulator, app=watch, time=time)
    emulator.faults.add(Fault("status", status=429, headers={"Retry-After": "30"}))
    assert harness.buy().result(60).bytes == PNG
    first, second, *_ = watch.times("status")
    assert second - first >= 30


def test_a_thousand_jobs_cost_far_fewer_commits_than_moves(open_harness: OpenBench) -> None:
    """Each commit is synced to disk; thousands of syncs would cost minutes on a slow home folder."""
    time = FastTime(20)
    emulator, watch = watched(time, latency=5)
    harness = open_harness(emulator=emulator, app=watch, time=time)
    commits: list[str] = []
    harness.journal._database._connection.set_trace_callback(
        lambda sql: commits.append(sql) if sql == "COMMIT" else None
    )
    jobs = [harness.buy(f"Picture {number}") for number in range(300)]
    concurrent.futures.wait(jobs, timeout=90)
    moves = sum(len(harness.journal.events(job.id)) for job in jobs)
    assert moves >= 5 * 300  # Planned, Submitting, Accepted, Rendered, Stored
    assert len(commits) < 600


def test_the_last_job_of_a_crowd_starts_no_thread_of_its_own(open_harness: OpenBench) -> None:
    import threading

    before = set(threading.enumerate())  # of other tests in this process
    harness = open_harness()
    jobs = [harness.buy(f"Picture {number}") for number in range(100)]
    allowed = ["vidgo-engine", "vidgo-journal_0", *(f"vidgo-files_{number}" for number in range(8))]
    drawing = ["vidgo-emulator-draws_0", "vidgo-emulator-draws_1"]
    names = {thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("vidgo")}
    concurrent.futures.wait(jobs, timeout=60)
    assert names - {*allowed, *drawing} == set()


def test_a_job_of_a_known_kind_is_not_asked_for_before_it_can_be_there(open_harness: OpenBench) -> None:
    """Knowing nothing, a job of 60 s is asked for some 190 times; with experience, from when the quickest was there."""
    time = FastTime(50)
    emulator, watch = watched(time, latency=60)
    emulator.faults.add(Fault("status", alter=status_bodies.without_progress, times=None))
    harness = open_harness(emulator=emulator, app=watch, time=time)
    concurrent.futures.wait([harness.buy(f"Picture {number}") for number in range(3)], timeout=60)
    before = emulator.count("status")
    assert harness.buy("One more").result(60).bytes == PNG
    assert emulator.count("status") - before < 40
    assert (emulator.count("submit"), emulator.count("file")) == (4, 4)
