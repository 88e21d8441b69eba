"""What a call of ``vidgo.generate``, ``vidgo.sweep`` or ``vidgo.map`` asks for: its plan, and how it is bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.options import GenerateOptions, RequestOptions
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.plan.planning import SWEEP_KEYWORDS, plan_picture, plan_sweep
from vidgo_notebook.app.plan.table_plan import MAP_KEYWORDS, plan_map
from vidgo_notebook.app.purchase.approval import PurchaseChoices, limit_of
from vidgo_notebook.app.request.build import no_option_of_a_picture
from vidgo_notebook.domain.arguments import flag_of, name_of
from vidgo_notebook.domain.public_call import Written
from vidgo_notebook.errors import Problems

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_FIELDS = {"prompt", *RequestOptions.__annotations__}
_OF_ROWS = {*_FIELDS, "save"}
_OF_GENERATE = GenerateOptions.__annotations__.keys() - RequestOptions.__annotations__.keys()
_OPTIONS_OF_GENERATE = (*RequestOptions.__annotations__, "takes", *sorted(_OF_GENERATE))


@dataclass(frozen=True, slots=True)
class Called:
    """A plan, what the caller says about buying it, and what is wrong with the call besides."""

    plan: Plan
    buying: Mapping[str, Any]
    problems: Problems = field(default_factory=Problems)


def called_generate(session: Session, prompt: object, takes: Any, options: Written) -> Called:
    """One picture, or takes of it. The prompt is not a template."""
    found, asked = Problems(), {name: value for name, value in options.items() if name not in _OF_GENERATE}
    for unknown in [name for name in asked if name not in _FIELDS]:
        found.append(no_option_of_a_picture(unknown, _OPTIONS_OF_GENERATE))
        asked.pop(unknown)
    buying = {name: value for name, value in options.items() if name in _OF_GENERATE}
    return Called(plan_picture(session, prompt, asked, takes), buying, found)


def called_sweep(session: Session, written: Written) -> Called:
    """Every combination of the fields and variables that have several values."""
    buying = {name: value for name, value in written.items() if name in SWEEP_KEYWORDS}
    asked, takes, seed = _asked(written, SWEEP_KEYWORDS), buying.get("takes"), buying.get("seed")
    return Called(plan_sweep(session, takes, asked, seed), buying)


def called_map(session: Session, table: object, written: Written) -> Called:
    """A picture for each row of a table."""
    asked = _asked(written, MAP_KEYWORDS)
    fields = {name: value for name, value in asked.items() if name in _OF_ROWS and value is not None}
    variables = {name: value for name, value in asked.items() if name not in _OF_ROWS}
    buying = {name: value for name, value in written.items() if name in MAP_KEYWORDS}
    plan = plan_map(session, table, fields, variables, written.get("columns"), written.get("seed"))
    return Called(plan, buying)


@dataclass(frozen=True, slots=True)
class Buying:
    """What a caller says about buying, understood."""

    choices: PurchaseChoices
    skip_invalid: bool
    name: str
    share_key: bool


def understood_buying(given: Mapping[str, Any], found: Problems) -> Buying:
    """What a caller says about buying; ``found`` receives what is wrong with it."""
    fresh, yes, share_key, skip_invalid = (
        found.of(partial(flag_of, name, given.get(name, False)), False)
        for name in ("fresh", "yes", "share_key", "skip_invalid")
    )
    limit = found.of(lambda: limit_of(given.get("max_credits")), None)
    name = found.of(lambda: name_of(given.get("name")), "")
    return Buying(PurchaseChoices(fresh=fresh, yes=yes, max_credits=limit), skip_invalid, name, share_key)


def _asked(written: Written, keywords: tuple[str, ...]) -> dict[str, Any]:
    """The fields and variables, in the order in which they were written. A field that is None is not given."""
    return {
        name: value
        for name, value in written.items()
        if name not in keywords and (value is not None or name not in _FIELDS)
    }
