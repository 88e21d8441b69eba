"""An uncertain job: what its messages say, and that resolving it never costs more than they say."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession, new_request
from tests.fixtures.users import User
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.plan.planning import plan_sweep
from vidgo_notebook.app.plan.table_plan import plan_map
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.purchase.resume import find_job
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.pricing import NO_CURRENCY
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import JobError, JobUncertainError, RequestError

STAKES = ((0, EMULATOR), (12, "vidgo"))


def lose(session: Session, local_api: LocalApi, prompt: str = "A red bicycle") -> Job:
    """A job of 12 credits whose answer was lost after the service accepted it."""
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    [job] = order_jobs(session, [new_request(session, prompt, quality="high")])
    job.exception(90)
    assert moving.state(job) is JobState.UNCERTAIN
    return job


def test_its_error_says_when_it_was_sent_and_what_is_at_stake(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    job = lose(session, local_api)
    sent = session.journal.entry(job.id).submitted_at  # type: ignore[union-attr]
    assert sent
    for handle in (job, find_job(session, job.id), find_job(open_session(), job.id)):
        text = str(handle.exception(90))
        assert f"was sent at {settling.local_time(sent)}" in text
        assert "12 credits" in text


def test_an_uncertain_stand_in_is_listed_as_free_and_no_number_stands_for_it() -> None:
    sent = datetime(2026, 11, 29, tzinfo=UTC)
    rows = [settling.UncertainRow(f"j{n}", sent, Decimal(n), "gpt-image-2", "A fox", name) for n, name in STAKES]
    only = repr(settling.UncertainTable(rows[:1], NO_CURRENCY))
    assert "1 job is uncertain: emulated, free" in only
    assert "0 credits" not in only
    assert "2 jobs are uncertain: up to 12 credits at stake" in repr(settling.UncertainTable(rows, NO_CURRENCY))


def test_the_balance_from_before_it_was_sent_stays_known_however_often_one_looks(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    """Showing it requests the balance and records it: only the balance from before shows whether the job was billed."""
    session = open_session()
    session.balance()
    job = lose(session, local_api)
    [entry] = settling.entries_to_settle(session, [job.id])
    for _ in range(2):
        known = dict(settling.what_is_known(session, entry))
        assert known["balance before"].startswith("10,000 credits, ")
        assert known["balance now"] == "9,988 credits"


@pytest.mark.parametrize("mode", ["emulator", "replay"])
def test_it_is_not_bought_again_from_another_provider(
    mode: str, open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a shell without the key the emulator would answer, and the paid picture be forgotten for a stand-in."""
    job = lose(open_session(), local_api)
    monkeypatch.delenv("VIDGO_API_KEY")
    other = open_session(mode=mode, base_url="https://api.vidgo.ai")
    [entry] = settling.entries_to_settle(other, [job.id])
    assert "balance now" not in dict(settling.what_is_known(other, entry))
    with pytest.raises(RequestError, match=local_api.url) as caught:
        settling.buy_again(other, [entry], PurchaseChoices(fresh=True))
    assert "VIDGO_API_KEY" in str(caught.value)
    assert other.journal.entry(job.id).record.state is JobState.UNCERTAIN  # type: ignore[union-attr]
    assert local_api.submits == 1


