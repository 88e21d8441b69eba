"""``{{ expressions }}`` in the form: filled in with the notebook's variables as they are typed, and shown."""

from __future__ import annotations

from typing import Any

from tests.fixtures.panel_driver import PanelDriver
from vidgo_notebook.app.plan.planning import plan_picture
from vidgo_notebook.app.purchase.order_plan import order


def test_what_is_sent_is_shown_bought_and_copied_as_it_was_typed(
    driver: PanelDriver, variables: dict[str, Any]
) -> None:
    variables["product"] = "kettle"
    driver.type("A {{ product | upper }} on a shelf")
    assert "Sent: A KETTLE on a shelf" in driver.form.preview.value
    assert "19 of 4,000 characters" in driver.form.counter.value
    (job,) = driver.generate()
    assert (job.request.prompt, job.request.template) == ("A KETTLE on a shelf", "A {{ product | upper }} on a shelf")
    assert driver.copy().endswith("\nA {{ product | upper }} on a shelf")
    assert "'A KETTLE on a shelf'" in driver.copy("Python")


def test_another_value_of_the_variable_is_another_picture(driver: PanelDriver, variables: dict[str, Any]) -> None:
    variables["product"] = "kettle"
    driver.type("A {{ product }}")
    driver.generate()
    assert driver.price == "Generate · free, from the store"
    variables["product"] = "lamp"
    driver.panel.between_cells()
    assert "Sent: A lamp" in driver.form.preview.value
    assert driver.price == "Generate · 2 credits"


def test_what_is_wrong_with_an_expression_is_said_at_the_prompt(driver: PanelDriver, variables: dict[str, Any]) -> None:
    variables["product"] = "kettle"
    driver.type("A {{ produkt }}")
    assert "{{ product }}" in driver.form.prompt_problem.value
    assert driver.form.preview.value == ""
    assert driver.reason


def test_no_code_of_the_user_runs_while_they_type(driver: PanelDriver, variables: dict[str, Any]) -> None:
    calls: list[int] = []
    variables["buy"] = lambda: calls.append(1)
    driver.type("A {{ buy() }}")
    assert "does not call buy(…)" in driver.form.prompt_problem.value
    assert calls == []


def test_drawn_words_are_those_that_are_bought(driver: PanelDriver) -> None:
    driver.type("A {{ choice(['red', 'blue']) }} mug")
    shown = driver.form.preview.value
    (job,) = driver.generate()
    assert job.request.prompt in shown
    assert job.request.draws
    assert driver.price == "Generate · free, from the store"


def test_braces_of_a_prompt_that_was_no_template_stay_braces(driver: PanelDriver) -> None:
    job = order(driver.session, plan_picture(driver.session, "A {{ plain }} text", {}))[0].wait()
    driver.open(job)
    assert "Sent: A {{ plain }} text" in driver.form.preview.value
    assert driver.price == "Generate · free, from the store"
