"""Limits from outside the notebook: inside it they can be lowered freely, and raised only by the person there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from traitlets import TraitError

from vidgo_notebook.app.settings.origins import Given, Origin
from vidgo_notebook.errors import BudgetError

if TYPE_CHECKING:
    from vidgo_notebook.domain.pricing import CreditFormat

LIMITS = {"budget": "VIDGO_BUDGET", "confirm_above": "VIDGO_CONFIRM_ABOVE"}
"""The settings that are limits, and the variable that sets each outside the notebook."""


class LimitError(BudgetError, TraitError):
    """A notebook tried to raise a limit that was set outside it, and the person did not agree.

    A TraitError too: for it, and for no other error, traitlets restores what was set with it.
    """


def lower(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """The lower of two limits; None means unlimited."""
    both = [limit for limit in (one, other) if limit is not None]
    return min(both, default=None)


def within(value: Decimal | None, ceiling: Decimal | None) -> bool:
    """Whether a limit is as low as the ceiling, or lower."""
    return lower(value, ceiling) == value


def question(name: str, value: Decimal | None, ceiling: Given, written: CreditFormat) -> str:
    """What the person is asked."""
    return f"This notebook wants to set {name} to {_amount(value, written)}; {_was(ceiling, written)}. Allow it?"


def not_raised(name: str, value: Decimal | None, ceiling: Given, written: CreditFormat) -> LimitError:
    """The answer was no, or no person is there."""
    return LimitError(
        f"{name} is not set to {_amount(value, written)}: {_was(ceiling, written)}, and raising it was not confirmed.",
        hint=where_to_raise(name),
    )


def where_to_raise(name: str) -> str:
    """Where a limit can be raised, with or without a person there."""
    return f"Raise it outside the notebook: {_outside(name)}"


def or_raise(name: str) -> str:
    """The same as the second of two ways."""
    return f"Or raise {name} outside the notebook: {_outside(name)}"


def _outside(name: str) -> str:
    return f"set {LIMITS[name]} before Jupyter starts, or c.Vidgo.{name} in a profile."


def _was(ceiling: Given, written: CreditFormat) -> str:
    limit = _amount(ceiling.value, written)
    if ceiling.origin is Origin.PACKAGE:
        return f"the built-in limit is {limit}"
    if ceiling.origin is Origin.NOTEBOOK:
        return f"{limit} was agreed to"
    return f"the {ceiling.origin.value} limits it to {limit}"


def _amount(value: Decimal | None, written: CreditFormat) -> str:
    return "no limit" if value is None else written.text(value)
