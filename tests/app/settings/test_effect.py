"""A setting takes effect at once, also for jobs under way, or says when it does."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from tests.fixtures.api_key import KEY
from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.counting_emulator import CountingEmulator, served
from tests.fixtures.live_session import PATIENCE, LiveSession, OpenLiveSession, new_emulator, tasks
from tests.fixtures.orders import OpenSession, ask
from tests.fixtures.users import User
from vidgo_notebook.app.plan.planning import plan_picture
from vidgo_notebook.app.purchase.resume import in_one_line, resume
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.origins import Outside
from vidgo_notebook.app.settings.traits import configure
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.errors import BudgetError, JobTimeoutError, RequestError, StoreError
from vidgo_notebook.store.journal.journal import Journal
from vidgo_notebook.store.results.result_store import ResultStore


@pytest.fixture
def endless(time: FastTime, folder: Path, open_live: OpenLiveSession) -> LiveSession:
    """A live session whose pictures never get done."""
    opened = open_live()
    opened.emulator = new_emulator(time, latency=100_000.0)
    return opened


def test_a_timeout_counts_for_the_jobs_that_are_under_way(endless: LiveSession) -> None:
    job = endless.ask()
    configure(endless.session.settings, timeout=30.0)
    with pytest.raises(JobTimeoutError, match="watched for 30 s"):
        job.result(PATIENCE)
    assert in_one_line(endless.session) == (
        "1 job of this session is no longer watched, up to 2 credits at stake: %vidgo resume continues it."
    )


def test_a_job_that_is_resumed_and_no_longer_watched_again_stays_within_the_budget(endless: LiveSession) -> None:
    """It may yet be billed to this session, which sent it, however often it is resumed."""
    configure(endless.session.settings, timeout=30.0, budget=3)
    endless.ask().wait(PATIENCE)
    for _ in range(2):
        [resumed] = resume(endless.session)
        assert isinstance(resumed.exception(PATIENCE), JobTimeoutError)
        assert endless.committed == 2
    with pytest.raises(BudgetError, match="0 credits spent, 2 credits at stake"):
        endless.ask("second")


def test_a_timeout_counts_for_the_next_job_too(endless: LiveSession) -> None:
    configure(endless.session.settings, timeout=30.0)
    endless.ask("first").wait(PATIENCE)
    configure(endless.session.settings, timeout=60.0)
    with pytest.raises(JobTimeoutError, match="watched for 60 s"):
        endless.ask("second").result(PATIENCE)


def test_a_store_is_for_what_is_asked_for_next_and_a_job_under_way_keeps_its_own(
    live: LiveSession, folder: Path
) -> None:
    first = live.ask("first")
    before = live.session.settings.store
    configure(live.session.settings, store=str(folder / "other"))
    second = live.ask("second")
    assert Path(first.result(PATIENCE).path).is_relative_to(before)
    assert Path(second.result(PATIENCE).path).is_relative_to(folder / "other")
    assert len(ResultStore(before).fingerprints()) == len(ResultStore(str(folder / "other")).fingerprints()) == 1


def test_a_journal_is_used_at_once_and_the_jobs_under_way_end_in_it(
    open_live: OpenLiveSession, folder: Path, time: FastTime
) -> None:
    """Their handles go on, whether they were sent already or not."""
    live = open_live()
    live.emulator = new_emulator(time, latency=1500.0)
    first = live.ask("first")
    wait_until(lambda: first.task_id is not None)
    second, other = live.ask("second"), str(folder / "other.sqlite3")
    configure(live.session.settings, journal=other)
    known = Journal(other)
    assert known.entry(first.id)
    third = live.ask("third")
    wait_until(lambda: len(live.emulator.tasks) == 3)
    time.skip(1500.0)
    for job in (first, second, third):
        assert job.result(PATIENCE)
        found = known.entry(job.id)
        assert found and found.record.state is JobState.FINISHED
    assert sum(charge.charged or 0 for charge in known.charges()) == 3 * 2
    assert len(live.emulator.tasks) == 3
    known.close()


def test_a_journal_that_can_not_be_used_is_refused_and_the_one_before_goes_on(live: LiveSession, folder: Path) -> None:
    job, before = live.ask("first"), live.session.settings.journal
    with pytest.raises(StoreError, match="is a folder, not a file"):
        configure(live.session.settings, preview=99, journal=str(folder))
    assert (live.session.settings.journal, live.session.settings.preview) == (before, 768)
    assert job.result(PATIENCE)
    assert live.session.journal.address == before


def test_a_mode_is_for_what_is_asked_for_next_and_a_job_under_way_is_followed_where_it_is(
    live: LiveSession, emulator: Emulator
) -> None:
    first = live.ask("first")
    configure(live.session.settings, mode="emulator", base_url="https://api.vidgo.ai")
    assert live.session.target.emulated
    assert (first.result(PATIENCE).provenance["provider"], len(tasks(emulator))) == (first.provider, 1)
    configure(live.session.settings, mode="replay")
    assert live.session.target.mode == "replay"


def test_an_address_is_for_what_is_asked_for_next_and_a_job_under_way_is_followed_where_it_is(
    open_session: OpenSession, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = CountingEmulator(latency=0.5), CountingEmulator()
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    with served(one) as first_url, served(other) as second_url:
        monkeypatch.setenv("VIDGO_BASE_URL", first_url)
        user.there = user.answer = True
        session = open_session()
        first = ask(session, "first")
        configure(session.settings, base_url=second_url)
        second = ask(session, "second")
        assert first.result(PATIENCE)
        assert second.result(PATIENCE)
        assert (one.accepted, other.accepted) == ({"first": 1}, {"second": 1})
        session.close()


def test_a_budget_is_for_all_addresses_together(
    open_session: OpenSession, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever allows the key to be sent to another address has not allowed more to be spent."""
    one, other = CountingEmulator(), CountingEmulator()
    monkeypatch.setenv("VIDGO_API_KEY", KEY)
    with served(one) as first_url, served(other) as second_url:
        monkeypatch.setenv("VIDGO_BASE_URL", first_url)
        monkeypatch.setattr(origins, "outside", Outside({"VIDGO_BUDGET": "13", "VIDGO_BASE_URL": first_url}))
        user.there = user.answer = True
        session = open_session()
        assert ask(session, "first", quality="high").result(PATIENCE)
        configure(session.settings, base_url=second_url)
        with pytest.raises(BudgetError, match="1 credit of the budget of 13 credits is left"):
            ask(session, "second", quality="high")
        session.close()
    assert (one.accepted, other.accepted) == ({"first": 1}, {})


