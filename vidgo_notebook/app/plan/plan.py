"""What a sweep or a table asks for, before anybody is asked to pay: a request, or its faults, for each place."""

from __future__ import annotations

import hashlib
import json
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.request.build import build_request, from_json, to_json
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.domain.request import GenerationRequest, fingerprint, normalise_prompt
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.domain.sweep import SWEPT_FIELDS, Axis, Combination, axis, check_axes, combinations, in_words, short
from vidgo_notebook.domain.template import fill, names_in
from vidgo_notebook.domain.wording import nearest
from vidgo_notebook.errors import Problem, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.domain.cell_options import CellOptions

_NAMED = 10  # faults that are told one by one; the rest is counted


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a batch: what varies there, and the request, or what is wrong with it."""

    row: Combination
    request: GenerationRequest
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Every place of a batch, in order. ``axes`` is what varies; a table has none."""

    places: tuple[Place, ...]
    axes: tuple[Axis, ...] = ()

    @property
    def valid(self) -> list[Place]:
        """The places that can be asked for."""
        return [place for place in self.places if not place.problems]

    @property
    def invalid(self) -> list[Place]:
        """The places that can't."""
        return [place for place in self.places if place.problems]

    def refused(self, *, skip_invalid: bool) -> bool:
        """Whether nothing of it may be made: a grid is refused as a whole, a table's rows one by one."""
        return bool(self.invalid) and (not self.valid or bool(self.axes and not skip_invalid))

    def faults(self) -> list[Problem]:
        """What is wrong, each fault once, with where it is; what is wrong everywhere needs no place."""
        found: dict[Problem, list[int]] = {}
        for number, place in enumerate(self.places):
            for problem in dict.fromkeys(place.problems):
                found.setdefault(problem, []).append(number)
        told = [self._told(problem, numbers) for problem, numbers in found.items()]
        more = len(told) - _NAMED
        return [*told[:_NAMED], *([Problem("sweep", f"and {more:,} more like these.")] if more > 0 else [])]

    def _told(self, problem: Problem, numbers: Sequence[int]) -> Problem:
        where = "" if len(numbers) == len(self.places) else f"({self._where(numbers)}) "
        return replace(problem, message=f"{where}{problem.message}")

    def _where(self, numbers: Sequence[int]) -> str:
        """Some places in words: by what they have in common, else by their numbers."""
        if not self.axes:
            rows = ", ".join(f"{number + 1:,}" for number in numbers[:_NAMED])
            more = f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
            return f"row{'s' if len(numbers) > 1 else ''} {rows}{more}"
        rows_ = [self.places[number].row for number in numbers]
        common = {name: value for name, value in rows_[0].items() if all(row[name] is value for row in rows_)}
        several = f"{len(numbers):,} combinations" if len(numbers) > 1 else ""
        return ": ".join(part for part in (several, in_words(common)) if part)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What all places have in common: ``fields`` as they were given, and the prompt.

    The prompt is a template over ``variables`` and what varies where ``is_template``, and prompts that
    vary themselves are where ``swept_is_template``: in a cell they are values, put into the cell's text.
    """

    prompt: Any = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    is_template: bool = True
    swept_is_template: bool = False

    def text_for(self, swept: Any) -> tuple[Any, bool]:
        """The prompt where ``swept`` is the one that varies (None: none does), and whether to render it."""
        if swept is None or (self.is_template and "prompt" in names_in(self.prompt)):
            return self.prompt, self.is_template and isinstance(self.prompt, str)
        return swept, self.swept_is_template and isinstance(swept, str)


def plan_grid(session: Session, axes: Sequence[Axis], recipe: Recipe) -> Plan:
    """Every combination of some axes. RequestError for axes that can't be, or that change nothing."""
    check_axes(axes)
    _check_names(axes, recipe)
    recipe = _with_images_read(recipe)
    axes = [_with_images_read_along(each) for each in axes]
    local_api = session.target.local_api
    return Plan(tuple(_place(session, each, recipe, local_api) for each in combinations(axes)), tuple(axes))


