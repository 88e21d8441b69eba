"""Jobs that a kernel left: uncertain ones, unfinished ones, and those that are only looked at again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.durable_journal import durably
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.orders import OpenSession, ask
from tests.fixtures.sample_pictures import PNG
from tests.fixtures.users import User
from vidgo_notebook.app.costs import costs_of
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.resolve import entries_to_settle
from vidgo_notebook.app.purchase.resume import find_job, in_one_line, nothing_to_resume, resume
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.lease import new_owner
from vidgo_notebook.errors import BudgetError, FetchError, JobError, JobUncertainError, RequestError
from vidgo_notebook.store.journal.journal import Journal

ELSEWHERE = "another|1|1|1"


@pytest.fixture
def slow_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalApi]:
    """A service whose pictures take a second and a half."""
    with serve_local_api(latency=1.5) as api:
        monkeypatch.setenv("VIDGO_BASE_URL", api.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        yield api


def test_an_uncertain_job_is_not_sent_again_by_rerunning_its_cell(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    local_api.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    session = open_session()
    first = ask(session)
    first.exception(90)
    calls = local_api.emulator.count()
    for again in (ask(session), ask(session, choices=PurchaseChoices(fresh=True, yes=True)), ask(open_session())):
        error = again.exception(90)
        assert isinstance(error, JobUncertainError)
        assert first.id in str(error)
    assert (local_api.emulator.count(), local_api.submits) == (calls, 1)


def test_an_uncertain_job_is_settled_by_a_person(open_session: OpenSession, local_api: LocalApi) -> None:
    from vidgo_notebook.app.purchase import resolve as settling

    local_api.emulator.faults.add(Fault("submit", status=500))
    session = open_session()
    uncertain = ask(session)
    uncertain.exception(90)
    [entry] = settling.entries_to_settle(session, [uncertain.id])
    known = dict(settling.what_is_known(session, entry))
    assert known["at stake"] == "12 credits"
    assert known["balance now"] == "10,000 credits"
    settling.forget(session, [entry])
    assert ask(session).result(90).bytes == PNG
    assert local_api.submits == 2


def test_a_new_kernel_resumes_what_the_old_one_left(open_session: OpenSession, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_local_api(latency=1.5) as local_api:
        monkeypatch.setenv("VIDGO_BASE_URL", local_api.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        first = open_session()
        left = [ask(first, f"Picture {number}") for number in range(5)]
        wait_until(lambda: all(job.task_id for job in left))
        first.close()
        second = open_session()
        resumed = resume(second)
        assert sorted(job.id for job in resumed) == sorted(job.id for job in left)
        assert [job.result(90).bytes for job in resumed] == [PNG] * 5
        assert resume(second) == []
        assert (local_api.submits, local_api.emulator.charged, costs_of(second).charged) == (5, 60, 60)


@pytest.fixture
def kernel() -> Iterator[subprocess.Popen[bytes]]:
    """A process that owns a job."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time runs ten times as fast as on the wall."""
    monkeypatch.setattr("vidgo_notebook.engine.engine.Clock", lambda: FastTime(10).clock)


def left_with(owner: str, open_session: OpenSession) -> Job:
    """A job at the service that a process of this name works on, or worked on."""
    first = open_session()
    job = ask(first)
    wait_until(lambda: job.task_id)
    first.close()
    journal = Journal(first.settings.journal)
    entry = journal.entry(job.id)
    assert entry
    assert durably(journal).take_over(entry, owner, entry.store)
    journal.close()
    return job


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process can't be looked at")
def test_what_a_killed_kernel_left_is_resumed_at_once_though_the_system_still_lists_its_process(
    open_session: OpenSession, slow_api: LocalApi, kernel: subprocess.Popen[bytes]
) -> None:
    job = left_with(new_owner(kernel.pid), open_session)
    session = open_session()
    assert resume(session) == []
    assert nothing_to_resume(session) == f"1 job is carried by another kernel (process {kernel.pid})."
    assert in_one_line(session) == ""
    kernel.kill()
    stat = Path(f"/proc/{kernel.pid}/stat")
    wait_until(lambda: ") Z " in stat.read_text())
    assert in_one_line(session) == "1 job of an earlier session can be resumed with %vidgo resume."
    [resumed] = resume(session)
    assert (resumed.id, resumed.result(90).bytes) == (job.id, PNG)
    assert slow_api.submits == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process can't be looked at")
@pytest.mark.usefixtures("faster")
@pytest.mark.parametrize("where", ["elsewhere", "stopped"])
def test_a_job_whose_kernel_may_have_ended_is_followed_and_continued_when_that_is_clear(
    where: str, open_session: OpenSession, slow_api: LocalApi, kernel: subprocess.Popen[bytes]
) -> None:
    """In a new container nothing is known of the processes of the old one."""
    if where == "stopped":
        os.kill(kernel.pid, signal.SIGSTOP)
        wait_until(lambda: ") T " in Path(f"/proc/{kernel.pid}/stat").read_text())
    job = left_with(new_owner(kernel.pid) if where == "stopped" else ELSEWHERE, open_session)
    session = open_session()
    assert in_one_line(session) == (
        "1 job of another session, which may have ended: %vidgo resume follows it, and continues what is left."
    )
    [resumed] = resume(session)
    assert (resumed.id, resumed.result(90).bytes) == (job.id, PNG)
    assert slow_api.submits == 1
    entry = session.journal.entry(job.id)
    assert entry
    assert entry.owner == session.owner


