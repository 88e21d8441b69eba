"""The pieces that the form is made of, each with a name that screen readers can say."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import ipywidgets as widgets

from vidgo_notebook.door import in_a_form
from vidgo_notebook.errors import Problem, VidgoError
from vidgo_notebook.render import markup
from vidgo_notebook.ui.output.live import WIDGET_VIEW, Handle, shown

_CHOSEN = ("quality", "size", "resolution")  # from a list
_SECONDS_FOR_LETTERS = 0.4  # more than a message takes to a far server and back


class Looks:
    """What widgets of one page have in common, as their keywords. A style or a layout costs the browser as much as a
    widget does; what ``show`` shows and hides has a layout of its own."""

    def __init__(self) -> None:
        self.layout: dict[str, Any] = {"layout": widgets.Layout()}
        self.words = {**self.layout, "style": widgets.HTML.style.klass()}
        self.choice = {**self.layout, "style": widgets.Dropdown.style.klass()}
        self.button = {**self.layout, "style": widgets.Button.style.klass()}


def words(html: str = "", **look: Any) -> widgets.HTML:
    """A place for text, in which MathJax typesets nothing."""
    return widgets.HTML(html, _dom_classes=markup.NO_MATH.split(), **look)


def button(
    label: str, act: Callable[[], None], *, hint: str = "", colour: str = "", kind: str = "", **look: Any
) -> widgets.Button:
    """A button that does ``act``; ``colour`` is one of ipywidgets' names, such as primary."""
    classes = [kind or "vidgo-small"]
    made = widgets.Button(description=label, tooltip=hint or label, button_style=colour, _dom_classes=classes, **look)
    made.on_click(lambda _: act())
    return made


def icon(name: str, hint: str, act: Callable[[], None]) -> widgets.Button:
    """A button that shows a symbol only; ``hint`` is its name, which the style sheet hides: a screen reader would
    otherwise read the symbol, a letter that no font but one has."""
    made = widgets.Button(description=hint, icon=name, tooltip=hint, _dom_classes=["vidgo-small", "vidgo-icon"])
    made.on_click(lambda _: act())
    return made


def on_enter(act: Callable[[], Any]) -> Callable[..., None]:
    """What a text field's messages are given to: it does ``act`` at the Enter key.

    A moment later, on a thread: ipywidgets delays what is typed fast, and the key event arrives first.
    """

    def hear(_: Any, content: Any, __: Any) -> None:
        if isinstance(content, dict) and content.get("event") == "submit":
            timer = threading.Timer(_SECONDS_FOR_LETTERS, contextvars.Context().run, (act,))
            timer.daemon = True
            timer.start()

    return hear


def box(*children: Any, kind: str = "vidgo-stack", **look: Any) -> widgets.VBox:
    """Things below each other; the style sheet knows them by ``kind``."""
    return widgets.VBox(list(children), _dom_classes=[kind], **look)


def row(*children: Any, **look: Any) -> widgets.HBox:
    """Things beside each other, on as many lines as they need."""
    return widgets.HBox(list(children), _dom_classes=["vidgo-row"], **look)


def show(widget: Any, visible: bool) -> None:
    """Show or hide a widget; its value stays."""
    widget.layout.display = None if visible else "none"


def focus_on(field: Any) -> None:
    """Put the focus into a text field that is on the page; ipywidgets 7 has no method for it, and the same message."""
    field.send({"do": "focus"})


def close(widget: Any) -> None:
    """Close a widget and everything in it, here and in the browser."""
    for child in getattr(widget, "children", ()):
        close(child)
    widget.close()


class Choice:
    """A list to choose from. A given value that is not in the list is added to it: it is shown rather than lost."""

    def __init__(self, label: str, changed: Callable[[], None], **look: Any) -> None:
        self.select = widgets.Dropdown(description=label, **look)
        self.box = box(self.select, kind="vidgo-field")
        self.select.observe(lambda _: changed(), "value")

    def offer(self, options: Sequence[tuple[str, str]], value: str) -> None:
        """Replace the list."""
        every = list(options) if value in [each for _, each in options] else [*options, (value, value)]
        if list(self.select.options) != every:
            self.select.options = every
        self.select.value = value


class CheckedChoice(Choice):
    """The same with a place for what is wrong, also with a value that was added."""

    def __init__(self, label: str, changed: Callable[[], None]) -> None:
        super().__init__(label, changed)
        self.problem = words()
        self.box.children = (self.select, self.problem)


class Opened(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A form or a gallery as a widget: ``show`` displays it as a cell's last line, and any layout can hold it."""

    def __init__(self, child: widgets.Widget, show: Callable[[Opened], None]) -> None:
        super().__init__([child])
        self._show = show

    def _ipython_display_(self, **_: object) -> None:
        self._show(self)


def style_sheet(**look: Any) -> widgets.HTML:
    """The widget that brings the style sheet; it shows nothing."""
    css = files("vidgo_notebook.ui.panel").joinpath("panel.css").read_text(encoding="utf-8")
    return widgets.HTML(f"<style>{css}</style>", _dom_classes=["vidgo-sheet"], **look)


def display_widget(widget: Any, otherwise: str) -> Handle | None:
    """Display a widget; a converted notebook, which has none, shows ``otherwise``."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    data = {WIDGET_VIEW: view, "text/html": markup.frame(markup.line(otherwise, muted=True)), "text/plain": otherwise}
    return shown((data, {}))


def sentence(problem: Problem, *, named: bool = False) -> str:
    """A problem in a sentence, for the place beside its field; ``named`` for any other place."""
    text = in_a_form(str(problem)).removeprefix(problem.field)
    if problem.field in _CHOSEN:
        text = text.replace(". Write ", f". Set {problem.field.capitalize()} to ")
    if not text.startswith(":"):  # the field is the subject of the sentence
        return f"The {problem.field}{text}"
    text = text.removeprefix(":").strip()
    return f"{problem.field.capitalize()}: {text}" if named else text


def said(error: VidgoError) -> list[str]:
    """The lines of an error in the words of the form."""
    return in_a_form("\n".join(part for part in (error.message, error.cost, error.hint) if part)).split("\n")