def plan_cell(
    session: Session,
    options: CellOptions,
    cell: str,
    variables: Mapping[str, Any],
    looked_up: Callable[[Any], Any],
) -> Plan:
    """The grid of a ``%%vidgo --sweep`` cell; ``looked_up`` finds an image by what was typed.

    Raises RequestError for what can't be planned.
    """
    axes = [_images_looked_up(each, looked_up) for each in options.sweep]
    if options.several:
        axes.append(axis("take", options.takes))
    said = {**options.request, "take": options.takes[0], "image": [looked_up(image) for image in options.images]}
    swept = {each.name for each in axes}
    fields = {name: value for name, value in said.items() if value is not None and name not in swept}
    return plan_grid(session, axes, Recipe(cell.strip(), fields, variables))


def _images_looked_up(each: Axis, looked_up: Callable[[Any], Any]) -> Axis:
    return replace(each, values=tuple(map(looked_up, each.values))) if each.name == "image" else each


def plan_rows(session: Session, rows: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]], recipe: Recipe) -> Plan:
    """A table: pairs of a row, and the fields that it decides."""
    recipe = _with_images_read(recipe)
    local_api = session.target.local_api
    places = []
    for row, decided in rows:
        place = _place(session, decided, recipe, local_api, variables=row)
        places.append(Place(row, place.request, place.problems))
    return Plan(tuple(places))


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


def _check_names(axes: Sequence[Axis], recipe: Recipe) -> None:
    used = set(names_in(recipe.prompt)) if recipe.is_template else set()
    for each in axes:
        if each.name == "prompt" and recipe.swept_is_template:
            used.update(*(names_in(value) for value in each.values if isinstance(value, str)))
    raise_if(_name_problem(each.name, used, recipe) for each in axes)


def _name_problem(name: str, used: Set[str], recipe: Recipe) -> Problem | None:
    if name == "prompt" and "prompt" not in used and recipe.prompt:
        return Problem("sweep", "the cell has a prompt of its own.", "{{ prompt }} in it, or leave it empty")
    if name in SWEPT_FIELDS or name in used:
        return None
    fields = ", ".join(SWEPT_FIELDS)
    return Problem(
        "sweep",
        f"{name} is no field ({fields}), and the prompt has no {{{{ {name} }}}}.",
        nearest(name, [*SWEPT_FIELDS, *used]),
    )


def raise_if(found: Iterable[Problem | None]) -> None:
    """Raise RequestError with the problems, if there are any."""
    if problems_ := [problem for problem in found if problem]:
        raise RequestError(problems_)


def _with_images_read(recipe: Recipe) -> Recipe:
    """The images that all places share are read once."""
    images = recipe.fields.get("image", ())
    read = references_of(images)
    return replace(recipe, fields={**recipe.fields, "image": read})


def _with_images_read_along(each: Axis) -> Axis:
    if each.name != "image":
        return each
    read = tuple(references_of(value) for value in each.values)
    labels = tuple(short(found[0]) if len(found) == 1 else f"{len(found)} images" for found in read)
    return Axis("image", read, labels if len(set(labels)) == len(labels) else each.labels)


def distinct(session: Session, plan: Plan) -> list[Place]:
    """The valid places, each picture once."""
    provider = session.target.provider
    found: dict[str, Place] = {}
    for place in plan.valid:
        found.setdefault(fingerprint(place.request, provider), place)
    return list(found.values())


# A plan as text, for whoever continues it


def to_text(plan: Plan) -> str:
    """A plan as JSON, without the images themselves."""
    axes = [[each.name, list(each.labels)] for each in plan.axes]
    places = [
        {
            "row": _row_text(plan.axes, place.row),
            "request": to_json(place.request),
            "problems": [[each.field, each.message, each.suggestion] for each in place.problems],
        }
        for place in plan.places
    ]
    return json.dumps({"axes": axes, "places": places}, ensure_ascii=False)


def _row_text(axes: Sequence[Axis], row: Mapping[str, Any]) -> dict[str, Any]:
    if axes:
        return {each.name: each.label(row[each.name]) for each in axes}
    return {name: value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
            for name, value in row.items()}  # fmt: skip


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
    """What identifies a plan's contents: its requests, in order, whoever makes them."""
    digest = hashlib.sha256()
    for place in plan.places:
        digest.update(to_json(replace(place.request, template="", values=())).encode())
    return digest.hexdigest()
