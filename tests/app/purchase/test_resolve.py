"""An uncertain job: what its person is told, and that settling it never costs more than it says."""

from __future__ import annotations

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession
from vidgo_notebook.__main__ import main
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs, resubmit
from vidgo_notebook.app.purchase.resume import find_job
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import RequestError


def lose(session: Session, local_api: LocalApi) -> Job:
    """A job of 12 credits whose answer was lost after the service accepted it."""
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    [job] = order_jobs(session, [new_request(session, "A red bicycle", quality="high")])
    job.exception(90)
    assert moving.state(job) is JobState.UNCERTAIN
    return job


def test_its_error_says_when_it_was_sent_and_what_is_at_stake(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    job = lose(session, local_api)
    sent = session.journal.entry(job.id).submitted_at  # type: ignore[union-attr]
    assert sent
    for told in (job, find_job(session, job.id), find_job(open_session(), job.id)):
        text = str(told.exception(90))
        assert f"was sent at {settling.local_time(sent)}" in text
        assert "12 credits" in text


def test_the_balance_from_before_it_was_sent_stays_known_however_often_one_looks(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    """Looking asks the balance, and remembers it: only the one from before tells whether the job was billed."""
    session = open_session()
    session.balance()
    job = lose(session, local_api)
    entry = settling.entry_to_settle(session, job.id)
    for _ in range(2):
        known = dict(settling.what_is_known(session, entry))
        assert known["balance before"].startswith("10000 credits, ")
        assert known["balance now"] == "9988 credits"


@pytest.mark.parametrize("mode", ["emulator", "replay"])
def test_it_is_not_bought_again_from_somebody_else(
    mode: str, open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a shell without the key the emulator would answer, and the paid picture be forgotten for a stand-in."""
    job = lose(open_session(), local_api)
    monkeypatch.delenv("VIDGO_API_KEY")
    other = open_session(mode=mode, base_url="https://api.vidgo.ai")
    entry = settling.entry_to_settle(other, job.id)
    assert "balance now" not in dict(settling.what_is_known(other, entry))
    with pytest.raises(RequestError, match=local_api.url) as caught:
        resubmit(other, entry, lambda: settling.forget(other, entry), PurchaseChoices(fresh=True))
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
