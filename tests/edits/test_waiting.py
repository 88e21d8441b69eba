"""Edits of pictures that are still being made: the cell returns, the edit waits, and a failure is passed on."""

from __future__ import annotations

import pytest

from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.live_session import PATIENCE, OpenStudio, Studio, new_vendor, sent_urls, spent, tasks, uploaded
from vidgo_notebook.emulator import Emulator, Fault
from vidgo_notebook.errors import BudgetError, RequestError


@pytest.fixture
def vendor(time: FastTime) -> Emulator:
    """A vendor that finishes nothing until its time is moved on."""
    return new_vendor(time, latency=100_000.0)


@pytest.fixture
def studio(open_studio: OpenStudio) -> Studio:
    return open_studio(timeout=1e9)


def test_an_edit_of_a_picture_under_way_waits_for_it_and_the_cell_does_not(
    studio: Studio, vendor: Emulator, time: FastTime
) -> None:
    cup = studio.ask("A cup")
    edit = studio.ask("On a shelf", cup)
    further = studio.ask("At night", edit)
    assert (edit.status, further.status, cup.done()) == ("waiting", "waiting", False)
    finish(vendor, time)
    wait_until(lambda: len(tasks(vendor)) == 2)
    assert further.status == "waiting"
    finish(vendor, time, 2)
    finish(vendor, time, 3)
    last = further.result(PATIENCE)
    assert uploaded(vendor) == [cup.result().bytes, edit.result().bytes]
    assert [result.record.prompt for result in last.lineage] == ["A cup", "On a shelf", "At night"]
    assert spent(studio) == 6


def finish(vendor: Emulator, time: FastTime, number: int = 1) -> None:
    """Let the service finish its ``number``-th task, once it has it."""
    wait_until(lambda: len(tasks(vendor)) == number)
    time.skip(100_001)


def test_an_edit_of_a_picture_that_fails_says_so_by_name_and_sends_nothing(
    studio: Studio, vendor: Emulator, time: FastTime
) -> None:
    vendor.faults.add(Fault("submit", fails="Unsafe content"))
    cup = studio.ask("A cup")
    edit = studio.ask("On a shelf", [cup, cup])
    finish(vendor, time)
    with pytest.raises(RequestError) as failed:
        edit.result(PATIENCE)
    assert f"an earlier picture ({cup.id}) brought no picture" in str(failed.value)
    assert "Unsafe content" in str(failed.value)
    assert "Nothing was sent and nothing was spent." in str(failed.value)
    assert (edit.status, edit.charge, len(sent_urls(vendor))) == ("refused", 0, 1)
    assert studio.committed == 0


def test_a_picture_that_has_failed_already_is_refused_at_once(studio: Studio, vendor: Emulator, time: FastTime) -> None:
    vendor.faults.add(Fault("submit", fails="Unsafe content"))
    cup = studio.ask("A cup")
    finish(vendor, time)
    wait_until(cup.done)
    with pytest.raises(RequestError, match=f"job {cup.id} brought no picture: .*Unsafe content"):
        studio.ask("On a shelf", cup)
    assert len(sent_urls(vendor)) == 1


def test_a_picture_that_was_cancelled_is_no_image(studio: Studio, time: FastTime) -> None:
    cup = studio.ask("A cup")
    edit = studio.ask("On a shelf", studio.ask("Waits", cup))
    cancelled = studio.ask("Cancelled", cup)
    edit_of_it = studio.ask("Of it", cancelled)
    assert cancelled.cancel()
    with pytest.raises(RequestError, match="it was cancelled"):
        edit_of_it.result(PATIENCE)
    assert edit.status == "waiting"


def test_the_price_of_a_waiting_edit_is_set_aside_at_once(open_studio: OpenStudio) -> None:
    studio = open_studio(budget=5.0, timeout=1e9)
    cup = studio.ask("A cup")
    studio.ask("On a shelf", cup)
    with pytest.raises(BudgetError):
        studio.ask("At night", cup)


def test_the_same_edit_of_a_picture_under_way_is_bought_once(studio: Studio, vendor: Emulator, time: FastTime) -> None:
    cup = studio.ask("A cup")
    edits = [studio.ask("On a shelf", cup) for _ in range(3)]
    finish(vendor, time)
    finish(vendor, time, 2)
    assert len({edit.result(PATIENCE).digest for edit in edits}) == 1
    assert len(tasks(vendor)) == 2
    assert studio.committed == 4


def test_an_edit_that_is_stored_already_is_found_once_its_parent_is_there(
    open_studio: OpenStudio, studio: Studio, vendor: Emulator, time: FastTime
) -> None:
    cup = studio.ask("A cup")
    edit = studio.ask("On a shelf", cup)
    finish(vendor, time)
    finish(vendor, time, 2)
    edit.result(PATIENCE)
    again = open_studio(timeout=1e9)
    assert again.ask("On a shelf", again.ask("A cup")).result(PATIENCE).path == edit.result().path
    assert len(tasks(vendor)) == 2
