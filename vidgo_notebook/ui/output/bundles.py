"""Mime bundles: what a notebook receives for a price, and for an error in place of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import breakdown_rows, price_text
from vidgo_notebook.render.progress import error_html

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""Data by media type, and metadata."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is put into the notebook: preview, full or none, and its width in pixels."""

    show: str = "preview"
    width: int | None = None


def error_bundle(error: BaseException) -> Bundle:
    """What went wrong, in place of the picture."""
    name = type(error).__name__
    return {"text/html": error_html(name, str(error)), "text/plain": f"{name}: {error}"}, {}


def quote_bundle(price: Quote) -> Bundle:
    """A price line by line, and what to know about it."""
    title = f"Quote: {price_text(price)} for {price.model}."
    rows, notes = breakdown_rows(price), [f"Note: {advice}" for advice in price.advice]
    html = markup.frame(
        markup.line(f"<b>{markup.escape(title)}</b>"),
        markup.table(rows),
        *(markup.line(markup.escape(note)) for note in notes),
    )
    return {"text/html": html, "text/plain": "\n".join([title, markup.text_table(rows), *notes])}, {}
