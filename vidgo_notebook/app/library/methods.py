"""The Methods paragraph: what was made, by which models, under which conditions, what was not, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from vidgo_notebook.app.library.unsuccessful import Unsuccessful
from vidgo_notebook.domain.pricing import CreditFormat, Total, credits_text
from vidgo_notebook.domain.provider import EMULATOR, OFFICIAL, OFFICIAL_URL
from vidgo_notebook.domain.wording import counted, one_line
from vidgo_notebook.store.results.record import ResultRecord

_IDENTITY = (
    "Every file is identified by its SHA-256 digest and every request by its fingerprint; both are in the records."
)
_NOT_OFFERED = (
    "The service offers neither a seed nor a version of a model, so that the same request can make another image."
)
_BY_AI = "These images were made by generative artificial intelligence; the authors chose the prompts and the images."
_SOURCES = ("images generated before", "images of the authors' own", "images at web addresses")
_MOST_REASONS, _REASON_LENGTH = 5, 80


def methods(
    records: Sequence[ResultRecord],
    unsuccessful: Sequence[Unsuccessful],
    superseded: Sequence[ResultRecord],
    credit_price: str | None,
) -> str:
    """The paragraph. ``superseded`` are the records of pictures that were bought again and are not used."""
    real = [record for record in records if record.provider != EMULATOR]
    stand_ins = [record for record in records if record.provider == EMULATOR]
    failed = [each for each in unsuccessful if each.provider != EMULATOR]
    replaced = [record for record in superseded if record.provider != EMULATOR]
    parts = [*_of_real(real), *_of_unsuccessful(failed), *_price(real, replaced, credit_price)]
    parts += [_of_stand_ins(stand_ins, bool(real))] if stand_ins else []
    parts += [_NOT_OFFERED, _BY_AI] if real else []
    return " ".join([*parts, _IDENTITY] if records else [*parts, "No images were generated."])


def _of_real(records: Sequence[ResultRecord]) -> list[str]:
    if not records:
        return []
    days = sorted({record.finished[:10] for record in records if record.finished})
    when = "on days that are not recorded"
    if days:
        when = f"on {days[0]} (UTC)" if len(days) == 1 else f"from {days[0]} to {days[-1]} (UTC)"
    services = _listed({OFFICIAL_URL if record.provider == OFFICIAL else record.provider for record in records})
    pythons = _listed({record.python or "of unknown version" for record in records})
    made = (
        f"{counted(len(records), 'image')} {_be(len(records))} generated {when} with {_models(records)} through "
        f"the Vidgo API at {services}, using {_tools(records)} under Python {pythons}."
    )
    return [made, *_conditions(records), *_edits(records)]


def condition(record: ResultRecord) -> str:
    """What decides the picture besides the prompt, as ``gpt-image-2, high, 16:9, 2K``: the resolution is the effective
    one."""
    fields = {**record.fields, **record.effective_fields}
    said = [fields[name] for name in ("quality", "size", "resolution") if name in fields]
    return ", ".join([record.model, *said])


def _conditions(records: Sequence[ResultRecord]) -> list[str]:
    counts = Counter(map(condition, records))
    each = "; ".join(f"{name}: {count}" for name, count in sorted(counts.items()))
    most = max(Counter(map(_besides_take, records)).values())
    takes = len({(_besides_take(record), record.take) for record in records}) == len(records)
    how = "takes" if takes else "takes, or the same request again"
    several = [f"Up to {most} images ({how}) were made of one request."] if most > 1 else []
    return [f"By model, quality, size and effective resolution: {each}.", *several]


def _besides_take(record: ResultRecord) -> tuple[object, ...]:
    """What was asked for, and of whom, but for the take."""
    fields = {**record.fields, **record.extra_fields}
    return record.provider, record.model, record.prompt, tuple(sorted(fields.items())), record.references


def _edits(records: Sequence[ResultRecord]) -> list[str]:
    counts = Counter(_sources(record) for record in records if record.references)
    return [
        f"{count} of them {_be(count)} made by editing {' together with '.join(sources)}."
        for sources, count in sorted(counts.items(), key=lambda each: [*map(_SOURCES.index, each[0])])
    ]


def _sources(record: ResultRecord) -> tuple[str, ...]:
    """What kinds of images it was made from, in the order of ``_SOURCES``."""
    urls = {identity for identity in record.inputs if identity.startswith("url:")}
    there = (any(record.parents), bool(record.inputs.keys() - urls), bool(urls))
    return tuple(source for source, is_there in zip(_SOURCES, there, strict=True) if is_there)


def _of_unsuccessful(requests: Sequence[Unsuccessful]) -> list[str]:
    parts = []
    for refused in (True, False):
        some = [request for request in requests if request.refused is refused]
        if some:
            counts = Counter(one_line(request.reason, _REASON_LENGTH).rstrip(".") for request in some)
            reasons = "; ".join(f"{reason} ({count})" for reason, count in counts.most_common(_MOST_REASONS))
            more = f"; {len(counts) - _MOST_REASONS} more reasons" if len(counts) > _MOST_REASONS else ""
            did = f"{_be(len(some))} refused" if refused else "failed"
            parts.append(f"{counted(len(some), 'further request')} {did}, at no cost: {reasons}{more}.")
    return parts


def _price(records: Sequence[ResultRecord], replaced: Sequence[ResultRecord], credit_price: str | None) -> list[str]:
    if not (records or replaced):
        return []
    paid = Total.of(record.paid for record in (*records, *replaced))
    money = CreditFormat.of(credit_price).money(paid.credits)
    rate = f" ({money} at {credit_price} a credit)" if money else ""
    again = []
    if replaced:
        again = [
            f"{counted(len(replaced), 'further image')} {_be(len(replaced))} bought again afterwards and not used."
        ]
    if paid.unpublished == len(records) + len(replaced):
        return [*again, "The service publishes no price for them."]
    others = f"; for {paid.unpublished} of them the service publishes no price" if paid.unpublished else ""
    included = ", with those that are not used," if replaced else ""
    total = f"The total cost{included} was {credits_text(paid.credits)}{rate}, as quoted before each request{others}."
    return [*again, total]


def _of_stand_ins(records: Sequence[ResultRecord], further: bool) -> str:
    what = counted(len(records), "further image" if further else "image")
    are, them = ("is a stand-in", "it") if len(records) == 1 else ("are stand-ins", "them")
    return (
        f"{what} {are}, drawn by the emulator of {_tools(records)} in the place of {_models(records)}: no model made "
        f"{them}, nothing was paid, and nothing can be concluded about the models."
    )


def _be(count: int) -> str:
    return "was" if count == 1 else "were"


def _models(records: Sequence[ResultRecord]) -> str:
    counts = Counter(record.model for record in records)
    if len(counts) == 1:
        return next(iter(counts))
    return _listed(f"{model} ({count})" for model, count in counts.items())


def _tools(records: Iterable[ResultRecord]) -> str:
    return "vidgo_notebook " + _listed({record.package or "of unknown version" for record in records})


def _listed(words: Iterable[str]) -> str:
    *most, last = sorted(words)
    return f"{', '.join(most)} and {last}" if most else last
