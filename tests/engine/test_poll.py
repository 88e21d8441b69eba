"""Between acceptance and the end: patient with a service that stumbles, and never watching in vain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fixtures import status_bodies
from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.emulator import Fault
from vidgo_notebook.emulator.refusal import error_body
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.errors import APIError, AuthenticationError, JobTimeoutError, NotFoundError

OpenBench = Callable[..., EngineHarness]
LONG_ENOUGH = 90

PASSING = [
    Fault("status", status=500, times=3),
    Fault("status", status=502, body="<html>", times=3),
    Fault("status", status=503, body="", times=3),
    Fault("status", status=408, times=3),
    Fault("status", status=429, times=3),
    Fault("status", drop=True, times=3),
    Fault("status", refuse_connection=True, times=3),
    Fault("status", status=200, body="<html>", times=3),
    Fault("status", status=200, body=error_body(500, "no"), times=3),
    Fault("status", status=200, body={"code": 200}, times=3),
    Fault("status", status=302, headers={"Location": "/"}, times=3),
    Fault("status", alter=status_bodies.status_word("resting"), times=3),
    Fault("status", alter=status_bodies.without_progress, times=None),
    Fault("status", alter=status_bodies.null_progress, times=None),
    Fault("status", alter=status_bodies.unknown_fields, times=None),
    Fault("status", alter=status_bodies.files_as_strings, times=None),
    Fault("status", alter=status_bodies.files_under_output, times=None),
]


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_costs_patience_and_not_the_picture(fault: Fault, harness: EngineHarness) -> None:
    if fault.alter in (status_bodies.files_as_strings, status_bodies.files_under_output):
        fault = Fault("status", alter=_only_with_files(fault.alter), times=None)
    harness.emulator.faults.add(fault)
    job = harness.buy()
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("submit") == 1
    assert harness.charged == 24


def _only_with_files(alter: Callable[[dict], dict]) -> Callable[[dict], dict]:
    return lambda body: alter(body) if body["data"].get("files") else body


def test_a_fresh_task_may_be_unknown_for_a_moment(harness: EngineHarness) -> None:
    harness.emulator.faults.add(Fault("status", status=404, times=2))
    assert harness.buy().result(LONG_ENOUGH).bytes == PNG


def test_a_task_that_is_first_asked_about_late_may_be_unknown_for_a_moment_too(open_harness: OpenBench) -> None:
    """Under load the first question comes a minute after the POST."""
    time = FastTime()
    harness = open_harness(time=time)

    def late(body: dict) -> dict:
        time.skip(60)
        return body

    harness.emulator.faults.add(Fault("submit", alter=late))
    harness.emulator.faults.add(Fault("status", status=404, times=3))
    assert harness.buy().result(LONG_ENOUGH).bytes == PNG


def test_a_task_that_stays_unknown_ends_the_watching_and_says_what_that_means(open_harness: OpenBench) -> None:
    harness = open_harness(latency=60)
    harness.emulator.faults.add(Fault("status", status=404, times=None))
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is NotFoundError
    assert "may still be made" in str(error)
    assert job.status in ("not_started", "running")
    assert harness.entry(job.id).record.task_id == job.task_id  # so that it can be resumed


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (403, APIError)])
def test_a_key_that_was_withdrawn_ends_the_watching_and_not_the_job(
    status: int, kind: type[APIError], harness: EngineHarness
) -> None:
    harness.emulator.faults.add(Fault("status", status=status))
    job = harness.buy()
    assert type(job.exception(LONG_ENOUGH)) is kind
    assert harness.resume(job.id).result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("submit") == 1


def test_progress_never_goes_back(open_harness: OpenBench) -> None:
    harness = open_harness(latency=60)
    reports = iter([10, 60, 30, None, 5, 70, 20, 100])

    def wavering(body: dict) -> dict:
        if body["data"]["status"] == "running":
            body["data"]["progress"] = next(reports, 90)
        return body

    purchase, seen = harness.plan(), []
    moving.watch(purchase.job, lambda job: seen.append((job.progress or 0, job.status)))
    harness.emulator.faults.add(Fault("status", alter=wavering, times=None))
    harness.engine.buy(purchase, harness.account)
    purchase.job.result(LONG_ENOUGH)
    assert [progress for progress, _ in seen] == sorted(progress for progress, _ in seen)
    assert {60.0, 10.0} <= {progress for progress, _ in seen}


def test_a_job_that_takes_too_long_is_no_longer_watched_and_not_lost(open_harness: OpenBench) -> None:
    harness = open_harness(latency=500, timeout=60.0)
    job = harness.buy()
    error = job.exception(LONG_ENOUGH)
    assert type(error) is JobTimeoutError
    assert isinstance(error, TimeoutError)
    assert "not lost" in str(error)
    assert "vidgo.resume()" in str(error)
    assert harness.budget.committed == 24  # it may still be billed
    harness.time.skip(500)
    again = harness.resume(job.id)
    assert again.result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("submit") == 1
    assert harness.charged == 24


def test_a_job_found_again_hours_later_is_asked_for_before_it_is_given_up(open_harness: OpenBench) -> None:
    """The kernel died in the evening; the service keeps the file for a day."""
    harness = open_harness(latency=2, timeout=60.0)
    harness.emulator.faults.add(Fault("status", status=401))
    job = harness.buy()
    job.exception(LONG_ENOUGH)
    harness.time.skip(8 * 3600)
    assert harness.resume(job.id).result(LONG_ENOUGH).bytes == PNG


@pytest.mark.parametrize("latency", [2, 300])
def test_a_job_left_behind_is_asked_about_at_once_and_then_as_if_it_could_end_any_moment(
    latency: float, open_harness: OpenBench
) -> None:
    """By its age of six hours and the durations of others, it would be asked about after 36 minutes."""
    first = open_harness(latency=2)
    for number in range(4):
        first.buy(f"Earlier {number}").wait(LONG_ENOUGH)
    left = open_harness(latency=latency, time=first.time)
    left.emulator.faults.add(Fault("status", status=401))
    job = left.buy("Left behind")
    job.exception(LONG_ENOUGH)
    row = "UPDATE jobs SET submitted_at = submitted_at - 6 * 3600 WHERE job_id = ?"
    left.journal.commit(lambda: left.journal._database._connection.execute(row, (job.id,)))
    second = open_harness(emulator=left.emulator, time=first.time)
    assert second.resume(job.id).result(LONG_ENOUGH).bytes == PNG
    assert left.emulator.count("submit") == 1


DAY = 24 * 3600.0


def test_a_process_that_slept_past_its_limit_asks_before_it_gives_up(open_harness: OpenBench) -> None:
    """The laptop's lid, or SIGSTOP: the picture was made meanwhile."""
    harness = open_harness(latency=300, timeout=200.0)
    job = harness.buy()
    wait_until(lambda: job.task_id)
    harness.time.skip(3600)
    assert job.result(LONG_ENOUGH).bytes == PNG