def test_a_lower_limit_counts_for_the_next_purchase(live: LiveSession) -> None:
    settings = live.session.settings
    live.ask("first", quality="high")
    configure(settings, budget=13)
    with pytest.raises(BudgetError, match="1 credit of the budget of 13 credits is left"):
        live.ask("second", quality="high")
    configure(settings, budget=1000, confirm_above=20)
    live.ask("second", quality="high")
    assert len(live.questions) == 1


def test_a_default_that_the_model_does_not_take_names_the_setting_that_gave_it(live: LiveSession) -> None:
    configure(live.session.settings, resolution="4K")
    said = "resolution: '4K' is not one of 1K, 2K for flux-2-pro."
    with pytest.raises(RequestError, match=f"{said} It is the setting Vidgo.resolution, from the notebook. Write 2K"):
        live.ask(model="flux-2-pro", resolution=None)
    with pytest.raises(RequestError, match=f"{said} Write 2K"):
        live.ask(model="flux-2-pro", resolution="4K")
    plan = plan_picture(live.session, "A fox", {"model": "flux-2-pro"}, 1)
    assert ["from the notebook" in each.message for each in plan.faults()] == [True]
    assert live.emulator.count("submit") == 0


def test_a_preview_is_made_at_the_size_that_is_set_when_it_is_shown(folder: Path, live: LiveSession) -> None:
    live.emulator.pictures = new_emulator(FastTime(), draw=lambda _: big_picture()).pictures
    result = live.made()

    def longest() -> int:
        with Image.open(io.BytesIO(live.session.embedded(result).data)) as picture:
            return max(picture.size)

    assert longest() == 768
    configure(live.session.settings, preview=100)
    assert longest() == 100


def big_picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1024, 1024), "red").save(file, "PNG")
    return file.getvalue()


def test_the_price_of_a_credit_and_of_a_model_count_for_the_next_quote(live: LiveSession) -> None:
    session = live.session
    flux = live.request(model="flux-2-pro")
    assert session.quote(flux).total is None
    configure(session.settings, prices={"flux-2-pro": 6}, credit_price="0.005 USD")
    assert session.quote(flux).total == Decimal(6)
    assert str(session.quote(flux)) == "6 credits (0.03 USD)"
    configure(session.settings, credit_price=None)
    assert str(session.quote(flux)) == "6 credits"


def test_a_number_of_requests_counts_for_those_that_wait(live: LiveSession, emulator: Emulator) -> None:
    """Raised while jobs wait for a slot, it lets them go on."""
    configure(live.session.settings, concurrency=1)
    jobs = [live.ask(f"Picture {number}") for number in range(6)]
    configure(live.session.settings, concurrency=6)
    for job in jobs:
        job.result(PATIENCE)
    assert len(tasks(emulator)) == 6
