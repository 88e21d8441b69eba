"""The reference images: added by text, from the notebook's variables, or by upload; their order is what
prompts mean by ``image 2``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets

from vidgo_notebook.app.request.recover import Picked, doubt, keep_upload, pick, variables_with_pictures
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.render import form_text as html
from vidgo_notebook.ui.panel.page import upload_button
from vidgo_notebook.ui.panel.parts import box, button, close, icon, on_enter, row, sentence, show, words

UPLOAD_LIMIT = 10_000_000
"""Bytes. Jupyter's server cuts the connection at a message of 10 MiB, before the kernel sees anything."""

_NOTHING = ("choose a variable", "")
_LARGER = "For larger ones use Jupyter's file browser, and write the path here."
_HINT = f"Upload takes files up to 10 MB, the limit of a message in Jupyter. {_LARGER}"
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


class ImageList:
    """The images of the form, and the ways to add one."""

    def __init__(
        self, variables: Mapping[str, Any], changed: Callable[[], None], focus: Callable[..., None] = lambda *_: None
    ) -> None:
        """``focus`` puts the focus on the first button of some names that can be pressed."""
        self._variables = variables
        self._changed = changed
        self._focus = focus
        self.picked: list[Picked] = []
        self.text = widgets.Text(description="Image: URL, path or variable", placeholder="https://… or shelf.jpg")
        self.text.observe(lambda _: self._typed(), "value")
        self.text.on_msg(on_enter(self._add_text))
        self.variable = widgets.Dropdown(description="Variable", options=[_NOTHING])
        self.variable.observe(lambda change: self._from_variable(change["new"]), "value")
        self.variable_box = box(self.variable, kind="vidgo-field")
        hint = "Take picture files from this computer, up to 10 MB each"
        self.upload = upload_button("Upload a picture", hint, UPLOAD_LIMIT, self._uploaded)
        self.rows = box()
        self._drawn: list[ImageRow] = []
        self._thumbnails: dict[str, bytes] = {}
        self.text_problem, self.problem = words(), words()
        self.box = self._laid_out()
        self.look_around()

    @property
    def pending(self) -> str:
        """Why the form is not complete: something was typed here and is neither added nor cleared."""
        text = self.text.value.strip()
        if not text or doubt(text, self._variables):  # which is said at the field, and keeps nothing from being made
            return ""
        return f"{text[:60]} is typed as an image but not added: press Add image."

    @property
    def missing(self) -> list[Problem]:
        """Images of an earlier request that are no longer available."""
        return [Problem("image", f"image {n}: {each.missing}") for n, each in enumerate(self.picked, 1) if each.missing]

    def replace(self, picked: Sequence[Picked]) -> None:
        """Other images, in this order."""
        self.picked = list(picked)
        self._draw()

    def add(self, picked: Sequence[Picked]) -> None:
        """More images, at the end."""
        self.replace([*self.picked, *picked])
        self._changed()

    def look_around(self) -> None:
        """Offer the variables that hold pictures now."""
        names = [(name, name) for name in variables_with_pictures(self._variables)]
        options = [_NOTHING, *names]
        if list(self.variable.options) != options:
            self.variable.options = options
        show(self.variable_box, bool(names))

    def _laid_out(self) -> widgets.VBox:
        add = button("Add image", self._add_text, hint="Add the image that is typed beside")
        ways = row(box(self.text, kind="vidgo-field"), add, self.variable_box, self.upload)
        ways.add_class("vidgo-ways")
        return box(self.rows, ways, self.text_problem, words(html.muted(_HINT)), self.problem)

    def _typed(self) -> None:
        text = doubt(self.text.value.strip(), self._variables)
        self.text_problem.value = html.wrong([text] if text else [])
        self._changed()

    def _add_text(self) -> None:
        text = self.text.value.strip()
        if why := doubt(text, self._variables):
            self.text_problem.value = html.wrong([f"Image {len(self.picked) + 1} was not added. {why}"])
        elif text and self._try(lambda: pick(text, self._variables)):
            self.text.value = ""

    def _from_variable(self, name: str) -> None:
        if name:
            self._try(lambda: pick(name, self._variables))
            self.variable.value = ""

    def _uploaded(self, name: str, size: int, content: bytes | None) -> None:
        if content is None:
            text = f"{name[:60]} has {size / 1e6:,.0f} MB, and an upload at most 10 MB. Nothing was sent. {_LARGER}"
            self.text_problem.value = html.wrong([text])
        else:
            self._try(lambda: [keep_upload(name, content)])

    def _try(self, find: Callable[[], list[Picked]]) -> bool:
        """Add what ``find`` brings; say why where it brings nothing, and keep what was typed."""
        try:
            found = find()
        except VidgoError as error:
            self.text_problem.value = html.wrong(self._reasons(error))
            return False
        self.text_problem.value = ""
        self.add(found)
        return True

    def _reasons(self, error: VidgoError) -> list[str]:
        """Why an image was not added, under the number that it would have had."""
        if not isinstance(error, RequestError):
            return [error.message]
        there = len(self.picked)
        return [
            re.sub(r"^image (\d+)", lambda found: f"image {there + int(found[1])}", sentence(problem))
            for problem in error.problems
        ]

    def _move(self, place: int, by: int) -> None:
        other = place + by
        if 0 <= other < len(self.picked):
            self.picked[place], self.picked[other] = self.picked[other], self.picked[place]
            self._draw()
            self._changed()
            ways = ("down", "up") if by > 0 else ("up", "down")  # at the end it can only go back
            self._focus(*(f"Move image {other + 1} {way}" for way in ways))

    def _remove(self, place: int) -> None:
        del self.picked[place]
        self._draw()
        self._changed()
        self._focus(f"Remove image {min(place + 1, len(self.picked))}", "Add the image that is typed beside")

    def _draw(self) -> None:
        """Existing rows are used again: the focus stays on the button that moves an image."""
        while len(self._drawn) < len(self.picked):
            self._drawn.append(ImageRow(len(self._drawn), self._move, self._remove))
        superfluous, self._drawn = self._drawn[len(self.picked) :], self._drawn[: len(self.picked)]
        for number, (each, picked) in enumerate(zip(self._drawn, self.picked, strict=True), 1):
            each.show(picked, self._thumbnail(picked), last=number == len(self.picked))
        boxes = [each.box for each in self._drawn]
        if list(self.rows.children) != boxes:
            self.rows.children = boxes
        for each in superfluous:
            close(each.box)

    def _thumbnail(self, picked: Picked) -> bytes | None:
        """Made once for each image: a large file takes seconds to read."""
        name = picked.reference.identity
        if name not in self._thumbnails and (made := picked.thumbnail()):
            self._thumbnails[name] = made
        return self._thumbnails.get(name)
