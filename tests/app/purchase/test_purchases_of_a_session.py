"""Purchases of a whole session: its limits add up, and what can't be stored or recorded is not bought."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession, new_request
from tests.fixtures.users import User
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.errors import BudgetError, StoreError


def test_a_loop_of_single_pictures_meets_the_question_and_not_the_invoice(
    open_session: OpenSession, user: User, local_api: LocalApi
) -> None:
    session = open_session()
    bought, wanted = 0, [new_request(session, f"Picture {n}", quality="high") for n in range(200)]
    with pytest.raises(BudgetError, match="not confirmed"):
        for request in wanted:
            order_jobs(session, [request])
            bought += 1
    assert bought == 8  # 8 × 12 = 96 of 100
    for job in session.under_way():
        job.wait(90)
    assert local_api.submits == 8


def test_a_budget_counts_what_is_spent_and_in_flight(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session(budget=30)
    first = order_jobs(session, [new_request(session, "One", quality="high")])[0]
    second = order_jobs(session, [new_request(session, "Two", quality="high")])[0]
    with pytest.raises(BudgetError, match="6 credits of the budget of 30 credits are left"):
        order_jobs(session, [new_request(session, "Three", quality="high")])
    assert first.result(90).bytes == second.result(90).bytes
    with pytest.raises(BudgetError, match="24 credits spent, 0 credits at stake"):
        order_jobs(session, [new_request(session, "Three", quality="high")])
    assert local_api.submits == 2


def test_a_budget_holds_across_threads(open_session: OpenSession, local_api: LocalApi) -> None:
    session = open_session(budget=60)  # five of 12
    wanted = [new_request(session, f"Picture {number}", quality="high") for number in range(20)]

    def buy_one(request: GenerationRequest) -> bool:
        try:
            return order_jobs(session, [request])[0].result(90) is not None
        except BudgetError:
            return False

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(buy_one, wanted)) == 5
    assert (local_api.submits, local_api.emulator.charged) == (5, 60)


def test_a_store_that_cannot_be_written_stops_a_purchase_before_it_begins(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    Path("file").write_text("a file where a folder should be")
    session = open_session(store="file/store")
    with pytest.raises(StoreError, match=r"vidgo.configure\(store="):
        order_jobs(session, [new_request(session, "A red bicycle")])
    assert local_api.emulator.count() == 0
    assert session.budget(session.target.provider).committed == 0


def test_a_disk_without_room_for_the_pictures_stops_a_purchase_before_it_begins(
    open_session: OpenSession, local_api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=10_000_000))
    session = open_session()
    small = {"quality": "high", "size": "1:1", "resolution": "1K"}
    order_jobs(session, [new_request(session, "One", **small)])[0].result(90)
    with pytest.raises(StoreError, match="may take"):
        order_jobs(session, [new_request(session, "Two", **{**small, "size": "16:9", "resolution": "4K"})])
    with pytest.raises(StoreError, match="may take"):
        order_jobs(session, [new_request(session, f"Many {number}", **small) for number in range(6)])
    assert local_api.submits == 1
    assert session.budget(session.target.provider).committed == 12


def test_a_journal_that_cannot_be_written_stops_a_purchase_before_it_begins(
    open_session: OpenSession, local_api: LocalApi
) -> None:
    Path("journal").mkdir()
    session = open_session(journal="journal")
    with pytest.raises(StoreError, match="VIDGO_JOURNAL"):
        order_jobs(session, [new_request(session, "A red bicycle")])
    assert local_api.emulator.count() == 0
