"""What became known of the pictures of a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from vidgo_notebook.domain.pricing import credits_text

STORED, DAMAGED, MISSING, FRESH, UNKNOWABLE, WRONG, FREE = (
    "in the store", "damaged", "not in the store", "bought anew", "cannot be known", "wrong", "buys nothing"
)  # fmt: skip
_BAD = (DAMAGED, MISSING, FRESH, WRONG)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became known of one picture of a cell. ``price`` is what a run with a key would pay for it in
    credits, None where nobody publishes it; it counts where ``outcome`` is MISSING or FRESH."""

    cell: int
    label: str
    outcome: str
    detail: str = ""
    price: Decimal | None = Decimal(0)

    @property
    def bad(self) -> bool:
        """Whether the notebook is not as it should be because of this."""
        return self.outcome in _BAD

    def __str__(self) -> str:
        words = self.outcome if not self.detail else f"{self.outcome}: {self.detail}"
        return f"In [{self.cell}] {self.label}: {words}"


@dataclass(frozen=True, slots=True)
class Check:
    """What became known of a notebook."""

    path: Path
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        """Whether every picture that can be known is in the store, sound, and asked for rightly."""
        return not any(finding.bad for finding in self.findings)

    @property
    def summary(self) -> str:
        """The counts, and the price of what a run with a key would buy."""
        counts = {outcome: sum(f.outcome == outcome for f in self.findings) for outcome in (STORED, UNKNOWABLE)}
        bought = [finding.price for finding in self.findings if finding.outcome in (MISSING, FRESH)]
        total = sum((price or Decimal(0) for price in bought), Decimal(0))
        others = f" and {bought.count(None)} unpublished price(s)" if None in bought else ""
        wrong = sum(finding.outcome in (DAMAGED, WRONG) for finding in self.findings)
        return (
            f"{counts[STORED]} in the store, {len(bought)} to buy ({credits_text(total)}{others}), {wrong} wrong or "
            f"damaged, {counts[UNKNOWABLE]} that only running it tells"
        )
