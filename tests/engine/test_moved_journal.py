"""A journal that is deleted, replaced or exchanged for another while jobs are under way: none is bought again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.engine_harness import EngineHarness
from tests.fixtures.live_session import PATIENCE, LiveSession, OpenLiveSession, new_emulator
from tests.fixtures.sample_pictures import PNG
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import configure
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Emulator, EmulatorTransport, build_app
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.store.journal.journal import Journal

LATENCY = 1500.0
"""Seconds of a task; until a test skips them, its job is under way."""


@pytest.fixture
def emulator(time: FastTime) -> Emulator:
    return new_emulator(time, latency=LATENCY)


def accepted(harness: EngineHarness | LiveSession, job: Job) -> bool:
    """Whether the journal has the job's task."""
    journal = harness.journal if isinstance(harness, EngineHarness) else harness.session.journal
    found = journal.entry(job.id)
    return found is not None and found.record.state.accepted


def finished(path: Path, job: Job) -> tuple[JobState, Decimal]:
    """What another kernel finds in the file: the state of a job, and all that was charged."""
    other = Journal(path)
    try:
        found = other.entry(job.id)
        assert found is not None
        return found.record.state, sum((charge.charged or Decimal(0) for charge in other.charges()), Decimal(0))
    finally:
        other.close()


def test_a_job_ends_in_the_journal_that_was_written_anew(open_harness: Callable[..., EngineHarness]) -> None:
    harness = open_harness(latency=60)
    job = harness.buy()
    wait_until(lambda: accepted(harness, job))
    path = Path(harness.journal.address)
    path.unlink()
    assert job.result(PATIENCE).bytes == PNG
    assert finished(path, job) == (JobState.FINISHED, Decimal(24))


def test_a_job_ends_in_the_file_that_an_older_journal_was_copied_over(
    open_harness: Callable[..., EngineHarness], folder: Path
) -> None:
    """The file is the same, what it held is gone: only the engine knows of the job."""
    Journal(folder / "backup.sqlite3").close()
    harness = open_harness(latency=60)
    job = harness.buy()
    wait_until(lambda: accepted(harness, job))
    harness.journal.commit(lambda: shutil.copyfile(folder / "backup.sqlite3", harness.journal.address))
    assert job.result(PATIENCE).bytes == PNG
    assert finished(Path(harness.journal.address), job) == (JobState.FINISHED, Decimal(24))
    assert harness.emulator.count("submit") == 1


def test_another_journal_takes_over_what_is_under_way(
    open_live: OpenLiveSession, emulator: Emulator, folder: Path, time: FastTime
) -> None:
    live = open_live()
    job = live.ask()
    wait_until(lambda: accepted(live, job))
    configure(live.session.settings, journal=str(folder / "other.sqlite3"))
    found = live.session.journal.entry(job.id)
    assert found is not None and found.record.task_id == next(iter(emulator.tasks))
    time.skip(LATENCY)
    again = live.ask()
    assert again.result(PATIENCE).path is not None
    assert again.id == job.id
    assert emulator.count("submit") == 1


class RefusesFromTheSubmitOn:
    """Wraps an emulator: when the request arrives, the journal can be read and no longer written."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.session: Session | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/submit"):
            assert self.session
            self.session.journal._database._connection.execute("PRAGMA query_only = ON")  # type: ignore[attr-defined]
        await self._app(scope, receive, send)


def test_what_a_read_only_journal_lacks_is_written_to_the_one_that_takes_over(
    open_live: OpenLiveSession, emulator: Emulator, folder: Path, time: FastTime
) -> None:
    """The task that was accepted meanwhile must not be forgotten with it, and neither must the charge."""
    app = RefusesFromTheSubmitOn(build_app(emulator))
    live = open_live(transport=EmulatorTransport(app))
    app.session = live.session
    job = live.ask()
    wait_until(lambda: emulator.count("submit") == 1)
    time.skip(LATENCY)
    assert job.result(PATIENCE).path is not None
    assert job.notes
    configure(live.session.settings, journal=str(folder / "other.sqlite3"))
    assert live.session.journal.address == str(folder / "other.sqlite3")
    wait_until(lambda: finished(folder / "other.sqlite3", job)[0] is JobState.FINISHED)
    assert finished(folder / "other.sqlite3", job)[1] == job.charge
