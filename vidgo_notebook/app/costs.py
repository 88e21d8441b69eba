"""What pictures cost: the journal's charges added up, compared with the account, and what is left of a budget."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, overload

from vidgo_notebook.domain.pricing import plain
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.render import markup
from vidgo_notebook.store.journal.journal import Charge

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_Key = tuple[str, str, str, str]
"""Day, notebook, model, provider."""

_HEAD = ("day", "notebook", "model", "provider", "pictures", "quoted", "charged", "saved")


@dataclass(frozen=True, slots=True)
class CostRow:
    """Credits of one day, notebook, model and provider.

    ``quoted`` is the price of the pictures, ``charged`` (as quoted) what was paid for them and ``saved`` the
    price of those that came from the store. ``unpublished`` counts the pictures without a published price.
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


class CostTable(Sequence[CostRow]):
    """Costs by day, notebook, model and provider; emulated and real credits are summed separately."""

    def __init__(self, rows: Sequence[CostRow], credit_price: str | None = None) -> None:
        self._rows = tuple(rows)
        self._credit_price = credit_price

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
        """Real credits paid, as quoted."""
        return sum((row.charged for row in self._rows if row.provider != EMULATOR), Decimal(0))

    @property
    def saved(self) -> Decimal:
        """Real credits saved by the store."""
        return sum((row.saved for row in self._rows if row.provider != EMULATOR), Decimal(0))

    @property
    def emulated(self) -> Decimal:
        """Emulated credits, which are free."""
        return sum((row.charged for row in self._rows if row.provider == EMULATOR), Decimal(0))

    def to_frame(self) -> Any:
        """The rows as a pandas DataFrame; amounts are decimals. VidgoError if pandas is not installed."""
        from vidgo_notebook.engine.handles.table import frame_of

        return frame_of(map(asdict, self._rows))

    def as_text(self) -> tuple[str, list[tuple[str, ...]], tuple[str, ...]]:
        """Title, rows and head as text."""
        title = (
            f"{plain(self.charged)} credits charged (as quoted), {plain(self.saved)} saved by the store; "
            f"{plain(self.emulated)} emulated credits, free"
        )
        head = (*_HEAD, f"charged, {self._credit_price.split()[1]}") if self._credit_price else _HEAD
        return title, [self._text_row(row) for row in self._rows], head

    def __repr__(self) -> str:
        title, rows, head = self.as_text()
        return "\n".join([title, markup.text_table(rows, head)]) if rows else title

    def _repr_html_(self) -> str:
        title, rows, head = self.as_text()
        return markup.frame(markup.line(markup.escape(title)), markup.table(rows, head) if rows else "")

    def _text_row(self, row: CostRow) -> tuple[str, ...]:
        unknown = f" + {row.unpublished} not published" if row.unpublished else ""
        amounts = (plain(row.quoted) + unknown, plain(row.charged), plain(row.saved))
        texts = (row.day, row.notebook or "–", row.model, row.provider, str(row.pictures), *amounts)
        if not self._credit_price:
            return texts
        money = row.charged * Decimal(self._credit_price.split()[0])
        return (*texts, "–" if row.provider == EMULATOR else plain(money))


def add_up(charges: Sequence[Charge], credit_price: str | None = None) -> CostTable:
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
    return CostTable([_row(key, group) for key, group in sorted(groups.items())], credit_price)


def _row(key: _Key, charges: Sequence[Charge]) -> CostRow:
    def total(amounts: Iterable[Decimal | None]) -> Decimal:
        return sum((amount or Decimal(0) for amount in amounts), Decimal(0))

    return CostRow(
        *key,
        pictures=len(charges),
        quoted=total(charge.quoted for charge in charges),
        charged=total(charge.charged for charge in charges),
        saved=total(charge.saved for charge in charges),
        unpublished=sum(charge.quoted is None for charge in charges),
    )


@dataclass(frozen=True, slots=True)
class Measurement:
    """Two balances of an account and what was charged between them according to the journal, in credits.

    ``straddling`` counts the charged jobs that the service already had when ``before`` was asked.
    """

    since: float
    before: Decimal
    now: Decimal
    charges: Sequence[Charge]
    under_way: int
    straddling: int = 0

    @property
    def taken(self) -> Decimal:
        """The credits that left the account."""
        return self.before - self.now

    @property
    def charged(self) -> Decimal:
        """The credits that should have left it."""
        return sum((charge.charged or Decimal(0) for charge in self.charges), Decimal(0))

    def verdict(self) -> str:
        """The result of the comparison in a sentence, also where it is inconclusive."""
        taken, charged = plain(self.taken), plain(self.charged)
        if self.under_way:
            return f"Inconclusive: {counted(self.under_way, 'job')} under way or uncertain may still be billed."
        if self.straddling:
            return (
                f"Inconclusive: the balance was last recorded with {counted(self.straddling, 'job')} under way, which "
                "may have been billed before or after that. It is recorded again now."
            )
        if any(charge.charged is None for charge in self.charges):
            return f"Inconclusive: the account lost {taken} credits, and some of the charges have no published price."
        if self.taken == self.charged:
            return f"Agrees: the account lost {taken} credits, and {charged} were charged."
        return (
            f"Differs: the account lost {taken} credits, and {charged} were charged here. If someone else used the "
            "account meanwhile, or it was topped up, the comparison is inconclusive."
        )


def budget_left(session: Session, provider: str) -> Decimal | None:
    """What this session may still spend; None without a budget."""
    budget = session.settings.budget
    return None if budget is None else max(budget - session.budget(provider).committed, Decimal(0))


def costs_of(session: Session) -> CostTable:
    """What was charged and saved, by day, notebook, model and provider. Raises StoreError."""
    if engine := session.started_engine:
        engine.write(lambda _: None).result()  # what is still to be written comes first
    return add_up(session.journal.charges(), session.settings.credit_price)


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
    open_jobs = [entry for entry in session.journal.all_under_way() if entry.provider == provider]
    jobs = [session.journal.entry(charge.job_id) for charge in since if charge.charged != 0]
    straddling = [job for job in jobs if job and job.submitted_at and job.submitted_at <= last[0]]
    return Measurement(last[0], last[1], now, since, len(open_jobs), len(straddling))