@pytest.mark.usefixtures("faster")
def test_a_job_that_another_kernel_works_on_is_not_settled_and_one_that_was_left_is(
    open_session: OpenSession, slow_api: LocalApi
) -> None:
    job = left_with(ELSEWHERE, open_session)
    session, ended = open_session(), threading.Event()

    def show_itself() -> None:
        while not ended.wait(0.05):
            durably(session.journal).renew(ELSEWHERE)

    other = threading.Thread(target=show_itself)
    other.start()
    with pytest.raises(RequestError, match=f"{job.id} is not_started, and a process works on it"):
        entries_to_settle(session, [job.id])
    ended.set()
    other.join()
    assert [entry.record.job_id for entry in entries_to_settle(session, [job.id, job.id[:6]])] == [job.id]


def test_a_picture_whose_file_did_not_come_is_resumed(open_session: OpenSession, local_api: LocalApi) -> None:
    local_api.emulator.faults.add(Fault("file", status=410, times=1))
    first = open_session()
    assert isinstance(ask(first).exception(90), FetchError)
    first.close()
    (job,) = resume(open_session())
    assert job.result(90).bytes == PNG
    assert local_api.submits == 1


def test_a_job_that_only_stood_in_the_queue_is_not_bought_without_approval(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    """A dead kernel's queue must not get around the budget of a living one."""
    local_api.emulator.faults.add(Fault("submit", delay=30, times=6))
    first = open_session()
    jobs = [ask(first, f"Picture {number}", choices=PurchaseChoices(yes=True)) for number in range(7)]
    wait_until(lambda: local_api.submits == 6 and len(first.journal.all_under_way()) == 7)
    waiting = next(job for job in jobs if first.journal.entry(job.id) and job.status == "planned")
    first.close()
    second = open_session(budget=5)
    with pytest.raises((BudgetError, JobError)):
        ask(second, waiting.request.prompt).result(90)
    assert local_api.submits == 6
    third = open_session()
    assert ask(third, waiting.request.prompt).result(90).bytes == PNG
    assert third.budget(local_api.url).spent == Decimal(12)


def test_any_job_of_the_journal_can_be_shown_again(open_session: OpenSession, local_api: LocalApi) -> None:
    first = open_session()
    bought = ask(first).wait(90)
    first.close()
    second = open_session()
    found = find_job(second, bought.id[:5])
    assert (found.id, found.result(90).bytes) == (bought.id, PNG)
    with pytest.raises(Exception, match="is not a job"):
        find_job(second, "nothing")
    with pytest.raises(Exception, match="is not a job"):
        find_job(second, "")


def test_a_job_whose_picture_was_superseded_shows_its_own(open_session: OpenSession) -> None:
    """Emulated pictures of two generations differ in their bytes."""
    session = open_session()
    older = ask(session).wait(90)
    newer = ask(session, choices=PurchaseChoices(fresh=True)).wait(90)
    shown = [find_job(open_session(), job.id).result(90) for job in (older, newer)]
    assert [result.record.job_id for result in shown] == [older.id, newer.id]
    assert [result.record.generation for result in shown] == [0, 1]


def test_a_job_is_shown_though_its_store_was_moved_away(open_session: OpenSession, local_api: LocalApi) -> None:
    job = ask(open_session(store="one")).wait(90)
    Path("one").rename("two")
    assert find_job(open_session(store="two"), job.id).result(90).bytes == PNG


def test_a_finished_job_whose_picture_was_lost_does_not_claim_that_it_cost_nothing(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    first = open_session()
    bought = ask(first).wait(90)
    bought.result().path.unlink()  # type: ignore[union-attr]
    first.close()
    local_api.emulator.faults.add(Fault("file", status=410, times=None))
    error = find_job(open_session(), bought.id).exception(90)
    assert error is not None
    assert "was not accepted" not in str(error)
    assert "cost nothing" not in str(error)


def test_a_cancelled_job_does_not_break_what_looks_at_it(
    open_session: OpenSession, local_api: LocalApi, user: User
) -> None:
    local_api.emulator.faults.add(Fault("submit", delay=2, times=6))
    session = open_session()
    [ask(session, f"Ahead {number}", quality="low") for number in range(6)]
    wait_until(lambda: local_api.submits == 6)
    job = ask(session)
    assert job.cancel()
    assert job not in session.under_way()
    assert job.status == "cancelled"
    wait_until(lambda: (found := session.journal.entry(job.id)) and found.record.state is JobState.REFUSED)
    assert ask(session).result(90).bytes == PNG  # asking again is a new purchase
    assert local_api.submits == 7
