"""The gallery: search and filters, a page of thumbnails, and the selected pictures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date

import ipywidgets as widgets

from vidgo_notebook.app.library.index import Cost, LibraryIndex, RecordFilter, cost_of
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.door import here
from vidgo_notebook.errors import StoreError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.ui.gallery.chosen import Chosen
from vidgo_notebook.ui.gallery.tiles import PAGE, Tiles
from vidgo_notebook.ui.panel.page import KeyGuard
from vidgo_notebook.ui.panel.parts import Choice, box, button, row, style_sheet, words

_ANY = ("all models", "")
_MOST_CHOSEN = 2


class Filters:
    """What is wanted; ``changed`` is called at every change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.text = widgets.Text(description="Search in prompts", placeholder="bicycle")
        self.model = Choice("Model", lambda: None)
        self.offer([])
        self.since = widgets.DatePicker(description="From")
        self.until = widgets.DatePicker(description="To")
        for widget in (self.text, self.model.select, self.since, self.until):
            widget.observe(lambda _: changed(), "value")
        fields = [box(each, kind="vidgo-field") for each in (self.text, self.since, self.until)]
        self.box = box(fields[0], self.model.box, *fields[1:], kind="vidgo-fields")

    def offer(self, models: Sequence[str]) -> None:
        """Offer these models; the one that is selected stays so."""
        self.model.offer([_ANY, *((model, model) for model in models)], str(self.model.select.value or ""))

    @property
    def wanted(self) -> RecordFilter:
        """What is asked for now."""
        return RecordFilter(
            self.text.value.strip(), str(self.model.select.value), _iso(self.since.value), _iso(self.until.value)
        )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


class Gallery:
    """The store on the page, with placeholders until ``fill`` has read it; its handlers may run in any thread."""

    def __init__(self, session: Session) -> None:
        self._lock = threading.RLock()
        self._session = session
        self.index = LibraryIndex(session)
        self._filled = False
        self._page = 0
        self._records: list[ResultRecord] = []
        self._selected: list[ResultRecord] = []
        self.filters = Filters(self._filtered)
        self.total, self.where = words(html.muted("Reading the store …")), words()
        self.tiles = Tiles(self.index, self._toggled)
        self.chosen = Chosen(self.index, session)
        self.back = button("Newer", lambda: self._go(-1), hint="The page with newer pictures")
        self.on = button("Older", lambda: self._go(1), hint="The page with older pictures")
        self.back.disabled = self.on.disabled = True
        again = button("Refresh", self.fill, hint="Read the store again")
        pager = row(self.back, self.where, self.on, again)
        parts = (style_sheet(), KeyGuard(), self.filters.box, self.total, self.tiles.box, pager, self.chosen.box)
        self.box = box(*parts, kind="vidgo-panel")

    def fill(self) -> None:
        """Read the store, or read it again, and show what is in it."""
        try:
            self.index.read()
        except StoreError as error:
            self.total.value = html.wrong(str(error).split("\n"))
            return
        with self._lock:
            self._filled = True
            self.filters.offer(self.index.models)
            self._filtered()

    @property
    def pages(self) -> int:
        """How many pages the wanted pictures fill; at least one."""
        return max(1, -(-len(self._records) // PAGE))

    def _filtered(self) -> None:
        with self._lock:
            if not self._filled:
                return
            self._records = self.index.find(self.filters.wanted)
            self._page = 0
            self.total.value = _total(
                len(self._records), cost_of(self._records), self.index.damaged, self._session.settings.credit_format
            )
            self._draw()

    def _go(self, by: int) -> None:
        with self._lock:
            self._page = min(max(self._page + by, 0), self.pages - 1)
            self._draw()

    def _draw(self) -> None:
        first = self._page * PAGE
        self.tiles.put(self._records[first : first + PAGE], self._selected)
        self.where.value = html.muted(f"Page {self._page + 1:,} of {self.pages:,}")
        self.back.disabled, self.on.disabled = self._page == 0, self._page == self.pages - 1

    def _toggled(self, record: ResultRecord, chosen: bool) -> None:
        """Two at most: a third takes the place of the one that was selected first."""
        with self._lock:
            others = [each for each in self._selected if each != record]
            self._selected = [*others, record][-_MOST_CHOSEN:] if chosen else others
            for tile in self.tiles.tiles:
                tile.choose(tile.record in self._selected)
            self.chosen.put(self._selected)


def _total(count: int, cost: Cost, damaged: int, credit_format: CreditFormat) -> str:
    parts = [counted(count, "picture"), f"{cost.paid.text(credit_format)} charged"]
    if cost.stand_ins:
        parts.append(f"{cost.stand_ins.text(credit_format)} emulated, free")
    if damaged:
        are = "record is" if damaged == 1 else "records are"
        parts.append(here(f"{damaged:,} damaged {are} left out: %vidgo doctor"))
    return html.muted(" · ".join(parts) + ". Select one to see it large, two to compare them.")
