"""From what a user wrote to a Plan: for a cell, a picture and its takes, a sweep."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.plan.plan import DrawnSeed, Place, Plan
from vidgo_notebook.app.request.build import faults, understood
from vidgo_notebook.app.request.images import read_images
from vidgo_notebook.domain.arguments import MOST_PLACES, plain_scalar
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, Model
from vidgo_notebook.domain.draws import Draws, draw_digest, seed_of
from vidgo_notebook.domain.meant import meant_by, why_not_here
from vidgo_notebook.domain.request import GenerationRequest, normalise_prompt
from vidgo_notebook.domain.rules import takes_of
from vidgo_notebook.domain.sweep import (
    SWEPT_FIELDS,
    Axis,
    Combination,
    axis,
    check_axes,
    combinations,
    short,
    size_of,
    unread_axis,
)
from vidgo_notebook.domain.template import OPENING, Filled, code_called_in, draws_in, fill, names_in, no_value
from vidgo_notebook.errors import Problem, Problems

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.domain.cell_options import CellOptions

OF_BUYING = ("name", "fresh", "yes", "max_credits", "cluster", "share_key")
SWEEP_KEYWORDS = ("takes", "seed", "skip_invalid", *OF_BUYING)
"""What ``vidgo.sweep`` takes besides fields and variables."""

_FIELDS = (*SWEPT_FIELDS, "callback_url", "extra")
_DECIDING = ("model", *CHOICE_FIELDS)
_NOT_OF_ALL_MODELS = ("quality", "size", "resolution", "image")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What all places have in common: the prompt, and the other ``fields`` as they were given.

    With ``is_template`` the prompt is a template over ``variables`` and the axes; with ``swept_is_template``
    so are the prompts of an axis (in a cell they are values, inserted into the cell's text). ``as_text`` writes a
    value into the prompt. ``seed`` is that of the draws, where a template draws.
    """

    prompt: Any = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    is_template: bool = True
    swept_is_template: bool = False
    as_text: Callable[[Any], str] = str
    seed: int | None = None

    def text_for(self, swept: Any) -> tuple[Any, bool]:
        """The prompt, where ``swept`` is that of an axis (None without one), and whether it has to be filled in."""
        if swept is None or (self.is_template and "prompt" in names_in(self.prompt)):
            return self.prompt, self.is_template and _has_expressions(self.prompt)
        return swept, self.swept_is_template and _has_expressions(swept)

    def templates(self, axes: Sequence[Axis]) -> list[str]:
        """The templates: the prompt, and those of an axis."""
        texts = [self.prompt] if self.is_template else []
        if self.swept_is_template:
            texts += [value for each in axes if each.name == "prompt" for value in each.values]
        return [text for text in texts if isinstance(text, str)]

    def names_used(self, axes: Sequence[Axis]) -> set[str]:
        """The names in the templates."""
        return {name for text in self.templates(axes) for name in names_in(text)}


def plan_cell(
    session: Session,
    options: CellOptions,
    cell: str,
    variables: Mapping[str, Any],
    looked_up: Callable[[Any], Any],
) -> Plan:
    """The plan of a ``%%vidgo`` cell; ``looked_up`` finds an image by its text."""
    from vidgo_notebook.domain.cell_options import option_below  # late: scripts plan without options of a cell

    if misplaced := option_below(cell):
        below = Problem("prompt", f"begins with the option {misplaced}.", "it in the first line, after %%vidgo")
        options = replace(options, problems=(*options.problems, below))
    return _plan_options(session, options, Recipe(cell, variables=variables, seed=options.seed), looked_up)


def plan_command(session: Session, options: CellOptions, prompt: str, looked_up: Callable[[Any], Any]) -> Plan:
    """The plan of ``vidgo generate`` in a shell: as that of a cell, but the prompt is a template only where it is one
    in ``vidgo.sweep``."""
    names = {each.name for each in options.sweep}
    prompts = [prompt, *(value for each in options.sweep if each.name == "prompt" for value in each.values)]
    templates = bool(names) and (_are_templates(prompts, names) or bool(prompt and "prompt" in names))
    recipe = Recipe(prompt, is_template=templates, swept_is_template=templates, seed=options.seed)
    return _plan_options(session, options, recipe, looked_up)


