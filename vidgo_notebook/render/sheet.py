"""A contact sheet: many pictures as one, labelled at the edges, with a price under each.

The same cells give the same picture, pixel by pixel. Pictures are opened one at a time, to limit the
memory that a sheet of a thousand needs.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vidgo_notebook.domain.odd_metadata import decoded
from vidgo_notebook.domain.pillow import check_pillow
from vidgo_notebook.render.arrangement import Arrangement, Block, in_rows
from vidgo_notebook.render.ending import Colour, Word, colour_of
from vidgo_notebook.render.preview import flattened
from vidgo_notebook.visible_text import visible

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

State = Literal["picture", "under way", "damaged"] | Word

WIDTH = 1180
"""Pixels; a notebook scales them to about 900, so the text is drawn a quarter larger."""
WIDEST = 4096
"""Pixels; browsers show no larger picture reliably."""
THUMBNAIL = 320
"""Longest side, in pixels, of a picture on a sheet of that width."""

SHEET_FORMATS = (".png", ".pdf")
_SMALLEST = 96
_TEXT = 17  # pixels at WIDTH; a wider sheet is scaled down more, so its text is larger
_GAP, _EDGE = 14, 22
_PAPER, _INK, _MUTED, _LINE = (250, 250, 250), (38, 38, 38), (105, 105, 105), (205, 205, 205)
_EMPTY = (238, 238, 238)
_LABEL_LINES = 2
_GUTTER, _NARROW_GUTTER = 240, 110
_LONG_LABEL = 10  # characters: longer labels at the left need the wide gutter


@dataclass(frozen=True, slots=True)
class Cell:
    """One place: its state, its price as text, a label if no edge has one, and the picture's size in pixels."""

    state: State
    price: str
    label: str = ""
    size: tuple[int, int] | None = None


Opener = Callable[[int], "Image.Image | None"]
"""Returns the picture of a place whose state is ``picture``; None if it is not available."""


def draw_sheet(
    arrangement: Arrangement,
    cells: Mapping[int, Cell],
    picture: Opener,
    *,
    title: str = "",
    footer: Sequence[str] = (),
    width: int = WIDTH,
) -> Image.Image:
    """The sheet as a PIL image in RGB, at most ``width`` pixels wide as long as its pictures can be recognised.

    Raises NoPillowError.
    """
    check_pillow("no contact sheet can be drawn")
    return _Drawing(arrangement, cells, picture, width).draw(title, footer)


def numbered_sheet(pictures: Sequence[bytes]) -> Image.Image:
    """Several picture files as one picture in RGB, numbered in order, with about as many rows as columns."""
    images = [decoded(data) for data in pictures]
    cells = {place: Cell("picture", str(place + 1), size=image.size) for place, image in enumerate(images)}
    columns = min(len(images), 2 if len(images) < 5 else math.ceil(math.sqrt(len(images))))
    return draw_sheet(in_rows(len(images), columns), cells, lambda place: images[place])


