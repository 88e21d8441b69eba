"""One reference image of the form: its thumbnail, its number, and the buttons that move or remove it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vidgo_notebook.app.request.recover import Picked
from vidgo_notebook.render import form_text as html
from vidgo_notebook.ui.panel.parts import icon, row, words

_BLANK = {"url": "URL", "job": "being made"}


class ImageRow:
    """The row at a place, counted from 0. It stays when images move, so the focus stays on its buttons."""

    def __init__(self, place: int, move: Callable[[int, int], None], remove: Callable[[int], None]) -> None:
        self._number = place + 1
        self.view = words()
        self.up = icon("arrow-up", f"Move image {self._number} up", partial(move, place, -1))
        self.down = icon("arrow-down", f"Move image {self._number} down", partial(move, place, 1))
        self.box = row(
            self.view, self.up, self.down, icon("times", f"Remove image {self._number}", partial(remove, place))
        )
        self.box.add_class("vidgo-image")
        self.up.disabled = place == 0

    def show(self, picked: Picked, thumbnail: bytes | None, *, last: bool) -> None:
        """Show an image; the ``last`` one can't be moved down."""
        reference = picked.reference
        url = reference.value if reference.kind == "url" else ""
        blank = _BLANK.get(reference.kind, "no preview")
        title, detail = f"image {self._number}", picked.missing or picked.label
        self.view.value = html.thumbnail(thumbnail, title, detail, blank, url)
        self.down.disabled = last
