"""A setting takes effect at once, also for jobs under way, or says when it does."""

from __future__ import annotations

import pytest

from tests.fixtures.clocks import FastTime
from tests.fixtures.live_session import PATIENCE, LiveSession, new_emulator
from vidgo_notebook.app.settings.traits import configure
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.errors import JobTimeoutError


@pytest.fixture
def emulator(time: FastTime) -> Emulator:
    """An emulator that never gets done."""
    return new_emulator(time, latency=100_000.0)


def test_a_timeout_counts_for_the_jobs_that_are_under_way(live: LiveSession) -> None:
    job = live.ask()
    configure(live.session.settings, timeout=30.0)
    with pytest.raises(JobTimeoutError, match="watched for 30 s"):
        job.result(PATIENCE)


def test_a_timeout_counts_for_the_next_job_too(live: LiveSession) -> None:
    configure(live.session.settings, timeout=30.0)
    live.ask("first").wait(PATIENCE)
    configure(live.session.settings, timeout=60.0)
    with pytest.raises(JobTimeoutError, match="watched for 60 s"):
        live.ask("second").result(PATIENCE)
