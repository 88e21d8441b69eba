"""What a check finds out about a notebook's pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat, Total
from vidgo_notebook.visible_text import visible


class Verdict(StrEnum):
    """What a check says about a picture."""

    STORED = "in the store"
    DAMAGED = "damaged"
    MISSING = "not in the store"
    FRESH = "bought anew"
    REFUSED = "would be refused"
    UNKNOWABLE = "cannot be known"
    WRONG = "wrong"
    FREE = "buys nothing"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says about one picture of a cell, or about a cell as a whole. ``price`` is what a run with a
    key would pay for it in credits, None if it is not published; it counts if the picture is MISSING or FRESH.
    ``cell`` is 0 for what is in no cell."""

    cell: int
    label: str
    verdict: Verdict
    detail: str = ""
    price: Decimal | None = Decimal(0)

    @property
    def bad(self) -> bool:
        """Whether the notebook is not as it should be because of this."""
        return self.verdict in (Verdict.DAMAGED, Verdict.MISSING, Verdict.FRESH, Verdict.REFUSED, Verdict.WRONG)

    def expected(self) -> Finding:
        """The same of a call whose refusal the notebook itself expects: ``try`` … ``except vidgo.VidgoError``."""
        return replace(self, verdict=Verdict.FREE, detail=f"it is refused, which the cell expects: {self.detail}")

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        place = f"In [{self.cell}] " if self.cell else ""
        return visible(f"{place}{self.label}: {self.verdict}{detail}")


@dataclass(frozen=True, slots=True)
class Check:
    """What a check says about a notebook, which it read or, if it ``ran``, executed."""

    path: Path
    findings: tuple[Finding, ...]
    credit_format: CreditFormat = NO_CURRENCY
    ran: bool = False

    @property
    def good(self) -> bool:
        """Whether every picture about which something can be known is in the store, sound and of a valid request."""
        return not any(finding.bad for finding in self.findings)

    @property
    def whole(self) -> bool:
        """Whether nothing is left that only running the notebook can tell."""
        return not any(finding.verdict is Verdict.UNKNOWABLE for finding in self.findings)

    @property
    def summary(self) -> str:
        """The counts, and the price of what a run with a key would buy."""
        counts = Counter(finding.verdict for finding in self.findings)
        prices = [each.price for each in self.findings if each.verdict in (Verdict.MISSING, Verdict.FRESH)]
        total = Total.of(prices).text(self.credit_format)
        return (
            f"{counts[Verdict.STORED]} in the store, {len(prices)} to buy ({total}), "
            + (f"{counts[Verdict.REFUSED]} refused, " if counts[Verdict.REFUSED] else "")
            + f"{counts[Verdict.DAMAGED] + counts[Verdict.WRONG]} wrong or damaged, "
            f"{counts[Verdict.UNKNOWABLE]} that cannot be known{'' if self.ran else ' without running the notebook'}"
        )
