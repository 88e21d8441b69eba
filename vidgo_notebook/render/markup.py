"""The few pieces of HTML that every output is made of.

Inline styles only, and no colour but grey at half strength: JupyterLab's sanitizer keeps them, and
they look right on light and dark pages, in nbconvert and on GitHub.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_FRAME = "border-left:3px solid rgba(128,128,128,.35);padding:.1em 0 .1em .9em;margin:.2em 0 .6em;line-height:1.5"
_CELL = "text-align:left;padding:.15em 1.2em .15em 0;border:none;vertical-align:top"
_LONG_PROMPT = 280
_SHORT_CELL = 24


__all__ = ["code", "escape", "frame", "line", "prompt", "table", "text_table"]


def frame(*parts: str) -> str:
    """A quiet box: a grey rule on the left."""
    return f'<div style="{_FRAME}">{"".join(part for part in parts if part)}</div>'


def line(text: str, *, muted: bool = False) -> str:
    """One line of already escaped HTML; ``muted`` for what is secondary."""
    style = ' style="opacity:.75;font-size:.92em"' if muted else ""
    return f"<div{style}>{text}</div>"


def code(text: str) -> str:
    """Text as it is, in letters of one width (nbconvert's pages give ``pre`` no such font)."""
    return f'<pre style="font-family:monospace">{escape(text)}</pre>'


def prompt(text: str) -> str:
    """A prompt as text, whatever markup it holds; a long one folded."""
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
    """A short text stays in one line: names of models would break at their hyphens."""
    return f"{_CELL};white-space:nowrap" if len(cell) <= _SHORT_CELL else _CELL


def text_table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """The same for a terminal: columns padded with spaces."""
    every = [list(head), *map(list, rows)] if head else [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in every)