def _plan_options(session: Session, options: CellOptions, recipe: Recipe, looked_up: Callable[[Any], Any]) -> Plan:
    found = Problems(options.problems)
    found.hint = options.hint
    said = {**options.request, "image": [looked_up(image) for image in options.images]}
    if not options.sweep:
        if (options.batch or options.skip_invalid) and not any(problem.field == "sweep" for problem in found):
            name = "batch" if options.batch else "skip-invalid"
            found.append(Problem(name, f"--{name} belongs to a sweep.", "--sweep FIELD=A,B too, or leave it out"))
        return _plan_takes(session, replace(recipe, fields=said), options.takes, found)
    axes = [
        replace(each, values=tuple(map(looked_up, each.values))) if each.name == "image" else each
        for each in options.sweep
    ]
    if options.several:
        axes.append(axis("take", options.takes))
    said["take"] = options.takes[0]
    swept = {each.name for each in axes}
    fields = {name: value for name, value in said.items() if value is not None and name not in swept}
    return _plan_grid(session, axes, replace(recipe, prompt=recipe.prompt.strip(), fields=fields), found)


def plan_picture(session: Session, prompt: Any, fields: Mapping[str, Any], takes: int | None = None) -> Plan:
    """The plan of ``vidgo.generate``: one picture, or takes 1 to ``takes`` of it. The prompt is not a template."""
    found, take = Problems(), fields.get("take", 1)
    if takes is not None and "take" in fields:
        found.append(Problem("take", "take=K is one of the takes; takes=N is all of them: use one."))
    several = None if takes is None else found.of(lambda: takes_of(takes), None)
    numbers = [plain_scalar(take)] if several is None else range(1, several + 1)
    return _plan_takes(session, Recipe(prompt, fields, is_template=False), numbers, found)


def plan_form(
    session: Session, prompt: str, fields: Mapping[str, Any], variables: Mapping[str, Any], takes: Sequence[int] = (1,)
) -> Plan:
    """The plan of a form. Its prompt is a template as that of a cell, and is filled in at every key: what would run
    the user's code is refused there."""
    found = Problems()
    for called in code_called_in(prompt):
        why = f"a form reads variables and does not call {called}."
        found.append(Problem("prompt", why, "the result into a variable, and its name here"))
    return _plan_takes(session, Recipe(prompt, fields, variables), takes, found)


def plan_requests(session: Session, requests: Iterable[GenerationRequest]) -> Plan:
    """The plan of checked requests, such as those of a form."""
    return Plan(session, tuple(Place({}, request) for request in requests))


def plan_sweep(session: Session, takes: int | None, given: Mapping[str, Any], seed: object = None) -> Plan:
    """The grid of ``vidgo.sweep``: ``takes`` is a count or None."""
    found = Problems()
    if takes is not None:
        given = {**given, "take": range(1, 1 + found.of(lambda: takes_of(takes), 1))}
    several = {name: values for name, value in given.items() if (values := _values_of(value)) is not None}
    axes = [found.of(partial(axis, name, values), unread_axis(name)) for name, values in several.items()]
    constant = {name: value for name, value in given.items() if name not in several}
    fields = {name: value for name, value in constant.items() if name in _FIELDS}
    variables = {name: value for name, value in constant.items() if name not in fields}
    prompts = [fields.get("prompt"), *several.get("prompt", ())]
    templates = _are_templates(prompts, [*variables, *several])
    recipe = Recipe(
        fields.pop("prompt", ""),
        fields,
        present(variables),
        is_template=templates,
        swept_is_template=templates,
        seed=found.of(lambda: seed_of(seed), None),
    )
    used = recipe.names_used(axes)
    found += [not_a_field(name, used, SWEEP_KEYWORDS) for name in variables if name not in used]
    return _plan_grid(session, axes, recipe, found, SWEEP_KEYWORDS)


