"""What is selected: one picture large with card and lineage, or two in one frame with a slider."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anywidget
import traitlets

from vidgo_notebook.app.library.index import LibraryIndex, day_of
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.engine.handles.lineage_drawing import drawn_lineage, words_html
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import Card, card_html
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.verification import request_of
from vidgo_notebook.ui.panel.parts import box, show, words


class Comparison(anywidget.AnyWidget):
    """``first`` to the left of the slider and ``second`` to its right, both as JPEG; the second is fitted into
    the first's frame. ``descriptions`` say in words what each shows."""

    _esm = Path(__file__).with_name("comparison.js")
    first = traitlets.Bytes().tag(sync=True)
    second = traitlets.Bytes().tag(sync=True)
    descriptions = traitlets.List(traitlets.Unicode(), ["", ""]).tag(sync=True)


class Chosen:
    """The place below the grid."""

    def __init__(self, index: LibraryIndex, session: Session) -> None:
        self._index, self._session = index, session
        self.view, self.side = words(), words()
        self.view.add_class("vidgo-picture")
        self.comparison = Comparison()
        self.box = box(box(self.view, self.comparison), self.side, kind="vidgo-result")
        self.put([])

    def put(self, records: Sequence[ResultRecord]) -> None:
        """Show one or two records; nothing for none."""
        show(self.box, bool(records))
        show(self.comparison, False)
        try:
            results = []
            for record in records:
                result = self._index.result(record)
                if result is None:
                    raise VidgoError(f"The picture of “{one_line(record.prompt, 60)}” is missing or damaged.")
                results.append(result)
            if len(results) == 2:
                self._compare(*results)
            elif results:
                self._show(results[0])
        except VidgoError as error:
            self.view.value, self.side.value = html.wrong(str(error).split("\n")), ""

    def _show(self, result: Result) -> None:
        self.view.value = html.picture(self._session.embedded(result), result.record.prompt[:200])
        card, lineage = self._card(result.record), result.lineage
        if len(lineage) > 1 or lineage.inputs:
            drawing, text = drawn_lineage(lineage, self._session.embedded, self._session.settings.credit_format)
            drawn = html.picture(drawing, text) if drawing else ""
            card += markup.line("<b>Lineage</b>") + drawn + words_html(text)
        self.side.value = card

    def _compare(self, first: Result, second: Result) -> None:
        pictures = [self._session.embedded(result).data for result in (first, second)]
        self.comparison.descriptions = [one_line(result.record.prompt, 90) for result in (first, second)]
        self.comparison.first, self.comparison.second = pictures
        self.view.value = ""
        self.side.value = "".join(
            markup.line(f"<b>{side}</b>") + self._card(result.record)
            for side, result in (("Left", first), ("Right", second))
        )
        show(self.comparison, True)

    def _card(self, record: ResultRecord) -> str:
        request = request_of(record)
        made = f"{day_of(record)} · {record.width}×{record.height} · {record.provider}"
        prices = {} if record.price is None else {request.model: record.price}  # its buyer's, not the reader's
        price = quote(request, 1, prices, self._session.settings.credit_format)
        return card_html(Card(request, price, record.provider)) + html.muted(made)
