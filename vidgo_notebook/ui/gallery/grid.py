"""One page of the gallery: a single widget, since each of ipywidgets' own costs the browser milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from vidgo_notebook.app.library.index import LibraryIndex, day_of
from vidgo_notebook.app.presence import page_host
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.ui.gallery.thumbnails import Thumbnails
from vidgo_notebook.visible_text import visible

COLUMNS = 6
"""Until the browser says how many there is room for."""
_FEWEST, _FEWEST_ROWS, _MOST_COLUMNS = 12, 2, 24
MOST = _FEWEST_ROWS * _MOST_COLUMNS
"""The pictures of the largest page."""


class GridView(anywidget.AnyWidget):
    """``page`` holds its ``tiles``: the key of each picture, its name and details; before the store is read, the number
    of places that are ``waiting``. ``selected`` are the keys of pictures of this and other pages, which the page
    changes too; ``news`` says what has come into the store and is not shown yet, and ``in_use`` whether the pointer or
    the focus is on a picture. Thumbnails are messages, so that none is sent twice and none is kept in a saved notebook.
    """

    _esm = Path(__file__).with_name("grid.js")
    page = traitlets.Dict().tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)
    news = traitlets.Unicode().tag(sync=True)
    in_use = traitlets.Bool().tag(sync=True)


@dataclass(frozen=True)
class GridActs:
    """What the gallery does when the page says so. ``chosen`` is given the keys of the pictures that a person has
    selected, ``columns`` the number of pictures that fit into a row, ``show_new`` shows what ``Grid.tell`` told of, and
    ``seen`` is given whether a page shows the grid."""

    chosen: Callable[[Sequence[str]], None]
    columns: Callable[[int], None]
    show_new: Callable[[], None]
    seen: Callable[[bool], None]


class Grid:
    """What is on the page."""

    def __init__(self, index: LibraryIndex, acts: GridActs) -> None:
        self._acts = acts
        self._views = set[str]()
        self.page = COLUMNS * _FEWEST_ROWS
        """How many pictures a page has: full rows."""
        self.records: list[ResultRecord] = []
        self._keys: list[str] = []
        self.view = _view({"waiting": self.page, "tiles": []})
        self._thumbnails = Thumbnails(index, self._send, lambda key: self.view.send({"lost": [key]}))
        self.view.observe(lambda change: acts.chosen(change["new"]), "selected")
        self.view.on_msg(lambda _, content, __: self._hear(content))

    def arrange(self, columns: int) -> bool:
        """Make room for so many pictures in a row; whether the page has another size now."""
        columns = min(max(columns, 1), _MOST_COLUMNS)
        wanted = columns * max(_FEWEST_ROWS, -(-_FEWEST // columns))
        if wanted == self.page:
            return False
        self.page = wanted
        if self.view.page["waiting"]:
            self.view.page = {"waiting": wanted, "tiles": []}
        return True

    def put(self, records: Sequence[ResultRecord], stars: Collection[str]) -> None:
        """Show these, at most a page of them; ``stars`` are the digests of the pictures that have one."""
        shown = {key_of(record): record for record in records}
        if list(shown) != self._keys:
            self._thumbnails.turn_to(shown)
        self.records, self._keys = list(records), list(shown)
        tiles = [_tile(key, record, starred=record.digest in stars) for key, record in shown.items()]
        self.view.page = {"waiting": 0, "tiles": tiles}

    def choose(self, records: Sequence[ResultRecord]) -> None:
        """Mark these as selected."""
        self.view.selected = [key_of(record) for record in records]

    @property
    def in_use(self) -> bool:
        """Whether a person is at the pictures, with the pointer or the keyboard."""
        return bool(self.view.in_use)

    def tell(self, news: str) -> None:
        """Say what could be shown, with a button that shows it; nothing for ''."""
        self.view.news = news

    def _send(self, keys: Sequence[str], thumbnails: Sequence[bytes]) -> None:
        self.view.send({"thumbnails": keys}, list(thumbnails))

    def _hear(self, content: Any) -> None:
        match content:
            case {"columns": int(number)}:
                self._acts.columns(number)
            case {"missing": list(missing)}:
                self._thumbnails.send_kept(missing)
            case {"drawn": list(missing)}:
                self._thumbnails.drawn(missing)
            case {"show_new": True}:
                self._acts.show_new()
            case {"view": str(view), "seen": bool(seen)}:
                (self._views.add if seen else self._views.discard)(view)
                self._acts.seen(bool(self._views))


def _view(page: dict[str, Any]) -> Any:
    if page_host() != "Panel":
        return GridView(page=page)
    from vidgo_notebook.ui.gallery.plain_view import PlainView  # late: no other host needs it

    return PlainView(page)


def key_of(record: ResultRecord) -> str:
    """What the page calls a picture."""
    return f"{record.fingerprint[:32]}-{record.digest[:32]}"


def _tile(key: str, record: ResultRecord, *, starred: bool) -> Mapping[str, str]:
    model = MODELS[record.model].title if record.model in MODELS else record.model
    take = [f"take {record.take}"] if record.take > 1 else []
    star = ["★"] if starred else []
    detail = " · ".join([*star, model, *take, day_of(record)])
    return {"key": key, "name": visible(one_line(record.prompt, 80)), "detail": detail}