class _Drawing:
    """The dimensions of one sheet, and the methods that draw it."""

    canvas: Image.Image
    pen: ImageDraw.ImageDraw

    def __init__(self, arrangement: Arrangement, cells: Mapping[int, Cell], picture: Opener, width: int) -> None:
        self._arrangement, self._cells, self._picture = arrangement, cells, picture
        columns, gutter = arrangement.columns, 0
        if arrangement.down:
            gutter = _GUTTER if max(map(len, arrangement.down.labels)) > _LONG_LABEL else _NARROW_GUTTER
        room = (width - 2 * _EDGE - gutter) // columns - _GAP
        sizes = (max(cell.size) for cell in cells.values() if cell.size)
        largest = THUMBNAIL if width == WIDTH else max(sizes, default=THUMBNAIL)
        self.side = max(_SMALLEST, min(largest, room))
        inner = columns * (self.side + _GAP) - _GAP
        self.scale = max(1.0, (inner + gutter + 2 * _EDGE) / WIDTH)
        self.gutter = round(gutter * self.scale)
        self.width = max(inner + self.gutter + 2 * _EDGE, 420)
        self.text, self.small = _font(round(_TEXT * self.scale)), _font(round((_TEXT - 2) * self.scale))
        if inner / columns < 130:  # narrow cells: a price must not overlap the next one
            self.small = _font(max(12, round(self.side / 8.5)))
        self.line = _height(self.text) + 5
        self.small_line = _height(self.small) + 4

    def draw(self, title: str, footer: Sequence[str]) -> Image.Image:
        from PIL import Image, ImageDraw

        heights = [[self._row_height(row) for row in block.cells] for block in self._arrangement.blocks]
        self.canvas = Image.new("RGB", (self.width, self._height(heights, title, footer)), _PAPER)
        self.pen = ImageDraw.Draw(self.canvas)
        top = self._draw_title(title, _EDGE)
        for block, rows in zip(self._arrangement.blocks, heights, strict=True):
            top = self._draw_block(block, rows, top)
        for line in footer:
            self.pen.text((_EDGE, top), _cut(line, self.width - 2 * _EDGE, self.small), _MUTED, self.small)
            top += self.small_line
        return self.canvas

    # Measures

    def _height(self, heights: Sequence[Sequence[int]], title: str, footer: Sequence[str]) -> int:
        blocks = self._arrangement.blocks
        titles = sum(bool(each) for each in (title, *(block.title for block in blocks))) * (self.line + _GAP)
        labels = len(blocks) * 2 * self.line if self._arrangement.across else 0
        rows = sum(height + _GAP for block in heights for height in block)
        return 2 * _EDGE + titles + labels + rows + len(footer) * self.small_line

    def _row_height(self, row: Sequence[int | None]) -> int:
        cells = [self._cells[place] for place in row if place is not None]
        return max(self._thumb(cell)[1] for cell in cells) + self._below(cells)

    def _below(self, cells: Sequence[Cell]) -> int:
        """The height of the text under the pictures: labels that no edge has, and the price."""
        labels = max(len(self._label_lines(cell)) for cell in cells)
        return 6 + (labels + 1) * self.small_line

    def _label_lines(self, cell: Cell) -> list[str]:
        return _wrapped(cell.label, self.side, self.small, _LABEL_LINES) if cell.label else []

    def _thumb(self, cell: Cell) -> tuple[int, int]:
        """The size of a picture in its cell; a cell without a picture gets a landscape format."""
        if cell.size is None or cell.state != "picture":
            return self.side, round(self.side * 0.62)
        factor = self.side / max(cell.size)
        return max(1, round(cell.size[0] * factor)), max(1, round(cell.size[1] * factor))

    # Drawing

    # Each method draws from ``top`` downwards; some return where the next one begins.

    def _draw_title(self, title: str, top: int) -> int:
        if not title:
            return top
        self.pen.text((_EDGE, top), _cut(title, self.width - 2 * _EDGE, self.text), _INK, self.text)
        return top + self.line + _GAP

    def _draw_block(self, block: Block, rows: Sequence[int], top: int) -> int:
        left = _EDGE + self.gutter
        top = self._draw_title(block.title, top)
        if self._arrangement.across:
            top = self._draw_across(left, top)
        for number, (row, height) in enumerate(zip(block.cells, rows, strict=True)):
            below = self._below([self._cells[place] for place in row if place is not None])
            if self._arrangement.down:
                self._draw_down(self._arrangement.down.labels[block.first + number], top, height - below)
            for column, place in enumerate(row):
                if place is not None:
                    x = left + column * (self.side + _GAP)
                    self._draw_cell(place, (x, top, height - below))
            top += height + _GAP
        return top

    def _draw_across(self, left: int, top: int) -> int:
        across, down = self._arrangement.across, self._arrangement.down
        assert across and down
        self.pen.text((left, top), across.name, _MUTED, self.small)
        self.pen.text((_EDGE, top + self.line), down.name, _MUTED, self.small)
        for column, label in enumerate(across.labels):
            middle = left + column * (self.side + _GAP) + self.side // 2
            text = _cut(label, self.side + _GAP - 4, self.text)
            self.pen.text((middle, top + self.line), text, _INK, self.text, anchor="ma")
        return top + 2 * self.line

    def _draw_down(self, label: str, top: int, height: int) -> None:
        lines = _wrapped(label, self.gutter - _GAP, self.text, max(1, height // self.line))
        y = top + max(0, (height - len(lines) * self.line) // 2)
        for line in lines:
            self.pen.text((_EDGE, y), line, _INK, self.text)
            y += self.line

    def _draw_cell(self, place: int, box: tuple[int, int, int]) -> None:
        from PIL.Image import Resampling

        cell, (x, top, height) = self._cells[place], box
        width, tall = self._thumb(cell)
        left, upper = x + (self.side - width) // 2, top + (height - tall) // 2
        image = self._picture(place) if cell.state == "picture" else None
        if image:
            image.draft("RGB", (2 * width, 2 * tall))  # a JPEG is decoded no larger than needed
            thumbnail = flattened(image).resize((width, tall), Resampling.LANCZOS, reducing_gap=3.0)
            self.canvas.paste(thumbnail, (left, upper))
            self.pen.rectangle((left - 1, upper - 1, left + width, upper + tall), outline=_LINE)
        else:
            state = "damaged" if cell.state == "picture" else cell.state
            self._draw_mark(state, (left, upper, left + width - 1, upper + tall - 1))
        y, middle = top + height + 4, x + self.side // 2
        for line in self._label_lines(cell):
            self.pen.text((middle, y), line, _INK, self.small, anchor="ma")
            y += self.small_line
        self.pen.text((middle, y), _cut(cell.price, self.side, self.small), _MUTED, self.small, anchor="ma")

    def _draw_mark(self, state: State, frame: tuple[int, int, int, int]) -> None:
        pen, (left, top, right, bottom) = self.pen, frame
        fill, line, ink = _colours(state)
        pen.rectangle(frame, fill=fill, outline=line)
        if state == "not possible":
            pen.line((left, bottom, right, top), fill=_LINE, width=2)
            pen.line((left, top, right, bottom), fill=_LINE, width=2)
        middle = ((left + right) // 2, (top + bottom) // 2)
        text = _cut(state, right - left - 6, self.small)
        around = pen.textbbox(middle, text, self.small, anchor="mm")
        pen.rectangle((around[0] - 4, around[1] - 3, around[2] + 4, around[3] + 3), fill=fill)
        pen.text(middle, text, ink, self.small, anchor="mm")


def _colours(state: State) -> tuple[Colour, Colour, Colour]:
    """Fill, line and ink of a place without a picture: grey, or those of how it ended."""
    if state == "picture" or state == "under way" or state == "not possible":  # noqa: PLR1714  narrows the type
        return _EMPTY, _LINE, _MUTED
    red, green, blue = strong = colour_of("failed" if state == "damaged" else state)
    pale = 219 + red // 8, 219 + green // 8, 219 + blue // 8
    return pale, strong, (red * 4 // 5, green * 4 // 5, blue * 4 // 5)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size=size)


def _height(font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> int:
    return round(font.getbbox("Ágy")[3])


def _cut(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    text = visible(text)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _wrapped(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, most: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [_cut(line, width, font) for line in lines]


def sheet_file(sheet: Image.Image, suffix: str) -> bytes:
    """The sheet as a file, ``.png`` or ``.pdf``; without a date, so that the same sheet gives the same bytes."""
    file = io.BytesIO()
    if suffix == ".pdf":
        sheet.save(file, "PDF", resolution=150, quality=92, creationDate=None, modDate=None)
    else:
        sheet.save(file, "PNG", optimize=True)
    return file.getvalue()