def _are_templates(prompts: Iterable[Any], names: Iterable[str]) -> bool:
    """Whether the prompts of a sweep are templates: a name is a variable's, or something is drawn."""
    return bool({*names} - {*SWEPT_FIELDS}) or any(isinstance(text, str) and draws_in(text) for text in prompts)


def _plan_takes(session: Session, recipe: Recipe, takes: Sequence[Any], found: Problems) -> Plan:
    """One request, as often as there are takes of it."""

    def plan_by(recipe: Recipe) -> Plan:
        make = Places(session, recipe, found)
        if recipe.seed is None:
            first = make.of({"take": takes[0]})
            places = [Place({}, replace(first.request, take=take), first.problems) for take in takes]
        else:  # each draws its own
            places = [replace(make.of({"take": take}), row={}) for take in takes]
        return Plan(session, tuple(places), (), tuple(found), found.hint)

    return plan_by_seed(session, with_images_read(recipe, found), (), found, plan_by)


def _plan_grid(
    session: Session, axes: list[Axis], recipe: Recipe, found: Problems, keywords: Sequence[str] = ()
) -> Plan:
    """Every combination of some axes; ``keywords`` as in ``not_a_field``."""
    found.of(lambda: check_axes(axes), None)
    used = recipe.names_used(axes)
    found += [not_a_field(each.name, used, keywords) for each in axes if each.name not in (*SWEPT_FIELDS, *used)]
    if recipe.prompt and "prompt" not in used and any(each.name == "prompt" for each in axes):
        found.append(Problem("sweep", "there is a prompt already.", "{{ prompt }} in it, or leave it empty"))
    recipe = with_images_read(recipe, found)
    axes = [_with_images_named(each, found) if each.name == "image" else each for each in axes]
    if size_of(axes) > MOST_PLACES:  # refused as a whole: the first values show what else is wrong
        axes = [Axis(each.name, each.values[:1], each.labels[:1]) for each in axes]

    def plan_by(recipe: Recipe) -> Plan:
        make = Places(session, recipe, found)
        each_of_them = session.steps.over(combinations(axes), "Planning", size_of(axes))
        places = tuple(make.of(each) for each in each_of_them)
        return Plan(session, places, tuple(axes), tuple(found), found.hint)

    return plan_by_seed(session, recipe, axes, found, plan_by)


def _values_of(given: Any) -> list[Any] | None:
    """The values of a field that varies; None for one that is the same everywhere."""
    if isinstance(given, (str, bytes, Mapping, Model)):
        return None
    # A column of a DataFrame or an array in one dimension, recognised by duck typing.
    series = hasattr(given, "tolist") and getattr(given, "ndim", 0) == 1
    several = series or isinstance(given, (list, tuple, range, set, frozenset, Iterator))
    return list(given) if several else None


def _has_expressions(prompt: Any) -> bool:
    return isinstance(prompt, str) and OPENING in prompt


def not_a_field(name: str, used: set[str], keywords: Sequence[str] = ()) -> Problem:
    """The problem of a ``name`` that no field has and no prompt uses. ``keywords`` are those that the function takes
    besides, where the name is one in Python."""
    near = meant_by(name, [*SWEPT_FIELDS, *used, *keywords])
    why = "" if near else why_not_here(name)
    message = f"is not a field ({', '.join(SWEPT_FIELDS)}), and the prompt has no {{{{ {name} }}}}{why and ': '}{why}."
    field, message = (name, message) if keywords else ("sweep", f"{name} {message}")
    return Problem(field, message, near)


