"""Plans of sweeps and tables: a checked request, or what is wrong with it, for each place of a batch."""

from __future__ import annotations

import hashlib
import json
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.request.build import build_request, from_json, to_json
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.domain.request import GenerationRequest, normalise_prompt
from vidgo_notebook.domain.rules import check_takes, problems
from vidgo_notebook.domain.sweep import SWEPT_FIELDS, Axis, Combination, axis, check_axes, combinations, in_words, short
from vidgo_notebook.domain.template import fill, names_in
from vidgo_notebook.domain.wording import nearest
from vidgo_notebook.errors import Problem, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.domain.cell_options import CellOptions

_LISTED = 10  # problems, and row numbers, that a message lists; it counts the rest


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a batch: the values that vary there, and the request with its problems."""

    row: Combination
    request: GenerationRequest
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Every place of a batch, in order. ``axes`` are those of a grid; a table has none."""

    places: tuple[Place, ...]
    axes: tuple[Axis, ...] = ()

    @property
    def valid(self) -> list[Place]:
        """The places whose requests the rules accept."""
        return [place for place in self.places if not place.problems]

    @property
    def invalid(self) -> list[Place]:
        """The places with problems."""
        return [place for place in self.places if place.problems]

    def refused(self, *, skip_invalid: bool) -> bool:
        """Whether no picture may be made: a grid is refused as a whole, a table's rows one by one."""
        return bool(self.invalid) and (not self.valid or bool(self.axes and not skip_invalid))

    def faults(self) -> list[Problem]:
        """Each problem once, with its places; a problem of every place is listed without them."""
        found: dict[Problem, list[int]] = {}
        for number, place in enumerate(self.places):
            for problem in dict.fromkeys(place.problems):
                found.setdefault(problem, []).append(number)
        listed = []
        for problem, numbers in list(found.items())[:_LISTED]:
            where = "" if len(numbers) == len(self.places) else f"({self._where(numbers)}) "
            listed.append(replace(problem, message=f"{where}{problem.message}"))
        more = len(found) - _LISTED
        return [*listed, *([Problem("sweep", f"and {more:,} more like these.")] if more > 0 else [])]

    def _where(self, numbers: Sequence[int]) -> str:
        """Some places of a grid by the values they have in common, some rows by their numbers."""
        if not self.axes:
            rows = ", ".join(f"{number + 1:,}" for number in numbers[:_LISTED])
            more = f" and {len(numbers) - _LISTED:,} more" if len(numbers) > _LISTED else ""
            return f"row{'s' if len(numbers) > 1 else ''} {rows}{more}"
        rows_ = [self.places[number].row for number in numbers]
        common = {name: value for name, value in rows_[0].items() if all(row[name] is value for row in rows_)}
        several = f"{len(numbers):,} combinations" if len(numbers) > 1 else ""
        return ": ".join(part for part in (several, in_words(common)) if part)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What all places have in common: the prompt, and the other ``fields`` as they were given.

    With ``is_template`` the prompt is a template over ``variables`` and the axes; with ``swept_is_template``
    so are the prompts of an axis (in a cell they are values, inserted into the cell's text).
    """

    prompt: Any = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    is_template: bool = True
    swept_is_template: bool = False

    def text_for(self, swept: Any) -> tuple[Any, bool]:
        """The prompt, where ``swept`` is that of an axis (None without one), and whether it is a template."""
        if swept is None or (self.is_template and "prompt" in names_in(self.prompt)):
            return self.prompt, self.is_template and isinstance(self.prompt, str)
        return swept, self.swept_is_template and isinstance(swept, str)

    def names_used(self, axes: Sequence[Axis]) -> set[str]:
        """The names in the templates."""
        texts = [self.prompt] if self.is_template else []
        if self.swept_is_template:
            texts += [value for each in axes if each.name == "prompt" for value in each.values]
        return {name for text in texts if isinstance(text, str) for name in names_in(text)}


def plan_sweep(session: Session, takes: int | None, given: Mapping[str, Any]) -> Plan:
    """The grid of ``vidgo.sweep``: ``takes`` is a count or None. Raises RequestError."""
    if takes is not None:
        check_takes(takes)
        given = {**given, "take": range(1, takes + 1)}
    axes = [axis(field, values) for field, value in given.items() if (values := _values_of(value)) is not None]
    varied = {each.name for each in axes}
    constant = {name: value for name, value in given.items() if name not in varied}
    fields = {name: value for name, value in constant.items() if name in (*SWEPT_FIELDS, "callback_url")}
    variables = {name: value for name, value in constant.items() if name not in fields}
    templates = bool(variables or varied - {*SWEPT_FIELDS})
    recipe = Recipe(fields.pop("prompt", ""), fields, variables, is_template=templates, swept_is_template=templates)
    used = recipe.names_used(axes)
    if unused := [_not_a_field(name, used) for name in variables if name not in used]:
        raise RequestError(unused)
    return _plan_grid(session, axes, recipe)


def _values_of(given: Any) -> list[Any] | None:
    """The values of a field that varies; None for one that is the same everywhere."""
    if isinstance(given, (str, bytes, Mapping)):
        return None
    # A column of a DataFrame or an array in one dimension, recognised by duck typing.
    series = hasattr(given, "tolist") and getattr(given, "ndim", 0) == 1
    several = series or isinstance(given, (list, tuple, range, set, frozenset, Iterator))
    return list(given) if several else None


def plan_cell(
    session: Session,
    options: CellOptions,
    cell: str,
    variables: Mapping[str, Any],
    looked_up: Callable[[Any], Any],
) -> Plan:
    """The grid of a ``%%vidgo --sweep`` cell; ``looked_up`` finds an image by its text. Raises RequestError."""
    axes = [
        replace(each, values=tuple(map(looked_up, each.values))) if each.name == "image" else each
        for each in options.sweep
    ]
    if options.several:
        axes.append(axis("take", options.takes))
    said = {**options.request, "take": options.takes[0], "image": [looked_up(image) for image in options.images]}
    swept = {each.name for each in axes}
    fields = {name: value for name, value in said.items() if value is not None and name not in swept}
    return _plan_grid(session, axes, Recipe(cell.strip(), fields, variables))


def _plan_grid(session: Session, axes: list[Axis], recipe: Recipe) -> Plan:
    """Every combination of some axes. RequestError for axes that can't be, or that change nothing."""
    check_axes(axes)
    used = recipe.names_used(axes)
    wrong = [_not_a_field(each.name, used) for each in axes if each.name not in (*SWEPT_FIELDS, *used)]
    if recipe.prompt and "prompt" not in used and any(each.name == "prompt" for each in axes):
        wrong.append(Problem("sweep", "the cell has a prompt of its own.", "{{ prompt }} in it, or leave it empty"))
    if wrong:
        raise RequestError(wrong)
    recipe = _with_images_read(recipe)
    for number, each in enumerate(axes):
        if each.name == "image":
            read = tuple(references_of(value) for value in each.values)
            labels = tuple(short(found[0]) if len(found) == 1 else f"{len(found)} images" for found in read)
            axes[number] = Axis("image", read, labels if len(set(labels)) == len(labels) else each.labels)
    local_api = session.target.local_api
    return Plan(tuple(_place(session, each, recipe, local_api) for each in combinations(axes)), tuple(axes))


def _not_a_field(name: str, used: set[str]) -> Problem:
    message = f"{name} is not a field ({', '.join(SWEPT_FIELDS)}), and the prompt has no {{{{ {name} }}}}."
    return Problem("sweep", message, nearest(name, [*SWEPT_FIELDS, *used]))


def plan_map(session: Session, table: Any, fields: Mapping[str, Any]) -> Plan:
    """A place for each row of a table. Raises RequestError for what is not a table, and for a missing column."""
    from vidgo_notebook.app.request.rows import Columns, rows_of  # late: cells, which make plans too, read no tables

    rows = rows_of(table)
    columns = Columns(rows, {"prompt": "prompt", **fields})
    constants = dict(columns.constants)
    recipe = _with_images_read(Recipe(constants.pop("prompt", ""), constants))
    local_api = session.target.local_api
    places = [_place(session, columns.decided(row), recipe, local_api, row) for row in rows]
    return Plan(tuple(replace(place, row=row) for place, row in zip(places, rows, strict=True)))


def _with_images_read(recipe: Recipe) -> Recipe:
    """The images that all places share, read once."""
    return replace(recipe, fields={**recipe.fields, "image": references_of(recipe.fields.get("image", ()))})


def _place(
    session: Session,
    varied: Combination,
    recipe: Recipe,
    local_api: bool,
    variables: Mapping[str, Any] | None = None,
) -> Place:
    said = {**recipe.fields, **{name: value for name, value in varied.items() if name in SWEPT_FIELDS}}
    images, (prompt, is_template) = said.pop("image", ()), recipe.text_for(said.pop("prompt", None))
    try:
        if is_template:
            names = ChainMap(dict(varied if variables is None else variables), recipe.variables)  # type: ignore[arg-type]
            template, (prompt, values) = prompt, fill(prompt, names)
            if values:
                said |= {"template": normalise_prompt(template), "values": values}
        request = build_request(session.settings, prompt, images=images, **said)
    except RequestError as error:
        return Place(varied, GenerationRequest(str(prompt)), error.problems)
    return Place(varied, request, problems(request, local_api=local_api))


# A plan as the journal keeps it


def to_text(plan: Plan) -> str:
    """A plan as JSON, without the images themselves."""
    by_name = {each.name: each for each in plan.axes}

    def plain(name: str, value: Any) -> Any:
        if name in by_name:
            return by_name[name].label(value)
        return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)

    axes = [[each.name, list(each.labels)] for each in plan.axes]
    places = [
        {
            "row": {name: plain(name, value) for name, value in place.row.items()},
            "request": to_json(place.request),
            "problems": [[each.field, each.message, each.suggestion] for each in place.problems],
        }
        for place in plan.places
    ]
    return json.dumps({"axes": axes, "places": places}, ensure_ascii=False)


def from_text(text: str) -> Plan:
    """A plan from JSON."""
    data = json.loads(text)
    axes = tuple(Axis(name, tuple(labels), tuple(labels)) for name, labels in data["axes"])
    places = tuple(
        Place(each["row"], from_json(each["request"]), tuple(Problem(*parts) for parts in each["problems"]))
        for each in data["places"]
    )
    return Plan(places, axes)


def contents_of(plan: Plan) -> str:
    """What identifies a plan's contents: its requests, in order, however they were written."""
    digest = hashlib.sha256()
    for place in plan.places:
        digest.update(to_json(replace(place.request, template="", values=())).encode())
    return digest.hexdigest()
