"""Never pay twice: the store first, then a purchase under way, then one new purchase."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession, ask, new_request
from tests.fixtures.sample_pictures import PNG
from tests.fixtures.users import User
from vidgo_notebook.app.costs import costs_of
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.request import fingerprints
from vidgo_notebook.emulator import Fault
from vidgo_notebook.errors import FetchError, StoreError


def test_an_identical_request_is_shown_from_the_store_for_nothing(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session()
    bought = ask(session).wait(90)
    calls = local_api.emulator.count()
    again = ask(session)
    assert again.done()
    assert again.result().path == bought.result().path
    assert (again.charge, again.status, again.quote.total) == (0, "finished", 12)
    assert local_api.emulator.count() == calls
    assert (session.budget(local_api.url).spent, costs_of(session).charged, costs_of(session).saved) == (12, 12, 12)


def test_a_new_kernel_finds_it_too_and_needs_no_network(open_session: OpenSession, local_api: LocalApi) -> None:
    first = open_session()
    ask(first).wait(90)
    first.close()
    calls = local_api.emulator.count()
    second = open_session()
    assert ask(second).result(0).bytes == PNG
    assert local_api.emulator.count() == calls
    assert second.budget(local_api.url).committed == 0


def test_a_picture_that_the_first_version_stored_under_a_signed_url_is_not_bought_again(
    open_session: OpenSession, local_api: LocalApi, folder: Path
) -> None:
    """Its key has the whole text of the URL; today's key has the digest of that text."""
    image = "https://pictures.example/cup.png?signature=abc"
    session = open_session()
    job = ask(session, images=image).wait(90)
    today, first = fingerprints(job.request, job.provider)
    assert job.fingerprint == today
    results = Path(session.settings.store) / "results"
    older = {**json.loads((results / f"{today}.json").read_text()), "fingerprint": first, "format": 2}
    (results / f"{today}.json").unlink()
    for new in ("url_digests", "pixels", "note", "seed", "draws", "extra_fields", "price_source"):
        del older[new]
    (results / f"{first}.json").write_text(json.dumps(older))
    other = open_session(journal=str(folder / "other.sqlite3"))
    assert ask(other, images=image).result(0).bytes == PNG
    assert local_api.submits == 1


SAME = [
    {"prompt": "  A red bicycle\r\n"},
    {"size": "auto"},
    {"resolution": "4K"},  # without a size everything is 1K
    {"callback_url": "https://me.example/hook"},
]
DIFFERENT = [{"quality": "low"}, {"size": "1:1"}, {"take": 2}, {"prompt": "A red bicycle."}]


