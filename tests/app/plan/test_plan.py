"""Sweeps and tables: planned and priced as a whole, refused as a whole, bought once."""

from __future__ import annotations

import copy
import io
import os
import pickle
from decimal import Decimal
from pathlib import Path

import pandas
import pytest
from PIL import Image

import vidgo_notebook as vidgo
from tests.fixtures.local_api import LocalApi
from tests.fixtures.orders import OpenSession
from tests.fixtures.users import User
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.errors import BudgetError, RequestError
from vidgo_notebook.render.sheet import sheet_file

SMALL = {"size": "1:1", "resolution": "1K"}


def prompts(local_api: LocalApi) -> list[str]:
    return sorted(call.body["input"]["prompt"] for call in local_api.emulator.log if call.kind == "submit")


# Sweeps


def test_a_sweep_buys_every_combination_and_running_it_again_buys_nothing(
    local_api: LocalApi, session: Session
) -> None:
    """2 colours × (2 + 12) credits."""
    asked = {"prompt": "A {{ color }} mug", "color": ["red", "blue"], "quality": ["low", "high"], **SMALL}
    batch = vidgo.sweep(**asked).wait(60)
    assert [tuple(job.row.values()) for job in batch] == [
        *[("red", "low"), ("red", "high")],
        *[("blue", "low"), ("blue", "high")],
    ]
    assert prompts(local_api) == ["A blue mug", "A blue mug", "A red mug", "A red mug"]
    assert (batch.costs().charged, local_api.emulator.charged) == (28, 28)
    again = vidgo.sweep(**asked).wait(60)
    assert (local_api.submits, again.costs().charged, again.costs().saved) == (4, 0, 28)


@pytest.mark.parametrize("nothing", [None, float("nan"), pandas.NA, pandas.NaT], ids=str)
def test_a_value_that_is_missing_is_not_bought_as_a_word(
    nothing: object, local_api: LocalApi, session: Session
) -> None:
    asked = {"prompt": "A {{ color }} mug", "color": pandas.Series(["red", nothing], dtype=object)}
    with pytest.raises(RequestError, match=r"prompt: \(color=.*\) color has no value here"):
        vidgo.sweep(**asked)
    assert local_api.submits == 0
    assert len(vidgo.sweep(**asked, skip_invalid=True).wait(60)) == 1
    assert prompts(local_api) == ["A red mug"]
    with pytest.raises(RequestError, match="prompt: end has no value here"):
        vidgo.map([{"color": "red"}], prompt="A {{ color }} {{ end }}", end=nothing)
    with pytest.raises(RequestError, match="prompt: end has no value here"):
        vidgo.sweep(prompt="A {{ color }} {{ end }}", color=["red", "blue"], end=nothing)
    either = vidgo.sweep(prompt="A {{ color or 'grey' }} mug", color=["red", nothing]).wait(60)
    assert [job.request.prompt for job in either] == ["A red mug", "A grey mug"]


def test_combinations_that_are_one_picture_are_bought_once_and_counted_once(
    local_api: LocalApi, session: Session
) -> None:
    """Without a size 1K and 2K are both made as 1K."""
    batch = vidgo.sweep(prompt="A mug", resolution=["1K", "2K"]).wait(60)
    assert (len(batch), local_api.submits) == (2, 1)
    assert [row["charged"] for row in batch.to_rows()] == [2, 0]
    assert batch[0].result().digest == batch[1].result().digest


def test_takes_and_models_are_axes_too(local_api: LocalApi, session: Session) -> None:
    batch = vidgo.sweep(prompt="A mug", model=["gpt-image-2", "flux-2-pro"], takes=2, yes=True, **SMALL).wait(60)
    assert [(row["model"], row["take"]) for row in batch.to_rows()] == [
        *[("gpt-image-2", 1), ("gpt-image-2", 2)],
        *[("flux-2-pro", 1), ("flux-2-pro", 2)],
    ]


def test_what_is_not_possible_is_reported_with_its_row_and_nothing_is_sent(
    local_api: LocalApi, session: Session
) -> None:
    with pytest.raises(RequestError) as refused:
        vidgo.sweep(prompt="A mug", model=["gpt-image-2", "flux-2-pro"], quality=["low", "high"], **SMALL)
    assert "(2 combinations: model=flux-2-pro) flux-2-pro takes no quality" in str(refused.value)
    assert "2 of 4 combinations are possible: skip_invalid=True" in str(refused.value)
    assert local_api.emulator.count() == 0


