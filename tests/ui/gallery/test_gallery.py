"""The gallery's pages, search, filters, and what is selected; thumbnails are made once."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from ipywidgets import Widget

from tests.fixtures.calls import calls_of
from tests.fixtures.clocks import wait_until
from tests.fixtures.panel_driver import PanelDriver
from tests.fixtures.sample_pictures import picture
from vidgo_notebook.app.library.index import LibraryIndex, RecordFilter, cost_of
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.pricing import Total
from vidgo_notebook.domain.request import GenerationRequest, fields_to_send, fingerprint
from vidgo_notebook.store.results.plain_files import file_digest
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.record_file import read_own_record
from vidgo_notebook.ui.gallery.gallery import Gallery
from vidgo_notebook.ui.gallery.grid import MOST

PAGE = 12  # before a browser has said how much room there is


def keep(
    session: Session,
    number: int,
    model: str = "gpt-image-2",
    provider: str = "emulator",
    *,
    size: str = "1:1",
    quality: str | None = None,
    quoted: str | None = None,
    generation: int = 0,
    shade: int | None = None,
) -> ResultRecord:
    """Put a picture into the store, as if it had been bought."""
    request = GenerationRequest(f"Picture {number} of a fox", model, quality, size, "1K")
    download = session.store.new_download()
    download.write_bytes(picture(shade=number if shade is None else shade))
    record = ResultRecord(
        fingerprint(request, provider), provider, model, request.prompt, fields_to_send(request),
        file_digest(download), "image/png", 64, 48, download.stat().st_size, generation=generation,
        charged="2" if model == "gpt-image-2" else None, quoted=quoted,
        finished=f"{date(2026, 3, 1) + timedelta(number - 1)}T10:00:00+00:00",
    )  # fmt: skip
    session.store.keep(download, record)
    return record


@pytest.fixture
def gallery(session: Session) -> Gallery:
    """Fourteen pictures: two pages, the last two by other makers."""
    for number in range(1, 13):
        keep(session, number)
    keep(session, 13, model="flux-2-pro")
    keep(session, 14, provider="vidgo")
    return opened(session)


def opened(session: Session) -> Gallery:
    """A gallery that has read the store."""
    gallery = Gallery(session, {})
    gallery.fill()
    return gallery


def shown(gallery: Gallery) -> list[str]:
    """The prompts on the page."""
    return [record.prompt for record in gallery.grid.records]


def select(gallery: Gallery, place: int, *, chosen: bool = True) -> None:
    """What the page does when the picture at this place is selected or not."""
    view = gallery.grid.view
    key = view.page["tiles"][place]["key"]
    others = [each for each in view.selected if each != key]
    view.selected = [*others, key] if chosen else others


def say(gallery: Gallery, **message: object) -> None:
    """What the page says to the kernel."""
    gallery.grid.view._handle_custom_msg(message, [])


class Browser:
    """What a gallery sends to its page, by the names of its pictures; and what the page answers."""

    def __init__(self, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
        self._gallery, self._view = gallery, gallery.grid.view
        self.thumbnails: dict[str, bytes] = {}
        self.lost: list[str] = []
        monkeypatch.setattr(self._view, "send", self._take)

    def draw(self) -> None:
        """Say that the page is drawn, and has no thumbnail yet."""
        say(self._gallery, drawn=list(self._names))

    @property
    def _names(self) -> dict[str, str]:
        return {tile["key"]: tile["name"] for tile in self._view.page["tiles"]}

    def _take(self, content: dict[str, list[str]], buffers: list[bytes] | None = None) -> None:
        sent = zip(content.get("thumbnails", []), buffers or [], strict=True)
        self.thumbnails |= {self._names[key]: data for key, data in sent}
        self.lost += [self._names[key] for key in content.get("lost", [])]


def test_pages_show_the_newest_first(gallery: Gallery) -> None:
    assert len(shown(gallery)) == PAGE
    assert shown(gallery)[0] == "Picture 14 of a fox"
    assert (gallery.back.disabled, gallery.on.disabled) == (True, False)
    gallery.on.click()
    assert shown(gallery) == ["Picture 2 of a fox", "Picture 1 of a fox"]
    assert "Page 2 of 2" in gallery.where.value


def test_search_and_filters_narrow_and_the_cost_follows(gallery: Gallery) -> None:
    assert "14 pictures · 2 credits charged · 24 credits and 1 unpublished emulated, free" in (gallery.total.value)
    gallery.filters.text.value = "PICTURE 1 OF"
    assert shown(gallery) == ["Picture 1 of a fox"]
    gallery.filters.text.value = ""
    gallery.filters.model.select.value = "flux-2-pro"
    assert shown(gallery) == ["Picture 13 of a fox"]
    gallery.filters.model.select.value = ""
    gallery.filters.since.value, gallery.filters.until.value = date(2026, 3, 3), date(2026, 3, 4)
    assert shown(gallery) == ["Picture 4 of a fox", "Picture 3 of a fox"]
    assert "0 credits charged · 4 credits emulated" in gallery.total.value


def test_thumbnails_are_made_once(gallery: Gallery, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(gallery, monkeypatch)
    browser.draw()
    wait_until(lambda: sorted(browser.thumbnails) == sorted(shown(gallery)))
    assert all(data.startswith(b"\xff\xd8") for data in browser.thumbnails.values())
    monkeypatch.setattr("vidgo_notebook.app.library.index.preview", lambda *_: pytest.fail("made again"))
    again = opened(session)
    second = Browser(again, monkeypatch)
    say(again, missing=[tile["key"] for tile in again.grid.view.page["tiles"]])
    assert second.thumbnails == browser.thumbnails
    second.thumbnails.clear()
    second.draw()  # they were on their way
    assert second.thumbnails == {}


def test_no_picture_is_decoded_before_the_page_is_drawn(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """On two cores, decoding holds up the browser."""
    for number in (1, 2):
        keep(session, number)
    monkeypatch.setattr("vidgo_notebook.ui.gallery.thumbnails._LONGEST_WAIT", 1000)
    decoded: list[str] = []
    monkeypatch.setattr(LibraryIndex, "thumbnail", lambda _, record: decoded.append(record.prompt))
    gallery = opened(session)
    browser = Browser(gallery, monkeypatch)
    assert decoded == []
    browser.draw()
    wait_until(lambda: decoded == shown(gallery))


def test_thumbnails_come_all_the_same_when_the_kernel_is_too_busy_to_hear_the_page(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vidgo_notebook.ui.gallery.thumbnails._LONGEST_WAIT", 0.01)
    gallery.on.click()
    browser = Browser(gallery, monkeypatch)
    wait_until(lambda: sorted(browser.thumbnails) == sorted(shown(gallery)))


def test_one_is_large_two_are_compared_by_a_slider_and_more_in_a_grid(gallery: Gallery) -> None:
    select(gallery, 0)
    assert gallery.chosen.one and "data:image" in gallery.chosen.one.view.value
    compared = gallery.chosen.comparison
    assert gallery.chosen.pair.layout.display == "none"
    select(gallery, 1)
    assert gallery.chosen.pair.layout.display is None
    assert compared.descriptions == ["Picture 14 of a fox", "Picture 13 of a fox"]
    assert compared.first.startswith(b"\xff\xd8") and compared.first != compared.second
    select(gallery, 2)
    assert len(gallery.grid.view.selected) == 3
    assert gallery.chosen.pair.layout.display == "none"
    assert gallery.chosen.several.value.count("<img") == 3
    select(gallery, 2, chosen=False)
    assert gallery.chosen.pair.layout.display is None


def test_days_are_the_readers_own(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture made in the evening west of Greenwich bears tomorrow's date in UTC."""
    record = replace(keep(session, 1), finished="2026-03-02T01:30:00+00:00")
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert RecordFilter(since="2026-03-01", until="2026-03-01").matches(record)
        assert not RecordFilter(since="2026-03-02").matches(record)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_tiles_of_one_prompt_are_distinguishable(gallery: Gallery) -> None:
    assert "FLUX.2 Pro · 2026-03-13" in gallery.grid.view.page["tiles"][1]["detail"]


