"""The fields follow the model, and say what is wrong and what it costs at every change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.orders import new_request
from tests.fixtures.panel_driver import PanelDriver
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.store.results.result_store import ResultStore


def _visible(widget: Any) -> bool:
    return bool(widget.layout.display != "none")


def test_an_empty_form_has_a_price_and_says_what_it_waits_for(driver: PanelDriver) -> None:
    assert driver.price == "Generate · 2 credits"
    assert "The prompt is empty: say what the picture should show." in driver.reason
    assert driver.form.prompt_problem.value == ""  # nothing was typed yet, so nothing is wrong with it


def test_the_price_follows_every_field_line_by_line(driver: PanelDriver) -> None:
    driver.type("A red bicycle")
    driver.form.quality.select.value = "high"
    driver.form.size.choice.select.value = "16:9"
    driver.form.resolution.select.value = "4K"
    driver.form.number.value = 2
    assert driver.price == "Generate · 96 credits"
    assert driver.reason == ""
    for words in ("quality high", "12 credits", "resolution 4K", "16:9 exists in true 4K", "pictures", "× 2"):
        assert words in driver.panel.price_box.price.value


def test_nothing_is_sent_while_the_form_is_filled_in(driver: PanelDriver, emulator: Any) -> None:
    driver.type("A red bicycle")
    driver.form.model.select.value = "flux-2-pro"
    assert not driver.session.jobs
    assert not list(emulator.log)


def test_the_store_which_may_be_far_away_is_not_looked_at_while_the_form_is_filled_in(
    driver: PanelDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.type("A fox")
    driver.generate()
    for question in ("fingerprints", "has_record", "find"):
        monkeypatch.setattr(ResultStore, question, lambda *_: pytest.fail("the store was asked"))
    driver.type("A fo")
    assert driver.price == "Generate · 2 credits"
    driver.type("A fox")
    assert driver.price == "Generate · free, from the store"


def test_a_picture_that_another_cell_left_in_the_store_is_known_after_that_cell(
    driver: PanelDriver, session: Any
) -> None:
    from tests.fixtures.clocks import wait_until

    driver.type("A fox")
    order_jobs(PanelDriver(session, {}).session, [new_request(session, "A fox", quality="low")])[0].result(90)
    session.jobs.clear()  # as if another kernel had made it
    driver.panel.between_cells()
    wait_until(lambda: "free" in driver.price)
    assert driver.price == "Generate · free, from the store"


def test_fields_that_a_model_does_not_take_are_not_shown(driver: PanelDriver) -> None:
    assert _visible(driver.form.quality.box)
    assert not _visible(driver.form.images.box)
    driver.form.model.select.value = "flux-2-pro-edit"
    assert not _visible(driver.form.quality.box)
    assert _visible(driver.form.images.box)
    assert [value for _, value in driver.form.resolution.select.options] == ["1K", "2K"]
    assert "custom" not in [value for _, value in driver.form.size.choice.select.options]


def test_a_choice_that_another_model_has_too_is_kept(driver: PanelDriver) -> None:
    driver.form.size.choice.select.value = "16:9"
    driver.form.resolution.select.value = "2K"
    driver.form.model.select.value = "flux-2-flex"
    assert (driver.form.size.value, driver.form.resolution.select.value) == ("16:9", "2K")


def test_an_unpublished_price_is_shown_as_such(driver: PanelDriver) -> None:
    driver.type("A fox")
    driver.form.model.select.value = "flux-2-pro"
    assert driver.price == "Generate · price not published"


def test_advice_is_beside_the_price(driver: PanelDriver) -> None:
    driver.type("A fox")
    driver.form.size.choice.select.value = "1:1"
    driver.form.resolution.select.value = "4K"
    assert "billed and made as 2K" in driver.panel.price_box.price.value


def test_what_is_left_of_the_budget_is_shown_and_an_overrun_is_refused_before_anything_is_sent(
    driver: PanelDriver,
) -> None:
    driver.session.settings.budget = Decimal(3)
    driver.type("A fox")
    assert "Budget: 3 credits left." in driver.panel.price_box.price.value
    driver.form.number.value = 2
    assert "This costs 4 credits, and the budget has 3 credits left." in driver.reason


def test_the_last_known_balance_is_shown_once_it_was_asked_for(driver: PanelDriver) -> None:
    from tests.fixtures.clocks import wait_until

    assert "Balance: not asked yet." in driver.panel.price_box.price.value
    driver.press(driver.panel.price_box.balance)
    wait_until(lambda: "Balance: 10,000 credits, as asked" in driver.panel.price_box.price.value)


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
def test_a_custom_size_half_typed_keeps_its_text_and_is_not_sent(
    driver: PanelDriver, typed: tuple[str, str], said: str
) -> None:
    driver.type("A fox")
    driver.form.resolution.select.value = "2K"
    driver.form.size.choice.select.value = "custom"
    driver.form.size.width.value, driver.form.size.height.value = typed
    assert "Size: " in driver.reason
    assert said in driver.reason
    assert said in driver.form.size.problem.value
    assert (driver.form.size.width.value, driver.form.size.height.value) == typed
    assert driver.price == "Generate · no price yet"
    driver.press(driver.panel.price_box.generate)
    assert not driver.session.jobs
    driver.form.size.width.value, driver.form.size.height.value = "2304", "1536"
    assert (driver.reason, driver.price) == ("", "Generate · 4 credits")


def test_a_pasted_text_of_50_000_characters_is_kept_and_said_to_be_too_long(driver: PanelDriver) -> None:
    pasted = "word " * 10_000
    driver.type(pasted)
    assert driver.form.prompt.value == pasted
    assert "49,999 of 4,000 characters" in driver.form.counter.value
    assert "shorten it by 45,999" in driver.form.prompt_problem.value
    assert "takes at most 4,000" in driver.reason


def test_markup_in_a_prompt_is_text_everywhere(driver: PanelDriver) -> None:
    evil = "<img src=x onerror=alert(1)> <b>fox</b>"
    driver.type(evil)
    (job,) = driver.generate()
    result = driver.panel.result_list.results[0]
    shown = [result.view.value, *(child.value for child in result.box.children[1].children if hasattr(child, "value"))]
    everything = "".join([*shown, driver.panel.bars.value, driver.panel.note.value, driver.panel.price_box.price.value])
    assert job.request.prompt == evil
    assert "<img src=x" not in everything
    assert "<b>fox" not in everything
    assert "&lt;b&gt;fox" in everything


def test_reset_returns_to_the_settings(driver: PanelDriver) -> None:
    driver.session.settings.quality = "medium"
    driver.type("A fox")
    driver.form.model.select.value = "flux-2-pro"
    driver.panel.reset()
    assert driver.form.prompt.value == ""
    assert driver.form.chosen_model.name == "gpt-image-2"
    assert driver.price == "Generate · 3 credits"