def test_what_is_not_possible_can_be_left_out_and_leaves_a_gap(local_api: LocalApi, session: Session) -> None:
    what = {"prompt": "A mug", "model": ["gpt-image-2", "flux-2-pro"], "quality": ["low", "high"], **SMALL}
    batch = vidgo.sweep(**what, skip_invalid=True).wait(60)
    assert (len(batch), [gap.place for gap in batch.left_out]) == (2, [2, 3])
    assert batch.costs().charged == 14


MISTAKES: dict[str, tuple[dict[str, object], str]] = {
    "nothing varies": ({"prompt": "x"}, "nothing varies"),
    "an empty axis": ({"prompt": "x", "quality": []}, "quality has no value"),
    "an unknown field": ({"prompt": "x", "qualty": ["low"]}, "qualty is not a field"),
    "an unknown constant": ({"prompt": "x", "qualty": "low", "take": [1, 2]}, "Write quality"),
    "a variable that no prompt uses": ({"prompt": "A {{ color }}", "colour": ["red"]}, "no {{ colour }}"),
    "an undefined name": ({"prompt": "A {{ color }} {{ x }}", "color": ["red", "blue"]}, "{{ x }} is not defined"),
    "no prompt": ({"quality": ["low", "high"]}, "prompt is empty"),
    "no number of takes": ({"prompt": "x", "takes": 0}, "takes: 0 must be a whole number"),
    "too many": ({"prompt": "x", "take": range(1, 200_001)}, "200,000 combinations are too many"),
}


