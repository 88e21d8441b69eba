"""From a table to a Plan: a place for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.plan.plan import Place, Plan
from vidgo_notebook.app.plan.planning import (
    OF_BUYING,
    Places,
    Recipe,
    not_a_field,
    plan_by_seed,
    present,
    with_images_read,
)
from vidgo_notebook.domain.draws import seed_of
from vidgo_notebook.errors import Problem, Problems

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

MAP_KEYWORDS = ("columns", "seed", *OF_BUYING)
"""What ``vidgo.map`` takes besides fields and variables."""


def plan_map(
    session: Session,
    table: Any,
    fields: Mapping[str, Any],
    variables: Mapping[str, Any],
    explicit: object = None,
    seed: object = None,
) -> Plan:
    """A place for each row of a table; ``variables`` of the prompt are the same for all rows, and ``explicit`` are
    the columns that the caller names for fields."""
    from vidgo_notebook.app.request.any_table import (
        read_table,
    )  # late: most calls plan no table
    from vidgo_notebook.app.request.columns import Columns
    from vidgo_notebook.app.request.rows import as_text

    found = Problems()
    read = found.of(lambda: read_table(table), None)
    if read is None:
        return Plan(session, (), (), tuple(found), found.hint)
    of_all = {name: value for name, value in fields.items() if name == "extra"}  # never a column
    columns = Columns(read, {name: fields[name] for name in fields.keys() - of_all}, explicit, variables, found)
    constants = {**columns.constants, **of_all}
    constant_save = constants.pop("save", "")
    recipe = Recipe(
        constants.pop("prompt", ""),
        constants,
        present(variables),
        as_text=as_text,
        seed=found.of(lambda: seed_of(seed), None),
    )
    used = recipe.names_used(())
    found += [not_a_field(name, used, MAP_KEYWORDS) for name in variables if name not in used]
    recipe = with_images_read(recipe, found)

    def plan_by(recipe: Recipe) -> Plan:
        make, places = Places(session, recipe, found), list[Place]()
        for number, row in enumerate(session.steps.over(read.rows, "Planning"), 1):
            decided = columns.decided(row)
            save = decided.pop("save", constant_save)
            places.append(replace(make.of(decided, columns.variables(row), number), row=row, save=save))
        for number, fault in read.faults.items():
            places[number] = replace(places[number], problems=(fault,))
        places = _with_saves_checked(places)
        hint = found.hint or columns.advice({fault.field for place in places for fault in place.problems})
        return Plan(session, tuple(places), (), tuple(found), hint, (columns.used, *columns.notes()))

    return plan_by_seed(session, recipe, (), found, plan_by)


def _with_saves_checked(places: Sequence[Place]) -> list[Place]:
    """Rows with the absolute paths of the files that they want; one that can't have its file has a problem."""
    from vidgo_notebook.engine.handles.saving import SaveAs, with_slash  # late: few tables save files
    from vidgo_notebook.store.address import working_folder
    from vidgo_notebook.store.results.user_files import why_not_writable

    taken: dict[str, int] = {}
    checked: list[Place] = []
    for number, place in enumerate(places, 1):
        if isinstance(place.save, str) and not place.save:
            checked.append(place)
            continue
        found = Problems()
        path = found.of(lambda given=place.save: SaveAs.of(given).path, "")  # type: ignore[misc]  # bound at once
        path = path and with_slash(str(working_folder() / path.replace("{n}", str(number))), like=path)
        if path and (why := why_not_writable(Path(path) / "x" if path.endswith("/") else Path(path))):
            found.append(Problem("save", f"{why}."))
        if not path.endswith("/") and path and (first := taken.setdefault(path, number)) != number:
            found.append(Problem("save", f"row {first:,} has this file too.", "another name, a folder/, or {n}"))
        faults = tuple(replace(each, field="save") for each in found)
        checked.append(replace(place, save=path, problems=(*place.problems, *faults)))
    return checked
