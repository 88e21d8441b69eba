"""Edits of pictures that are still being made: the cell returns, the edit waits, and a failure is passed on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.clocks import FastTime, wait_until
from tests.fixtures.live_session import (
    PATIENCE,
    LiveSession,
    OpenLiveSession,
    new_emulator,
    sent_urls,
    spent,
    tasks,
    uploaded,
)
from vidgo_notebook.app.settings.traits import configure
from vidgo_notebook.emulator import Emulator, Fault
from vidgo_notebook.errors import BudgetError, RequestError


@pytest.fixture
def emulator(time: FastTime) -> Emulator:
    """An emulator that finishes nothing until its time moves on."""
    return new_emulator(time, latency=100_000.0)


@pytest.fixture
def live(open_live: OpenLiveSession) -> LiveSession:
    return open_live(timeout=1e9)


def test_an_edit_of_a_picture_under_way_waits_for_it_and_the_cell_does_not(
    live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    cup = live.ask("A cup")
    edit = live.ask("On a shelf", cup)
    further = live.ask("At night", edit)
    assert (edit.status, further.status, cup.done()) == ("waiting", "waiting", False)
    finish(emulator, time)
    wait_until(lambda: len(tasks(emulator)) == 2)
    assert further.status == "waiting"
    finish(emulator, time, 2)
    finish(emulator, time, 3)
    last = further.result(PATIENCE)
    assert uploaded(emulator) == [cup.result().bytes, edit.result().bytes]
    assert [result.record.prompt for result in last.lineage] == ["A cup", "On a shelf", "At night"]
    assert spent(live) == 6


def finish(emulator: Emulator, time: FastTime, number: int = 1) -> None:
    """Let the service finish its ``number``-th task, once it has it."""
    wait_until(lambda: len(tasks(emulator)) == number)
    time.skip(100_001)


def test_an_edit_of_a_picture_that_fails_says_so_by_name_and_sends_nothing(
    live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    emulator.faults.add(Fault("submit", fails="Unsafe content"))
    cup = live.ask("A cup")
    edit = live.ask("On a shelf", [cup, cup])
    finish(emulator, time)
    with pytest.raises(RequestError) as failed:
        edit.result(PATIENCE)
    assert f"an earlier picture ({cup.id}) has no picture" in str(failed.value)
    assert "Unsafe content" in str(failed.value)
    assert "Nothing was sent and nothing was spent." in str(failed.value)
    assert (edit.status, edit.charge, len(sent_urls(emulator))) == ("refused", 0, 1)
    assert live.committed == 0


def test_a_picture_that_has_failed_already_is_refused_at_once(
    live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    emulator.faults.add(Fault("submit", fails="Unsafe content"))
    cup = live.ask("A cup")
    finish(emulator, time)
    wait_until(cup.done)
    with pytest.raises(RequestError, match=f"job {cup.id} has no picture: .*Unsafe content"):
        live.ask("On a shelf", cup)
    assert len(sent_urls(emulator)) == 1


def test_a_picture_that_was_cancelled_is_no_image(live: LiveSession, time: FastTime) -> None:
    cup = live.ask("A cup")
    edit = live.ask("On a shelf", live.ask("Waits", cup))
    cancelled = live.ask("Cancelled", cup)
    edit_of_it = live.ask("Of it", cancelled)
    assert cancelled.cancel()
    with pytest.raises(RequestError, match="it was cancelled"):
        edit_of_it.result(PATIENCE)
    assert edit.status == "waiting"


def test_the_price_of_a_waiting_edit_is_set_aside_at_once(open_live: OpenLiveSession) -> None:
    live = open_live(budget=5.0, timeout=1e9)
    cup = live.ask("A cup")
    live.ask("On a shelf", cup)
    with pytest.raises(BudgetError):
        live.ask("At night", cup)


def test_the_same_edit_of_a_picture_under_way_is_bought_once(
    live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    cup = live.ask("A cup")
    edits = [live.ask("On a shelf", cup) for _ in range(3)]
    finish(emulator, time)
    finish(emulator, time, 2)
    assert len({edit.result(PATIENCE).digest for edit in edits}) == 1
    assert len(tasks(emulator)) == 2
    assert live.committed == 4


def test_an_edit_that_is_stored_already_is_found_once_its_parent_is_there(
    open_live: OpenLiveSession, live: LiveSession, emulator: Emulator, time: FastTime
) -> None:
    cup = live.ask("A cup")
    edit = live.ask("On a shelf", cup)
    finish(emulator, time)
    finish(emulator, time, 2)
    edit.result(PATIENCE)
    again = open_live(timeout=1e9)
    assert again.ask("On a shelf", again.ask("A cup")).result(PATIENCE).path == edit.result().path
    assert len(tasks(emulator)) == 2


@pytest.mark.parametrize("changed", ["store", "journal", "mode", "base_url", "model"])
def test_a_setting_that_changes_while_an_edit_waits_changes_nothing_of_it(
    changed: str, live: LiveSession, emulator: Emulator, time: FastTime, folder: Path
) -> None:
    """It was asked for before: it goes where it was to go, and stays beside what it was made from."""
    settings, before = live.session.settings, live.session.settings.store
    cup = live.ask("A cup")
    edit = live.ask("On a shelf", cup)
    other = {
        "store": str(folder / "other"),
        "journal": str(folder / "other.sqlite3"),
        "mode": "replay",
        "base_url": "https://elsewhere.example",
        "model": "flux-2-pro",
    }
    configure(settings, **{changed: other[changed]})
    finish(emulator, time)
    finish(emulator, time, 2)
    result = edit.result(PATIENCE)
    assert result.path is not None and result.path.is_relative_to(before)
    assert (result.record.model, edit.provider) == ("gpt-image-2-edit", cup.provider)
    assert [each.record.prompt for each in result.lineage] == ["A cup", "On a shelf"]
    entries = {entry.record.job_id: entry for entry in live.session.journal.entries()}
    assert entries[edit.id].record.state.value == "finished"
    assert entries[edit.id].store == before
    assert len(tasks(emulator)) == 2
