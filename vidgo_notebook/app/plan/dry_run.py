"""A plan as a person sees it before it is ordered: the exact request, the price by line, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.plan.estimate import Estimate
from vidgo_notebook.domain.request import GenerationRequest, Reference, fingerprint
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.errors import Problem
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import breakdown_rows
from vidgo_notebook.render.listing import plain_value
from vidgo_notebook.visible_text import visible, visible_json
from vidgo_notebook.wire.codec import submit_body

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_NAMED = 10  # requests that are almost in the store
_HEAD = ("", "pictures", "each", "together")


def bundle_of(
    session: Session,
    requests: Sequence[GenerationRequest],
    price: Estimate,
    refused: Sequence[Problem],
    notes: Sequence[str] = (),
    *,
    stored: bool,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Valid requests with their price, what is refused, and notes, as HTML and text, and metadata; with ``stored``
    also what the store has. The provider's name is in the metadata only: the outputs are the same in every mode."""
    faults = [_note(f"{'Left out' if requests else 'Refused'}: {problem}") for problem in refused]
    faults = [*map(_note, notes), *faults, *(_near(session, price) if stored else [])]
    if not requests:
        return _shown([_title("Dry run", ": nothing can be sent."), *faults]), {}
    if notes or any(replace(request, take=requests[0].take) != requests[0] for request in requests):
        parts = [*_price_of_many(price), *_stored(price, shown=stored), *faults, *_first_and_last(price.requests)]
        return _shown(parts), {}
    provider = session.target.provider
    metadata = {"vidgo": {"fingerprints": [fingerprint(request, provider) for request in requests]}}
    return _shown([*_price_of_takes(session, requests), *_stored(price, shown=stored), *faults]), metadata


def row_of(
    session: Session, row: Mapping[str, Any], request: GenerationRequest, refused: Sequence[Problem]
) -> dict[str, object]:
    """A place as plain values: what varies, the request's body as it would be sent, its price in credits (None if it
    is not published), and its problems, for which it is refused."""
    return {
        "row": plain_value(row),
        "take": request.take,
        "request": None if refused else _sent(request),
        "quoted": None if refused else plain_value(session.quote(request).total),
        "problems": list(map(str, refused)),
    }


_Part = tuple[str, str]
"""A part of the output, as HTML and as text."""


def _price_of_takes(session: Session, requests: Sequence[GenerationRequest]) -> list[_Part]:
    """Takes send one request several times: it is shown once, with the price of all."""
    price = session.quote(requests[0], len(requests))
    times = f" {len(requests)} times, once for each take" if len(requests) > 1 else ""
    return [
        _title("Dry run", f": this would be sent{times}; nothing was."),
        _body(requests[0]),
        _table(breakdown_rows(price)),
        *(_note(f"Note: {advice}") for advice in price.advice),
    ]


def _price_of_many(price: Estimate) -> list[_Part]:
    """The price by line."""
    notes = [f"The same picture as another, so bought once: {price.repeated:,} more."] if price.repeated else []
    return [
        _title(f"Dry run: {counted(len(price.requests), 'picture')}, {price.total_text}; nothing was sent.", ""),
        _table([line.row for line in price.lines], _HEAD),
        *map(_note, notes),
    ]


def _stored(price: Estimate, *, shown: bool) -> list[_Part]:
    """How much of it is new, how much the store has, and how much was sent already."""
    new = len(price.requests) - price.stored - price.under_way
    if not shown or new == len(price.requests):
        return []
    if price.stored == len(price.requests):
        return [_note("The store has it: nothing would be sent or charged.")]
    counts = {"in the store": price.stored, "under way or uncertain": price.under_way, "new": new}
    known = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    rest = f"the rest costs {price.missing_text}" if new else "nothing would be sent or charged now"
    return [_note(f"{known}: {rest}.")]


def _near(session: Session, price: Estimate) -> list[_Part]:
    """What is almost in the store and would be bought."""
    from vidgo_notebook.app.plan.near import named_before  # late: where the store has all, nothing is compared

    if not price.new:
        return []
    found = named_before(session.store, session.target, price.new, price.requests)
    lines = [f"{prompt}: {text}." for prompt, text in found.items()]
    more = [f"and {len(lines) - _NAMED:,} more."] if len(lines) > _NAMED else []
    return [_note(f"Note: {line}") for line in lines[:_NAMED]] + list(map(_note, more))


def _first_and_last(requests: Sequence[GenerationRequest]) -> list[_Part]:
    ends = {"The first request:": requests[0], "The last request:": requests[-1]}
    return [
        part
        for title, request in list(ends.items())[: len(requests)]
        for part in ((markup.line(title, muted=True), title), _body(request))
    ]


def _title(bold: str, rest: str) -> _Part:
    return markup.line(f"<b>{markup.escape(bold)}</b>{markup.escape(rest)}"), bold + rest


def _note(text: str) -> _Part:
    return markup.line(markup.escape(text)), text


def _table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> _Part:
    return markup.table(rows, head), markup.text_table(rows, head)


def _body(request: GenerationRequest) -> _Part:
    """The request's body, as it would be sent."""
    text = visible_json(_sent(request))
    return markup.code(text), text


def _sent(request: GenerationRequest) -> Mapping[str, Any]:
    return submit_body(request, list(map(_address, request.references)))


def _address(reference: Reference) -> str:
    """What is shown for an image: only an upload would give one of the user's own its address."""
    return reference.value if reference.kind == "url" else f"(the upload of {reference.name})"


def _shown(parts: list[_Part]) -> dict[str, Any]:
    return {
        "text/html": markup.frame(*(html for html, _ in parts)),
        "text/plain": visible("\n".join(text for _, text in parts)),
    }
