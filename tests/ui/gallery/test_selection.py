"""The gallery's filters and order, and what can be done with several pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.clocks import wait_until
from tests.ui.gallery.test_gallery import keep, opened, say, select, shown
from vidgo_notebook.app.plan.planning import plan_sweep
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.session import Session
from vidgo_notebook.ui.gallery.gallery import Gallery


@pytest.fixture
def gallery(session: Session) -> Gallery:
    """Four pictures: two sizes, two qualities, one of them by a service."""
    for number, size, quality in ((1, "1:1", "low"), (2, "1:1", "high"), (3, "16:9", "high")):
        keep(session, number, size=size, quality=quality, quoted="12" if quality == "high" else "2")
    keep(session, 4, provider="vidgo", quoted="2")
    return opened(session)


def _select(gallery: Gallery, *places: int) -> None:
    for place in places:
        select(gallery, place)


def _make_room(gallery: Gallery, columns: int) -> None:
    """What the page does when so many pictures fit into a row."""
    say(gallery, columns=columns)


def test_quality_size_and_maker_narrow_and_can_be_cleared(gallery: Gallery) -> None:
    filters = gallery.filters
    filters.quality.select.value = "high"
    assert shown(gallery) == ["Picture 3 of a fox", "Picture 2 of a fox"]
    filters.size.select.value = "16:9"
    assert shown(gallery) == ["Picture 3 of a fox"]
    assert gallery.clear.layout.display is None
    gallery.clear.click()
    assert len(shown(gallery)) == 4
    assert gallery.clear.layout.display == "none"
    filters.origin.select.value = "a service"
    assert shown(gallery) == ["Picture 4 of a fox"]


def test_pictures_are_sorted_by_time_or_price(gallery: Gallery) -> None:
    gallery.filters.order.select.value = "oldest first"
    assert shown(gallery)[0] == "Picture 1 of a fox"
    gallery.filters.order.select.value = "highest price"
    assert shown(gallery)[:2] == ["Picture 3 of a fox", "Picture 2 of a fox"]


def test_a_star_is_kept_in_the_store_and_found_again(gallery: Gallery, session: Session) -> None:
    _select(gallery, 1)
    assert gallery.chosen.one
    gallery.chosen.one.star.click()
    assert gallery.chosen.one.star.description == "★ Starred"
    again = opened(session)
    again.filters.starred.value = True
    assert shown(again) == ["Picture 3 of a fox"]
    assert "★" in again.grid.view.page["tiles"][0]["detail"]
    gallery.chosen.one.star.click()
    again.fill()
    assert shown(again) == []


def test_the_pictures_of_a_named_batch_are_found(session: Session) -> None:
    keep(session, 1)
    order(session, plan_sweep(session, None, {"prompt": ["A cup", "A bowl"]}), name="dishes").wait()
    gallery = opened(session)
    gallery.filters.batch.select.value = "dishes"
    assert sorted(shown(gallery)) == ["A bowl", "A cup"]


def test_no_match_is_said_and_what_was_compared_is_gone(gallery: Gallery) -> None:
    _select(gallery, 0, 1)
    assert gallery.chosen.box.layout.display is None
    gallery.filters.text.value = "no such words"
    assert "No picture matches these filters." in gallery.total.value
    assert gallery.chosen.box.layout.display == "none"
    assert gallery.bar.count.value == ""


def test_a_page_has_full_rows_of_as_many_pictures_as_fit(session: Session) -> None:
    for number in range(1, 21):
        keep(session, number)
    gallery = opened(session)
    gallery.on.click()
    _make_room(gallery, 7)
    assert "Picture 8 of a fox" in shown(gallery)  # the first of the page that was shown stays in sight
    for columns, page in ((7, 14), (5, 15), (3, 12), (1, 12)):
        _make_room(gallery, columns)
        assert gallery.grid.page == len(gallery.grid.view.page["tiles"]) == page


def test_what_is_selected_is_exported(gallery: Gallery, folder: Path) -> None:
    _select(gallery, 0, 2)
    gallery.bar.export.click()
    gallery.bar.export_row.path.value = "two.zip"
    gallery.bar.export_row.write.click()
    wait_until(lambda: "2 results exported to two.zip" in gallery.bar.note.value)
    assert (folder / "two.zip").exists()


def test_what_was_bought_again_is_shown_and_then_deleted(gallery: Gallery, session: Session) -> None:
    old = keep(session, 5)
    keep(session, 5, generation=1, shade=50)
    gallery.fill()
    _select(gallery, 1)
    gallery.bar.delete.click()
    assert "Nothing for the selected pictures was bought again" in gallery.bar.note.value
    _select(gallery, 0)
    gallery.bar.delete.click()
    assert "1 result for the selected pictures would be deleted" in gallery.bar.question.list.value
    assert session.store.contents().superseded
    gallery.bar.question.confirm.click()
    assert "1 result deleted." in gallery.bar.note.value
    assert session.store.contents().superseded == ()
    assert not session.store.object_path(old).exists()
    assert len(shown(gallery)) == 5


def test_another_take_from_the_gallery_is_bought_in_a_form_and_comes_into_the_gallery(session: Session) -> None:
    order(session, plan_sweep(session, None, {"prompt": ["A cup"]})).wait()
    gallery = opened(session)
    _select(gallery, 0)
    assert gallery.chosen.one
    gallery._another_take(gallery.chosen.one._request)
    wait_until(lambda: len(gallery.index.records) == 2)
    assert sorted(record.take for record in gallery.index.records) == [1, 2]


def test_a_star_goes_with_its_picture(session: Session) -> None:
    record = keep(session, 1)
    session.store.set_star(record, True)
    session.store.remove([(f"{record.fingerprint}.json", record)])
    assert session.store.stars.all() == frozenset()
    other = replace(record, digest="0" * 64)
    assert not session.store.stars.has(other.digest)


def test_at_a_page_of_panel_ipywidgets_own_show_and_select_the_pictures(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Panel loads the JavaScript of every other widget from a network."""
    monkeypatch.setattr("vidgo_notebook.ui.gallery.grid.page_host", lambda: "Panel")
    for number in (1, 2, 3):
        keep(session, number)
    gallery = opened(session)
    tiles = [tile.children for tile in gallery.grid.view.children[-1].children]
    wait_until(lambda: all("data:image/jpeg" in image.value for image, _, _ in tiles))
    assert [check.description for _, check, _ in tiles] == shown(gallery)
    assert "2026-03-03" in tiles[0][2].value
    _, second, _ = tiles[1]
    second.value = True
    _select(gallery, 0)
    assert [record.prompt for record in gallery._selected] == ["Picture 2 of a fox", "Picture 3 of a fox"]
    gallery.filters.text.value = "Picture 2"
    (tile,) = gallery.grid.view.children[-1].children
    assert tile.children[1].value
    gallery.bar.none.click()
    assert not tile.children[1].value
    gallery.grid.tell("1 new picture")
    line, _ = gallery.grid.view.children
    assert ("1 new picture" in line.children[0].value, line.layout.display) == (True, None)
    line.children[1].click()
    assert line.layout.display == "none"
