"""A plan shows itself before it is ordered: how many pictures, what is stored, the price by line, what is refused."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.users import User
from vidgo_notebook.app.plan.planning import plan_picture, plan_sweep
from vidgo_notebook.app.plan.table_plan import plan_map
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.session import Session
from vidgo_notebook.emulator import Fault
from vidgo_notebook.errors import RequestError

SMALL = {"size": "1:1", "resolution": "1K"}
GRID = {"prompt": "A mug", "quality": ["low", "high"], **SMALL}


def test_one_picture_is_a_plan_of_one_place_and_a_batch_of_one(local_api: LocalApi, session: Session) -> None:
    plan = plan_picture(session, "A mug", {"quality": "high", **SMALL})
    assert "Dry run: this would be sent; nothing was." in str(plan)
    assert "12 credits" in str(plan)
    assert local_api.emulator.count() == 0
    (job,) = order(session, plan)
    job.wait(60)
    (sent,) = [call.body for call in local_api.emulator.log if call.kind == "submit"]
    assert json.loads(str(plan)[str(plan).index("{") : str(plan).rindex("}") + 1]) == sent


def test_takes_are_one_request_with_the_price_of_all(local_api: LocalApi, session: Session) -> None:
    plan = plan_picture(session, "A mug", {"quality": "high", **SMALL}, takes=3)
    assert str(plan).count('"prompt"') == 1
    assert "this would be sent 3 times, once for each take; nothing was." in str(plan)
    assert "36 credits" in str(plan)
    assert [job.request.take for job in order(session, plan).wait(60)] == [1, 2, 3]


def test_a_grid_has_its_price_by_line(local_api: LocalApi, session: Session) -> None:
    text = str(plan_sweep(session, 2, GRID))
    assert "Dry run: 4 pictures, 28 credits; nothing was sent." in text
    assert "gpt-image-2, high, 1K" in text
    assert "24 credits" in text


def test_a_person_sees_what_the_store_has_and_an_executed_notebook_does_not(
    local_api: LocalApi, session: Session, user: User
) -> None:
    order(session, plan_picture(session, "A mug", {"quality": "high", **SMALL})).wait(60)
    unattended = str(plan_sweep(session, None, GRID))
    assert "store" not in unattended
    user.there = True
    assert "1 in the store, 1 new: the rest costs 2 credits." in str(plan_sweep(session, None, GRID))
    one = plan_picture(session, "A mug", {"quality": "high", **SMALL})
    assert "The store has it: nothing would be sent or charged." in str(one)


def test_what_was_sent_already_is_not_in_the_price_of_the_rest(
    local_api: LocalApi, session: Session, user: User
) -> None:
    """One of 12 credits is uncertain; a run shows it as such and does not buy it again."""
    user.there = True
    local_api.emulator.faults.add(Fault("submit", drop=True, after_accepting=True))
    one = plan_picture(session, "A mug", {"quality": "high", **SMALL})
    order(session, one).wait(60)
    assert "1 under way or uncertain, 1 new: the rest costs 2 credits." in str(plan_sweep(session, None, GRID))
    again = plan_picture(session, "A mug", {"quality": "high", **SMALL})
    assert "1 under way or uncertain: nothing would be sent or charged now." in str(again)
    assert local_api.submits == 1


def test_what_is_left_out_and_what_is_refused_is_listed(local_api: LocalApi, session: Session) -> None:
    partly = plan_sweep(session, None, {**GRID, "size": ["1:1", "16:10"]})
    assert "Left out: size: (2 combinations: size=16:10) '16:10'" in str(partly)
    whole = plan_picture(session, "", {"size": "16:10"})
    assert "Dry run: nothing can be sent." in str(whole)
    assert "Refused: prompt is empty" in str(whole)
    with pytest.raises(RequestError):
        order(session, whole)
    assert local_api.emulator.count() == 0


def test_html_and_text_say_the_same_and_html_is_escaped(session: Session) -> None:
    plan = plan_map(session, [{"prompt": "<b>A mug</b>"}, {"prompt": "<b>A cup</b>"}], {}, {})
    assert "&lt;b&gt;A mug&lt;/b&gt;" in plan._repr_html_()
    assert "<b>A mug" not in plan._repr_html_()
    assert "Dry run: 2 pictures, 4 credits; nothing was sent." in str(plan)
    assert "Dry run: 2 pictures, 4 credits; nothing was sent." in plan._repr_html_()