@pytest.mark.parametrize("change", SAME)
def test_what_makes_the_same_picture_is_not_bought_again(
    change: dict, open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session()
    ask(session).wait(90)
    assert ask(session, **change).charge == 0
    assert local_api.submits == 1


@pytest.mark.parametrize("change", DIFFERENT)
def test_what_makes_another_picture_is_bought(change: dict, open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    ask(session).wait(90)
    assert ask(session, **change).wait(90).charge != 0
    assert local_api.submits == 2


def test_fresh_buys_again_and_supersedes(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    first = ask(session).wait(90)
    second = ask(session, choices=PurchaseChoices(fresh=True)).wait(90)
    assert (first.result().record.generation, second.result().record.generation) == (0, 1)
    assert second.charge == 12
    assert ask(session).result().record.generation == 1
    assert local_api.submits == 2
    assert len(session.store.contents().superseded) == 1


def test_one_request_named_twice_in_a_call_is_one_purchase(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session()
    request = new_request(session, "A red bicycle", quality="high")
    first, second, third = order_jobs(session, [request, request, replace(request, take=2)])
    assert first is second is not third
    assert [job.result(90).bytes for job in (first, third)] == [PNG, PNG]
    assert (local_api.submits, local_api.emulator.charged) == (2, 24)


def test_the_same_request_while_it_is_under_way_is_the_same_job(open_session: OpenSession, local_api: LocalApi) -> None:
    local_api.emulator.faults.add(Fault("submit", delay=0.5))
    session = open_session()
    assert ask(session) is ask(session)
    assert ask(session, choices=PurchaseChoices(fresh=True)) is ask(session)
    assert ask(session).wait(90).charge == 12
    assert local_api.submits == 1


def test_threads_that_ask_at_once_buy_once(open_session: OpenSession, local_api: LocalApi) -> None:
    local_api.emulator.faults.add(Fault("submit", delay=0.5))
    session, start, before = open_session(), threading.Barrier(8), set(threading.enumerate())

    def one(_: int) -> bytes:
        start.wait()
        return ask(session).result(90).bytes

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [PNG] * 8
    assert local_api.submits == 1
    assert (session.budget(local_api.url).committed, costs_of(session).charged) == (12, 12)
    assert [thread.name for thread in set(threading.enumerate()) - before].count("vidgo-engine") == 1


def test_two_sessions_with_stores_of_their_own_buy_once(open_session: OpenSession, local_api: LocalApi) -> None:
    local_api.emulator.faults.add(Fault("submit", delay=0.5))
    sessions = [open_session(store=f"{number}/.vidgo") for number in (1, 2)]
    jobs = [ask(session) for session in sessions]
    assert [job.result(90).bytes for job in jobs] == [PNG, PNG]
    assert local_api.submits == 1
    assert sorted(job.charge for job in jobs) == [0, 12]
    assert [session.store.picture(job.result().record) is not None for session, job in zip(sessions, jobs, strict=True)]


def test_a_second_folder_is_no_second_purchase(open_session: OpenSession, local_api: LocalApi) -> None:
    ask(open_session(store="one/.vidgo")).wait(90)
    session = open_session(store="two/.vidgo")
    job = ask(session)
    assert job.done()
    assert job.result().path is not None
    assert job.result().path.is_relative_to(Path("two").resolve())
    assert (job.charge, local_api.submits) == (0, 1)


def test_a_damaged_picture_in_another_folder_is_not_taken_over(open_session: OpenSession, local_api: LocalApi) -> None:
    other = ask(open_session(store="one/.vidgo")).result(90).path
    assert other is not None
    other.write_text("damaged")
    job = ask(open_session(store="two/.vidgo"))
    assert job.result(90).bytes == PNG
    assert (job.charge, local_api.submits) == (0, 1)  # it was bought, so it is fetched again
    assert other.read_text() == "damaged"


# Damage


@pytest.mark.parametrize("damage", ["changed", "cut", "missing", "a text file"])
def test_a_damaged_picture_is_fetched_again_and_not_bought_again(
    damage: str, open_session: OpenSession, local_api: LocalApi
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
    assert (job.charge, local_api.submits, local_api.emulator.count("file")) == (0, 1, 2)
    assert "fetched again" in job.notes[0]


def test_a_damaged_picture_that_the_service_no_longer_keeps_is_not_bought_by_itself(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session()
    path = ask(session).result(90).path
    assert path is not None
    path.write_text("damaged")
    local_api.emulator.faults.add(Fault("file", status=410, times=None))
    assert isinstance(ask(session).exception(90), FetchError)
    assert local_api.submits == 1
    local_api.emulator.faults.clear()
    assert ask(session, choices=PurchaseChoices(fresh=True)).result(90).bytes == PNG
    assert local_api.submits == 2


def test_a_damaged_record_stops_the_cell_before_anything_is_sent(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    session = open_session()
    job = ask(session).wait(90)
    path = session.store.folder / "results" / f"{job.fingerprint}.json"
    path.write_text("{")
    calls = local_api.emulator.count()
    with pytest.raises(StoreError, match=path.name):
        ask(session)
    assert (local_api.emulator.count(), path.read_text()) == (calls, "{")


def test_an_emulated_picture_that_was_lost_is_drawn_again(open_session: OpenSession) -> None:
    session = open_session(mode="emulator")
    path = ask(session, "Hills", quality="low").result(90).path
    assert path is not None
    path.unlink()
    again = ask(session, "Hills", quality="low")
    assert again.result(90).path is not None
    assert again.provider == "emulator"


def test_damage_of_the_journal_is_shown_as_a_notice(open_session: OpenSession, user: User, local_api: LocalApi) -> None:
    Path("journal.sqlite3").write_text("no database " * 100)
    session = open_session(journal="journal.sqlite3")
    assert ask(session).result(90).bytes == PNG
    assert "was damaged" in user.notices[0]


def test_a_prompt_is_taken_as_it_is(open_session: OpenSession) -> None:
    assert new_request(open_session(mode="emulator"), "{{ x }} {y} $5").prompt == "{{ x }} {y} $5"


def test_an_image_without_a_model_means_the_edit_sibling(open_session: OpenSession) -> None:
    session = open_session(mode="emulator")
    assert new_request(session, "x", images="https://example.com/a.png").model == "gpt-image-2-edit"
    assert new_request(session, "x").model == "gpt-image-2"


def test_threads_that_begin_a_session_at_once_share_one_engine(open_session: OpenSession) -> None:
    """Two engines would take each other's jobs for abandoned, and lose answers that were paid for."""
    for _ in range(5):
        session, start = open_session(mode="emulator"), threading.Barrier(16)

        def look(_: int, session: Session = session, start: threading.Barrier = start) -> tuple[int, int, int]:
            start.wait()
            return id(session.engine), id(session.journal), id(session.account(session.target))

        with ThreadPoolExecutor(16) as pool:
            assert len(set(pool.map(look, range(16)))) == 1