@pytest.mark.parametrize(("what", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_clear_message_and_nothing_is_sent(
    what: dict[str, object], expected: str, local_api: LocalApi, session: Session
) -> None:
    with pytest.raises(RequestError) as refused:
        vidgo.sweep(**what)
    assert expected in str(refused.value)
    assert local_api.emulator.count() == 0


def test_a_prompt_without_variables_is_taken_as_it_is(local_api: LocalApi, session: Session) -> None:
    vidgo.sweep(prompt="Braces {{ like these }}", quality=["low", "high"], **SMALL).wait(60)
    assert set(prompts(local_api)) == {"Braces {{ like these }}"}


# The price


def test_the_question_shows_the_whole_price_by_line_and_the_balance(
    local_api: LocalApi, session: Session, user: User
) -> None:
    """10 × 2 and 10 × 12 credits; not confirmed, so nothing is sent."""
    user.there = True
    with pytest.raises(BudgetError, match="not confirmed"):
        vidgo.sweep(prompt="A mug", quality=["low", "high"], takes=10, **SMALL)
    (question,) = user.asked
    assert question.split("\n") == [
        "The account holds 10,000 credits.",
        "gpt-image-2, low, 1K: 10 × 2 = 20 credits",
        "gpt-image-2, high, 1K: 10 × 12 = 120 credits",
        "This costs 140 credits. Continue?",
    ]
    assert local_api.submits == 0


def test_more_than_the_account_holds_is_refused_before_anything_is_sent(
    local_api: LocalApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(local_api.emulator), "balance", property(lambda _: Decimal(27)))
    with pytest.raises(BudgetError, match="cost 28 credits, and the account holds 27 credits"):
        vidgo.sweep(prompt="A mug", quality=["low", "high"], takes=2, **SMALL, yes=True)
    assert local_api.submits == 0


def test_the_budget_is_held_against_the_whole_sweep(local_api: LocalApi, session: Session) -> None:
    session.settings.budget = 27
    with pytest.raises(BudgetError, match="This costs 28 credits, and 27 credits of the budget"):
        vidgo.sweep(prompt="A mug", quality=["low", "high"], takes=2, **SMALL, yes=True)
    assert local_api.submits == 0


def test_ten_thousand_pictures_are_asked_for_even_where_they_cost_nothing(
    open_session: OpenSession, user: User
) -> None:
    emulated = open_session(mode="emulator")
    provide(lambda: emulated)
    try:
        with pytest.raises(BudgetError, match="it would begin 10,000 pictures, which was not confirmed"):
            vidgo.sweep(prompt="A mug", quality=["low", "high"], take=range(1, 5001), **SMALL)
        assert emulated.journal.all_under_way() == []
    finally:
        provide(None)


# What became of it


def test_failed_jobs_can_be_requested_again_and_uncertain_ones_can_not(local_api: LocalApi, session: Session) -> None:
    local_api.emulator.faults.add(Fault("submit", fails="Unsafe content", when=lambda call: "red" in str(call.body)))
    local_api.emulator.faults.add(
        Fault("submit", drop=True, after_accepting=True, when=lambda call: "blue" in str(call.body))
    )
    batch = vidgo.sweep(prompt="A {{ color }} mug", color=["red", "blue", "green"], **SMALL).wait(60)
    states = [moving.state(job) for job in batch]
    assert sorted(state.value for state in states) == ["failed", "finished", "uncertain"]
    assert len(batch.failed()) == 2
    submits = local_api.submits
    batch.retry_failed().wait(60)
    assert local_api.submits == submits + 1
    assert [job.row["color"] for job in batch] == ["red", "blue", "green"]
    assert [moving.state(job) for job in batch].count(JobState.FINISHED) == 2


def test_a_name_means_one_batch_for_ever(local_api: LocalApi, session: Session) -> None:
    asked = {"prompt": "A mug", "quality": ["low", "high"], **SMALL}
    vidgo.sweep(**asked, name="mugs").wait(60)
    vidgo.sweep(**asked, name="mugs").wait(60)
    with pytest.raises(RequestError, match="there is a batch 'mugs' with other contents"):
        vidgo.sweep(**{**asked, "prompt": "A cup"}, name="mugs")
    assert local_api.submits == 2
    assert [job.row for job in vidgo.batch("mugs")] == [{"quality": "low"}, {"quality": "high"}]
    with pytest.raises(RequestError, match=r"no batch 'mug'\. Write mugs"):
        vidgo.batch("mug")


def test_a_price_that_was_not_confirmed_leaves_the_name_free(local_api: LocalApi, session: Session) -> None:
    with pytest.raises(BudgetError):
        vidgo.sweep(prompt="A mug", quality=["low", "high"], name="mugs", max_credits=1, **SMALL)
    assert session.journal.batches() == []


def test_a_disk_that_fills_up_half_way_loses_nothing_that_was_paid(
    local_api: LocalApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    whole = os.replace

    def full(self: Path, target: Path) -> Path:
        if "objects" in str(target):
            kept.append(target)
            if len(kept) > 20:
                raise OSError(28, "No space left on device")
        whole(self, target)
        return target

    monkeypatch.setattr(Path, "replace", full)
    batch = vidgo.map([{"n": n} for n in range(50)], prompt="Mug {{ n }}").wait(60)
    paid = [job for job in batch if job.charge]
    assert len(paid) == local_api.submits
    assert all(job.result().bytes for job in paid)
    not_stored = [job for job in paid if job.result().path is None]
    assert len(paid) - len(not_stored) == 20
    assert all("could not be stored" in job.notes[0] for job in not_stored)


# The sheet


def test_the_same_results_give_the_same_sheet_as_picture_and_as_files(local_api: LocalApi, session: Session) -> None:
    asked = {"prompt": "A mug", "quality": ["low", "high"], "size": ["1:1", "16:9"], "resolution": "1K"}
    first = vidgo.sweep(**asked).wait(60).sheet()
    again = vidgo.sweep(**asked).wait(60).sheet()
    assert (first.size, first.tobytes()) == (again.size, again.tobytes())
    for suffix, start in ((".png", b"\x89PNG"), (".pdf", b"%PDF")):
        assert sheet_file(first, suffix) == sheet_file(again, suffix)
        assert sheet_file(first, suffix).startswith(start)
    assert Image.open(io.BytesIO(sheet_file(first, ".png"))).size == first.size


@pytest.mark.parametrize("count", [200, pytest.param(1000, marks=pytest.mark.full)])
def test_a_sheet_of_many_pictures_is_drawn_and_fits_a_page(count: int, local_api: LocalApi, session: Session) -> None:
    rows = [{"n": n % 4} for n in range(count)]
    sheet = vidgo.map(rows, prompt="Mug {{ n }}").wait(60).sheet()
    assert local_api.submits == 4
    assert max(sheet.size) <= 6000


def test_a_plan_can_not_be_pickled_and_says_what_can(local_api: LocalApi, session: Session) -> None:
    plan = vidgo.plan([{"colour": "red"}], prompt="A {{ colour }} bicycle")
    with pytest.raises(RequestError) as refused:
        pickle.dumps({"plan": plan})
    assert "a Plan belongs to its process, and can't be pickled. Write plan.to_dicts()" in str(refused.value)
    assert pickle.loads(pickle.dumps(plan.to_dicts())) == plan.to_dicts()
    assert copy.copy(plan) is copy.deepcopy(plan) is plan


def test_tables_can_be_pickled_and_show_the_same(local_api: LocalApi, session: Session) -> None:
    vidgo.generate("A red bicycle", **SMALL).wait(60)
    for table in (vidgo.jobs(), vidgo.models(), vidgo.costs(), vidgo.report(), vidgo.resolve()):
        again = pickle.loads(pickle.dumps(table))
        assert repr(again) == repr(table)
        assert again._repr_mimebundle_() == table._repr_mimebundle_()
