"""Generate buys once, asks inside the form, and brings results with what can be done with them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.panel_driver import PanelDriver
from vidgo_notebook.app.form import form_state
from vidgo_notebook.app.plan.planning import plan_picture
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.purchase.resolve import resolve_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.emulator import Fault


def _posts(emulator: Any) -> int:
    return sum(call.kind == "submit" for call in emulator.log)


def test_a_double_click_buys_once(driver: PanelDriver, emulator: Any) -> None:
    driver.type("A fox in the snow")
    driver.press(driver.panel.price_box.generate)
    driver.press(driver.panel.price_box.generate)
    wait_until(lambda: driver.panel.result_list.results and not driver.panel._follower.jobs)
    assert _posts(emulator) == 1
    assert len(driver.panel.result_list.results) == len(driver.kept) == 1
    driver.press(driver.panel.price_box.generate)
    time.sleep(0.1)
    assert _posts(emulator) == 1
    assert "nothing was bought" in driver.panel.note.value


def test_takes_are_shown_side_by_side_and_the_store_makes_the_next_time_free(
    driver: PanelDriver, emulator: Any
) -> None:
    driver.type("A fox")
    driver.form.number.value = 3
    driver.generate(pictures=3)
    assert (_posts(emulator), len(driver.panel.result_list.results)) == (3, 3)
    assert driver.price == "Generate · free, from the store"
    driver.form.number.value = 5
    assert driver.price == "Generate · 4 credits"
    assert "3 of 5 takes are in the store" in driver.panel.price_box.price.value


def test_progress_of_several_jobs_is_shown_and_waiting_can_be_stopped_and_resumed(
    driver: PanelDriver, emulator: Any
) -> None:
    emulator._latency = 1.0
    driver.type("A fox")
    driver.form.number.value = 2
    driver.press(driver.panel.price_box.generate)
    wait_until(lambda: driver.panel.bars.value.count("<progress") == 2)
    assert driver.panel.stop.layout.display != "none"
    driver.press(driver.panel.stop)
    wait_until(lambda: "<progress" not in driver.panel.bars.value)
    assert "what was sent goes on, and nothing is lost" in driver.panel.note.value
    driver.press(driver.panel.go_on)
    wait_until(lambda: len(driver.panel.result_list.results) == 2)
    assert _posts(emulator) == 2


def test_a_failed_job_says_why_in_the_form(driver: PanelDriver, emulator: Any) -> None:
    emulator.faults.add(Fault(on="submit", status=402))
    driver.type("A fox")
    driver.press(driver.panel.price_box.generate)
    wait_until(lambda: driver.panel.result_list.results)
    assert "<b>refused · 0 credits</b>" in driver.panel.result_list.results[0].view.value
    assert driver.kept == []


def test_after_a_failure_the_next_try_shows_its_picture(driver: PanelDriver, emulator: Any) -> None:
    emulator.faults.add(Fault(on="submit", status=402, times=1))
    driver.type("A fox")
    driver.press(driver.panel.price_box.generate)
    wait_until(lambda: driver.panel.result_list.results and not driver.panel._follower.jobs)
    (job,) = driver.generate()
    assert "nothing was bought" not in driver.panel.note.value
    assert "data:image/jpeg" in driver.panel.result_list.results[0].view.value
    assert driver.panel.result_list.results[0].job is job


def test_what_is_under_way_already_costs_nothing_and_is_not_held_against_the_budget(
    driver: PanelDriver, emulator: Any
) -> None:
    emulator._latency = 1.0
    driver.session.settings.budget = Decimal(3)
    driver.type("A fox")
    driver.press(driver.panel.price_box.generate)
    assert driver.price == "Generate · free, under way already"
    assert driver.reason == ""
    driver.form.number.value = 2
    assert driver.price == "Generate · 2 credits"
    assert "This costs 2 credits, and the budget has 1 credit left." in driver.reason


def test_a_result_that_can_not_be_shown_is_said_and_not_lost_without_a_word(driver: PanelDriver) -> None:
    driver.type("A fox")
    (job,) = driver.generate()
    driver.session.store.object_path(job.result().record).write_bytes(b"scratched")
    result = driver.panel.result_list.results[0]
    driver.press(result.picture.full)
    assert "its digest differs" in result.picture.note.value
    assert result.picture.full.description == "Full size"


def test_results_that_are_there_stay_where_they_are_when_another_comes(driver: PanelDriver) -> None:
    """The cursor stays in a field while a file's name is typed."""
    driver.type("A fox")
    driver.generate()
    places = list(driver.panel.result_list.box.children)
    lowest = places[-1].children
    driver.form.number.value = 13
    driver.generate(pictures=12)
    assert {result.job.request.take for result in driver.panel.result_list.results} == set(range(2, 14))
    shown = [place.children[0] for place in driver.panel.result_list.box.children]
    assert shown == [result.box for result in driver.panel.result_list.results]
    assert lowest[0] not in shown
    assert "1 earlier result not shown here" in driver.panel.result_list.earlier.value
    assert set(driver.panel.result_list.box.children) == set(places)


