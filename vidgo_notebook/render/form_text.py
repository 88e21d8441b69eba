"""The texts of the form and the gallery as HTML: price, problems, counters, progress, pictures. All escaped here."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.door import in_a_form
from vidgo_notebook.render.card import breakdown_rows
from vidgo_notebook.render.markup import escape
from vidgo_notebook.render.preview import Embedded
from vidgo_notebook.render.progress import Progress, progress_text


def wrong(messages: Iterable[str]) -> str:
    """Problems, next to the field that they belong to."""
    return "".join(f'<div class="vidgo-wrong" role="status">{escape(message)}</div>' for message in messages)


def notes(messages: Iterable[str]) -> str:
    """Advice and other notes."""
    return "".join(f'<div class="vidgo-note" role="status">{escape(message)}</div>' for message in messages)


def muted(text: str) -> str:
    """A line of secondary text."""
    return f'<div class="vidgo-muted">{escape(text)}</div>' if text else ""


def parts(text: str) -> str:
    """A line of secondary text whose parts, up to each " ·", stay whole where it wraps: a date has hyphens."""
    whole = (f'<span class="vidgo-part">{escape(part)}</span>' for part in re.split("(?<=·) ", text))
    return f'<div class="vidgo-muted">{" ".join(whole)}</div>'


def counter(count: int, limit: int | None) -> str:
    """The length of a prompt, and its limit."""
    text = f"{count:,} of {limit:,} characters" if limit else f"{count:,} characters"
    return f'<div class="vidgo-muted vidgo-counter">{text}</div>'


def price_box(quote: Quote | None, headline: str, budget: Sequence[str]) -> str:
    """The price as a headline, its lines with their reasons, advice, and the budget that is left."""
    rows = []
    for label, value, reason in breakdown_rows(quote) if quote else ():
        why = f'<div class="vidgo-muted">{escape(reason)}</div>' if reason else ""
        strong = "<b>{}</b>" if label == "total" else "{}"
        rows.append(f"<tr><td>{strong.format(escape(label))}{why}</td><td>{strong.format(escape(value))}</td></tr>")
    table = f'<table class="vidgo-lines">{"".join(rows)}</table>' if rows else ""
    advice = notes(in_a_form(str(each)) for each in quote.advice) if quote else ""
    return f'<div class="vidgo-price">{escape(headline)}</div>{table}{advice}{"".join(map(muted, budget))}'


def progress(jobs: Sequence[tuple[str, Progress, str]]) -> str:
    """A bar for each job (its id, how far it is, its prompt): one HTML text for all, so that an update is one
    message."""
    rows = []
    for job_id, now, prompt in jobs:
        label = escape(f"Progress of job {job_id}")
        bar = f'<progress max="100" value="{now.percent:.0f}" aria-label="{label}"></progress>'
        words = f"{escape(progress_text(now))}{muted(one_line(prompt, 90))}"
        rows.append(f'<div style="margin:4px 0">{bar}&ensp;{words}</div>')
    return "".join(rows)


def picture(embedded: Embedded, description: str) -> str:
    """A picture with a description for screen readers."""
    data = base64.b64encode(embedded.data).decode()
    return f'<img src="data:{embedded.media_type};base64,{data}" alt="{escape(description)}">'


def result(picture: str, card: str) -> str:
    """A picture, or the reason why there is none, next to its card; both are already HTML."""
    return f'<div class="vidgo-result"><div class="vidgo-picture">{picture}</div><div>{card}</div></div>'


def thumbnail(data: bytes | None, title: str, detail: str, blank: str, url: str = "") -> str:
    """A reference image: a thumbnail or its placeholder, next to its name."""
    if data is not None:
        image = f'<img src="data:image/jpeg;base64,{base64.b64encode(data).decode()}" alt="">'
    else:
        # The browser shows the URL over the placeholder if it can reach it; the kernel does not fetch it.
        address = escape(quote(url, safe="%/:?#[]@!$&()*+,;=", errors="replace"))  # no quote, backslash or line break
        over = f"<span style=\"background-image:url('{address}')\"></span>" if url else ""
        image = f'<span class="vidgo-blank">{escape(blank)}{over}</span>'
    return f'<div class="vidgo-thumb">{image}<div><b>{escape(title)}</b>{muted(detail)}</div></div>'


def compared(pictures: Iterable[tuple[Embedded, str, Sequence[str]]]) -> str:
    """Pictures in a grid, each with its description for screen readers and lines of text below."""
    tiles = "".join(
        f'<div class="vidgo-tile">{picture(embedded, description)}<b>{escape(lines[0])}</b>'
        f"{''.join(map(muted, lines[1:]))}</div>"
        for embedded, description, lines in pictures
    )
    return f'<div class="vidgo-grid vidgo-several">{tiles}</div>'
