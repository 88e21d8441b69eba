"""A notebook's results as a table, and as a paragraph for the Methods section of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from vidgo_notebook.app.library.citing import bibtex, latex_text
from vidgo_notebook.app.library.methods import methods
from vidgo_notebook.app.library.unsuccessful import Unsuccessful
from vidgo_notebook.domain.pricing import NOT_PUBLISHED, CreditFormat
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.wording import one_line, shown
from vidgo_notebook.render import markup
from vidgo_notebook.store.results.faults import Fault
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.verification import UNVERIFIABLE, is_unverifiable
from vidgo_notebook.visible_text import visible

HEAD = ("", "prompt", "model", "settings", "pixels", "credits", "made", "SHA-256")
_PROMPT_SHOWN = 70
_DIGEST_SHOWN = 12


class Report(Sequence[ResultRecord]):
    """Records of results, with ``methods``, a paragraph in plain text, and ``rows`` for a table, in which those that
    were superseded come last.

    Credits are those of the purchase, dates are in UTC; the emulator's stand-ins have no date, since no model
    made them. ``credit_price`` is what one credit costs, as ``0.005 USD``, or None. ``left_out`` are the files that
    could not be used, each with the cure, and ``notes`` say which records can't be verified. ``unsuccessful`` are the
    requests that made no picture, ``superseded`` the records of pictures that were bought again and are not used,
    ``lost`` those whose pictures are missing or damaged, and ``missing_inputs`` say which images that
    pictures were made from the store does not have.
    """

    def __init__(
        self,
        records: Sequence[ResultRecord],
        credit_price: str | None = None,
        left_out: Sequence[Fault] = (),
        unsuccessful: Sequence[Unsuccessful] = (),
        superseded: Sequence[ResultRecord] = (),
        missing_inputs: Sequence[str] = (),
        lost: Sequence[ResultRecord] = (),
    ) -> None:
        self._records = tuple(records)
        self.left_out = tuple(left_out)
        self.unsuccessful = tuple(unsuccessful)
        self.superseded = tuple(superseded)
        self.missing_inputs = tuple(missing_inputs)
        self.lost = tuple(lost)
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
        """What was left out, which inputs are missing, and what could not be verified; a line each."""
        unverified = [record for record in self if is_unverifiable(record)]
        return [
            *(f"Left out: {fault}" for fault in self.left_out),
            *(f"Input: {text}" for text in self.missing_inputs),
            *(f"Unverifiable: {shown(record.prompt)}, {UNVERIFIABLE}." for record in unverified),
        ]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row for each record, under ``HEAD``, and for each that was superseded."""
        every = enumerate((*self, *self.superseded, *self.lost), 1)
        return [_row(number, record, self.credit_format, superseded=number > len(self)) for number, record in every]

    @property
    def methods(self) -> str:
        """What was made, by which models, under which conditions, when, what was not, and what it cost in all."""
        return visible(methods(self, self.unsuccessful, (*self.superseded, *self.lost), self._credit_price))

    @property
    def markdown(self) -> str:
        """Table and paragraph in Markdown, all text shown as text."""
        rows = [HEAD, *self.rows]
        head, *body = ["| " + " | ".join(map(markup.markdown, row)) + " |" for row in rows]
        table = [head, "|" + "---|" * len(HEAD), *body, ""] if self else []
        return "\n".join([*table, markup.markdown(self.methods), ""])

    @property
    def latex(self) -> str:
        """Table and paragraph in LaTeX, for the package booktabs, all text shown as text."""
        rows = [" & ".join(map(latex_text, row)) + r" \\" for row in (HEAD, *self.rows)]
        table = [
            rf"\begin{{tabular}}{{{'l' * len(HEAD)}}}",
            *(r"\toprule", rows[0], r"\midrule", *rows[1:], r"\bottomrule"),
            *(r"\end{tabular}", ""),
        ]
        return "\n".join([*(table if self else []), latex_text(self.methods), ""])

    @property
    def bibtex(self) -> str:
        """How to cite the tool and the models."""
        return bibtex(self)

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


def _row(number: int, record: ResultRecord, write: CreditFormat, *, superseded: bool) -> tuple[str, ...]:
    return (
        str(number),
        one_line(record.prompt, _PROMPT_SHOWN),
        record.model,
        ", ".join(filter(None, [settings_text(record), "superseded" if superseded else ""])),
        f"{record.width}×{record.height}",
        NOT_PUBLISHED if record.paid is None else write.number(record.paid),
        "emulated" if record.provider == EMULATOR else record.finished[:10],
        f"{record.digest[:_DIGEST_SHOWN]}…",
    )
