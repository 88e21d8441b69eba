"""A notebook file: its code cells, and what a check finds out about their pictures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from vidgo_notebook.domain.pricing import credits_text
from vidgo_notebook.errors import VidgoError

_MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell; ``number`` is the execution count that a run from the top gives it."""

    number: int
    source: str

    @property
    def magic(self) -> tuple[str, str, str] | None:
        """Name, line and body of the cell magic that it begins with; empty lines before it don't count."""
        text = self.source.lstrip("\n\r \t")
        if not text.startswith("%%"):
            return None
        line, _, body = text.partition("\n")
        name, _, rest = line[2:].strip("\r").partition(" ")
        return name.strip(), rest, body


def read_notebook(path: Path) -> list[CodeCell]:
    """The code cells of a notebook, in order. VidgoError for a file that is none."""
    cells = _cells(_json(path), path)
    sources = [_source(cell, path) for cell in cells if cell.get("cell_type") == "code"]
    return [CodeCell(number, source) for number, source in enumerate((s for s in sources if s.strip()), 1)]


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _no_notebook(path, "it is far too large for one")
        return json.loads(path.read_bytes())
    except OSError as error:
        raise _no_notebook(path, f"it can't be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise _no_notebook(path, "it is not JSON") from None


def _cells(data: Any, path: Path) -> list[dict[str, Any]]:
    if isinstance(data, dict) and "worksheets" in data:
        raise _no_notebook(path, "its format is older than 4: jupyter nbconvert --to notebook brings it up to date")
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise _no_notebook(path, "it has no list of cells")
    return cells


def _source(cell: dict[str, Any], path: Path) -> str:
    source = cell.get("source", "")
    text = "".join(source) if isinstance(source, list) and all(isinstance(line, str) for line in source) else source
    if not isinstance(text, str):
        raise _no_notebook(path, "a cell of it has no text")
    return text


def _no_notebook(path: Path, why: str) -> VidgoError:
    return VidgoError(f"{path} is no notebook that can be checked: {why}.", cost="Nothing was run.")


# What a check finds out

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
