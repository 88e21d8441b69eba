"""Input fields that the catalogue does not know are sent as they are, belong to what is the same, and have no price."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.live_session import PATIENCE, LiveSession, OpenLiveSession
from vidgo_notebook.app.form import form_state
from vidgo_notebook.app.plan.planning import plan_cell, plan_picture, plan_sweep
from vidgo_notebook.app.plan.table_plan import plan_map
from vidgo_notebook.app.purchase.resume import resume
from vidgo_notebook.app.settings.traits import configure
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.domain.celltext import cell_text, python_text
from vidgo_notebook.domain.extra_fields import FieldValue, pairs_of, text_of, value_of
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.emulator import Emulator, Fault
from vidgo_notebook.errors import BudgetError, RequestError
from vidgo_notebook.store.results.verification import has_own_fingerprint

EXTRA = {"output_format": "png", "steps": 4, "transparent": True}


def planned(live: LiveSession, line: str) -> GenerationRequest:
    """What a cell with this first line asks for."""
    plan = plan_cell(live.session, read_cell_line(line, {}), "A red bicycle", {}, lambda image: image)
    plan.check()
    return plan.places[0].request


def sent(emulator: Emulator) -> list[dict[str, Any]]:
    """The input of every submit that arrived."""
    return [call.body["input"] for call in emulator.log if call.kind == "submit"]


def test_a_cell_passes_on_what_set_names_with_the_types_of_json(live: LiveSession) -> None:
    request = planned(live, "--set output_format=png --set steps=4 --set transparent=true --set note='\"4\"'")
    assert dict(request.extra) == {**EXTRA, "note": "4"}


def test_the_service_receives_them_beside_the_other_fields(live: LiveSession, emulator: Emulator) -> None:
    live.made(extra=EXTRA)
    assert sent(emulator) == [
        {"prompt": "A red bicycle", "quality": "low", "size": "1:1", "resolution": "1K", **EXTRA},
    ]


def test_another_value_is_another_picture_and_the_same_one_is_not_bought_again(
    live: LiveSession, emulator: Emulator
) -> None:
    for value in ("png", "webp", "png"):
        live.made(extra={"output_format": value})
    live.made()
    assert len(sent(emulator)) == 3


def test_they_belong_to_the_fingerprint_in_any_order_and_with_their_types() -> None:
    def print_of(**extra: FieldValue) -> str:
        return fingerprint(GenerationRequest("A red bicycle", extra=pairs_of(extra) or ()), "vidgo")

    assert print_of(a=1, b=2) == print_of(b=2, a=1)
    assert len({print_of(), print_of(a=1), print_of(a="1"), print_of(a=True)}) == 4


def test_the_record_keeps_them_proves_its_picture_and_asks_for_the_same_again(live: LiveSession) -> None:
    result = live.made(extra=EXTRA)
    assert result.record.extra_fields == EXTRA
    assert has_own_fingerprint(result.record)
    assert result.provenance["request"]["input"].items() >= EXTRA.items()  # type: ignore[index]
    assert form_state(result, live.session, {}).extra == tuple(sorted(EXTRA.items()))


def test_a_later_kernel_resumes_a_job_with_them(open_live: OpenLiveSession, emulator: Emulator) -> None:
    emulator.latency = 100_000.0
    first = open_live()
    asked = first.ask(extra=EXTRA)
    wait_until(lambda: asked.task_id)  # accepted, and known to be
    first.session.engine.write(lambda _: None).result(PATIENCE)
    first.close()
    emulator.latency = 0.0
    [job] = resume(open_live().session)
    assert dict(job.request.extra) == EXTRA
    assert len(sent(emulator)) == 1


def test_code_that_is_copied_asks_for_the_same(live: LiveSession) -> None:
    request = planned(live, "--set output_format=png --set steps=4 --set note='two words'")
    line, _, body = cell_text(request).removeprefix("%%vidgo").partition("\n")
    plan = plan_cell(live.session, read_cell_line(line, {}), body, {}, lambda image: image)
    assert fingerprint(plan.places[0].request, "vidgo") == fingerprint(request, "vidgo")
    assert plan.places[0].request.extra == request.extra
    assert "extra={'note': 'two words', 'output_format': 'png', 'steps': 4}" in python_text(request)


@pytest.mark.parametrize("value", ["png", "4", "true", '"', "", "null", "[1]", "NaN", 4, 1.5, True, "a b"])
def test_a_value_is_written_so_that_it_is_read_as_the_same(value: Any) -> None:
    again = value_of(text_of(value))
    assert (again, type(again)) == (value, type(value))


def test_sweeps_and_tables_send_them_with_every_picture(live: LiveSession) -> None:
    sweep = plan_sweep(live.session, None, {"prompt": "A mug", "quality": ["low", "high"], "extra": EXTRA})
    table = plan_map(live.session, [{"prompt": "A mug"}, {"prompt": "A cup"}], {"extra": EXTRA}, {})
    for plan in (sweep, table):
        plan.check()
        assert [dict(place.request.extra) for place in plan.places] == [EXTRA, EXTRA]


def test_the_published_price_does_not_hold_with_them_and_one_can_be_set(live: LiveSession) -> None:
    request = live.request(extra=EXTRA)
    assert live.session.quote(request).total is None
    configure(live.session.settings, prices={"gpt-image-2 --set": 7})
    assert live.session.quote(request).total == Decimal(7)
    assert live.session.quote(live.request()).total == Decimal(2)


def test_under_a_budget_they_are_refused_until_a_price_is_set_and_the_message_says_how(
    live: LiveSession, emulator: Emulator
) -> None:
    configure(live.session.settings, budget=50)
    with pytest.raises(BudgetError, match="'gpt-image-2 --set': '6'"):
        live.ask(extra=EXTRA)
    assert sent(emulator) == []


def test_a_published_price_can_still_not_be_set(live: LiveSession) -> None:
    with pytest.raises(RequestError, match="the price of gpt-image-2 is published"):
        configure(live.session.settings, prices={"gpt-image-2": 7})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--set output_format", "'output_format' has no value"),
        ("--set quality=high", "quality="),
        ("--set qualty=high", "almost quality"),
        ("--set n=4", "takes="),
        ("--set image_urls=x", "image="),
        ("--set prompt=x", "the prompt itself"),
        ("--set 'output format=png'", "is not the name of an input field"),
        ("--set a=1 --set a=2", "'a' is given twice"),
    ],
)
def test_a_mistake_is_named_with_what_to_write(live: LiveSession, line: str, words: str) -> None:
    with pytest.raises(RequestError) as caught:
        planned(live, line)
    assert words in str(caught.value)


@pytest.mark.parametrize("extra", ["output_format=png", 5, {"a": None}, {"a": [1]}, {1: "x"}, {"a": float("nan")}])
def test_what_is_not_a_field_and_its_value_is_refused_in_python(live: LiveSession, extra: object) -> None:
    plan = plan_picture(live.session, "A red bicycle", {"extra": extra})
    with pytest.raises(RequestError, match="set: "):
        plan.check()


def test_the_emulator_refuses_a_misspelt_field_and_the_number_of_pictures(
    live: LiveSession, emulator: Emulator
) -> None:
    from vidgo_notebook.emulator.http.read_submit import read_request
    from vidgo_notebook.emulator.refusal import Refusal

    for name in ("qualty", "n"):
        with pytest.raises(Refusal, match="input"):
            read_request({"model": "gpt-image-2", "input": {"prompt": "A cat", name: 1}})


def test_a_failed_job_with_them_costs_nothing(live: LiveSession, emulator: Emulator) -> None:
    emulator.faults.add(Fault("submit", fails="steps is not a field"))
    job = live.ask(extra=EXTRA)
    assert job.exception(PATIENCE) is not None
    assert job.charge == 0
    assert json.loads(json.dumps(EXTRA)) == dict(job.request.extra)
