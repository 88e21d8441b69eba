"""What another kernel makes or has made changes the price in an open form."""

from __future__ import annotations

from typing import Any

from tests.fixtures.clocks import wait_until
from tests.fixtures.panel_driver import PanelDriver
from vidgo_notebook.app.plan.planning import plan_picture
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo


def test_a_picture_that_another_kernel_makes_is_free_here_while_and_after_it_is_made(
    driver: PanelDriver, emulator: Any
) -> None:
    emulator._latency = 3.0
    here = driver.session
    other = Session(Vidgo(mode="emulator"), lambda: True, lambda _: True, connect=here._connect, clock=here._clock)
    try:
        job = order(other, plan_picture(other, "A fox", {}))[0]
        wait_until(lambda: here.journal.those_under_way([job.fingerprint]))
        driver.type("A fox")
        wait_until(lambda: driver.price == "Generate · free, under way already")
        assert job.result(60)
        wait_until(lambda: driver.price == "Generate · free, from the store")
    finally:
        other.close()


def test_what_another_kernel_has_put_into_the_store_is_free_at_the_next_key(driver: PanelDriver) -> None:
    here = driver.session
    other = Session(Vidgo(mode="emulator"), lambda: True, lambda _: True, connect=here._connect, clock=here._clock)
    try:
        order(other, plan_picture(other, "A hare", {}))[0].result(60)
    finally:
        other.close()
    driver.type("A hare")
    wait_until(lambda: driver.price == "Generate · free, from the store")