def test_the_shell_shows_it_refuses_without_a_key_and_buys_it_again_with_one(
    open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = open_session()
    job = lose(session, local_api)
    monkeypatch.setattr("vidgo_notebook.app.process._Process.session", session)
    assert main(["resolve", job.id]) == 0
    assert "12 credits" in capsys.readouterr().out
    key = session.keys
    monkeypatch.delenv("VIDGO_API_KEY")
    assert main(["resolve", job.id, "--resubmit"]) == 2
    assert local_api.submits == 1
    key.type_in(KEY)
    assert main(["resolve", job.id, "--resubmit"]) == 0
    assert local_api.submits == 2
    assert main(["resolve", job.id, "--forget"]) == 2
    assert "nothing to settle" in capsys.readouterr().err


# The handle from before follows


def test_after_buying_again_the_old_handle_has_the_picture(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    job = lose(session, local_api)
    [again] = settling.buy_again(session, settling.entries_to_settle(session, [job.id]), PurchaseChoices(fresh=True))
    assert job.result(90).bytes == again.result(90).bytes
    assert (job.status, job.id, job.done(), job.exception()) == ("finished", again.id, True, None)
    assert local_api.submits == 2


def test_after_forgetting_the_old_handle_is_forgotten_and_not_refused(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session()
    job = lose(session, local_api)
    settling.forget(session, settling.entries_to_settle(session, [job.id]))
    assert job.status == "forgotten"
    with pytest.raises(JobError, match="was forgotten") as caught:
        job.result(90)
    assert "cost nothing" not in str(caught.value)
    assert session.journal.entry(job.id).record.state is JobState.FORGOTTEN  # type: ignore[union-attr]
    assert local_api.submits == 1


@pytest.mark.parametrize("way", ["forget", "resubmit"])
def test_what_another_kernel_settled_the_handle_learns_when_it_is_asked(
    way: str, open_session: OpenSession, local_api: LocalApi
) -> None:
    session, other = open_session(), open_session()
    job = lose(session, local_api)
    assert job.status == "uncertain"
    [entry] = settling.entries_to_settle(other, [job.id])
    if way == "forget":
        settling.forget(other, [entry])
        assert job.status == "forgotten"
    else:
        [again] = settling.buy_again(other, [entry], PurchaseChoices(fresh=True))
        made = again.result(90)
        assert job.result(90).bytes == made.bytes
        assert job.status == "finished"
    assert local_api.submits == (1 if way == "forget" else 2)


def test_a_handle_follows_what_another_kernel_bought_once_though_that_is_uncertain_too(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    session, other = open_session(), open_session()
    job, settled = lose(session, local_api), list[Job]()
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    [again] = settling.buy_again(other, settling.entries_to_settle(other, [job.id]), PurchaseChoices(fresh=True))
    assert isinstance(again.exception(90), JobUncertainError)

    def count(each: Job) -> None:
        settled.append(each)
        moving.when_settled(each, count)

    moving.when_settled(job, count)
    assert (job.status, job.id, settled) == ("uncertain", again.id, [job])


def test_a_job_that_is_settled_twice_is_followed_twice(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    job = lose(session, local_api)
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    [second] = settling.buy_again(session, settling.entries_to_settle(session, [job.id]), PurchaseChoices(fresh=True))
    assert isinstance(second.exception(90), JobUncertainError)
    assert isinstance(job.exception(90), JobUncertainError)
    settling.buy_again(session, settling.entries_to_settle(session, [second.id]), PurchaseChoices(fresh=True))
    assert job.result(90).bytes == second.result(90).bytes
    assert local_api.submits == 3


def test_several_are_bought_again_at_one_price_and_none_if_one_has_changed(
    open_session: OpenSession, local_api: LocalApi, user: User
) -> None:
    session, other = open_session(), open_session()
    jobs = [lose(session, local_api, f"Picture {number}") for number in range(2)]
    entries = settling.uncertain_entries(session)
    assert [entry.record.job_id for entry in entries] == [job.id for job in jobs]
    settling.forget(other, entries[:1])
    with pytest.raises(RequestError, match="has changed meanwhile"):
        settling.buy_again(session, entries, PurchaseChoices(fresh=True))
    assert jobs[1].status == "uncertain"
    assert local_api.submits == 2
    settling.buy_again(session, entries[1:], PurchaseChoices(fresh=True))
    assert jobs[1].result(90)


# A batch settles its own


def half_lost(session: Session, local_api: LocalApi) -> Batch:
    """Three pictures of 12 credits, the first of them twice; its answer was lost after the service accepted it."""
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    prompts = ["A red bicycle", "A red bicycle", "A blue bicycle", "A green bicycle"]
    batch = order(session, plan_map(session, [{"prompt": each} for each in prompts], {"quality": "high"}, {})).wait(90)
    assert "uncertain" in {job.status for job in batch}
    return batch


def test_a_batch_buys_again_what_is_uncertain_and_nothing_else(open_session: OpenSession, local_api: LocalApi) -> None:
    batch = half_lost(open_session(), local_api)
    before = list(batch)
    assert batch.resolve("resubmit").wait(90) is batch
    assert [job.status for job in batch] == ["finished"] * 4
    assert list(batch) == before
    assert [job.row["prompt"] for job in batch] == [job.request.prompt for job in batch]
    assert local_api.submits == 4
    assert batch.costs().charged == 36


def test_a_batch_forgets_what_is_uncertain_and_then_orders_it_as_what_failed(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    batch = half_lost(open_session(), local_api)
    lost = [job for job in batch if job.status == "uncertain"]
    assert batch.resolve("forget") is batch
    assert {job.status for job in lost} == {"forgotten"}
    assert local_api.submits == 3
    assert [job.status for job in batch.retry_failed().wait(90)] == ["finished"] * 4
    assert local_api.submits == 4


def test_a_batch_without_an_uncertain_job_says_so(open_session: OpenSession, local_api: LocalApi) -> None:
    batch = half_lost(open_session(), local_api)
    batch.resolve("forget")
    for settled in (batch, batch[2:], batch[:0]):
        with pytest.raises(RequestError, match="no job of it is uncertain"):
            settled.resolve("resubmit")
    assert local_api.submits == 3


def test_settling_nothing_says_so(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidgo_notebook.app.process._Process.session", session)
    for nothing in ([], (), Batch([])):
        for how in ("resubmit", "forget"):
            with pytest.raises(RequestError, match=r"nothing to settle|uncertain"):
                vidgo.resolve(nothing, how)  # type: ignore[call-overload]


def test_a_batch_is_settled_in_one_of_two_ways(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    lose(session, local_api)
    batch = order(session, plan_sweep(session, None, {"prompt": ["A red bicycle"], "quality": "high"}))
    for how, yes, problem in (("again", True, '"resubmit" or "forget"'), (None, False, "how"), ("forget", "no", "yes")):
        with pytest.raises(RequestError, match=problem):
            batch.resolve(how, yes=yes)  # type: ignore[arg-type]
    with pytest.raises(RequestError, match=r"vidgo\.resolve\(batch, how\)"):
        Batch(list(batch)).resolve("forget")
    assert batch[0].status == "uncertain"
    assert local_api.submits == 1


def test_the_batches_of_wait_and_resolve_settle_their_jobs_too(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    job = lose(session, local_api)
    provide(lambda: session)
    try:
        local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
        again = vidgo.resolve(vidgo.wait(job), "resubmit").wait(90)
        assert [each.status for each in again] == ["uncertain"]
        assert [each.status for each in again.resolve("resubmit").wait(90)] == ["finished"]
        assert job.result(90).bytes == again[0].result().bytes
    finally:
        provide(None)
    assert local_api.submits == 3
