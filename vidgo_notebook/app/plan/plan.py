"""A Plan: for each picture a checked request or what is wrong with it, priced; it shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.plan.estimate import Estimate, estimate
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.sweep import Axis, Combination, in_words
from vidgo_notebook.errors import Problem, Problems, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_LISTED = 10  # problems of some places, and row numbers, that a message lists; it counts the rest


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a plan: the values that vary there, and the request with its problems."""

    row: Combination
    request: GenerationRequest
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Every place in order; one picture is a plan of one place. ``axes`` are those of a grid: a table has none,
    and neither have takes. ``problems`` are those of no place, such as an option that does not exist, and ``hint``
    is what to type instead."""

    session: Session = field(repr=False, compare=False)
    places: tuple[Place, ...]
    axes: tuple[Axis, ...] = ()
    problems: tuple[Problem, ...] = ()
    hint: str | None = None

    @property
    def valid(self) -> list[Place]:
        """The places whose requests the rules accept."""
        return [place for place in self.places if not place.problems]

    @property
    def invalid(self) -> list[Place]:
        """The places with problems."""
        return [place for place in self.places if place.problems]

    @cached_property
    def price(self) -> Estimate:
        """The price of the valid places, and what the store has of them; no network."""
        return estimate(self.session, [place.request for place in self.valid])

    def check(self, problems: Problems | None = None, *, skip_invalid: bool = False) -> None:
        """Raise RequestError with every problem of the plan, and the caller's own.

        A grid is refused for one combination that is not possible, unless that is to be skipped; a table only
        if it has no possible row.
        """
        own = Problems() if problems is None else problems
        first = list(dict.fromkeys([*self.problems, *own]))
        invalid = self.invalid
        if first or (invalid and (len(invalid) == len(self.places) or bool(self.axes and not skip_invalid))):
            raise RequestError(first + self.faults(), hint=self.hint or own.hint or self._how_to_skip())

    def faults(self) -> list[Problem]:
        """Each problem of a place once, with its places; a problem of every place is listed without them."""
        found: dict[Problem, list[int]] = {}
        for number, place in enumerate(self.places):
            for problem in dict.fromkeys(place.problems):
                found.setdefault(problem, []).append(number)
        everywhere = [problem for problem, numbers in found.items() if len(numbers) == len(self.places)]
        somewhere = [(problem, numbers) for problem, numbers in found.items() if len(numbers) < len(self.places)]
        listed = [
            replace(problem, message=f"({self._where(numbers)}) {problem.message}")
            for problem, numbers in somewhere[:_LISTED]
        ]
        more = len(somewhere) - _LISTED
        rest = [Problem("sweep", f"and {more:,} more like these.")] if more > 0 else []
        return [*everywhere, *listed, *rest]

    def _where(self, numbers: Sequence[int]) -> str:
        """Some places of a grid by the values they have in common, some rows by their numbers."""
        if not self.axes:
            rows = ", ".join(f"{number + 1:,}" for number in numbers[:_LISTED])
            more = f" and {len(numbers) - _LISTED:,} more" if len(numbers) > _LISTED else ""
            return f"row{'s' if len(numbers) > 1 else ''} {rows}{more}"
        rows_ = [self.places[number].row for number in numbers]
        varying = [each.name for each in self.axes if len(each.values) > 1]
        common = {name: rows_[0][name] for name in varying if all(row[name] is rows_[0][name] for row in rows_)}
        several = f"{len(numbers):,} combinations" if len(numbers) > 1 else ""
        return ": ".join(part for part in (several, in_words(common)) if part)

    def _how_to_skip(self) -> str | None:
        """How to leave out the invalid combinations; None if there is no valid one."""
        valid = len(self.valid)
        if not (valid and self.axes) or self.problems:
            return None
        return (
            f"{valid} of {len(self.places)} combinations are possible: --skip-invalid (skip_invalid=True) "
            "generates only those."
        )

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        from vidgo_notebook.app.plan.dry_run import bundle_of  # late: most plans are ordered and not shown

        requests = [place.request for place in self.valid]
        return bundle_of(self.session, requests, self.price, [*self.problems, *self.faults()])

    def _repr_html_(self) -> str:
        html: str = self._repr_mimebundle_()[0]["text/html"]
        return html

    def __str__(self) -> str:
        text: str = self._repr_mimebundle_()[0]["text/plain"]
        return text
