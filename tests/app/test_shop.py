"""Never pay twice: the store first, then whoever buys it already, then one purchase."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.app.people import Person
from tests.stage.clocks import wait_until
from tests.stage.keys import KEY
from tests.stage.pictures import PNG
from tests.stage.service import Service, service
from vidgo_notebook.app.approval import Wishes
from vidgo_notebook.app.session import Session
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import Job
from vidgo_notebook.errors import BudgetError, FetchError, JobError, JobUncertainError, ReplayError, StoreError

OpenSession = Callable[..., Session]


def ask(session: Session, prompt: str = "A red bicycle", wishes: Wishes | None = None, **fields: object) -> Job:
    """One picture of 12 credits, unless ``fields`` say otherwise."""
    request = session.request(prompt, **{"quality": "high", **fields})
    return session.generate([request], wishes)[0]


def test_an_identical_request_is_shown_from_the_store_for_nothing(open_session: OpenSession, vendor: Service) -> None:
    session = open_session()
    bought = ask(session).wait(90)
    calls = vendor.emulator.count()
    again = ask(session)
    assert again.done()
    assert again.result().path == bought.result().path
    assert (again.charge, again.status, again.quote.total) == (0, "finished", 12)
    assert vendor.emulator.count() == calls
    assert (session.purse(vendor.url).spent, session.costs().charged, session.costs().saved) == (12, 12, 12)


def test_a_new_kernel_finds_it_too_and_needs_no_network(open_session: OpenSession, vendor: Service) -> None:
    first = open_session()
    ask(first).wait(90)
    first.close()
    calls = vendor.emulator.count()
    second = open_session()
    assert ask(second).result(0).bytes == PNG
    assert vendor.emulator.count() == calls
    assert second.purse(vendor.url).committed == 0


SAME = [
    {"prompt": "  A red bicycle\r\n"},
    {"size": "auto"},
    {"resolution": "4K"},  # without a size everything is 1K
    {"callback_url": "https://me.example/hook"},
]
DIFFERENT = [{"quality": "low"}, {"size": "1:1"}, {"take": 2}, {"prompt": "A red bicycle."}]


@pytest.mark.parametrize("change", SAME)
def test_what_makes_the_same_picture_is_not_bought_again(
    change: dict, open_session: OpenSession, vendor: Service
) -> None:
    session = open_session()
    ask(session).wait(90)
    assert ask(session, **change).charge == 0
    assert vendor.submits == 1


@pytest.mark.parametrize("change", DIFFERENT)
def test_what_makes_another_picture_is_bought(change: dict, open_session: OpenSession, vendor: Service) -> None:
    session = open_session()
    ask(session).wait(90)
    assert ask(session, **change).wait(90).charge != 0
    assert vendor.submits == 2


def test_fresh_buys_again_and_supersedes(open_session: OpenSession, vendor: Service) -> None:
    session = open_session()
    first = ask(session).wait(90)
    second = ask(session, wishes=Wishes(fresh=True)).wait(90)
    assert (first.result().record.generation, second.result().record.generation) == (0, 1)
    assert second.charge == 12
    assert ask(session).result().record.generation == 1
    assert vendor.submits == 2
    assert len(session.store.superseded()) == 1


def test_one_request_named_twice_in_a_call_is_one_purchase(open_session: OpenSession, vendor: Service) -> None:
    session = open_session()
    request = session.request("A red bicycle", quality="high")
    first, second, third = session.generate([request, request, replace(request, take=2)])
    assert first is second is not third
    assert [job.result(90).bytes for job in (first, third)] == [PNG, PNG]
    assert (vendor.submits, vendor.emulator.charged) == (2, 24)


def test_the_same_request_while_it_is_under_way_is_the_same_job(open_session: OpenSession, vendor: Service) -> None:
    vendor.emulator.faults.add(Fault("submit", delay=0.5))
    session = open_session()
    assert ask(session) is ask(session)
    assert ask(session, wishes=Wishes(fresh=True)) is ask(session)
    assert ask(session).wait(90).charge == 12
    assert vendor.submits == 1


def test_threads_that_ask_at_once_buy_once(open_session: OpenSession, vendor: Service) -> None:
    vendor.emulator.faults.add(Fault("submit", delay=0.5))
    session, start = open_session(), threading.Barrier(8)

    def one(_: int) -> bytes:
        start.wait()
        return ask(session).result(90).bytes

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [PNG] * 8
    assert vendor.submits == 1
    assert (session.purse(vendor.url).committed, session.costs().charged) == (12, 12)
    assert [thread.name for thread in threading.enumerate()].count("vidgo-engine") == 1


def test_two_sessions_with_stores_of_their_own_buy_once(open_session: OpenSession, vendor: Service) -> None:
    vendor.emulator.faults.add(Fault("submit", delay=0.5))
    sessions = [open_session(store=f"{number}/.vidgo") for number in (1, 2)]
    jobs = [ask(session) for session in sessions]
    assert [job.result(90).bytes for job in jobs] == [PNG, PNG]
    assert vendor.submits == 1
    assert sorted(job.charge for job in jobs) == [0, 12]
    assert [session.store.picture(job.result().record) is not None for session, job in zip(sessions, jobs, strict=True)]


def test_a_second_folder_is_no_second_purchase(open_session: OpenSession, vendor: Service) -> None:
    ask(open_session(store="one/.vidgo")).wait(90)
    session = open_session(store="two/.vidgo")
    job = ask(session)
    assert job.done()
    assert job.result().path is not None
    assert job.result().path.is_relative_to(Path("two").resolve())
    assert (job.charge, vendor.submits) == (0, 1)


def test_a_damaged_picture_in_another_folder_is_not_taken_over(open_session: OpenSession, vendor: Service) -> None:
    other = ask(open_session(store="one/.vidgo")).result(90).path
    assert other is not None
    other.write_text("damaged")
    job = ask(open_session(store="two/.vidgo"))
    assert job.result(90).bytes == PNG
    assert (job.charge, vendor.submits) == (0, 1)  # it was bought, so it is fetched again
    assert other.read_text() == "damaged"


# Damage


@pytest.mark.parametrize("damage", ["changed", "cut", "missing", "a text file"])
def test_a_damaged_picture_is_fetched_again_and_not_bought_again(
    damage: str, open_session: OpenSession, vendor: Service
) -> None:
    session = open_session()
    path = ask(session).result(90).path
    assert path is not None
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"changed": PNG[:-1] + b"x", "cut": PNG[:50], "a text file": b"hello"}[damage])
    job = ask(session)
    assert job.result(90).bytes == PNG
    assert path.read_bytes() == PNG
    assert (job.charge, vendor.submits, vendor.emulator.count("file")) == (0, 1, 2)
    assert "fetched again" in job.notes[0]


def test_a_damaged_picture_that_the_service_no_longer_keeps_is_not_bought_by_itself(
    open_session: OpenSession, vendor: Service
) -> None:
    session = open_session()
    path = ask(session).result(90).path
    assert path is not None
    path.write_text("damaged")
    vendor.emulator.faults.add(Fault("file", status=410, times=None))
    assert isinstance(ask(session).exception(90), FetchError)
    assert vendor.submits == 1
    vendor.emulator.faults.clear()
    assert ask(session, wishes=Wishes(fresh=True)).result(90).bytes == PNG
    assert vendor.submits == 2


def test_a_damaged_record_stops_the_cell_before_anything_is_sent(open_session: OpenSession, vendor: Service) -> None:
    session = open_session()
    job = ask(session).wait(90)
    path = session.store.folder / "results" / f"{job.fingerprint}.json"
    path.write_text("{")
    calls = vendor.emulator.count()
    with pytest.raises(StoreError, match=path.name):
        ask(session)
    assert (vendor.emulator.count(), path.read_text()) == (calls, "{")


def test_an_emulated_picture_that_was_lost_is_drawn_again(open_session: OpenSession) -> None:
    session = open_session(mode="emulator")
    path = ask(session, "Hills", quality="low").result(90).path
    assert path is not None
    path.unlink()
    again = ask(session, "Hills", quality="low")
    assert again.result(90).path is not None
    assert again.provider == "emulator"


# Replay


def test_replay_answers_from_the_store_and_sends_nothing(
    open_session: OpenSession, vendor: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(open_session()).wait(90)
    calls = vendor.emulator.count()
    monkeypatch.delenv("VIDGO_API_KEY")
    session = open_session(mode="replay")
    assert ask(session).result(0).bytes == PNG
    with pytest.raises(ReplayError) as caught:
        ask(session, "A blue bicycle")
    assert vendor.emulator.count() == calls
    assert len(caught.value.fingerprint) == 64
    assert caught.value.fingerprint[:12] in str(caught.value)
    assert "'A blue bicycle'" in str(caught.value)
    assert "Record it" in str(caught.value)


def test_replay_refuses_fresh_balance_and_damaged_pictures(open_session: OpenSession, vendor: Service) -> None:
    path = ask(open_session()).result(90).path
    assert path is not None
    calls = vendor.emulator.count()
    session = open_session(mode="replay")
    with pytest.raises(ReplayError):
        ask(session, wishes=Wishes(fresh=True, yes=True))
    with pytest.raises(ReplayError, match="sends nothing"):
        session.balance()
    path.write_text("damaged")
    with pytest.raises(StoreError, match="missing or damaged"):
        ask(session)
    assert vendor.emulator.count() == calls


def test_replay_does_not_deny_a_picture_that_it_has_when_asked_for_a_fresh_one(
    open_session: OpenSession, vendor: Service
) -> None:
    ask(open_session()).wait(90)
    with pytest.raises(ReplayError, match="can't buy") as caught:
        ask(open_session(mode="replay"), wishes=Wishes(fresh=True))
    assert "no picture" not in str(caught.value)


def test_replay_needs_no_journal(open_session: OpenSession, vendor: Service) -> None:
    """A reader's machine may have nowhere to write."""
    ask(open_session()).wait(90)
    Path("journal").mkdir()
    assert ask(open_session(mode="replay", journal="journal")).result(0).bytes == PNG


