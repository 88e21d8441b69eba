"""What comes into the store while the gallery is open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fixtures.clocks import wait_until
from tests.ui.gallery.test_gallery import keep, opened, say, select, shown
from vidgo_notebook.app.plan.planning import plan_sweep
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.session import Session
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.ui.gallery.gallery import Gallery


@pytest.fixture
def gallery(session: Session) -> Gallery:
    for number in range(1, 15):
        keep(session, number)
    return opened(session)


def test_pictures_of_a_cell_and_of_another_program_are_shown_at_once(gallery: Gallery, session: Session) -> None:
    keep(session, 20)
    wait_until(lambda: shown(gallery)[0] == "Picture 20 of a fox")
    assert "15 pictures" in gallery.total.value
    order(session, plan_sweep(session, None, {"prompt": ["A cup"]})).wait()
    wait_until(lambda: "A cup" in shown(gallery))
    assert gallery.grid.view.news == ""


def test_what_would_move_the_pictures_under_a_hand_is_said_and_shown_on_request(
    gallery: Gallery, session: Session
) -> None:
    before = shown(gallery)
    select(gallery, 2)
    keep(session, 20)
    wait_until(lambda: gallery.grid.view.news == "1 new picture")
    keep(session, 21)
    wait_until(lambda: gallery.grid.view.news == "2 new pictures")
    assert shown(gallery) == before
    gallery.on.click()
    say(gallery, show_new=True)
    assert shown(gallery)[:3] == ["Picture 21 of a fox", "Picture 20 of a fox", "Picture 14 of a fox"]
    assert (gallery.grid.view.news, len(gallery.grid.view.selected)) == ("", 1)


def test_the_pointer_on_a_picture_keeps_it_there(gallery: Gallery, session: Session) -> None:
    gallery.grid.view.in_use = True
    keep(session, 20)
    wait_until(lambda: gallery.grid.view.news == "1 new picture")
    gallery.filters.text.value = "fox"  # whoever looks for something sees all that there is
    assert shown(gallery)[0] == "Picture 20 of a fox"
    assert gallery.grid.view.news == ""


def test_what_the_filters_leave_out_moves_nothing(gallery: Gallery, session: Session) -> None:
    gallery.filters.text.value = "Picture 1"
    select(gallery, 0)
    keep(session, 20)
    wait_until(lambda: len(gallery.index.records) == 15)
    assert gallery.grid.view.news == ""


def test_a_gallery_that_no_page_shows_reads_nothing(gallery: Gallery, session: Session) -> None:
    say(gallery, view="one", seen=True)
    say(gallery, view="one", seen=False)
    second = opened(session)
    keep(session, 20)
    wait_until(lambda: "Picture 20 of a fox" in shown(second))
    assert len(gallery.index.records) == 14
    gallery.fill()
    assert shown(gallery)[0] == "Picture 20 of a fox"


def test_a_store_tells_of_each_change_without_being_listed(session: Session, tmp_path: Path) -> None:
    assert ResultStore(tmp_path / "none").last_change() == 0
    record = keep(session, 1)
    assert session.store.folder
    os.utime(session.store.folder / "results", ns=(0, 0))  # the clock of a file system may stand still for a moment
    assert session.store.last_change() == 0
    session.store.remove([(f"{record.fingerprint}.json", record)])
    assert session.store.last_change() > 0
