"""The form in which pictures are judged, and what it does with an answer."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from vidgo_notebook.app.library.rated_pictures import Item
from vidgo_notebook.app.library.rating_round import Round, Study, rater_name
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import FetchError, RequestError, StoreError, VidgoError
from vidgo_notebook.render.preview import preview
from vidgo_notebook.store.results.cache import previews
from vidgo_notebook.store.results.judgements import HIGHEST_SCORE
from vidgo_notebook.ui.panel.page import KeyGuard
from vidgo_notebook.ui.panel.parts import box, style_sheet
from vidgo_notebook.visible_text import visible

LONGEST = 1280
"""Pixels of the longer side: enough to judge by, and so little that the next picture is there at once."""
_MOST_BYTES = 600_000
_KIND = f"rated{LONGEST}"
_WITHOUT_PICTURE = (StoreError, FetchError)


class RatingView(anywidget.AnyWidget):
    """``shown`` is all that the page knows: a step, texts, and pictures as bytes that tell nothing of their origin."""

    _esm = Path(__file__).with_name("rating.js")
    _css = Path(__file__).with_name("rating.css")
    shown = traitlets.Dict().tag(sync=True)


class Rating:
    """A study on the page; its handlers may run in any thread."""

    def __init__(self, study: Study, rater: str = "") -> None:
        self._lock = threading.RLock()
        self._study = study
        self._token = 0
        self._round: Round | None = Round(study, rater) if rater else None
        self.view = RatingView()
        self.view.on_msg(lambda _, content, __: self._heard(content))
        self.box = box(style_sheet(), KeyGuard(), self.view, kind="vidgo-panel")
        self._show()

    def _heard(self, content: Any) -> None:
        """An answer, or a rater's name. One that belongs to what was shown before is passed over."""
        with self._lock:
            if not isinstance(content, dict) or content.get("token") != self._token:
                return
            problem = ""
            try:
                self._do(content)
            except RequestError as error:
                problem = str(error.problems[0])
            except VidgoError as error:
                problem = f"Not kept: {error}"
            self._show(problem)

    def _do(self, content: dict[str, Any]) -> None:
        answer, going = content.get("answer"), self._round
        if "rater" in content:
            self._round = Round(self._study, rater_name(content["rater"]))
        elif answer == "rater":
            self._round = None
        elif answer == "undo" and going:
            going.undo()
        elif going and type(answer) in (str, int) and answer in going.answers():
            going.judge(answer)

    # Shown

    def _show(self, problem: str = "") -> None:
        self._token += 1
        pictures = self._pictures()
        going, study = self._round, self._study
        every: dict[str, Any] = {
            "token": self._token,
            "question": visible(study.question),
            "problem": visible(problem),
            "notes": [*map(visible, study.pictures.notes), *self._lost()],
            "can_undo": bool(going and going.done),
        }
        if going and pictures:
            self.view.shown = {**every, **self._judging(going), "pictures": pictures}
            self._prepare(going.next_item)
        else:
            self.view.shown = {**every, **self._naming(going)}

    def _judging(self, going: Round) -> dict[str, Any]:
        item = going.item
        return {
            "step": "judge",
            "kind": self._study.kind,
            "highest": HIGHEST_SCORE,
            "prompt": visible(item.prompt) if item else "",
            "progress": f"{visible(going.rater)} · {going.done + 1:,} of {going.total:,}",
            "done": going.done,
            "total": going.total,
        }

    def _naming(self, going: Round | None) -> dict[str, Any]:
        done = ""
        if going:
            what = "pair" if self._study.kind == "pairs" else "picture"
            done = f"{visible(going.rater)} has judged {counted(going.done, what)}, which is all. Thank you."
        with suppress(StoreError):
            return {"step": "name", "rater": "", "raters": self._study.raters, "done_by": done}
        return {"step": "name", "rater": "", "raters": [], "done_by": done}

    def _lost(self) -> list[str]:
        lost = self._round.gone if self._round else 0
        what = "pair" if self._study.kind == "pairs" else "picture"
        are = "is" if lost == 1 else "are"
        return [f"{counted(lost, what)} {are} left out: a picture is missing or damaged."] if lost else []

    def _pictures(self) -> list[bytes]:
        """The pictures to be judged now, from left to right; what can't be shown is passed over. None at the end."""
        going = self._round
        while going and (item := going.sides):
            try:
                return [shown_bytes(each.result) for each in item.pictures]
            except _WITHOUT_PICTURE:
                going.leave_out(item)
        return []

    def _prepare(self, item: Item | None) -> None:
        """Make the next pictures ready while these are judged."""
        if item is None:
            return

        def make() -> None:
            with suppress(Exception):  # what is wrong with it is said when its turn comes
                for each in item.pictures:
                    shown_bytes(each.result)

        _in_background(make)


def shown_bytes(result: Result) -> bytes:
    """A picture as raters see it: encoded anew, without the metadata and the size that it was served with. Raises
    StoreError and FetchError."""
    if kept := previews().find(result.digest, _KIND):
        return kept
    data = preview(result.bytes, LONGEST, _MOST_BYTES).data
    previews().keep(result.digest, _KIND, data)
    return data


def _in_background(work: Callable[[], None]) -> None:
    run = contextvars.Context().run
    threading.Thread(target=run, args=(work,), name="vidgo-rating", daemon=True).start()
