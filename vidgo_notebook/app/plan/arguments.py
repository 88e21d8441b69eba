"""What the arguments of ``vidgo.sweep`` and ``vidgo.map`` ask for: plans, before anything is bought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.plan.plan import Plan, Recipe, plan_grid, plan_rows, raise_if
from vidgo_notebook.app.request.rows import Columns, rows_of
from vidgo_notebook.domain.rules import check_takes
from vidgo_notebook.domain.sweep import SWEPT_FIELDS, Axis, axis
from vidgo_notebook.domain.template import names_in
from vidgo_notebook.domain.wording import nearest
from vidgo_notebook.errors import Problem

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_ALSO = ("callback_url",)


def plan_sweep(session: Session, takes: int | None, what: Mapping[str, Any]) -> Plan:
    """Every combination of what varies; ``takes``, a count or None. Raises RequestError for what can't be planned."""
    if takes is not None:
        check_takes(takes)
        what = {**what, "take": range(1, takes + 1)}
    axes = [axis(field, values) for field, given in what.items() if (values := _several(given)) is not None]
    return plan_grid(session, axes, _recipe(what, axes))


def plan_map(session: Session, table: Any, fields: Mapping[str, Any]) -> Plan:
    """A place for each row of a table. Raises RequestError for what is no table, or lacks a column."""
    rows = rows_of(table)
    columns = Columns(rows, {"prompt": "prompt", **fields})
    constants = dict(columns.constants)
    recipe = Recipe(constants.pop("prompt", ""), constants)
    return plan_rows(session, ((row, columns.decided(row)) for row in rows), recipe)


def _several(given: Any) -> list[Any] | None:
    """The values of what varies; None for what does not."""
    if isinstance(given, (str, bytes, Mapping)):
        return None
    if isinstance(given, (list, tuple, range, set, frozenset)) or _is_series(given):
        return list(given)
    return list(given) if isinstance(given, Iterator) else None


def _is_series(given: Any) -> bool:
    """A column of a DataFrame, or an array in one dimension, told by its ways."""
    return hasattr(given, "tolist") and getattr(given, "ndim", 0) == 1


def _recipe(what: Mapping[str, Any], axes: list[Axis]) -> Recipe:
    varied = {each.name for each in axes}
    constant = {name: value for name, value in what.items() if name not in varied}
    prompt = constant.pop("prompt", "")
    fields = {name: value for name, value in constant.items() if name in (*SWEPT_FIELDS, *_ALSO)}
    variables = {name: value for name, value in constant.items() if name not in fields}
    templates = bool(variables or varied - {*SWEPT_FIELDS})
    _check_used(variables, prompt, axes)
    return Recipe(prompt, fields, variables, is_template=templates, swept_is_template=templates)


def _check_used(variables: Mapping[str, Any], prompt: Any, axes: list[Axis]) -> None:
    prompts = [prompt, *(value for each in axes if each.name == "prompt" for value in each.values)]
    used = {name for text in prompts if isinstance(text, str) for name in names_in(text)}
    raise_if(
        Problem(name, f"is no field, and no prompt has {{{{ {name} }}}}.", nearest(name, [*SWEPT_FIELDS, *used]))
        for name in variables
        if name not in used
    )
