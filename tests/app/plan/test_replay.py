"""Replay, and readers of what others have bought: shown from the store, and never sent."""

from __future__ import annotations

from pathlib import Path

import pytest

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession, ask
from tests.fixtures.sample_pictures import PNG
from tests.fixtures.users import User
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.errors import ReplayError, StoreError


def test_replay_answers_from_the_store_and_sends_nothing(
    open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(open_session()).wait(90)
    calls = local_api.emulator.count()
    monkeypatch.delenv("VIDGO_API_KEY")
    session = open_session(mode="replay")
    assert ask(session).result(0).bytes == PNG
    with pytest.raises(ReplayError) as caught:
        ask(session, "A blue bicycle")
    assert local_api.emulator.count() == calls
    assert len(caught.value.fingerprint) == 64
    assert caught.value.fingerprint[:12] in str(caught.value)
    assert "'A blue bicycle'" in str(caught.value)
    assert "Record it" in str(caught.value)


def test_replay_names_all_that_is_missing_at_once(open_session: OpenSession, local_api: LocalApi) -> None:
    ask(open_session(), "Mug 3", quality="low").wait(90)
    provide(lambda: session)
    session = open_session(mode="replay")
    with pytest.raises(ReplayError) as caught:
        vidgo.map([{"prompt": f"Mug {number}"} for number in range(1, 15)])
    text = str(caught.value)
    assert "no picture for 13 of 14 requests:" in text
    assert [line.split(" · ")[0] for line in text.splitlines() if "fingerprint" in line] == [
        f"  'Mug {number}'" for number in (1, 2, *range(4, 12))
    ]
    assert "  and 3 more" in text
    with pytest.raises(ReplayError, match="'A cup' · GPT Image 2 · high"):
        vidgo.sweep(prompt="A cup", quality=["low", "high"])
    provide(None)


def test_replay_refuses_fresh_balance_and_damaged_pictures(open_session: OpenSession, local_api: LocalApi) -> None:
    path = ask(open_session()).result(90).path
    assert path is not None
    calls = local_api.emulator.count()
    session = open_session(mode="replay")
    with pytest.raises(ReplayError):
        ask(session, choices=PurchaseChoices(fresh=True, yes=True))
    with pytest.raises(ReplayError, match="sends nothing"):
        session.balance()
    path.write_text("damaged")
    with pytest.raises(StoreError, match="missing or damaged"):
        ask(session)
    assert local_api.emulator.count() == calls


def test_replay_does_not_deny_a_picture_that_it_has_when_asked_for_a_fresh_one(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    ask(open_session()).wait(90)
    with pytest.raises(ReplayError, match="can't buy") as caught:
        ask(open_session(mode="replay"), choices=PurchaseChoices(fresh=True))
    assert "no picture" not in str(caught.value)


def test_replay_needs_no_journal(open_session: OpenSession, local_api: LocalApi) -> None:
    """A reader's machine may have nowhere to write."""
    ask(open_session()).wait(90)
    Path("journal").mkdir()
    assert ask(open_session(mode="replay", journal="journal")).result(0).bytes == PNG


def test_a_reader_without_a_key_sees_the_authors_pictures_and_stand_ins_for_the_rest(
    open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(open_session()).wait(90)
    monkeypatch.delenv("VIDGO_API_KEY")
    reader = open_session()
    theirs, stand_in = ask(reader), ask(reader, "Hills", quality="low")
    assert (theirs.provider, theirs.result(0).bytes) == (local_api.url, PNG)
    assert stand_in.provider == "emulator"
    assert stand_in.result(90).bytes != PNG
    assert local_api.submits == 1


def test_a_damaged_picture_of_the_author_is_reported_and_no_stand_in_takes_its_place(
    open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
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
    theirs: dict | None, open_session: OpenSession, user: User, local_api: LocalApi
) -> None:
    """The card is the purchase's byte for byte, also for a model whose price its buyer had to set."""
    flux = {"model": "flux-2-pro", "quality": None, "size": "1:1", "resolution": "1K"}
    user.there = user.answer = True
    bought = ask(open_session(prices={"flux-2-pro": "6"}), **flux).wait(90)
    read = ask(open_session(**({"prices": theirs} if theirs else {})), **flux)
    assert (read.charge, local_api.submits) == (0, 1)
    assert read.quote == bought.quote


def test_a_picture_bought_at_an_unpublished_price_keeps_saying_so(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    flux = {"model": "flux-2-pro", "quality": None, "size": "1:1", "resolution": "1K"}
    bought = ask(open_session(), choices=PurchaseChoices(yes=True), **flux).wait(90)
    assert ask(open_session(prices={"flux-2-pro": "6"}), **flux).quote == bought.quote


def test_a_stand_in_never_passes_for_the_real_picture(open_session: OpenSession, local_api: LocalApi) -> None:
    emulated = open_session(mode="emulator", base_url="https://api.vidgo.ai")
    ask(emulated).wait(90)
    assert local_api.submits == 0
    live = open_session()
    job = ask(live)
    assert (job.result(90).bytes, job.charge, local_api.submits) == (PNG, 12, 1)
