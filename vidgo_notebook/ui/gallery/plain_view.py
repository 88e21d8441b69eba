"""A page of the gallery made of ipywidgets' own widgets, for Panel: it loads the JavaScript of every other widget from
a network that its page may not reach. It takes longer to appear than ``GridView``, and does the same."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import traitlets

from vidgo_notebook.render import form_text as html
from vidgo_notebook.ui.panel.parts import box, button, close, row, show, words

_BLANK = '<div class="vidgo-blank">{}</div>'


class _Tile:
    """A place for a picture: its thumbnail, the box that selects it, and its details."""

    def __init__(self, view: PlainView) -> None:
        self.key = ""
        self._view = view
        self.image, self.detail = words(_BLANK.format("…")), words()
        self.check = widgets.Checkbox(indent=False)
        self.check.observe(lambda change: self._chosen(bool(change["new"])), "value")
        self.box = box(self.image, self.check, self.detail, kind="vidgo-tile")
        show(self.check, False)

    def put(self, tile: Mapping[str, str]) -> None:
        if tile["key"] != self.key:
            self.image.value = _BLANK.format("…")
        self.key, self.check.description, self.detail.value = tile["key"], tile["name"], html.parts(tile["detail"])
        self.choose()
        show(self.check, True)

    def choose(self) -> None:
        self.check.value = self.key in self._view.selected

    def _chosen(self, chosen: bool) -> None:
        if chosen != (self.key in self._view.selected):
            others = [each for each in self._view.selected if each != self.key]
            self._view.selected = [*others, self.key] if chosen else others


class PlainView(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The traits are those of ``GridView``, and ``send`` takes what its page does."""

    page = traitlets.Dict()
    selected = traitlets.List(traitlets.Unicode())
    news = traitlets.Unicode()
    in_use = traitlets.Bool()

    def __init__(self, page: Mapping[str, Any]) -> None:
        self._news, self._grid = words(), box(kind="vidgo-grid")
        self._line = row(self._news, button("Show", lambda: self._handle_custom_msg({"show_new": True}, [])))
        super().__init__([self._line, self._grid])
        self._tiles: list[_Tile] = []
        self.observe(lambda change: self._draw(change["new"]), "page")
        self.observe(lambda _: self._choose(), "selected")
        self.observe(lambda change: self._tell(change["new"]), "news")
        self.page = dict(page)
        self._tell("")

    def send(self, content: Mapping[str, Sequence[str]], buffers: Sequence[bytes] | None = None) -> None:
        """Show thumbnails, or that one is lost."""
        shown = {key: _image(data) for key, data in zip(content.get("thumbnails", ()), buffers or (), strict=True)}
        shown |= dict.fromkeys(content.get("lost", ()), _BLANK.format("missing or damaged"))
        for tile in self._tiles:
            if tile.key in shown:
                tile.image.value = shown[tile.key]

    def _tell(self, news: str) -> None:
        self._news.value = html.muted(news)
        show(self._line, bool(news))

    def _choose(self) -> None:
        for tile in self._tiles:
            tile.choose()

    def _draw(self, page: Mapping[str, Any]) -> None:
        tiles, wanted = page["tiles"], page["waiting"] or len(page["tiles"])
        self._tiles += [_Tile(self) for _ in range(wanted - len(self._tiles))]
        self._tiles, superfluous = self._tiles[:wanted], self._tiles[wanted:]
        for place, tile in zip(self._tiles, tiles, strict=False):
            place.put(tile)
        self._grid.children = [tile.box for tile in self._tiles]
        for each in superfluous:
            close(each.box)
        if tiles:
            self._handle_custom_msg({"drawn": [tile["key"] for tile in tiles]}, [])


def _image(data: bytes) -> str:
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(data).decode()}" alt="">'
