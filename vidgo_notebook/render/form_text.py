"""The texts of the form and the gallery as HTML: price, problems, counters, progress, pictures. All escaped here."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.render.preview import Embedded
from vidgo_notebook.render.progress import Snapshot, percent, progress_text


def wrong(messages: Iterable[str]) -> str:
    """Problems, beside the field they belong to."""
    return "".join(f'<div class="vidgo-wrong" role="status">{escape(message)}</div>' for message in messages)


def notes(messages: Iterable[str]) -> str:
    """Advice, and what else is worth knowing."""
    return "".join(f'<div class="vidgo-note" role="status">{escape(message)}</div>' for message in messages)


def muted(text: str) -> str:
    """A line of secondary text."""
    return f'<div class="vidgo-muted">{escape(text)}</div>' if text else ""


def counter(count: int, limit: int | None) -> str:
    """How much of a prompt's limit is used."""
    text = f"{count:,} of {limit:,} characters" if limit else f"{count:,} characters"
    return f'<div class="vidgo-muted vidgo-counter">{text}</div>'


def price_box(quote: Quote | None, headline: str, budget: Sequence[str]) -> str:
    """The price large, its lines with their reasons, advice, and what is left."""
    rows = "".join(_line(*row) for row in _rows(quote)) if quote else ""
    table = f'<table class="vidgo-lines">{rows}</table>' if rows else ""
    advice = notes(str(each) for each in quote.advice) if quote else ""
    return f'<div class="vidgo-price">{escape(headline)}</div>{table}{advice}{"".join(map(muted, budget))}'


def _rows(quote: Quote) -> list[tuple[str, str, str]]:
    lines = [(line.label, line.value, line.reason) for line in quote.lines]
    return [*lines, ("total", str(quote), f"source: {quote.source}")]


def _line(label: str, value: str, reason: str) -> str:
    why = f'<div class="vidgo-muted">{escape(reason)}</div>' if reason else ""
    strong = "<b>{}</b>" if label == "total" else "{}"
    return f"<tr><td>{strong.format(escape(label))}{why}</td><td>{strong.format(escape(value))}</td></tr>"


def progress(jobs: Sequence[tuple[Snapshot, str]]) -> str:
    """A bar for each job, with its prompt: all of them in one piece, so that many cost one message."""
    return "".join(_bar(snapshot, prompt) for snapshot, prompt in jobs)


def _bar(job: Snapshot, prompt: str) -> str:
    label = escape(f"Progress of job {job.job_id}")
    bar = f'<progress max="100" value="{percent(job):.0f}" aria-label="{label}"></progress>'
    return f'<div style="margin:4px 0">{bar}&ensp;{escape(progress_text(job))}{muted(short(prompt, 90))}</div>'


def picture(embedded: Embedded, description: str) -> str:
    """A picture with words for whoever can't see it."""
    data = base64.b64encode(embedded.data).decode()
    return f'<img src="data:{embedded.media_type};base64,{data}" alt="{escape(description)}">'


def result(picture: str, card: str) -> str:
    """A picture, or why there is none, beside its card; both are HTML already."""
    return f'<div class="vidgo-result"><div class="vidgo-picture">{picture}</div><div>{card}</div></div>'


def thumbnail(data: bytes | None, title: str, detail: str, blank: str, url: str = "") -> str:
    """A reference: its small picture, or what stands for it, beside its name."""
    if data is not None:
        image = f'<img src="data:image/jpeg;base64,{base64.b64encode(data).decode()}" alt="">'
    else:
        # A URL is shown by the browser, over the word, if it can reach it; the kernel fetches nothing.
        address = escape(url).replace("\\", "%5C").replace("&#x27;", "%27")
        over = f"<span style=\"background-image:url('{address}')\"></span>" if url else ""
        image = f'<span class="vidgo-blank">{escape(blank)}{over}</span>'
    return f'<div class="vidgo-thumb">{image}<div><b>{escape(title)}</b>{muted(detail)}</div></div>'


def tile(data: bytes | None, description: str) -> str:
    """A thumbnail of the gallery, or its place while it is being made."""
    if data is None:
        return '<div class="vidgo-blank">…</div>'
    return picture(Embedded("image/jpeg", data), description)


def short(text: str, length: int) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1] + "…"