def plan_by_seed(
    session: Session, recipe: Recipe, axes: Sequence[Axis], found: Problems, plan_by: Callable[[Recipe], Plan]
) -> Plan:
    """The plan of a recipe, by the seed of its draws where a template draws: the one that was given, or the one that
    is kept for these templates, or a new one."""
    drawing = [text for text in recipe.templates(axes) if _has_expressions(text) and draws_in(text)]
    if drawing and recipe.seed is None:
        from vidgo_notebook.app.plan.seeds import seed_for  # late: few prompts draw

        fields = {name: text for name in _DECIDING if isinstance(text := recipe.fields.get(name), str)}
        digest = draw_digest(list(map(normalise_prompt, drawing)), fields)
        seed, is_new = seed_for(session, digest)
        plan = plan_by(replace(recipe, seed=seed))
        again = DrawnSeed(digest, seed, lambda kept: plan_by(replace(recipe, seed=kept)))
        return replace(plan, drawn=again) if is_new else plan
    if recipe.seed is not None and not drawing:
        draws = "Here one decides what {{ choice([…]) }} draws, and this prompt draws nothing: leave it out."
        found.append(Problem("seed", f"the API has no seeds. {draws}"))
        recipe = replace(recipe, seed=None)
    return plan_by(recipe)


def with_images_read(recipe: Recipe, found: Problems) -> Recipe:
    """The images that all places share, read once."""
    images = recipe.fields.get("image", ())
    none = isinstance(images, (list, tuple)) and not images
    return replace(recipe, fields={**recipe.fields, "image": () if none else read_images(images, found)})


def _with_images_named(images: Axis, found: Problems) -> Axis:
    """An axis of images, read, with their names as its labels."""
    read = tuple(read_images(value, found) for value in images.values)
    labels = tuple(short(each[0]) if len(each) == 1 else f"{len(each)} images" for each in read)
    return Axis("image", read, labels if len(set(labels)) == len(labels) else images.labels)


class Places:
    """Makes the places of a plan from its recipe. ``found`` are the problems that earlier steps reported: of what
    they could not read, nothing more is said here."""

    def __init__(self, session: Session, recipe: Recipe, found: Problems) -> None:
        self._settings = session.settings
        self._local_api = session.target.local_api
        self._recipe = recipe
        # Images that are wrong count all the same, for the rules about their number.
        self._reported = {problem.field for problem in found} - {"image"}
        if "model" in self._reported:
            self._reported.update(_NOT_OF_ALL_MODELS)

    def of(self, varied: Combination, variables: Mapping[str, Any] | None = None, row: int = 0) -> Place:
        """The place of some values; ``variables`` are those of the template where they differ from the values, and
        ``row`` is the number of a table's row, from 1."""
        recipe, found = self._recipe, Problems()
        said = {**recipe.fields, **{name: value for name, value in varied.items() if name in _FIELDS}}
        images, (prompt, is_template) = said.pop("image", ()), recipe.text_for(said.pop("prompt", None))
        filled, template = Filled(prompt, ()), prompt
        if is_template and "prompt" not in self._reported:
            read = {name: value for name, value in varied.items() if name not in self._reported}
            own = present(read) if variables is None else dict(variables)
            names = ChainMap(own, recipe.variables, dict.fromkeys(self._reported, ""))  # type: ignore[arg-type]
            choice = None if recipe.seed is None else Draws(recipe.seed, said.get("take") or 1, row).choice
            filled = found.of(lambda: fill(template, names, as_text=recipe.as_text, choice=choice), filled)
        reported = {*self._reported, "prompt"} if found else self._reported
        request = understood(self._settings, filled.text, images, said, found)
        if filled.values:
            request = replace(request, template=normalise_prompt(template), values=filled.values)
        if filled.draws:
            request = replace(request, seed=recipe.seed, draws=filled.draws)
        broken = faults(self._settings, request, said, local_api=self._local_api)
        found += [problem for problem in broken if problem.field not in reported]
        return Place(varied, request, tuple(dict.fromkeys(found)))


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a prompt; one that is missing refuses what needs it, instead of being written as None."""
    if all(isinstance(value, (str, int)) for value in values.values()):
        return dict(values)
    from vidgo_notebook.app.request.rows import plain_value  # late: most values are texts and numbers

    missing = [name for name, value in values.items() if plain_value(value) is None]
    return {**values, **{name: no_value(Problem("prompt", f"{name} has no value here.")) for name in missing}}