def test_one_result_can_be_removed_and_the_others_stay_in_order(driver: PanelDriver) -> None:
    driver.type("A fox")
    driver.form.number.value = 3
    driver.generate(pictures=3)
    first, middle, last = driver.panel.result_list.results
    driver.panel._remove(middle)
    driver.panel._remove(middle)
    assert driver.panel.result_list.results == [first, last]
    driver.form.number.value = 4
    driver.generate(pictures=2)  # the removed one comes back, from the store
    visible = [place.children[0] for place in driver.panel.result_list.box.children if place.children]
    results = driver.panel.result_list.results
    assert sorted(result.job.request.take for result in results) == [1, 2, 3, 4]
    assert visible == [result.box for result in results]


def test_a_double_click_on_another_take_buys_one(driver: PanelDriver, emulator: Any) -> None:
    driver.type("A fox")
    (first,) = driver.generate()
    driver.panel.another_take(first.request)
    driver.panel.another_take(first.request)
    assert "Take 2 is still running" in driver.panel.note.value
    wait_until(lambda: len(driver.kept) == 2 and not driver.panel._follower.jobs)
    assert _posts(emulator) == 2
    assert [job.request.take for job in driver.kept] == [1, 2]


def test_another_take_is_the_next_number(driver: PanelDriver) -> None:
    driver.type("A fox")
    (first,) = driver.generate()
    driver.panel.another_take(first.request)
    wait_until(lambda: len(driver.kept) == 2)
    driver.panel.another_take(first.request)
    wait_until(lambda: len(driver.kept) == 3)
    assert [job.request.take for job in driver.kept] == [1, 2, 3]


def test_use_as_reference_changes_to_the_editing_model_and_an_edit_knows_its_parent(driver: PanelDriver) -> None:
    driver.type("A fox")
    (first,) = driver.generate()
    driver.panel.use_as_reference(first.result())
    assert driver.form.chosen_model.name == "gpt-image-2-edit"
    driver.type("Give it a hat")
    (edit,) = driver.generate()
    assert edit.request.references[0].parent == first.fingerprint
    assert [result.record.prompt for result in edit.result().lineage] == ["A fox", "Give it a hat"]


def test_use_these_settings_fills_the_form(driver: PanelDriver) -> None:
    driver.type("A fox")
    driver.form.quality.select.value = "medium"
    (job,) = driver.generate()
    driver.panel.reset()
    driver.panel.fill(form_state(job, driver.session, {}))
    assert (driver.form.prompt.value, driver.form.quality.select.value) == ("A fox", "medium")


def test_full_size_shows_the_served_bytes_and_save_as_never_writes_over_another_file(
    driver: PanelDriver, folder: Any
) -> None:
    import base64

    driver.type("A fox")
    (job,) = driver.generate()
    result = driver.panel.result_list.results[0]
    driver.press(result.picture.full)
    assert base64.b64encode(job.result().bytes).decode() in result.view.value
    (folder / "mine.png").write_bytes(b"mine")
    result.picture.file_name.value = "mine.png"
    result.picture._save()
    assert "exists and holds something else" in result.picture.note.value
    result.picture.file_name.value = "fox.png"
    result.picture._save()
    assert (folder / "fox.png").read_bytes() == job.result().bytes


