"""A picture with everything that can be done with it: the same in the form and in the gallery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets as widgets

from vidgo_notebook.app.form import FormState, as_code
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.engine.handles.lineage_drawing import drawn_lineage, words_html
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.handles.saving import SaveAs
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.render.card import Card, picture_text, price_text
from vidgo_notebook.ui.panel.copying import Copying
from vidgo_notebook.ui.panel.parts import box, button, focus_on, on_enter, row, said, show, words

_MADE_FROM_TEXT = "It was made from its prompt alone: no other image went into it."


@dataclass(frozen=True)
class Acts:
    """What the form, or the gallery, does with a result; ``starred`` is called when its star was set or taken."""

    use_as_reference: Callable[[Result], None]
    another_take: Callable[[GenerationRequest], None]
    open_in_form: Callable[[FormState], None]
    starred: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Subject:
    """A picture: its result and request, the price of another take, its card as HTML, and the form that requests it."""

    result: Result
    request: GenerationRequest
    price: Quote
    card: str
    state: Callable[[], FormState]


class ResultView:
    """One picture, its card and its buttons, ``last`` after the others. Handlers may run in any thread."""

    def __init__(self, subject: Subject, session: Session, acts: Acts, *last: widgets.Widget) -> None:
        self._subject, self._result, self._request = subject, subject.result, subject.request
        self._session, self._acts = session, acts
        self._is_full = self._has_lineage = False
        self.view, self.note, self.lineage = words(), words(), words()
        self.view.add_class("vidgo-picture")
        self.copying = Copying("The picture", self._code)
        self.full = button("Full size", self._toggle_size, hint="Show every pixel")
        self.ancestry = button("Show lineage", self._toggle_lineage, hint="Show what the picture was made from")
        self.star = button("", self._toggle_star)
        self.file_name = widgets.Text(description="File or folder", value=self._default_name)
        self.file_name.on_msg(on_enter(self._save))
        self.save_row = row(box(self.file_name, kind="vidgo-field"), button("Save", self._save))
        self.save_row.add_class("vidgo-ways")
        show(self.save_row, False)
        self._label_star()
        self.box = box(self.view, self._side(last), kind="vidgo-result")
        self._show_picture()

    def _side(self, last: tuple[widgets.Widget, ...]) -> widgets.VBox:
        acts = self._acts
        free = " (free)" if self._session.target.emulated else ""
        again = button(
            f"Another take · {price_text(self._subject.price)}{free}",
            lambda: self._do(lambda: acts.another_take(self._request)),
            hint="Buy one more picture of the same request",
        )
        first = (
            again,
            button("Use as reference", self._refer, hint="Edit this picture next"),
            button("Open in form", self._reopen, hint="Fill the form with this request"),
        )
        second = (
            self.full,
            button("Save as…", self._toggle_save),
            self.ancestry,
            *self.copying.buttons,
            self.star,
            *last,
        )
        below = (self.save_row, self.copying.box, self.note, self.lineage)
        return box(words(self._subject.card), row(*first, *second), *below)

    # What the buttons do

    def _do(self, act: Callable[[], None]) -> None:
        """Do it; say at the picture why it is not possible."""
        self.note.value = ""
        try:
            act()
        except VidgoError as error:
            self.note.value = html.wrong(said(error))

    def _refer(self) -> None:
        self._do(lambda: self._acts.use_as_reference(self._result))

    def _reopen(self) -> None:
        self._do(lambda: self._acts.open_in_form(self._subject.state()))

    def _code(self, python: bool) -> str:
        return as_code(self._subject.state(), self._request, python=python)

    def _picture(self) -> str:
        embedded = self._session.embedded(self._result, full_size=self._is_full)
        card = Card(self._request, self._subject.price, self._result.record.provider)
        return html.picture(embedded, f"{picture_text(card)} {one_line(self._request.prompt, 200)}")

    def _show_picture(self) -> bool:
        try:
            self.view.value = self._picture()
        except VidgoError as error:
            self.note.value = html.wrong(said(error))
            return False
        return True

    def _toggle_size(self) -> None:
        self._is_full = not self._is_full
        if not self._show_picture():
            self._is_full = not self._is_full
            return
        for each, name in ((self.view, "vidgo-full"), (self.box, "vidgo-wide")):
            (each.add_class if self._is_full else each.remove_class)(name)
        self.full.description = "Smaller" if self._is_full else "Full size"

    def _toggle_lineage(self) -> None:
        self._has_lineage = not self._has_lineage
        self.ancestry.description = "Hide lineage" if self._has_lineage else "Show lineage"
        self.lineage.value = ""
        if self._has_lineage:
            self._do(self._draw_lineage)

    def _draw_lineage(self) -> None:
        lineage = self._result.lineage
        if len(lineage) == 1 and not lineage.inputs:
            self.lineage.value = html.muted(_MADE_FROM_TEXT)
            return
        drawing, text = drawn_lineage(lineage, self._session.embedded, self._session.settings.credit_format)
        self.lineage.value = (html.picture(drawing, text) if drawing else "") + words_html(text)

    def _toggle_star(self) -> None:
        self._do(self._set_star)

    def _set_star(self) -> None:
        store, record = self._session.store, self._result.record
        store.set_star(record, not store.stars.has(record.digest))
        self._label_star()
        self._acts.starred()

    def _label_star(self) -> None:
        starred = self._session.store.stars.has(self._result.digest)
        self.star.description = "★ Starred" if starred else "☆ Star"
        self.star.tooltip = "Take the star away" if starred else "Mark this picture, to find it again in the gallery"

    @property
    def _default_name(self) -> str:
        record = self._result.record
        return f"vidgo-{record.job_id or record.digest[:10]}{record.suffix}"

    def _toggle_save(self) -> None:
        is_open = self.save_row.layout.display != "none"
        show(self.save_row, not is_open)
        if not is_open:
            focus_on(self.file_name)

    def _save(self) -> None:
        self._do(self._write)

    def _write(self) -> None:
        saved = SaveAs.of(self.file_name.value.strip() or self._default_name).write(self._result)
        self.note.value = html.muted(saved.note or f"Saved: {saved.path}")
        show(self.save_row, False)
