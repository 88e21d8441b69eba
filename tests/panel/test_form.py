"""The fields follow the model, and say what is wrong and what it costs at every change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.panel.conftest import Hand
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.store.results.result_store import ResultStore


def _visible(widget: Any) -> bool:
    return bool(widget.layout.display != "none")


def test_an_empty_form_has_a_price_and_says_what_it_waits_for(hand: Hand) -> None:
    assert hand.price == "Generate · 2 credits"
    assert "The prompt is empty: say what the picture should show." in hand.reason
    assert "The prompt is empty" in hand.form.prompt_problem.value
    assert "vidgo-wrong" not in hand.form.prompt_problem.value  # nobody has done anything wrong yet


def test_the_price_follows_every_field_line_by_line(hand: Hand) -> None:
    hand.type("A red bicycle")
    hand.form.quality.select.value = "high"
    hand.form.size.choice.select.value = "16:9"
    hand.form.resolution.select.value = "4K"
    hand.form.number.value = 2
    assert hand.price == "Generate · 96 credits"
    assert hand.reason == ""
    for words in ("quality high", "12 credits", "resolution 4K", "16:9 exists in true 4K", "pictures", "× 2"):
        assert words in hand.panel.price_box.price.value


def test_nothing_is_sent_while_the_form_is_filled_in(hand: Hand, emulator: Any) -> None:
    hand.type("A red bicycle")
    hand.form.model.select.value = "flux-2-pro"
    assert not hand.session.jobs
    assert not list(emulator.log)


def test_the_store_which_may_be_far_away_is_not_looked_at_while_the_form_is_filled_in(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.type("A fox")
    hand.generate()
    for question in ("fingerprints", "has_record", "find"):
        monkeypatch.setattr(ResultStore, question, lambda *_: pytest.fail("the store was asked"))
    hand.type("A fo")
    assert hand.price == "Generate · 2 credits"
    hand.type("A fox")
    assert hand.price == "Generate · free, from the store"


def test_a_picture_that_another_cell_left_in_the_store_is_known_after_that_cell(hand: Hand, session: Any) -> None:
    from tests.panel.conftest import wait_until

    hand.type("A fox")
    order_jobs(Hand(session, {}).session, [new_request(session, "A fox", quality="low")])[0].result(20)
    session.jobs.clear()  # as if another kernel had made it
    hand.panel.between_cells()
    wait_until(lambda: "free" in hand.price)
    assert hand.price == "Generate · free, from the store"


def test_fields_that_a_model_does_not_take_are_not_shown(hand: Hand) -> None:
    assert _visible(hand.form.quality.box)
    assert not _visible(hand.form.images.box)
    hand.form.model.select.value = "flux-2-pro-edit"
    assert not _visible(hand.form.quality.box)
    assert _visible(hand.form.images.box)
    assert [value for _, value in hand.form.resolution.select.options] == ["1K", "2K"]
    assert "custom" not in [value for _, value in hand.form.size.choice.select.options]


def test_a_choice_that_another_model_has_too_is_kept(hand: Hand) -> None:
    hand.form.size.choice.select.value = "16:9"
    hand.form.resolution.select.value = "2K"
    hand.form.model.select.value = "flux-2-flex"
    assert (hand.form.size.value, hand.form.resolution.select.value) == ("16:9", "2K")


def test_a_price_that_nobody_published_is_said_so(hand: Hand) -> None:
    hand.type("A fox")
    hand.form.model.select.value = "flux-2-pro"
    assert hand.price == "Generate · price not published"


def test_advice_is_beside_the_price(hand: Hand) -> None:
    hand.type("A fox")
    hand.form.size.choice.select.value = "1:1"
    hand.form.resolution.select.value = "4K"
    assert "billed and made as 2K" in hand.panel.price_box.price.value


def test_what_is_left_of_the_budget_is_shown_and_an_overrun_is_refused_before_anything_is_sent(hand: Hand) -> None:
    hand.session.settings.budget = Decimal(3)
    hand.type("A fox")
    assert "Budget: 3 credits left." in hand.panel.price_box.price.value
    hand.form.number.value = 2
    assert "This costs 4 credits, and the budget has 3 credits left." in hand.reason


def test_the_last_known_balance_is_shown_once_it_was_asked_for(hand: Hand) -> None:
    from tests.panel.conftest import wait_until

    assert "Balance: not asked yet." in hand.panel.price_box.price.value
    hand.press(hand.panel.price_box.balance)
    wait_until(lambda: "Balance: 10000 credits, as asked" in hand.panel.price_box.price.value)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("2304", ""), "a custom height is a whole number of pixels, such as 2304 × 1536."),
        (("", ""), "a custom width and a custom height are whole numbers of pixels"),
        (("abc", "1536"), "a custom width is a whole number of pixels"),
        (("100", "100"), "100x100 is not possible"),
        (("2304", "1537"), "both edges must be divisible by 16"),
    ],
)
def test_a_custom_size_half_typed_keeps_its_text_and_is_not_sent(hand: Hand, typed: tuple[str, str], said: str) -> None:
    hand.type("A fox")
    hand.form.resolution.select.value = "2K"
    hand.form.size.choice.select.value = "custom"
    hand.form.size.width.value, hand.form.size.height.value = typed
    assert "Size: " in hand.reason
    assert said in hand.reason
    assert said in hand.form.size.problem.value
    assert (hand.form.size.width.value, hand.form.size.height.value) == typed
    assert hand.price == "Generate · no price yet"
    hand.press(hand.panel.price_box.generate)
    assert not hand.session.jobs
    hand.form.size.width.value, hand.form.size.height.value = "2304", "1536"
    assert (hand.reason, hand.price) == ("", "Generate · 4 credits")


def test_a_pasted_text_of_50_000_characters_is_kept_and_said_to_be_too_long(hand: Hand) -> None:
    pasted = "word " * 10_000
    hand.type(pasted)
    assert hand.form.prompt.value == pasted
    assert "49,999 of 4,000 characters" in hand.form.counter.value
    assert "shorten it by 45,999" in hand.form.prompt_problem.value
    assert "takes at most 4,000" in hand.reason


def test_markup_in_a_prompt_is_text_everywhere(hand: Hand) -> None:
    evil = "<img src=x onerror=alert(1)> <b>fox</b>"
    hand.type(evil)
    (job,) = hand.generate()
    result = hand.panel.result_list.results[0]
    shown = [result.view.value, *(child.value for child in result.box.children[1].children if hasattr(child, "value"))]
    everything = "".join([*shown, hand.panel.bars.value, hand.panel.note.value, hand.panel.price_box.price.value])
    assert job.request.prompt == evil
    assert "<img src=x" not in everything
    assert "<b>fox" not in everything
    assert "&lt;b&gt;fox" in everything


def test_reset_returns_to_the_settings(hand: Hand) -> None:
    hand.session.settings.quality = "medium"
    hand.type("A fox")
    hand.form.model.select.value = "flux-2-pro"
    hand.panel.reset()
    assert hand.form.prompt.value == ""
    assert hand.form.chosen_model.name == "gpt-image-2"
    assert hand.price == "Generate · 3 credits"
