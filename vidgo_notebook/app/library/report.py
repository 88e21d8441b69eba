"""A notebook's results as a table, and as a paragraph for the Methods section of a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import overload

from vidgo_notebook.domain.pricing import NOT_PUBLISHED, CreditFormat, Total, credits_text
from vidgo_notebook.domain.provider import EMULATOR, OFFICIAL, OFFICIAL_URL
from vidgo_notebook.domain.wording import counted, one_line, shown
from vidgo_notebook.render import markup
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.verification import UNVERIFIABLE, is_unverifiable
from vidgo_notebook.visible_text import visible

HEAD = ("", "prompt", "model", "settings", "pixels", "credits", "made", "SHA-256")
_PROMPT_SHOWN = 70
_DIGEST_SHOWN = 12
_IDENTITY = (
    "Every file is identified by its SHA-256 digest and every request by its fingerprint; both are in the records."
)


class Report(Sequence[ResultRecord]):
    """Records of results, with ``methods``, a paragraph in plain text, and ``rows`` for a table.

    Credits are those of the purchase, dates are in UTC; the emulator's stand-ins have no date, since no model
    made them. ``credit_price`` is what one credit costs, as ``0.005 USD``, or None. ``left_out`` are the files that
    could not be used, each with the cure, and ``notes`` say which records can't be verified.
    """

    def __init__(
        self, records: Sequence[ResultRecord], credit_price: str | None = None, left_out: Sequence[Fault] = ()
    ) -> None:
        self._records = tuple(records)
        self.left_out = tuple(left_out)
        self._credit_price = credit_price
        self.credit_format = CreditFormat.of(credit_price)

    @overload
    def __getitem__(self, index: int) -> ResultRecord: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ResultRecord]: ...
    def __getitem__(self, index: int | slice) -> ResultRecord | Sequence[ResultRecord]:
        return self._records[index]

    def __len__(self) -> int:
        return len(self._records)

    @property
    def good(self) -> bool:
        """Whether nothing was left out."""
        return not self.left_out

    @property
    def notes(self) -> list[str]:
        """What was left out, and what could not be verified; a line each."""
        unverified = [record for record in self if is_unverifiable(record)]
        return [
            *(f"Left out: {fault}" for fault in self.left_out),
            *(f"Unverifiable: {shown(record.prompt)}, {UNVERIFIABLE}." for record in unverified),
        ]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row for each record, under ``HEAD``."""
        return [_row(number, record, self.credit_format) for number, record in enumerate(self, 1)]

    @property
    def methods(self) -> str:
        """What was made, by which models, when, and what it cost in all."""
        real = [record for record in self if record.provider != EMULATOR]
        stand_ins = [record for record in self if record.provider == EMULATOR]
        parts = [self._of_real(real)] if real else []
        parts += [_of_stand_ins(stand_ins, bool(real))] if stand_ins else []
        return visible(" ".join([*parts, _IDENTITY])) if parts else "No images were generated."

    def _of_real(self, records: Sequence[ResultRecord]) -> str:
        days = sorted({record.finished[:10] for record in records if record.finished})
        when = "on days that are not recorded"
        if days:
            when = f"on {days[0]} (UTC)" if len(days) == 1 else f"from {days[0]} to {days[-1]} (UTC)"
        edits = sum(bool(record.references) for record in records)
        edited = f" {edits} of them {_be(edits)} made from earlier or given images." if edits else ""
        services = _listed({OFFICIAL_URL if record.provider == OFFICIAL else record.provider for record in records})
        pythons = _listed({record.python or "of unknown version" for record in records})
        return (
            f"{counted(len(records), 'image')} {_be(len(records))} generated {when} with {_models(records)} through "
            f"the Vidgo API at {services}, using {_tools(records)} under Python {pythons}.{edited} "
            f"{self._price(records)}"
        )

    def _price(self, records: Sequence[ResultRecord]) -> str:
        paid = Total.of(record.paid for record in records)
        money = self.credit_format.money(paid.credits)
        rate = f" ({money} at {self._credit_price} a credit)" if money else ""
        if paid.unpublished == len(records):
            return "The service publishes no price for them."
        others = f"; for {paid.unpublished} of them the service publishes no price" if paid.unpublished else ""
        return f"The total cost was {credits_text(paid.credits)}{rate}, as quoted before each request{others}."

    def __repr__(self) -> str:
        table = [markup.text_table(self.rows, HEAD), ""] if self else []
        return visible("\n".join([*table, self.methods, *self.notes]))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        table = markup.table(self.rows, HEAD) if self else ""
        methods = markup.line(f"<b>Methods.</b> {markup.escape(self.methods)}")
        return markup.frame(table, methods, markup.lines(self.notes))


def settings_text(record: ResultRecord) -> str:
    """The fields that decide the picture, as ``high, 16:9, 2K, take 2``."""
    fields = {**record.fields, **record.effective_fields}
    said = [fields[name] for name in ("quality", "size", "resolution") if name in fields]
    return ", ".join([*said, *([f"take {record.take}"] if record.take > 1 else [])])


def _row(number: int, record: ResultRecord, write: CreditFormat) -> tuple[str, ...]:
    return (
        str(number),
        one_line(record.prompt, _PROMPT_SHOWN),
        record.model,
        settings_text(record),
        f"{record.width}×{record.height}",
        NOT_PUBLISHED if record.paid is None else write.number(record.paid),
        "emulated" if record.provider == EMULATOR else record.finished[:10],
        f"{record.digest[:_DIGEST_SHOWN]}…",
    )


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
