"""A request that is almost one of which the store has a picture: nobody pays for a second space without a word."""

from __future__ import annotations

import sys
from threading import Event

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.api_key import KEY
from tests.fixtures.counting_emulator import dot
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.orders import OpenSession, ask, new_request
from tests.fixtures.users import User
from vidgo_notebook.app.batches.named import continue_batch
from vidgo_notebook.app.library.freeze import freeze
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import BudgetError, ReplayError

WHITE_SPACE = "it differs only in white space from 'A red bicycle', which the store has"


@pytest.fixture
def bought(open_session: OpenSession, local_api: LocalApi) -> Session:
    session = open_session()
    ask(session).wait(90)
    return session


def test_a_person_is_asked_about_white_space_before_it_is_bought(
    bought: Session, user: User, local_api: LocalApi
) -> None:
    user.there = True
    with pytest.raises(BudgetError, match="not confirmed") as caught:
        ask(bought, "A red  bicycle")
    assert WHITE_SPACE in str(caught.value)
    assert [WHITE_SPACE in question and "Buy it for 12 credits?" in question for question in user.asked] == [True]
    assert local_api.submits == 1
    assert bought.budget(local_api.url).committed == 12
    user.answer = True
    assert ask(bought, "A red  bicycle").result(90).record.prompt == "A red  bicycle"
    assert local_api.submits == 2