@pytest.fixture
def live(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[PanelDriver]:
    """A panel that believes it spends real credits."""
    monkeypatch.setenv("VIDGO_API_KEY", "sk-test")
    settings = Vidgo(mode="live", confirm_above=Decimal(10))

    def ask(question: str) -> bool:
        pytest.fail(f"asked in the wrong place: {question}")

    real = Session(settings, lambda: True, ask, connect=session._connect, clock=session._clock)
    yield PanelDriver(real, {})
    real.close()


def test_the_question_about_the_price_is_in_the_form_and_no_sends_nothing(live: PanelDriver, emulator: Any) -> None:
    live.type("A fox")
    live.form.quality.select.value = "high"
    live.press(live.panel.price_box.generate)
    assert live.panel.price_box.asking
    assert "The account holds 10,000 credits. This costs 12 credits. Continue?" in live.panel.price_box.question.value
    assert "Balance: 10,000 credits, as asked" in live.panel.price_box.price.value
    assert "Answer the question below first." in live.reason
    live.press(live.panel.price_box.generate)  # a second click that was on its way
    live.panel.price_box._answered(False)
    assert "Nothing was sent" in live.panel.note.value
    assert _posts(emulator) == 0
    assert live.reason == ""


def test_yes_buys_what_was_asked_about_once(live: PanelDriver, emulator: Any) -> None:
    live.type("A fox")
    live.form.quality.select.value = "high"
    live.press(live.panel.price_box.generate)
    live.type("Something else, typed while the question stood there")
    live.panel.price_box._answered(True)
    live.panel.price_box._answered(True)
    wait_until(lambda: live.kept)
    assert [job.request.prompt for job in live.kept] == ["A fox"]
    assert _posts(emulator) == 1


def test_an_unpublished_price_is_asked_about_too(live: PanelDriver, emulator: Any) -> None:
    live.form.model.select.value = "flux-2-pro"
    live.type("A fox")
    live.press(live.panel.price_box.generate)
    assert "not published. Continue without a known price?" in live.panel.price_box.question.value
    live.panel.price_box._answered(True)
    wait_until(lambda: live.kept)
    assert _posts(emulator) == 1


def test_a_picture_that_a_cell_makes_is_priced_again_when_it_is_there(driver: PanelDriver, emulator: Any) -> None:
    """Not only at a key press: the heading would call it free, under way already, for ever."""
    emulator._latency = 1.0
    job = order(driver.session, plan_picture(driver.session, "A fox", {}))[0]
    driver.open(job)
    assert driver.price == "Generate · free, under way already"
    assert job.result(60)
    wait_until(lambda: driver.price == "Generate · free, from the store")


def test_a_job_of_a_cell_that_fails_costs_its_price_again(driver: PanelDriver, emulator: Any) -> None:
    emulator._latency = 1.0
    emulator.faults.add(Fault("submit", fails="Unsafe content"))
    job = order(driver.session, plan_picture(driver.session, "A fox", {}))[0]
    driver.open(job)
    assert driver.price == "Generate · free, under way already"
    assert job.exception(60)
    wait_until(lambda: driver.price == "Generate · 2 credits")


def test_a_question_that_was_answered_is_not_put_again_because_the_balance_has_changed_meanwhile(
    live: PanelDriver, emulator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.type("A fox")
    live.form.quality.select.value = "high"
    live.press(live.panel.price_box.generate)
    assert "The account holds 10,000 credits." in live.panel.price_box.question.value
    monkeypatch.setattr(type(emulator), "balance", property(lambda _: Decimal(9000)))
    live.panel.price_box._answered(True)
    wait_until(lambda: live.kept)
    assert _posts(emulator) == 1


def test_code_that_presses_the_buttons_is_no_answer_where_no_person_is_there(live: PanelDriver, emulator: Any) -> None:
    live.session.attended = lambda: False
    live.type("A fox")
    live.form.quality.select.value = "high"
    live.press(live.panel.price_box.generate)
    assert not live.panel.price_box.asking
    assert "it costs 12 credits, which is above 10 credits, and was not confirmed" in live.panel.note.value
    assert _posts(emulator) == 0


def test_a_job_without_a_picture_has_the_card_that_a_cell_would_show(live: PanelDriver, emulator: Any) -> None:
    emulator.faults.add(Fault("submit", fails="Unsafe content"))
    live.type("A fox")
    live.press(live.panel.price_box.generate)
    wait_until(lambda: live.panel.result_list.results)
    shown = live.panel.result_list.results[0].view.value
    assert "<b>failed · 0 credits</b>" in shown
    assert "JobFailedError" not in shown
    assert "Change the prompt, the settings or the images in the form, and press Generate." in shown
    assert "cell" not in shown
    assert live.price == "Generate · 2 credits"


@pytest.mark.parametrize("way", ["resubmit", "forget"])
def test_an_uncertain_job_is_not_priced_as_new_and_its_result_follows_once_it_is_settled(
    way: str, live: PanelDriver, emulator: Any
) -> None:
    emulator.faults.add(Fault("submit", status=500, after_accepting=True))
    live.type("A fox")
    live.press(live.panel.price_box.generate)
    wait_until(lambda: live.panel.result_list.results)
    results = live.panel.result_list.results
    assert "<b>uncertain · up to 2 credits</b>" in results[0].view.value
    assert live.price == "Generate · free, sent already"
    live.press(live.panel.price_box.generate)
    wait_until(lambda: not live.panel._follower.jobs)
    assert _posts(emulator) == 1
    resolve_jobs(live.session, [results[0].job], way, True)
    if way == "forget":
        wait_until(lambda: "<b>forgotten · " in live.panel.result_list.results[0].view.value)
        wait_until(lambda: live.price == "Generate · 2 credits")
    else:
        wait_until(lambda: "data:image" in live.panel.result_list.results[0].view.value)
        wait_until(lambda: live.price == "Generate · free, from the store")
    assert len(live.panel.result_list.results) == 1
    assert _posts(emulator) == (1 if way == "forget" else 2)
