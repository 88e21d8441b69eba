"""What pictures cost: the journal's charges added up, compared with the account, and what is left of a budget."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, overload

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat, Total, plain
from vidgo_notebook.domain.provider import EMULATOR, IN_KERNEL
from vidgo_notebook.domain.sums import jobs_at_stake
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.door import here
from vidgo_notebook.engine.handles.amounts import sums_of_entry
from vidgo_notebook.engine.handles.failures import local_time
from vidgo_notebook.render import markup
from vidgo_notebook.store.journal.journal import Charge, Entry
from vidgo_notebook.visible_text import visible

if TYPE_CHECKING:
    from pandas import DataFrame

    from vidgo_notebook.app.session import Session

_Key = tuple[str, str, str, str]
"""Day, notebook, model, provider."""

_LOOKED_AT = 1000
"""The latest jobs, among which forgotten ones are looked for."""

_HEAD = ("day", "notebook", "model", "provider", "pictures", "quoted", "charged", "saved")


@dataclass(frozen=True, slots=True)
class CostRow:
    """Credits of one day, notebook, model and provider.

    ``quoted`` is the price of the pictures, ``charged`` (as quoted) what was paid for them and ``saved`` the
    price of those that came from the store; stand-ins of the emulator have a price alone. ``unpublished`` counts
    the pictures without a published price, ``charged_unpublished`` those of them that were charged, and
    ``saved_unpublished`` those that came from the store.
    """

    day: str
    notebook: str
    model: str
    provider: str
    pictures: int
    quoted: Decimal
    charged: Decimal
    saved: Decimal
    unpublished: int
    charged_unpublished: int = 0
    saved_unpublished: int = 0


class CostTable(Sequence[CostRow]):
    """Costs by day, notebook, model and provider. ``notes`` are lines below it: what is at stake."""

    def __init__(self, rows: Sequence[CostRow], credit_price: str | None = None, notes: Sequence[str] = ()) -> None:
        self._rows = tuple(rows)
        self._credit_format = CreditFormat.of(credit_price)
        self.notes = tuple(notes)

    @overload
    def __getitem__(self, index: int) -> CostRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[CostRow]: ...
    def __getitem__(self, index: int | slice) -> CostRow | Sequence[CostRow]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def charged(self) -> Decimal:
        """Credits paid, as quoted."""
        return sum((row.charged for row in self._rows), Decimal(0))

    @property
    def saved(self) -> Decimal:
        """Credits saved by the store."""
        return sum((row.saved for row in self._rows), Decimal(0))

    @property
    def emulated(self) -> Decimal:
        """What the stand-ins of the emulator would have cost, in credits; they are free."""
        return sum((row.quoted for row in self._rows if row.provider == EMULATOR), Decimal(0))

    def to_frame(self) -> DataFrame:
        """The rows as a pandas DataFrame; amounts are decimals. VidgoError if pandas is not installed."""
        from vidgo_notebook.engine.handles.table import frame_of

        return frame_of(map(asdict, self._rows))

    def as_text(self) -> tuple[str, list[tuple[str, ...]], tuple[str, ...]]:
        """Title, rows and head as text."""
        write = self._credit_format
        charged = Total(self.charged, sum(row.charged_unpublished for row in self._rows))
        saved = Total(self.saved, sum(row.saved_unpublished for row in self._rows))
        free = f"; stand-ins: {write.text(self.emulated)} quoted, free" if self.emulated else ""
        title = f"{charged.text(write)} charged (as quoted), {saved.text(write)} saved by the store{free}"
        head = (*_HEAD, f"charged, {write.currency}") if write.currency else _HEAD
        return title, [self._text_row(row) for row in self._rows], head

    def __repr__(self) -> str:
        title, rows, head = self.as_text()
        return visible("\n".join([title, *([markup.text_table(rows, head)] if rows else []), *map(here, self.notes)]))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        title, rows, head = self.as_text()
        table = markup.table(rows, head) if rows else ""
        return markup.frame(markup.line(markup.escape(title)), table, markup.lines([here(note) for note in self.notes]))

    def _text_row(self, row: CostRow) -> tuple[str, ...]:
        charged = _known(row.charged, row.charged_unpublished)
        amounts = (_known(row.quoted, row.unpublished), charged, _known(row.saved, row.saved_unpublished))
        texts = (row.day, row.notebook or "–", row.model, row.provider, str(row.pictures), *amounts)
        rate = self._credit_format.rate
        return texts if rate is None else (*texts, _known(row.charged * rate, row.charged_unpublished))


def _known(amount: Decimal, unpublished: int) -> str:
    """``8``, ``8 + 4 not published``, or ``4 not published`` alone."""
    known = [plain(amount)] if amount or not unpublished else []
    return " + ".join([*known, *([f"{unpublished} not published"] if unpublished else [])])


def add_up(charges: Sequence[Charge], credit_price: str | None = None, notes: Sequence[str] = ()) -> CostTable:
    """The table of some charges, by day (local time), notebook, model and provider.

    A notebook is named by its file, and by its whole path where two files have the same name.
    """
    paths = {charge.notebook for charge in charges}
    files = Counter(PurePath(path).name for path in paths)
    names = {path: name if files[name := PurePath(path).name] == 1 else path for path in paths}
    groups = defaultdict[_Key, list[Charge]](list)
    for charge in charges:
        day = datetime.fromtimestamp(charge.at).astimezone().date().isoformat()
        groups[day, names[charge.notebook], charge.model, charge.provider].append(charge)
    return CostTable([_row(key, group) for key, group in sorted(groups.items())], credit_price, notes)


def _row(key: _Key, charges: Sequence[Charge]) -> CostRow:
    *_, provider = key
    quoted = Total.of(charge.quoted for charge in charges)
    paid = [charge for charge in charges if provider != EMULATOR]  # the ledgers of 0.1 have prices for stand-ins
    charged = Total.of(charge.charged for charge in paid)
    saved = Total.of(charge.saved for charge in paid)
    return CostRow(
        *key,
        pictures=len(charges),
        quoted=quoted.credits,
        charged=charged.credits,
        saved=saved.credits,
        unpublished=quoted.unpublished,
        charged_unpublished=charged.unpublished,
        saved_unpublished=saved.unpublished,
    )


@dataclass(frozen=True, slots=True)
class Measurement:
    """Two balances of an account and what was charged between them according to the journal, in credits.

    ``straddling`` counts the charged jobs that the service already had when ``before`` was asked, ``forgotten`` those
    that were sent since then and given up: whether they were billed is not known.
    """

    since: float
    before: Decimal
    now: Decimal
    charges: Sequence[Charge]
    under_way: int
    straddling: int = 0
    forgotten: int = 0

    @property
    def taken(self) -> Decimal:
        """The credits that left the account."""
        return self.before - self.now

    @property
    def charged(self) -> Decimal:
        """The credits that should have left it."""
        return sum((charge.charged or Decimal(0) for charge in self.charges), Decimal(0))

    def verdict(self, credit_format: CreditFormat = NO_CURRENCY) -> str:
        """The result of the comparison in a sentence, also where it is inconclusive."""
        moved = f"{'rose' if self.taken < 0 else 'fell'} by {credit_format.text(abs(self.taken))}"
        charged = credit_format.number(self.charged)
        if self.under_way:
            return f"Inconclusive: {counted(self.under_way, 'job')} under way or uncertain may still be billed."
        if self.straddling:
            return (
                f"Inconclusive: the balance was last recorded with {counted(self.straddling, 'job')} under way, which "
                "may have been billed before or after that. It is recorded again now."
            )
        if any(charge.charged is None for charge in self.charges):
            return f"Inconclusive: the balance {moved}, and some of the charges have no published price."
        if not self.charges and not self.taken:
            since = local_time(self.since)
            return (
                f"Inconclusive: since {since}, when the balance was last recorded, nothing was charged, here or there."
            )
        if self.taken == self.charged:
            return f"Matches: the balance {moved}, and {charged} were charged."
        if self.forgotten:
            return (
                f"Inconclusive: the balance {moved}, and {charged} were charged here; "
                f"{counted(self.forgotten, 'job')} sent since then and forgotten may have been billed."
            )
        return (
            f"Differs: the balance {moved}, and {charged} were charged here. If someone else used the "
            "account meanwhile, or it was topped up, the comparison is inconclusive."
        )


def budget_left(session: Session, provider: str) -> Decimal | None:
    """What this session may still spend; None without a budget."""
    budget = session.settings.limit("budget")
    return None if budget is None else max(budget - session.budget(provider).committed, Decimal(0))


def costs_of(session: Session) -> CostTable:
    """What was charged and saved, by day, notebook, model and provider. Raises StoreError."""
    if engine := session.started_engine:
        engine.write(lambda _: None).result()  # what is still to be written comes first
    notes = [line for line in (under_way_line(session), uncertain_line(session)) if line]
    return add_up(session.journal.charges(), session.settings.credit_price, notes)


def under_way_line(session: Session) -> str:
    """How many jobs are under way and what is at stake for them; '' without any. Raises StoreError."""
    entries = [entry for entry in _open(session) if entry.record.state is not JobState.UNCERTAIN]
    return _line(session, entries, "under way", "%vidgo jobs") if entries else ""


def uncertain_line(session: Session) -> str:
    """How many jobs are uncertain, what is at stake, and the command; '' without any. Raises StoreError."""
    entries = [entry for entry in _open(session) if entry.record.state is JobState.UNCERTAIN]
    return _line(session, entries, "uncertain", "%vidgo resolve") if entries else ""


def _line(session: Session, entries: Sequence[Entry], state: str, command: str) -> str:
    return f"{jobs_at_stake(state, list(map(sums_of_entry, entries)), session.settings.credit_format)}; {command}"


def _open(session: Session) -> list[Entry]:
    """Jobs that were sent and are not settled. Those of the emulator in another kernel ended with it."""
    return [
        entry
        for entry in session.journal.all_under_way()
        if not entry.record.state.unsent and (entry.api != IN_KERNEL or entry.record.job_id in session.jobs)
    ]


def measure(session: Session) -> Measurement | None:
    """The charges since the balance was last recorded, beside the balance now; None if it never was.

    Asks the API. Raises AuthenticationError, TransportError, APIError, StoreError.
    """
    provider = session.target.provider
    last = session.journal.last_balance(provider)
    now = session.balance()
    if last is None:
        return None
    since = [charge for charge in session.journal.charges(last[0]) if charge.provider == provider]
    ours = [entry for entry in session.journal.all_under_way() if entry.provider == provider]
    open_jobs = [entry for entry in ours if entry.record.state.may_yet_be_billed]
    jobs = [session.journal.entry(charge.job_id) for charge in since if charge.charged != 0]
    straddling = [job for job in jobs if job and job.submitted_at and job.submitted_at <= last[0]]
    forgotten = [
        entry
        for entry in session.journal.entries(limit=_LOOKED_AT)
        if entry.record.state is JobState.FORGOTTEN
        and entry.record.charge is None
        and entry.provider == provider
        and (entry.submitted_at or 0.0) > last[0]
    ]
    return Measurement(last[0], last[1], now, since, len(open_jobs), len(straddling), len(forgotten))
