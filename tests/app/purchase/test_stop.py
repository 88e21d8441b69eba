"""Stopping: what is not sent ends at no cost, in this kernel and in another; what is sent goes on."""

from __future__ import annotations

from decimal import Decimal

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.clocks import wait_until
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession, ask
from vidgo_notebook.app.commands.find import to_stop
from vidgo_notebook.app.purchase.resume import nothing_to_resume, resume
from vidgo_notebook.app.purchase.stop import ToStop, stop_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.status import latest_jobs
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import ending_of
from vidgo_notebook.errors import JobError, RequestError


def queue(session: Session, local_api: LocalApi) -> list[Job]:
    """Six jobs that are being sent, and four that wait for their turn."""
    local_api.emulator.faults.add(Fault("submit", delay=4, times=6))
    jobs = [ask(session, f"Picture {number}", quality="low") for number in range(10)]
    wait_until(lambda: local_api.submits == 6 and len(session.journal.all_under_way()) == 10)
    return jobs


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "from another kernel"])
def test_what_is_not_sent_ends_at_no_cost_and_what_is_sent_goes_on(
    elsewhere: bool, open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session()
    jobs = queue(session, local_api)
    done = stop_jobs(open_session() if elsewhere else session, ToStop(tuple(job.id for job in jobs)))
    assert (len(done.stopped), len(done.go_on)) == (4, 6)
    assert "4 jobs stopped before being sent, at no cost." in str(done)
    for job in jobs:
        if job.id in done.stopped:
            with pytest.raises(JobError, match=r"stopped|cancelled") as caught:
                job.result(90)
            assert "It cost nothing." in str(caught.value)
            assert "not accepted" not in str(caught.value)
            assert (job.status, str(ending_of(job))) == ("cancelled", "cancelled · 0 credits")
        else:
            assert job.result(90)
    assert local_api.submits == 6
    listed = {row.job: row.status for row in latest_jobs(session, {})}
    assert {listed[job_id] for job_id in done.stopped} == {"cancelled"}
    lines = Batch(jobs).failures()
    assert lines[1].strip() == "4 of them: stopped before they were sent."
    again = stop_jobs(session, ToStop((jobs[0].id,)))
    assert again.ended == (jobs[0].id,)


def test_a_named_batch_is_stopped_by_its_name(session: Session, local_api: LocalApi) -> None:
    local_api.emulator.faults.add(Fault("submit", delay=4, times=6))
    batch = vidgo.sweep(prompt=[f"Picture {number}" for number in range(10)], name="bikes", size="1:1")
    wait_until(lambda: local_api.submits == 6 and len(session.journal.all_under_way()) == 10)
    assert len(vidgo.stop("bikes").stopped) == 4
    batch.wait(90)
    assert local_api.submits == 6


def test_stopping_a_batch_by_its_name_forbids_a_cluster_to_send_what_it_has_not_begun(
    session: Session, open_session: OpenSession, local_api: LocalApi
) -> None:
    """Its workers draw an allowance for each picture before they send it; one of these three is drawn already."""
    local_api.emulator.faults.add(Fault("submit", status=402, times=1))
    batch = vidgo.sweep(prompt=[f"Picture {number}" for number in range(3)], name="bikes", size="1:1").wait(90)
    journal = session.journal
    journal.commit(lambda: journal.allow("a cluster's", [(job.fingerprint, Decimal(2)) for job in batch]))
    assert journal.commit(lambda: journal.draw("a cluster's", batch[0].fingerprint, "j1"))
    stopped = stop_jobs(open_session(), to_stop(session, ["bikes"], {}))
    assert str(stopped) == "2 jobs stopped before being sent, at no cost."
    assert stopped.not_begun == 2
    for place, drawn in enumerate([True, False, False]):
        assert journal.commit(lambda at=place: journal.draw("a cluster's", batch[at].fingerprint, "j1")) is drawn


def test_nothing_to_resume_is_said_only_when_that_is_so(open_session: OpenSession, local_api: LocalApi) -> None:
    session, other = open_session(), open_session()
    assert nothing_to_resume(other) == "Nothing to resume."
    local_api.emulator.faults.add(Fault("status", delay=3, times=1))
    job = ask(session)
    wait_until(lambda: job.task_id is not None and job.status == "not_started")
    assert resume(other) == []
    process = session.owner.split("|")[1]
    assert nothing_to_resume(other) == f"1 job is carried by another kernel (process {process})."
    assert "1 job of this session is under way" in nothing_to_resume(session)
    job.result(90)


# The functions of Python


def test_the_functions_of_python_do_what_the_magics_do(session: Session, local_api: LocalApi) -> None:
    assert len(vidgo.jobs()) == 0
    job = vidgo.generate("A red bicycle", quality="high")
    assert list(vidgo.wait(job, job.id[:6])) == [job]
    [row] = vidgo.jobs()
    assert (row.job, row.status, row.charged, row.at_stake) == (job.id, "finished", 12, 0)
    assert vidgo.models()[0].prices["high"]["4K"] == 48
    assert vidgo.balance().credits == 9988
    assert len(vidgo.resume()) == 0
    local_api.emulator.faults.add(Fault("submit", status=500, times=2))
    lost = [vidgo.generate(f"Picture {number}").wait() for number in range(2)]
    assert [row.job for row in vidgo.resolve()] == [job.id for job in lost]
    assert len(vidgo.resolve(lost[0], "forget")) == 0
    assert len(vidgo.resolve([lost[1].id], "resubmit")) == 1
    assert lost[1].result(90)
    assert [job.status for job in lost] == [JobState.FORGOTTEN, JobState.FINISHED]


@pytest.mark.parametrize("what", [None, 5, "nothing", {}, ["nothing"], ""], ids=repr)
def test_what_is_not_a_job_is_refused_by_each(what: object, session: Session) -> None:
    for call in (vidgo.wait, vidgo.stop, lambda each: vidgo.resolve(each, "forget")):
        with pytest.raises(RequestError):
            call(what)  # type: ignore[operator]
    with pytest.raises(RequestError, match="resubmit"):
        vidgo.resolve("x", "drop")  # type: ignore[call-overload]
