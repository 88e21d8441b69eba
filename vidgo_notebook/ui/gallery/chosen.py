"""What is selected: one picture with all that can be done with it, two in one frame with a slider, more in a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from vidgo_notebook.app.form import FormState, form_state
from vidgo_notebook.app.library.index import LibraryIndex, day_of
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.pricing import Quote, quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import Card, card_html, headline, price_text
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.verification import request_of
from vidgo_notebook.ui.panel.parts import box, close, show, words
from vidgo_notebook.ui.panel.result_view import Acts, ResultView, Subject

_MOST_IN_GRID = 24


class Comparison(anywidget.AnyWidget):
    """``first`` to the left of the slider and ``second`` to its right, both as JPEG; the second is fitted into
    the first's frame. ``descriptions`` say in words what each shows."""

    _esm = Path(__file__).with_name("comparison.js")
    first = traitlets.Bytes().tag(sync=True)
    second = traitlets.Bytes().tag(sync=True)
    descriptions = traitlets.List(traitlets.Unicode(), ["", ""]).tag(sync=True)


class Chosen:
    """The place below the grid."""

    def __init__(self, index: LibraryIndex, session: Session, variables: Mapping[str, Any], acts: Acts) -> None:
        self._index, self._session, self._variables, self._acts = index, session, variables, acts
        self.one: ResultView | None = None
        self.single, self.several, self.side = box(), words(), words()
        self.comparison = Comparison()
        self.pair = box(self.comparison, self.side, kind="vidgo-result")
        self.box = box(self.single, self.pair, self.several, kind="vidgo-chosen")
        self.put([])

    def put(self, records: Sequence[ResultRecord]) -> None:
        """Show some records; nothing for none."""
        for child in self.single.children:
            close(child)
        self.one, self.single.children, self.several.value = None, (), ""
        show(self.box, bool(records))
        show(self.pair, False)
        try:
            results = [self._result(record) for record in records[:_MOST_IN_GRID]]
            if len(results) == 1:
                self._show(results[0])
            elif len(results) == 2:
                self._compare(*results)
            elif results:
                self._show_grid(results, len(records))
        except VidgoError as error:
            self.several.value = html.wrong(str(error).split("\n"))

    def _result(self, record: ResultRecord) -> Result:
        if (result := self._index.result(record)) is None:
            raise VidgoError(f"The picture of “{one_line(record.prompt, 60)}” is missing or damaged.")
        return result

    def _show(self, result: Result) -> None:
        request = request_of(result.record)
        price = self._session.quote(request)  # of another one, as this reader would pay it

        def state() -> FormState:
            return form_state(result, self._session, self._variables)

        self.one = ResultView(
            Subject(result, request, price, self._card(result.record), state), self._session, self._acts
        )
        self.single.children = [self.one.box]

    def _compare(self, first: Result, second: Result) -> None:
        pictures = [self._session.embedded(result).data for result in (first, second)]
        self.comparison.descriptions = [one_line(result.record.prompt, 90) for result in (first, second)]
        self.comparison.first, self.comparison.second = pictures
        self.side.value = "".join(
            markup.line(f"<b>{side}</b>") + self._card(result.record)
            for side, result in (("Left", first), ("Right", second))
        )
        show(self.pair, True)

    def _show_grid(self, results: Sequence[Result], selected: int) -> None:
        tiles = []
        for result in results:
            request, price = self._asked(result.record)
            words_of_it = [headline(request), price_text(price), one_line(result.record.prompt, 120)]
            tiles.append((self._session.embedded(result), one_line(result.record.prompt, 120), words_of_it))
        more = f"{selected:,} are selected; the first {len(results)} are compared." if selected > len(results) else ""
        self.several.value = html.muted(more) + html.compared(tiles)

    def _asked(self, record: ResultRecord) -> tuple[GenerationRequest, Quote]:
        """The request of a picture, and the price of its buyer."""
        request = request_of(record)
        prices = {} if record.price is None else {request.model: record.price}
        return request, quote(request, 1, prices, self._session.settings.credit_format)

    def _card(self, record: ResultRecord) -> str:
        request, price = self._asked(record)
        made = f"{day_of(record)} · {record.width}×{record.height} · {record.provider} · SHA-256 {record.digest[:12]}…"
        return card_html(Card(request, price, record.provider)) + html.parts(made)
