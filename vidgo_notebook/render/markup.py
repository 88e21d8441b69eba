"""The HTML elements of all outputs, and the shape of their text.

Inline styles only, and translucent colours under text that inherits its own: JupyterLab's sanitizer keeps them, and
they work on light and dark pages, in nbconvert and on GitHub. Text stays as it was typed: ``escape`` leaves nothing
in it that is HTML, and nothing that a Markdown page with our HTML in it would read as Markdown; the outermost element
of every output has the classes that keep MathJax 2 and 3 from typesetting a prompt with ``$`` in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape as _escape_tags

from vidgo_notebook.visible_text import visible

_FRAME = "margin:.2em 0 .6em;line-height:1.5;overflow-wrap:break-word"
_GREY = "border-left:3px solid rgba(128,128,128,.35)"
_CELL = "padding:.15em 1.2em .15em 0;border:none;vertical-align:top"
_TAG = "border:1px solid rgba(128,128,128,.6);border-radius:.6em;padding:0 .5em;font-size:.85em;white-space:nowrap"
_CODE = (
    "font-family:monospace;font-size:.92em;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere;"
    "background-color:rgba(128,128,128,.12);padding:.3em .6em;margin:.2em 0 .4em"
)
_LONG_PROMPT = 280
_SHORT_CELL = 32
_NUMBER = re.compile(r"(× |[-+−])?\d[\d,]*(\.\d+)?( ?%| [^\W\d]{1,9})?")
_NO_NUMBER = ("", "-", "–", "—", "not published", "price not published")
_OPTION = re.compile(r"(?<!\S)--?[a-z][\w-]{0,24}(?!\S)")

_MARKDOWN = re.compile(r"[\\$`*_~^|\[\]\n]")

NO_MATH = "mathjax_ignore tex2jax_ignore"
"""The classes for the outermost element."""


def escape(text: str) -> str:
    """Text as HTML, and as Markdown. A line break is written as a reference too: an empty line would end the HTML."""
    return _MARKDOWN.sub(lambda found: f"&#{ord(found[0])};", _escape_tags(visible(text)))


def markdown(text: str) -> str:
    """Text as Markdown, on one line."""
    begins = r"[\\`*_<>\[\]|$~]|&(?=[#\w])|:(?=//)|(?<=www)\."  # the last two are links without brackets
    return re.sub(begins, r"\\\g<0>", " ".join(visible(text).split()))


def frame(*parts: str, colour: tuple[int, int, int] | None = None) -> str:
    """The outermost box: with a grey rule on the left, or filled in the colour of what went wrong."""
    inside = "".join(part for part in parts if part)
    if colour is None:
        return f'<div class="{NO_MATH}" style="{_GREY};padding:.1em 0 .1em .9em;{_FRAME}">{inside}</div>'
    rgb = ",".join(map(str, colour))
    fill = f"border-left:5px solid rgb({rgb});background-color:rgba({rgb},.13);padding:.3em .9em"
    return f'<div class="{NO_MATH}" style="{fill};{_FRAME}">{inside}</div>'


def picture(media_type: str, data: str, words: str) -> str:
    """A picture from ``data`` in base64; ``words`` describe it to a screen reader."""
    return f'<img src="data:{media_type};base64,{data}" alt="{escape(words)}" style="max-width:100%;height:auto">'


def pictures(captioned: Iterable[tuple[str, str]]) -> str:
    """Pictures (as HTML) side by side, each above a text, escaped here."""
    style = "display:inline-block;vertical-align:top;width:30%;min-width:9em;margin:0 1.5% .8em 0"
    return "".join(f'<div style="{style}">{each}{line(escape(text), muted=True)}</div>' for each, text in captioned)


def nothing() -> str:
    """An element that takes no room."""
    return f'<div class="{NO_MATH}"></div>'


def line(text: str, *, muted: bool = False) -> str:
    """One line of already escaped HTML; ``muted`` for what is secondary."""
    style = ' style="opacity:.8;font-size:.92em"' if muted else ""
    return f"<div{style}>{text}</div>"


def lines(texts: Iterable[str], *, muted: bool = False) -> str:
    """Lines of text, escaped here."""
    return "".join(line(escape(text), muted=muted) for text in texts)


def tag(text: str) -> str:
    """A short word in a rounded border, escaped here."""
    return f'<span style="{_TAG}">{escape(text)}</span>'


def fold(summary: str, *parts: str) -> str:
    """Secondary text that opens with a click; ``parts`` are already HTML."""
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>"


def message(first: str, rest: Iterable[str], colour: tuple[int, int, int] | None = None) -> str:
    """A box for what went wrong: a first line of already escaped HTML, and lines of text."""
    return frame(line(first), lines(rest), colour=colour)


def code(text: str) -> str:
    """Preformatted text in a monospace font, which nbconvert's pages do not set for ``pre``; it wraps between words,
    and not at the hyphens of an option."""
    whole = (_OPTION.sub(r'<span style="white-space:nowrap">\g<0></span>', escape(line)) for line in text.split("\n"))
    return f'<pre style="{_CODE}">{"&#10;".join(whole)}</pre>'


def prompt(text: str) -> str:
    """A prompt as text, with any markup in it escaped; a long one is folded."""
    pre = "white-space:pre-wrap;overflow-wrap:break-word"
    if len(text) <= _LONG_PROMPT:
        return f'<div style="{pre}">{escape(text)}</div>'
    start = escape(text[:_LONG_PROMPT].rsplit(" ", 1)[0])
    return f'<details style="{pre}"><summary>{start} …</summary>{escape(text)}</details>'


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = (), *, prose: bool = False) -> str:
    """A plain table of text cells, escaped here; one that is wider than the page scrolls by itself. Columns of numbers
    and amounts are aligned to the right; a last column of ``prose`` stands below its row."""
    every = [list(row) for row in rows]
    below = [_below(row.pop(), len(row)) if prose else "" for row in every]
    right = [_has_numbers(column) for column in zip(*every, strict=True)] or [False] * len(head)
    header = "".join(
        f'<th style="{_aligned(at_right)};vertical-align:bottom;opacity:.8">{escape(cell)}</th>'
        for cell, at_right in zip(head, right, strict=False)  # there may be no heading
    )
    body = "".join(f"<tr>{''.join(map(_cell, row, right))}</tr>{more}" for row, more in zip(every, below, strict=True))
    whole = f"{f'<tr>{header}</tr>' if header else ''}{body}"
    return f'<div style="overflow-x:auto"><table style="border-collapse:collapse;margin:.3em 0">{whole}</table></div>'


def _below(text: str, columns: int) -> str:
    """A row of its own, not shaded as JupyterLab shades every other one: it would look like a part of the next."""
    style = f"text-align:left;{_CELL};padding-bottom:.6em;opacity:.8"
    return f'<tr style="background:none"><td colspan="{columns}" style="{style}">{escape(text)}</td></tr>'


def _has_numbers(column: Sequence[str]) -> bool:
    found = [cell for cell in column if cell not in _NO_NUMBER]
    return bool(found) and all(map(_NUMBER.fullmatch, found))


def _cell(text: str, at_right: bool) -> str:
    """Short texts do not wrap: names of models would break at their hyphens. Long ones keep room for some words."""
    width = "white-space:nowrap" if len(text) <= _SHORT_CELL else "min-width:14em"
    return f'<td style="{_aligned(at_right)};{width}">{escape(text)}</td>'


def _aligned(at_right: bool) -> str:
    return f"text-align:{'right' if at_right else 'left'};{_CELL}"


def as_item(label: str, text: str) -> str:
    """A text under its label. Its further lines are indented, so that none of them looks like a line of ours."""
    return f"{label}: {text}".replace("\n", "\n  ")


def text_table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """The same table as plain text, its columns padded with spaces."""
    every = [[visible(cell).replace("\n", " ") for cell in row] for row in ([head, *rows] if head else rows)]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in every)