def test_a_limit_counts_the_time_awake(open_harness: OpenBench) -> None:
    """Of 3,900 s, the process slept for 3,600; the service needs 300 more than that."""
    harness = open_harness(latency=3900, timeout=1500.0)
    job = harness.buy()
    wait_until(lambda: job.task_id)
    harness.time.skip(3600)
    assert job.result(LONG_ENOUGH).bytes == PNG


def test_what_is_made_by_the_end_of_the_limit_is_asked_for_then(open_harness: OpenBench) -> None:
    """The service asked for an hour before the next status request, and the limit ends before."""
    harness = open_harness(latency=5, timeout=60.0)
    harness.emulator.faults.add(Fault("status", status=429, headers={"Retry-After": "3600"}))
    assert harness.buy().result(LONG_ENOUGH).bytes == PNG


@pytest.mark.parametrize("by", [DAY, -DAY])
def test_a_clock_that_is_set_by_a_day_changes_nothing_for_a_job_under_way(by: float, open_harness: OpenBench) -> None:
    time = FastTime()
    harness = open_harness(time=time, clock=time.monotonic, latency=60, timeout=600.0)
    job = harness.buy()
    wait_until(lambda: job.task_id)
    time.set_clock(by)
    assert job.result(LONG_ENOUGH).bytes == PNG
    assert harness.emulator.count("submit") == 1


def test_past_durations_are_remembered_across_kernels(open_harness: OpenBench) -> None:
    """A like job is then not asked about in vain, so it needs fewer questions."""
    first = open_harness(latency=40)
    for number in range(4):
        first.buy(f"Earlier {number}").wait(LONG_ENOUGH)
    before = first.emulator.count("status") / 4
    second = open_harness(latency=40)
    job = second.buy("Now")
    wait_until(lambda: moving.tracking(job).expected is not None)
    assert moving.tracking(job).expected >= 40
    job.wait(LONG_ENOUGH)
    assert second.emulator.count("status") < before


def test_many_like_jobs_are_asked_about_little_more_than_once_each(open_harness: OpenBench) -> None:
    """Alone, each takes 26 questions in 10 s. Eight are watched so closely, and tell when the others are done: those
    that were sent when nothing was known learn it while they wait. A clock that is faster would multiply every moment
    in which the machine is busy."""
    harness = open_harness(latency=10, time=FastTime(speed=5))
    harness.emulator.faults.add(Fault("status", alter=status_bodies.without_progress, times=None))
    jobs = [harness.buy(f"A red bicycle {number}") for number in range(60)]
    assert {job.result(LONG_ENOUGH).bytes for job in jobs} == {PNG}
    assert 60 <= harness.emulator.count("status") <= 8 * 26 + 52 * 4