def test_a_reader_without_a_key_sees_the_authors_pictures_and_stand_ins_for_the_rest(
    open_session: OpenSession, vendor: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(open_session()).wait(90)
    monkeypatch.delenv("VIDGO_API_KEY")
    reader = open_session()
    theirs, stand_in = ask(reader), ask(reader, "Hills", quality="low")
    assert (theirs.provider, theirs.result(0).bytes) == (vendor.url, PNG)
    assert stand_in.provider == "emulator"
    assert stand_in.result(90).bytes != PNG
    assert vendor.submits == 1


def test_a_damaged_picture_of_the_author_is_reported_and_no_stand_in_takes_its_place(
    open_session: OpenSession, vendor: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store holds both: what the author bought is damaged, what a reader's emulator drew is not."""
    bought = ask(open_session()).result(90)
    ask(open_session(mode="emulator", base_url="https://api.vidgo.ai")).wait(90)
    assert bought.path
    bought.path.write_bytes(b"cut")
    monkeypatch.delenv("VIDGO_API_KEY")
    for mode in ("auto", "replay"):
        with pytest.raises(StoreError, match="missing or damaged"):
            ask(open_session(mode=mode))


@pytest.mark.parametrize("theirs", [None, {"flux-2-pro": "9"}])
def test_a_reader_sees_the_price_that_was_paid_whatever_prices_they_set(
    theirs: dict | None, open_session: OpenSession, vendor: Service
) -> None:
    """The card is the purchase's byte for byte, also for a model whose price its buyer had to set."""
    flux = {"model": "flux-2-pro", "quality": None, "size": "1:1", "resolution": "1K"}
    bought = ask(open_session(prices={"flux-2-pro": "6"}), **flux).wait(90)
    read = ask(open_session(**({"prices": theirs} if theirs else {})), **flux)
    assert (read.charge, vendor.submits) == (0, 1)
    assert read.quote == bought.quote


def test_a_picture_bought_at_an_unpublished_price_keeps_saying_so(open_session: OpenSession, vendor: Service) -> None:
    flux = {"model": "flux-2-pro", "quality": None, "size": "1:1", "resolution": "1K"}
    bought = ask(open_session(), wishes=Wishes(yes=True), **flux).wait(90)
    assert ask(open_session(prices={"flux-2-pro": "6"}), **flux).quote == bought.quote


def test_a_stand_in_never_passes_for_the_real_picture(open_session: OpenSession, vendor: Service) -> None:
    emulated = open_session(mode="emulator", base_url="https://api.vidgo.ai")
    ask(emulated).wait(90)
    assert vendor.submits == 0
    live = open_session()
    job = ask(live)
    assert (job.result(90).bytes, job.charge, vendor.submits) == (PNG, 12, 1)


# Uncertain, and left behind


def test_an_uncertain_job_is_not_sent_again_by_rerunning_its_cell(open_session: OpenSession, vendor: Service) -> None:
    vendor.emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    session = open_session()
    first = ask(session)
    first.exception(90)
    calls = vendor.emulator.count()
    for again in (ask(session), ask(session, wishes=Wishes(fresh=True, yes=True)), ask(open_session())):
        error = again.exception(90)
        assert isinstance(error, JobUncertainError)
        assert first.id in str(error)
    assert (vendor.emulator.count(), vendor.submits) == (calls, 1)


def test_an_uncertain_job_is_settled_by_a_person(open_session: OpenSession, vendor: Service) -> None:
    from vidgo_notebook.app import settling

    vendor.emulator.faults.add(Fault("submit", status=500))
    session = open_session()
    uncertain = ask(session)
    uncertain.exception(90)
    entry = settling.entry_to_settle(session, uncertain.id)
    known = dict(settling.what_is_known(session, entry))
    assert known["at stake"] == "12 credits"
    assert known["balance now"] == "10000 credits"
    settling.forget(session, entry)
    assert ask(session).result(90).bytes == PNG
    assert vendor.submits == 2


def test_a_new_kernel_resumes_what_the_old_one_left(open_session: OpenSession, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(latency=1.5) as vendor:
        monkeypatch.setenv("VIDGO_BASE_URL", vendor.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        first = open_session()
        left = [ask(first, f"Picture {number}") for number in range(5)]
        wait_until(lambda: all(job.task_id for job in left))
        first.close()
        second = open_session()
        resumed = second.resume()
        assert sorted(job.id for job in resumed) == sorted(job.id for job in left)
        assert [job.result(90).bytes for job in resumed] == [PNG] * 5
        assert second.resume() == []
        assert (vendor.submits, vendor.emulator.charged, second.costs().charged) == (5, 60, 60)


def test_a_picture_whose_file_did_not_come_is_resumed(open_session: OpenSession, vendor: Service) -> None:
    vendor.emulator.faults.add(Fault("file", status=410, times=1))
    first = open_session()
    assert isinstance(ask(first).exception(90), FetchError)
    first.close()
    (job,) = open_session().resume()
    assert job.result(90).bytes == PNG
    assert vendor.submits == 1


def test_a_job_that_only_stood_in_the_queue_is_not_bought_without_approval(
    open_session: OpenSession, vendor: Service
) -> None:
    """A dead kernel's queue must not get around the budget of a living one."""
    vendor.emulator.faults.add(Fault("submit", delay=30, times=8))
    first = open_session()
    jobs = [ask(first, f"Picture {number}", wishes=Wishes(yes=True)) for number in range(9)]
    wait_until(lambda: vendor.submits == 8)
    waiting = next(job for job in jobs if first.journal.entry(job.id) and job.status == "planned")
    first.close()
    second = open_session(budget=5)
    with pytest.raises((BudgetError, JobError)):
        ask(second, waiting.request.prompt).result(90)
    assert vendor.submits == 8
    third = open_session()
    assert ask(third, waiting.request.prompt).result(90).bytes == PNG
    assert third.purse(vendor.url).spent == Decimal(12)


def test_any_job_of_the_journal_can_be_shown_again(open_session: OpenSession, vendor: Service) -> None:
    first = open_session()
    bought = ask(first).wait(90)
    first.close()
    second = open_session()
    found = second.find_job(bought.id[:5])
    assert (found.id, found.result(90).bytes) == (bought.id, PNG)
    with pytest.raises(Exception, match="is no job"):
        second.find_job("nothing")
    with pytest.raises(Exception, match="is no job"):
        second.find_job("")


def test_a_job_whose_picture_was_superseded_shows_its_own(open_session: OpenSession) -> None:
    """Emulated pictures of two generations differ in their bytes."""
    session = open_session()
    older = ask(session).wait(90)
    newer = ask(session, wishes=Wishes(fresh=True)).wait(90)
    shown = [open_session().find_job(job.id).result(90) for job in (older, newer)]
    assert [result.record.job_id for result in shown] == [older.id, newer.id]
    assert [result.record.generation for result in shown] == [0, 1]


def test_a_job_is_shown_though_its_store_was_moved_away(open_session: OpenSession, vendor: Service) -> None:
    job = ask(open_session(store="one")).wait(90)
    Path("one").rename("two")
    assert open_session(store="two").find_job(job.id).result(90).bytes == PNG


def test_a_finished_job_whose_picture_was_lost_does_not_claim_that_it_cost_nothing(
    open_session: OpenSession, vendor: Service
) -> None:
    first = open_session()
    bought = ask(first).wait(90)
    bought.result().path.unlink()  # type: ignore[union-attr]
    first.close()
    vendor.emulator.faults.add(Fault("file", status=410, times=None))
    error = open_session().find_job(bought.id).exception(90)
    assert error is not None
    assert "was not accepted" not in str(error)
    assert "cost nothing" not in str(error)


def test_a_cancelled_job_does_not_break_what_looks_at_it(
    open_session: OpenSession, vendor: Service, person: Person
) -> None:
    vendor.emulator.faults.add(Fault("submit", delay=1, times=8))
    session = open_session()
    [ask(session, f"Ahead {number}", quality="low") for number in range(8)]
    wait_until(lambda: vendor.submits == 8)
    job = ask(session)
    assert job.cancel()
    assert job not in session.under_way()
    wait_until(lambda: job.status == "refused")
    assert ask(session).result(90).bytes == PNG  # asking again is a new purchase
    assert vendor.submits == 9


def test_the_journal_is_told_of_damage_aloud(open_session: OpenSession, person: Person, vendor: Service) -> None:
    Path("journal.sqlite3").write_text("no database " * 100)
    session = open_session(journal="journal.sqlite3")
    assert ask(session).result(90).bytes == PNG
    assert "was damaged" in person.told[0]


def test_a_prompt_is_taken_as_it_is(open_session: OpenSession) -> None:
    assert open_session(mode="emulator").request("{{ x }} {y} $5").prompt == "{{ x }} {y} $5"


def test_an_image_without_a_model_means_the_edit_sibling(open_session: OpenSession) -> None:
    session = open_session(mode="emulator")
    assert session.request("x", images="https://example.com/a.png").model == "gpt-image-2-edit"
    assert session.request("x").model == "gpt-image-2"


def test_threads_that_begin_a_session_at_once_share_one_engine(open_session: OpenSession) -> None:
    """Two engines would take each other's jobs for abandoned, and lose answers that were paid for."""
    for _ in range(5):
        session, start = open_session(mode="emulator"), threading.Barrier(16)

        def look(_: int, session: Session = session, start: threading.Barrier = start) -> tuple[int, int, int]:
            start.wait()
            return id(session.engine), id(session.journal), id(session.account(session.target))

        with ThreadPoolExecutor(16) as pool:
            assert len(set(pool.map(look, range(16)))) == 1
