"""The HTML elements of all outputs.

Inline styles only, and no colour except translucent grey: JupyterLab's sanitizer keeps them, and they
work on light and dark pages, in nbconvert and on GitHub.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_FRAME = "border-left:3px solid rgba(128,128,128,.35);padding:.1em 0 .1em .9em;margin:.2em 0 .6em;line-height:1.5"
_CELL = "text-align:left;padding:.15em 1.2em .15em 0;border:none;vertical-align:top"
_LONG_PROMPT = 280
_SHORT_CELL = 24


__all__ = ["code", "escape", "frame", "line", "lines", "message", "prompt", "table", "text_table"]


def frame(*parts: str) -> str:
    """A box with a grey rule on the left."""
    return f'<div style="{_FRAME}">{"".join(part for part in parts if part)}</div>'


def line(text: str, *, muted: bool = False) -> str:
    """One line of already escaped HTML; ``muted`` for what is secondary."""
    style = ' style="opacity:.75;font-size:.92em"' if muted else ""
    return f"<div{style}>{text}</div>"


def lines(texts: Iterable[str], *, muted: bool = False) -> str:
    """Lines of text, escaped here."""
    return "".join(line(escape(text), muted=muted) for text in texts)


def message(first: str, rest: Iterable[str]) -> str:
    """A box for what went wrong: a first line of already escaped HTML, and lines of text."""
    return frame(line(first), lines(rest))


def code(text: str) -> str:
    """Preformatted text in a monospace font, which nbconvert's pages do not set for ``pre``."""
    return f'<pre style="font-family:monospace">{escape(text)}</pre>'


def prompt(text: str) -> str:
    """A prompt as text, with any markup in it escaped; a long one is folded."""
    pre = "white-space:pre-wrap;overflow-wrap:anywhere"
    if len(text) <= _LONG_PROMPT:
        return f'<div style="{pre}">{escape(text)}</div>'
    start = escape(text[:_LONG_PROMPT].rsplit(" ", 1)[0])
    return f'<details style="{pre}"><summary>{start} …</summary>{escape(text)}</details>'


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """A plain table of text cells, escaped here."""
    header = "".join(f'<th style="{_CELL};opacity:.75">{escape(cell)}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_style(cell)}">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<table style="border-collapse:collapse;margin:.3em 0">{f"<tr>{header}</tr>" if header else ""}{body}</table>'
    )


def _style(cell: str) -> str:
    """Short texts do not wrap: names of models would break at their hyphens."""
    return f"{_CELL};white-space:nowrap" if len(cell) <= _SHORT_CELL else _CELL


def text_table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """The same table as plain text, its columns padded with spaces."""
    every = [list(head), *map(list, rows)] if head else [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in every)