def test_a_lineage_is_drawn(driver: PanelDriver, session: Session) -> None:
    driver.type("A fox")
    (fox,) = driver.generate()
    driver.panel.use_as_reference(fox.result())
    driver.type("Give it a hat")
    driver.generate()
    gallery = opened(session)
    gallery.filters.text.value = "hat"
    select(gallery, 0)
    assert gallery.chosen.one
    gallery.chosen.one.ancestry.click()
    assert "Whole chain: 4 credits" in gallery.chosen.one.lineage.value
    gallery.chosen.one.ancestry.click()
    assert gallery.chosen.one.lineage.value == ""


def test_damage_is_said_and_the_rest_is_shown(session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, lost, broken = (keep(session, number) for number in (1, 2, 3))
    session.store.object_path(lost).unlink()
    (session.store.folder / "results" / f"{broken.fingerprint}.json").write_text("{")
    gallery = opened(session)
    assert shown(gallery) == [lost.prompt, sound.prompt]
    assert "1 damaged record is left out" in gallery.total.value
    browser = Browser(gallery, monkeypatch)
    browser.draw()
    wait_until(lambda: browser.lost == [lost.prompt])
    select(gallery, 0)
    assert "is missing or damaged" in gallery.chosen.several.value


def test_an_empty_store_is_said(session: Session) -> None:
    assert "The store has no pictures yet." in opened(session).total.value
    index = LibraryIndex(session)
    index.read()
    assert index.find(RecordFilter()) == []


def test_placeholders_are_shown_before_the_store_is_read(session: Session) -> None:
    """Whatever is typed meanwhile selects from what is read then."""
    for number in (1, 2):
        keep(session, number)
    gallery = Gallery(session, {})
    assert gallery.grid.view.page == {"waiting": PAGE, "tiles": []}
    gallery.filters.text.value = "Picture 2"
    assert "Reading the store" in gallery.total.value
    gallery.fill()
    assert shown(gallery) == ["Picture 2 of a fox"]
    assert "1 picture ·" in gallery.total.value
    assert gallery.grid.view.page["waiting"] == 0


def test_the_first_page_is_shown_before_the_rest_of_the_store_is_decoded(session: Session) -> None:
    """Names and details come at once; filters, sums and pages when everything is known."""
    for number in range(1, MOST + 10):
        keep(session, number)
    gallery = Gallery(session, {})
    seen: list[tuple[int, list[str], str]] = []
    with calls_of(read_own_record) as decoded:
        note = lambda _: seen.append((decoded.number, shown(gallery), gallery.total.value))  # noqa: E731
        gallery.grid.view.observe(note, "page")
        gallery.fill()
    (number, prompts, total) = seen[0]
    assert number == MOST
    assert prompts == shown(gallery)
    assert prompts[0] == f"Picture {MOST + 9} of a fox"
    assert "Reading the store" in total
    assert f"{MOST + 9} pictures" in gallery.total.value
    assert len(seen) == 1  # nothing moves when the rest is known


def test_the_first_page_fills_the_width_before_the_rest_of_the_store_is_known(session: Session) -> None:
    for number in range(1, 19):
        keep(session, number)
    gallery = Gallery(session, {})
    gallery.index.read_newest(MOST)
    gallery._show_newest()
    assert len(shown(gallery)) == PAGE
    say(gallery, columns=8)
    assert len(shown(gallery)) == 16
    assert (gallery.on.disabled, gallery.where.value) == (True, "")
    gallery.fill()
    assert (gallery.on.disabled, len(shown(gallery))) == (False, 16)


def test_the_gallery_opens_with_few_widgets(session: Session) -> None:
    """Each costs the browser a millisecond or more before the first name is on the page."""
    made: list[object] = []
    Widget.on_widget_constructed(made.append)
    try:
        Gallery(session, {})
    finally:
        Widget.on_widget_constructed(None)
    assert len(made) < 70


def test_models_of_new_pictures_are_offered_after_another_look(gallery: Gallery, session: Session) -> None:
    gallery.filters.model.select.value = "flux-2-pro"
    keep(session, 15, model="flux-2-flex")
    gallery.fill()
    assert gallery.filters.model.select.value == "flux-2-pro"
    assert "flux-2-flex" in [value for _, value in gallery.filters.model.select.options]
    assert shown(gallery) == ["Picture 13 of a fox"]


def test_a_store_that_can_not_be_read_is_said_in_the_gallery(session: Session, folder: Path) -> None:
    del folder
    assert session.store.folder
    session.store.folder.mkdir(exist_ok=True)
    (session.store.folder / "results").write_text("not a folder")
    assert "can&#x27;t be read" in opened(session).total.value


def test_costs_of_nothing_are_nothing(session: Session) -> None:
    record = keep(session, 1)
    assert cost_of([]).paid == Total()
    assert cost_of([replace(record, provider="vidgo", charged=None)]).paid == Total(unpublished=1)