@pytest.mark.parametrize("there", [False, True])
def test_where_nobody_is_there_or_yes_was_said_it_is_bought_and_noted(
    there: bool, bought: Session, user: User, local_api: LocalApi
) -> None:
    user.there = there
    ask(bought, "A red  bicycle", PurchaseChoices(yes=there)).wait(90)
    assert local_api.submits == 2
    assert [WHITE_SPACE in notice and "12 credits" in notice for notice in user.notices] == [True]
    assert not user.asked


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"quality": "low"}, "The store has it at quality high."),
        ({"size": "16:9"}, "The store has it at size auto."),
        ({"prompt": "A red bicycle."}, "It differs only in the full stop at its end from 'A red bicycle', which the "
         "store has."),
    ],
)  # fmt: skip
def test_another_quality_or_size_is_noted_on_its_card_until_the_picture_is_there(
    fields: dict[str, str], note: str, open_session: OpenSession, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The final card depends on the request alone: a second run, which finds it in the store, shows the same."""
    user.there = True
    pause = Event()
    with serve_local_api(latency=lambda _: 3600 if pause.is_set() else 0) as api:
        monkeypatch.setenv("VIDGO_BASE_URL", api.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        session = open_session()
        ask(session).wait(90)
        pause.set()
        assert ask(session, **fields).notes == [note]
        pause.clear()
        job = ask(session, **fields, take=2)
        assert job.wait(90).notes == []
        assert user.asked == []
        session.close()


def test_rows_of_one_plan_takes_and_fresh_pictures_are_not_compared(
    bought: Session, user: User, local_api: LocalApi
) -> None:
    user.there = True
    provide(lambda: bought)
    batch = vidgo.map([{"prompt": "A red bicycle", "quality": each} for each in ("high", "low")])
    take = ask(bought, take=2)
    again = ask(bought, choices=PurchaseChoices(fresh=True, yes=True))
    assert [job.notes for job in (*batch, take, again)] == [[], [], [], []]
    assert (user.asked, user.notices) == ([], [])
    for job in (*batch, take, again):
        job.wait(90)
    provide(None)


def test_what_is_in_the_store_is_shown_without_a_look_at_what_is_near(
    bought: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "vidgo_notebook.app.purchase.near_misses", raising=False)
    assert ask(bought).done()
    assert "vidgo_notebook.app.purchase.near_misses" not in sys.modules


@pytest.mark.parametrize("frozen", [False, True])
def test_a_miss_in_replay_and_in_a_frozen_store_names_the_nearest_and_the_difference(
    frozen: bool, bought: Session, open_session: OpenSession
) -> None:
    if frozen:
        freeze(bought)
    reader = open_session(mode="auto" if frozen else "replay")
    misses = {
        "A red  bicycle": WHITE_SPACE,
        "A red bicycle.": "differs only in the full stop at its end from 'A red bicycle'",
        "A red bicycles": "the most similar prompt in the store is 'A red bicycle'",
    }
    for prompt, what in misses.items():
        with pytest.raises(ReplayError) as caught:
            ask(reader, prompt)
        assert what in str(caught.value)
    with pytest.raises(ReplayError, match="the store has it at quality high"):
        ask(reader, quality="low")
    provide(lambda: reader)
    with pytest.raises(ReplayError, match="for 2 of 3 requests") as caught:
        vidgo.sweep(prompt="A red bicycle", quality=["low", "medium", "high"])
    provide(None)
    assert str(caught.value).count("…): the store has it at quality high") == 2


def test_a_picture_of_another_service_is_named_as_such(bought: Session, open_session: OpenSession) -> None:
    reader = open_session(mode="replay", base_url="https://api.vidgo.ai")
    with pytest.raises(ReplayError, match=f"the store has it from another service, {bought.target.provider}"):
        ask(reader)


def test_a_reader_without_a_key_is_told_why_a_stand_in_is_drawn(
    bought: Session, open_session: OpenSession, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIDGO_API_KEY")
    reader = open_session()
    assert ask(reader, "A red  bicycle").result(90).record.provider == "emulator"
    assert [WHITE_SPACE in notice and "stand-in" in notice for notice in user.notices] == [True]
    ask(open_session(mode="emulator"), "A red\nbicycle").wait(90)
    assert len(user.notices) == 1


def test_what_waits_for_the_pictures_it_is_made_from_is_compared_in_its_turn(
    open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is made from is known by then only."""
    with serve_local_api(latency=lambda _: 0.7, draw=dot) as api:
        monkeypatch.setenv("VIDGO_BASE_URL", api.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        session, notes = open_session(), set[str]()

        def rain(parent: Job) -> Job:
            return order_jobs(session, [new_request(session, "Rain", images=[parent])])[0]

        rain(ask(session)).wait(90)
        edit = rain(ask(session, "A blue bicycle"))
        assert edit.status == "waiting"
        moving.watch(edit, lambda job: notes.update(job.notes))
        assert edit.wait(90).notes == []
        assert notes == {"The store has it at other reference images."}
        session.close()


def test_a_batch_that_is_continued_is_compared_too(bought: Session, user: User, local_api: LocalApi) -> None:
    provide(lambda: bought)
    vidgo.map([{"prompt": "A red bicycle"}, {"prompt": "A blue bicycle"}], quality="high", name="fleet").wait(90)
    blue = next(record for record in bought.store.contents().current if record.prompt == "A blue bicycle")
    bought.store.remove([(f"{blue.fingerprint}.json", blue)])
    ask(bought, "A blue\u00a0bicycle", PurchaseChoices(yes=True)).wait(90)
    user.there, before = True, local_api.submits
    with pytest.raises(BudgetError, match="differs only in white space"):
        continue_batch(bought, "fleet", PurchaseChoices())
    assert len(user.asked) == 1
    assert local_api.submits == before
    provide(None)


def test_a_dry_run_names_what_the_store_almost_has_where_it_says_what_the_store_has(
    bought: Session, user: User, local_api: LocalApi
) -> None:
    provide(lambda: bought)
    plan = vidgo.plan([{"prompt": each} for each in ("A red  bicycle", "A red bicycle", "A fox")], quality="high")
    assert f"Note: 'A red  bicycle': {WHITE_SPACE}." not in str(plan)  # rows of one plan are not compared
    plan = vidgo.plan([{"prompt": each} for each in ("A red  bicycle", "A fox")], quality="high")
    assert f"Note: 'A red  bicycle': {WHITE_SPACE}." in str(plan)
    assert str(plan).count("Note:") == 1
    assert "which the store has" in plan._repr_html_()
    assert (local_api.submits, user.asked, user.notices) == (1, [], [])
    provide(None)
