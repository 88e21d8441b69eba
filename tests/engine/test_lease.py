"""Does another process work on a job? Its process may be surely gone; else its counter must stand still first."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.durable_journal import durably
from tests.fixtures.sample_records import entry
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.lease import (
    HEARTBEAT_SECONDS,
    LEASE_SECONDS,
    LOOK_SECONDS,
    LeaseWatch,
    new_owner,
    surely_gone,
    surely_running,
    worked_on,
)
from vidgo_notebook.store.journal.journal import Entry, Journal

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the counter shows it")
ELSEWHERE = "elsewhere|1|1|1"
DAY = 86_400.0


class SkippedTime:
    """Seconds that pass at once while something sleeps; ``set_clock`` sets the clock on the wall."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.wall = 1_700_000_000.0
        self.clock = Clock(lambda: self.wall + self.passed, self.sleep, lambda: self.passed, lambda: self.passed)

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def set_clock(self, seconds: float) -> None:
        self.wall += seconds


@pytest.fixture
def time() -> SkippedTime:
    return SkippedTime()


# The process


@on_linux
def test_a_living_process_is_not_gone_and_its_sessions_have_different_names() -> None:
    first, second = new_owner(), new_owner()
    assert first != second
    assert not surely_gone(first)
    assert surely_running(first)


@on_linux
def test_a_process_that_ended_is_gone() -> None:
    name = subprocess.run(
        [sys.executable, "-c", "from vidgo_notebook.engine.lease import new_owner; print(new_owner())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    assert surely_gone(name)
    assert not surely_running(name)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(["sleep", "600"])
    yield running
    running.kill()
    running.wait()


@on_linux
def test_a_process_that_was_killed_is_gone_before_its_parent_has_reaped_it(process: subprocess.Popen[bytes]) -> None:
    owner = new_owner(process.pid)
    assert not surely_gone(owner)
    process.kill()
    wait_until(lambda: state_of(process.pid) == "Z")
    assert surely_gone(owner)
    assert not surely_running(owner)


@on_linux
def test_a_process_that_is_stopped_may_go_on(process: subprocess.Popen[bytes]) -> None:
    owner = new_owner(process.pid)
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: state_of(process.pid) == "T")
    assert not surely_gone(owner)
    assert not surely_running(owner)


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@on_linux
def test_a_process_id_that_was_given_to_another_process_is_gone() -> None:
    machine, pid, _, rest = new_owner().split("|")
    assert surely_gone(f"{machine}|{pid}|1|{rest}")


@pytest.mark.parametrize("owner", ["", ELSEWHERE, "a|b", "a|b|c|d|e", "not at all"])
def test_of_another_machine_or_an_unknown_name_nothing_is_sure(owner: str) -> None:
    assert not surely_gone(owner)
    assert not surely_running(owner)


# Its counter


def looks(watch: LeaseWatch, seen: Entry | None, time: SkippedTime, number: int) -> list[bool]:
    """What the watch says at each of some looks, one after the other."""
    said = []
    for _ in range(number):
        said.append(watch.has_ended(seen))
        time.passed += LOOK_SECONDS
    return said


def theirs(heartbeats: int = 0) -> Entry:
    return replace(entry(1, owner=ELSEWHERE), heartbeats=heartbeats)


@pytest.mark.parametrize("set_by", [0.0, DAY, -DAY])
def test_a_lease_ends_when_the_counter_stood_still_for_fifteen_seconds_whatever_the_clock_says(
    set_by: float, time: SkippedTime
) -> None:
    watch = LeaseWatch(time.clock)
    said = looks(watch, theirs(), time, 10)
    time.set_clock(set_by)
    said += looks(watch, theirs(), time, 21)
    assert said == [False] * 30 + [True]  # a look each half second: the 31st comes after 15 s


def test_a_lease_goes_on_while_the_counter_moves(time: SkippedTime) -> None:
    watch = LeaseWatch(time.clock)
    for heartbeats in range(20):
        assert not any(looks(watch, theirs(heartbeats), time, 29))
    assert looks(watch, theirs(19), time, 2) == [False, True]


def test_a_lease_outlives_two_missed_heartbeats() -> None:
    assert LEASE_SECONDS >= 3 * HEARTBEAT_SECONDS


def test_a_process_that_was_stopped_with_the_owner_watches_again_before_it_takes_over(time: SkippedTime) -> None:
    """A paused container: both go on at the same moment, and the owner has had no time to show itself."""
    watch = LeaseWatch(time.clock)
    looks(watch, theirs(), time, 1)
    time.passed += 3600
    assert not any(looks(watch, theirs(), time, 20))


def test_a_journal_that_can_not_be_read_says_nothing_about_the_owner(time: SkippedTime) -> None:
    watch = LeaseWatch(time.clock)
    for seen, number in ((theirs(), 30), (None, 100), (theirs(), 30)):
        assert not any(looks(watch, seen, time, number))


def test_a_job_without_an_owner_is_free_at_once(time: SkippedTime) -> None:
    assert LeaseWatch(time.clock).has_ended(entry(1, owner=""))


def test_a_check_of_many_jobs_separates_those_under_way_from_those_left_behind(
    tmp_path: Path, time: SkippedTime
) -> None:
    """The one owner shows itself every five seconds, the other no more, and the third job has ended meanwhile."""
    journal = Journal(tmp_path / "journal.sqlite3")
    jobs = [durably(journal).claim(entry(number, owner=f"elsewhere|1|1|{number}")) for number in (1, 2, 3)]

    async def read(job_ids: Collection[str]) -> Mapping[str, Entry]:
        if time.passed % HEARTBEAT_SECONDS == 0:
            durably(journal).renew(jobs[0].owner)
            durably(journal).stop(jobs[2].record.job_id, "stopped", 0.0)
            time.set_clock(DAY)
        return journal.entries_of(job_ids)

    working = asyncio.run(worked_on(jobs, read, time.clock))
    assert working == {jobs[0].record.job_id}
    assert time.passed == LEASE_SECONDS
    journal.close()
