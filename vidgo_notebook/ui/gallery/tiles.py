"""One page of thumbnails. The same few widgets show every page."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

import ipywidgets as widgets

from vidgo_notebook.app.library.index import LibraryIndex, day_of
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.render import form_text as html
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.ui.panel.parts import box, close, show, words

COLUMNS = 6
"""Until the browser says how many there is room for."""
_FEWEST, _FEWEST_ROWS, _MOST_COLUMNS = 12, 2, 24


class Tile:
    """A place for a thumbnail, and the box that selects it; a placeholder until there is a record to show."""

    def __init__(self, toggled: Callable[[ResultRecord, bool], None], like: widgets.HTML) -> None:
        self._toggled = toggled
        self._silent = False
        self.record: ResultRecord | None = None
        self.view, self.detail = words(html.tile(None, ""), like=like), words(like=like)
        self.check = widgets.Checkbox(indent=False)
        self.check.observe(lambda change: self._changed(bool(change["new"])), "value")
        self.box = box(self.view, self.check, self.detail, kind="vidgo-tile")

    def put(self, record: ResultRecord | None, data: bytes | None, *, chosen: bool, starred: bool) -> None:
        """Show a record, or nothing."""
        self.record = record
        show(self.box, record is not None)
        if record:
            self.draw(data)
            self.check.description = one_line(record.prompt, 80)
            model = MODELS[record.model].title if record.model in MODELS else record.model
            take = [f"take {record.take}"] if record.take > 1 else []
            star = ["★"] if starred else []
            self.detail.value = html.muted(" · ".join([*star, model, *take, day_of(record)]))
            self.choose(chosen)

    def draw(self, data: bytes | None) -> None:
        """Show the thumbnail; its words are beside it, so it needs none."""
        self.view.value = html.tile(data, "")

    def choose(self, chosen: bool) -> None:
        """Select or not, without saying so."""
        self._silent = True
        self.check.value = chosen
        self._silent = False

    def _changed(self, chosen: bool) -> None:
        if self.record and not self._silent:
            self._toggled(self.record, chosen)


class Tiles:
    """A page of the gallery. Thumbnails that were never made are made beside the handlers, once."""

    def __init__(self, index: LibraryIndex, toggled: Callable[[ResultRecord, bool], None]) -> None:
        self._index = index
        self._shown: tuple[str, ...] = ()
        self._toggled, self._like = toggled, words()
        self.tiles: list[Tile] = []
        self.box = box(kind="vidgo-grid")
        self.arrange(COLUMNS)

    @property
    def page(self) -> int:
        """How many pictures a page has: full rows."""
        return len(self.tiles)

    def arrange(self, columns: int) -> bool:
        """Make room for so many pictures in a row; whether the page has another size now."""
        columns = min(max(columns, 1), _MOST_COLUMNS)
        wanted = columns * max(_FEWEST_ROWS, -(-_FEWEST // columns))
        if wanted == len(self.tiles):
            return False
        while len(self.tiles) < wanted:
            self.tiles.append(Tile(self._toggled, self._like))
        self.tiles, superfluous = self.tiles[:wanted], self.tiles[wanted:]
        self.box.children = [tile.box for tile in self.tiles]
        for tile in superfluous:
            close(tile.box)
        return True

    def put(self, records: Sequence[ResultRecord], chosen: Sequence[ResultRecord], stars: Collection[str]) -> None:
        """Show these, at most a page of them; ``stars`` are the digests of the pictures that have one."""
        self._shown = tuple(record.fingerprint for record in records)
        missing = []
        for place, tile in enumerate(self.tiles):
            record = records[place] if place < len(records) else None
            data = self._index.kept_thumbnail(record) if record else None
            tile.put(record, data, chosen=record in chosen, starred=record is not None and record.digest in stars)
            if record and data is None:
                missing.append(tile)
        if missing:
            run, work = contextvars.Context().run, (self._make, missing, self._shown)
            threading.Thread(target=run, args=work, name="vidgo-thumbnails", daemon=True).start()

    def _make(self, tiles: Sequence[Tile], page: tuple[str, ...]) -> None:
        for tile in tiles:
            record = tile.record
            if page != self._shown or record is None:
                return  # another page is shown now
            with suppress(Exception):  # one bad file must not keep the others from being shown
                data = self._index.thumbnail(record)
                if tile.record is record:
                    tile.draw(data) if data else tile.view.set_trait("value", html.muted("missing or damaged"))
