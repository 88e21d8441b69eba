"""Many at once: hundreds of jobs, twenty pictures that are there already."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.fixtures.counting_emulator import CountingEmulator
from tests.fixtures.killable_kernel import DIES
from tests.fixtures.orders import new_request
from tests.proofs.conftest import SUBMITS_AT_A_TIME, OpenKernel
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.errors import JobUncertainError

TWENTY = """
import vidgo_notebook as vidgo
jobs = [vidgo.generate(f"picture {n}", quality="low", size="1:1", resolution="1K") for n in range(20)]
print(*(job.result(60).digest for job in jobs))
"""


@pytest.mark.filterwarnings(DIES)
@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.full)])
def test_jobs_that_stood_in_the_queue_are_planned_again_when_their_kernel_dies(
    count: int, emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    """All but the few whose POST had begun."""
    queued = count - SUBMITS_AT_A_TIME
    silent = emulator.faults.add(Fault("submit", delay=600, times=None, status=500))
    first = open_kernel()
    requests = [
        new_request(first.session, f"picture {n}", quality="low", size="1:1", resolution="1K") for n in range(count)
    ]
    order_jobs(first.session, requests, PurchaseChoices(yes=True))
    first.wait_until(lambda: silent.applied == SUBMITS_AT_A_TIME)
    first.wait_until(lambda: len(first.session.journal.all_under_way()) == count)
    first.kill()
    states = Counter(entry.record.state for entry in first.session.journal.all_under_way())
    assert states == {JobState.PLANNED: queued, JobState.SUBMITTING: SUBMITS_AT_A_TIME}

    emulator.faults.clear()
    second = open_kernel("second")
    commits = count_commits(second.session.journal._database._connection)
    jobs = order_jobs(second.session, requests, PurchaseChoices(yes=True))
    endings = Counter(type(job.exception(200)) for job in jobs)
    assert endings == {type(None): queued, JobUncertainError: SUBMITS_AT_A_TIME}
    assert set(emulator.accepted.values()) == {1}
    assert emulator.charged == 2 * queued
    assert len(list(second.session.store.contents().current)) == queued
    # Six moves each, one by one, would be four times as many commits, each of them a sync or three.
    assert commits["COMMIT"] < 1.5 * count


def count_commits(connection: object) -> Counter[str]:
    counted: Counter[str] = Counter()
    connection.set_trace_callback(lambda statement: counted.update([statement.strip()]))  # type: ignore[attr-defined]
    return counted


def test_twenty_stored_pictures_are_redrawn_without_any_request_in_a_cold_process(
    live: CountingEmulator, tmp_path: Path
) -> None:
    first = run_twenty(tmp_path)
    assert (live.count("submit"), len(set(first))) == (20, 20)
    calls = live.count()
    assert run_twenty(tmp_path) == first
    assert live.count() == calls


def run_twenty(folder: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", TWENTY], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split()
