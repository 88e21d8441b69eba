"""A Plan: for each picture a checked request or what is wrong with it, priced; it shows itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from vidgo_notebook.app.options import Amount
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.sweep import Axis, Combination, in_words
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import Problem, Problems, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.plan.estimate import Estimate
    from vidgo_notebook.app.session import Session

_LISTED = 10  # problems of some places, and row numbers, that a message lists; it counts the rest


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a plan: the values that vary there, the request with its problems, and the path that a row of a
    table has for its picture."""

    row: Combination
    request: GenerationRequest
    problems: tuple[Problem, ...] = ()
    save: str = ""


@dataclass(frozen=True, slots=True)
class DrawnSeed:
    """A new seed with the digest to keep it under; ``plan_by`` makes the plan again by another seed."""

    digest: str
    seed: int
    plan_by: Callable[[int], Plan]


@dataclass(frozen=True)
class Plan:
    """Every place in order; one picture is a plan of one place. ``axes`` are those of a grid: a table has none,
    and neither have takes. ``problems`` belong to no place, such as an option that does not exist, and ``hint``
    is what to type instead. ``notes`` say what the columns of a table are used for: the first names all of them.
    ``drawn`` is the seed of random prompts, where it is new."""

    session: Session = field(repr=False, compare=False)
    places: tuple[Place, ...]
    axes: tuple[Axis, ...] = ()
    problems: tuple[Problem, ...] = ()
    hint: str | None = None
    notes: tuple[str, ...] = ()
    drawn: DrawnSeed | None = None
    order: Callable[..., Batch] | None = field(default=None, repr=False, compare=False)

    @public
    def buy(self, *, yes: bool = False, max_credits: Amount | None = None) -> Batch:
        """Buy it, as ``vidgo.map`` would have with the keywords that ``vidgo.plan`` got.

        Parameters
        ----------
        yes : bool, default False
            Answer the question about the price, unless ``confirm_above`` was set outside; overrides no limit.
        max_credits : Decimal, float or str, optional
            The most, in credits, that it may cost.

        Returns
        -------
        Batch
            The jobs, at once; what the store has by now is not bought again.

        Raises
        ------
        RequestError, BudgetError, ReplayError, AuthenticationError, StoreError
            Before anything is sent.

        Examples
        --------
        >>> plan = vidgo.plan({"prompt": ["A red bicycle"]})
        >>> len(plan.buy())
        1
        """
        if self.order is None:
            raise RequestError([Problem("plan", "was not made by vidgo.plan: run its cell without --dry-run.")])
        return self.order(yes=yes, max_credits=max_credits)

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
        from vidgo_notebook.app.plan.estimate import estimate  # late: a cell that buys has no use for it

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
        """How to leave out the invalid combinations; None if there is no valid one, or no other."""
        valid = len(self.valid)
        if not (valid and self.axes) or self.problems or valid == len(self.places):
            return None
        return f"{valid} of {len(self.places)} combinations are possible: --skip-invalid generates only those."

    def __copy__(self) -> Plan:
        return self

    def __deepcopy__(self, memo: object) -> Plan:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Pickle would copy the prices, and not the store, the settings and the jobs that they follow from."""
        raise RequestError(
            [Problem("plan", "a Plan belongs to its process, and can't be pickled.", "plan.to_dicts()")],
            hint="In another process vidgo.plan makes it again, from the same table and keywords.",
        )

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        from vidgo_notebook.app.plan.dry_run import bundle_of  # late: most plans are ordered and not shown

        requests = [place.request for place in self.valid]
        # An executed notebook must not change by what the store has: there a dry run of a cell is silent about it.
        stored = self.order is not None or self.session.attended()
        faults = [*self.problems, *self.faults()]
        return bundle_of(self.session, requests, self.price, faults, self.notes, stored=stored)

    def to_dicts(self) -> list[dict[str, object]]:
        """The places as plain values, for a shell's ``--json``."""
        from vidgo_notebook.app.plan.dry_run import row_of  # late, as above

        return [row_of(self.session, place.row, place.request, place.problems) for place in self.places]

    def _repr_html_(self) -> str:
        html: str = self._repr_mimebundle_()[0]["text/html"]
        return html

    def __str__(self) -> str:
        text: str = self._repr_mimebundle_()[0]["text/plain"]
        return text
