"""A notebook file: its code cells, and what a check finds out about their pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat, Total
from vidgo_notebook.domain.untrusted_json import TooManyValuesError, read_json
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.visible_text import visible, visible_name

_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell; ``number`` is the execution count that a run from the top gives it."""

    number: int
    source: str

    @property
    def magic(self) -> tuple[str, str, str] | None:
        """Name, line and body of the cell magic that it begins with, after empty lines if any."""
        text = self.source.lstrip("\n\r \t")
        if not text.startswith("%%"):
            return None
        line, _, body = text.partition("\n")
        name, _, rest = line[2:].strip("\r").partition(" ")
        return name.strip(), rest, body


def read_notebook(path: Path) -> list[CodeCell]:
    """The code cells of a notebook, in order. RequestError if the file is not a notebook."""
    sources = []
    for cell in _cells(_json(path), path):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise _refusal(path, "the source of a cell is not text")
        if source.strip():
            sources.append(source)
    return [CodeCell(number, source) for number, source in enumerate(sources, 1)]


def _json(path: Path) -> Any:
    try:
        return read_json(read_plain(path, _MOST_BYTES))
    except PlainFileError as error:
        raise _refusal(path, error.message.rstrip(".")) from None
    except OSError as error:
        raise _refusal(path, f"it can't be read: {error.strerror or error}") from None
    except TooManyValuesError as error:
        raise _refusal(path, f"{error}: jupyter nbconvert --clear-output makes it smaller") from None
    except ValueError:
        raise _refusal(path, "it is not JSON") from None


def _cells(data: Any, path: Path) -> list[dict[str, Any]]:
    if isinstance(data, dict) and "worksheets" in data:
        raise _refusal(path, "its format is older than 4: jupyter nbconvert --to notebook converts it")
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise _refusal(path, "it has no list of cells")
    return cells


def _refusal(path: Path, why: str) -> RequestError:
    return RequestError([Problem("notebook", f"{visible_name(path)} can't be checked: {why}.")])


# What a check finds out


class Verdict(StrEnum):
    """What a check says about a picture."""

    STORED = "in the store"
    DAMAGED = "damaged"
    MISSING = "not in the store"
    FRESH = "bought anew"
    UNKNOWABLE = "cannot be known"
    WRONG = "wrong"
    FREE = "buys nothing"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says about one picture of a cell, or about a cell as a whole. ``price`` is what a run with a
    key would pay for it in credits, None if it is not published; it counts if the picture is MISSING or FRESH."""

    cell: int
    label: str
    verdict: Verdict
    detail: str = ""
    price: Decimal | None = Decimal(0)

    @property
    def bad(self) -> bool:
        """Whether the notebook is not as it should be because of this."""
        return self.verdict in (Verdict.DAMAGED, Verdict.MISSING, Verdict.FRESH, Verdict.WRONG)

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        return visible(f"In [{self.cell}] {self.label}: {self.verdict}{detail}")


@dataclass(frozen=True, slots=True)
class Check:
    """What a check says about a notebook."""

    path: Path
    findings: tuple[Finding, ...]
    credit_format: CreditFormat = NO_CURRENCY

    @property
    def good(self) -> bool:
        """Whether every picture about which something can be known is in the store, sound and of a valid request."""
        return not any(finding.bad for finding in self.findings)

    @property
    def summary(self) -> str:
        """The counts, and the price of what a run with a key would buy."""
        counts = Counter(finding.verdict for finding in self.findings)
        prices = [each.price for each in self.findings if each.verdict in (Verdict.MISSING, Verdict.FRESH)]
        total = Total.of(prices).text(self.credit_format)
        return (
            f"{counts[Verdict.STORED]} in the store, {len(prices)} to buy ({total}), "
            f"{counts[Verdict.DAMAGED] + counts[Verdict.WRONG]} wrong or damaged, "
            f"{counts[Verdict.UNKNOWABLE]} that cannot be known without running the notebook"
        )
