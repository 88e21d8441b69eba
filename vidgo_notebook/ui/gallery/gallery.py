"""The gallery: search and filters, a page of thumbnails, and what can be done with the selected pictures."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.library.index import ORDERS, Cost, LibraryIndex, RecordFilter, cost_of
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.pricing import CreditFormat
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.door import here
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.ui.gallery.filters import Filters
from vidgo_notebook.ui.gallery.grid import MOST, Grid, GridActs, key_of
from vidgo_notebook.ui.gallery.selection import SelectionBar
from vidgo_notebook.ui.gallery.watch import StoreWatch
from vidgo_notebook.ui.panel.page import KeyGuard
from vidgo_notebook.ui.panel.parts import Looks, box, button, row, show, style_sheet, words

if TYPE_CHECKING:
    from vidgo_notebook.app.form import FormState
    from vidgo_notebook.ui.gallery.chosen import Chosen
    from vidgo_notebook.ui.panel.panel import Panel

_HOW = "Select one to see it large, two or more to compare them."
_FOOT = "What this form makes is in the store, and above as soon as it is there."
_NO_MATCH = "No picture matches these filters."
_EMPTY = "The store has no pictures yet. A cell that begins with %%vidgo makes one, and so does %vidgo panel."


class Gallery:
    """The store on the page, with placeholders until ``fill`` has read the newest of it; its handlers may run in any
    thread.

    What only a selected picture needs is imported when there is one: it takes longer to load than all of the page.
    """

    def __init__(self, session: Session, variables: Mapping[str, Any]) -> None:
        self._lock = threading.RLock()
        self._session, self._variables = session, variables
        self.index = LibraryIndex(session)
        self._filled = False
        self._page = 0
        self._records: list[ResultRecord] = []
        self._selected: list[ResultRecord] = []
        self._looks = looks = Looks()
        self.filters = Filters(session, self._filtered, looks)
        self.total, self.where = words(html.muted("Reading the store …"), **looks.words), words(**looks.words)
        self.clear = button("Clear filters", self.filters.clear, hint="Show every picture")
        self.watch = StoreWatch(session, self._store_changed)
        self.grid = Grid(self.index, GridActs(self._picked, self._arrange, self._show_new, self._seen))
        self.chosen_place = box(**looks.layout)
        self.bar = SelectionBar(session, lambda: self._selected, self._select_page, self._select_none, self.fill, looks)
        self.back = button("Newer", lambda: self._go(-1), hint="The page before this one", **looks.button)
        self.on = button("Older", lambda: self._go(1), hint="The page after this one", **looks.button)
        self.back.disabled = self.on.disabled = True
        self.form: Panel | None = None
        self.form_place = box()
        self.guard = KeyGuard()
        self.box = self._laid_out()

    def _laid_out(self) -> Any:
        looks = self._looks
        again = button("Refresh", self.fill, hint="Read the store again", **looks.button)
        pager = row(self.back, self.where, self.on, again, **looks.layout)
        counts = row(self.total, self.clear, **looks.layout)
        above = (style_sheet(**looks.words), self.guard, self.filters.box, counts, self.bar.box)
        show(self.clear, False)
        parts = (*above, self.grid.view, pager, self.chosen_place, self.form_place)
        made = box(*parts, kind="vidgo-panel", **looks.layout)
        made.add_class("vidgo-gallery")
        return made

    # What is shown

    def fill(self) -> None:
        """Read the store, or read it again, and show what is in it; the first time its newest pictures come first."""
        self.watch.start()
        try:
            if not self._filled:
                self.index.read_newest(MOST)
                self._show_newest()
            self.index.read()
        except VidgoError as error:
            self.total.value = html.wrong(str(error).split("\n"))
            return
        with self._lock:
            self._filled = True
            self.filters.offer(self.index)
            self._filtered(page=self._page)

    def _show_newest(self) -> None:
        """Show what is known to be on the first page, unless something else is asked for."""
        with self._lock:
            wanted, found = self._find()
            if found and wanted == RecordFilter() and self.filters.order.select.value == ORDERS[0]:
                self._records = found
                self._draw()

    def between_cells(self) -> None:
        """Variables, settings and prices may have changed."""
        if self.form:
            self.form.between_cells()

    @property
    def pages(self) -> int:
        """How many pages the wanted pictures fill; at least one."""
        return max(1, -(-len(self._records) // self.grid.page))

    def _find(self) -> tuple[RecordFilter, list[ResultRecord]]:
        """What is asked for, and the pictures that the store has of it."""
        wanted = self.filters.wanted({record.provider for record in self.index.records})
        return wanted, self.index.find(wanted, str(self.filters.order.select.value))

    def _filtered(self, page: int = 0) -> None:
        with self._lock:
            if not self._filled:
                return
            try:
                wanted, self._records = self._find()
            except VidgoError as error:  # of a batch, or of the stars
                self.total.value = html.wrong(str(error).split("\n"))
                return
            self._page = min(page, self.pages - 1)
            self.total.value = self._total()
            show(self.clear, wanted != RecordFilter())
            left = set(map(key_of, self._records))
            self._draw()
            self.grid.tell("")
            self._select([record for record in self._selected if key_of(record) in left])

    # What comes into the store meanwhile

    def _store_changed(self) -> None:
        """Show it, or say it where that would move the pictures that a person is at."""
        self.index.read()
        with self._lock:
            if not self._filled:
                return
            self.filters.offer(self.index)
            _, found = self._find()
            first = self._page * self.grid.page
            moves = self.grid.records and found[first : first + self.grid.page] != self.grid.records
            if moves and (self._page or self._selected or self.grid.in_use):
                new = len(_added(found, self._records))
                self.grid.tell(counted(new, "new picture") if new else "The store has changed")
            else:
                self._filtered(self._page)

    def _show_new(self) -> None:
        """Turn to the page that has the first of the new pictures."""
        with self._lock:
            shown = self._records
            _, found = self._find()
            new = _added(found, shown)
            self._filtered(found.index(new[0]) // self.grid.page if new else self._page)

    def _seen(self, seen: bool) -> None:
        """Whether a page shows the gallery."""
        if seen:
            self.watch.start()
        else:
            self.watch.stop()

    def _total(self) -> str:
        if not self._records:
            damaged = _damaged(self.index.damaged)
            return html.notes([_NO_MATCH if self.index.records else here(_EMPTY), *damaged])
        return _total(
            len(self._records), cost_of(self._records), self.index.damaged, self._session.settings.credit_format
        )

    def _arrange(self, columns: int) -> None:
        """The page has room for so many pictures in a row; the first that is shown stays in sight."""
        with self._lock:
            first = self._page * self.grid.page
            if self.grid.arrange(columns):
                self._page = first // self.grid.page
                if self._filled or self._records:
                    self._draw()

    def _go(self, by: int) -> None:
        with self._lock:
            self._page = min(max(self._page + by, 0), self.pages - 1)
            self._draw()

    def _redraw(self) -> None:
        """A star was set, or taken away."""
        self._filtered(self._page)

    def _draw(self) -> None:
        first = self._page * self.grid.page
        self.grid.put(self._records[first : first + self.grid.page], self._session.store.stars.all())
        if not self._filled:
            return  # how many pages there are is not known
        self.where.value = html.muted(f"Page {self._page + 1:,} of {self.pages:,}")
        self.back.disabled, self.on.disabled = self._page == 0, self._page == self.pages - 1

    # What is selected

    def _picked(self, keys: Sequence[str]) -> None:
        """The person has selected these, of this page and of others."""
        with self._lock:
            known = {key_of(record): record for record in (*self._selected, *self.grid.records)}
            self._select([known[key] for key in keys if key in known])

    def _select_page(self) -> None:
        with self._lock:
            new = [record for record in self.grid.records if record not in self._selected]
            self._select([*self._selected, *new])

    def _select_none(self) -> None:
        with self._lock:
            self._select([])

    def _select(self, records: Sequence[ResultRecord]) -> None:
        """Select these."""
        if list(records) != self._selected:
            self._selected = list(records)
            self.grid.choose(self._selected)  # first: to show many large takes seconds
            self.bar.follow()
            self.chosen.put(self._selected)
        self.grid.choose(self._selected)

    @cached_property
    def chosen(self) -> Chosen:
        """The place of the selected pictures."""
        from vidgo_notebook.ui.gallery.chosen import Chosen
        from vidgo_notebook.ui.panel.result_view import Acts

        acts = Acts(self._use_as_reference, self._another_take, self._open_in_form, self._redraw)
        made = Chosen(self.index, self._session, self._variables, acts)
        self.chosen_place.children = [made.box]
        return made

    # What a picture can do: a form opens below it

    def _use_as_reference(self, result: Result) -> None:
        self._opened_form().use_as_reference(result)

    def _another_take(self, request: GenerationRequest) -> None:
        """Its images are found again first."""
        from vidgo_notebook.app.form import form_state_of

        state = form_state_of(request, self._session, self._variables)
        form = self._opened_form()
        form.fill(state)
        form.another_take(form.first_request())

    def _open_in_form(self, state: FormState) -> None:
        self._opened_form().fill(state)

    def _opened_form(self) -> Panel:
        """The form of this gallery, in sight."""
        from vidgo_notebook.ui.panel.panel import Panel

        with self._lock:
            if self.form is None:
                self.form = Panel(self._session, self._variables, lambda _: self.fill(), foot=_FOOT)
                self.form.reset()
                self.form.close_button.on_click(lambda _: show(self.form_place, False))
                self.form_place.children = [self.form.box]
            show(self.form_place, True)
            self.guard.reveal(".vidgo-form")
            return self.form


def _added(found: Sequence[ResultRecord], shown: Sequence[ResultRecord]) -> list[ResultRecord]:
    known = set(map(key_of, shown))
    return [record for record in found if key_of(record) not in known]


def _damaged(number: int) -> list[str]:
    if not number:
        return []
    return [here(f"{number:,} damaged {'record is' if number == 1 else 'records are'} left out: %vidgo doctor")]


def _total(count: int, cost: Cost, damaged: int, credit_format: CreditFormat) -> str:
    parts = [counted(count, "picture"), f"{cost.paid.text(credit_format)} charged"]
    if cost.stand_ins:
        parts.append(f"{cost.stand_ins.text(credit_format)} emulated, free")
    return html.muted(" · ".join([*parts, *_damaged(damaged)]) + f". {_HOW}")
