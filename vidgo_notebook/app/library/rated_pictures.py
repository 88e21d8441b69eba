"""Which pictures of a batch are judged, and which are compared: those that differ in one thing alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.sweep import SWEPT_FIELDS, Axis, axis, short
from vidgo_notebook.domain.template import names_in
from vidgo_notebook.domain.wording import counted, nearest, shown
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.results.judgements import LONGEST_TEXT, Judged, Kind
from vidgo_notebook.store.results.record import ResultRecord

MOST_ITEMS = 10_000
_SETTINGS = ("model", "quality", "size", "resolution", "take")


@dataclass(frozen=True, slots=True)
class RatedPicture:
    """A picture, and the condition that it was made under."""

    result: Result
    condition: str

    @property
    def judged(self) -> Judged:
        """How a judgement names it."""
        return Judged(self.result.digest, self.condition)


@dataclass(frozen=True, slots=True)
class Item:
    """What is judged at once: two pictures, or one; ``prompt`` is theirs, unless that shows the condition."""

    pictures: tuple[RatedPicture, ...]
    prompt: str

    @property
    def subject(self) -> frozenset[str]:
        """The digests of its pictures."""
        return frozenset(each.result.digest for each in self.pictures)


@dataclass(frozen=True, slots=True)
class RatedPictures:
    """The items of a study, its conditions in the batch's order, and what was left out."""

    items: tuple[Item, ...]
    conditions: tuple[str, ...]
    notes: tuple[str, ...]


def jobs_of(batch: object) -> list[Job]:
    """The jobs of what is to be rated. RequestError for what is not a batch, or has none."""
    given: list[object] = list(batch) if isinstance(batch, Batch | list | tuple) else [batch]
    jobs = [each for each in given if isinstance(each, Job)]
    if len(jobs) < len(given):
        kind = type(batch).__name__
        raise RequestError([Problem("batch", f"a value of type {kind} is not a batch of pictures.", "vidgo.sweep(…)")])
    if not jobs:
        raise RequestError([Problem("batch", "has no pictures.")])
    return list(dict.fromkeys(jobs))


def rated_pictures(jobs: Sequence[Job], by: object, kind: Kind) -> RatedPictures:
    """What is judged of some jobs, whose pictures are waited for: with ``pairs`` every two pictures that differ in
    ``by`` alone. RequestError if nothing is left."""
    every = list(Batch(jobs).wait())
    made = [job for job in every if job.exception() is None]
    notes = (
        [f"{counted(lost, 'picture')} of {len(every):,} could not be made."] if (lost := len(every) - len(made)) else []
    )
    if stand_ins := sum(job.result().record.provider == EMULATOR for job in made):
        are = "picture is a stand-in" if stand_ins == 1 else "pictures are stand-ins"
        notes.append(f"{stand_ins:,} {are} that tell their settings: a demonstration, from which nothing is concluded.")
    if not made:
        raise RequestError([Problem("batch", "none of its pictures could be made: there is nothing to rate.")])
    name = _checked_name(by, made)
    values = [_value(job, name) for job in made]
    conditions = axis(name, values)
    if kind == "scale":
        items = _single(made, values, conditions, name)
    else:
        items = _pairs(made, values, conditions, name)
        if same := sum(len(item.subject) == 1 for item in items):
            items = [item for item in items if len(item.subject) == 2]
            notes.append(f"{counted(same, 'pair')} of equal pictures left out.")
        if not items and same:
            equal = f"the pictures that differ in {name} alone are equal, byte for byte: there is nothing to judge."
            raise RequestError([Problem("batch", equal)])
        if not items:
            raise _nothing_to_compare(made, conditions, name)
    if len(items) > MOST_ITEMS:
        what = "pairs" if kind == "pairs" else "pictures"
        many = f"{len(items):,} {what} are too many; at most {MOST_ITEMS:,} are rated."
        raise RequestError([Problem("batch", many, "a part of it, as batch[:20]")])
    return RatedPictures(tuple(items), conditions.labels, tuple(notes))


def _checked_name(by: object, jobs: Sequence[Job]) -> str:
    """The name of a field of the requests, or of a variable or column that all of them have."""
    own = [name for name in jobs[0].row if all(name in job.row for job in jobs)]
    known = list(dict.fromkeys([*SWEPT_FIELDS, *own]))
    if isinstance(by, str) and by in known and len(by) <= LONGEST_TEXT:
        return by
    near = nearest(by, known) if isinstance(by, str) else ""
    said = f"{shown(str(by))} is not what these pictures differ in; they have {', '.join(known)}."
    raise RequestError([Problem("by", said, near and f"by={near!r}")])


def _value(job: Job, by: str) -> Any:
    """What a picture was made with: as it was written, or as the service applied it."""
    if by in job.row and job.row[by] is not None:
        return job.row[by]
    if by == "image":
        return ", ".join(each.name or each.identity[:20] for each in job.request.references) or "no image"
    given = getattr(job.request, by, None)
    return given if given is not None else job.result().record.effective_fields.get(by, "default")


def contradicts(judged: Judged, by: str, records: Sequence[ResultRecord]) -> bool:
    """Whether a judgement names a condition that its picture was not made under, as its ``records`` say: somebody has
    edited it. Only known values of fields are compared: others may be written in many ways."""
    choices = [model.choice(by) for model in MODELS.values()] if by in CHOICE_FIELDS else []
    values = {value for choice in choices if choice for value in choice.values} if by != "model" else {*MODELS}
    if judged.condition not in values or not records:
        return False
    fields = [{**each.fields, "model": each.model} for each in records] + [each.effective_fields for each in records]
    made_with = {each[by] for each in fields if by in each}
    return bool(made_with) and judged.condition not in made_with


def _single(jobs: Sequence[Job], values: Sequence[Any], conditions: Axis, by: str) -> list[Item]:
    """Each picture once, also where several requests had the same."""
    in_prompt = by == "prompt" or by not in SWEPT_FIELDS
    found = {
        (job.result().digest, label): Item(
            (RatedPicture(job.result(), label),), "" if in_prompt else job.request.prompt
        )
        for job, value in zip(jobs, values, strict=True)
        for label in [conditions.label(value)]
    }
    return list({item.subject: item for item in reversed(found.values())}.values())[::-1]


def _pairs(jobs: Sequence[Job], values: Sequence[Any], conditions: Axis, by: str) -> list[Item]:
    """Every two pictures of different conditions that are alike in everything else."""
    groups: dict[Hashable, dict[str, RatedPicture]] = {}
    for job, value, alike in zip(jobs, values, _alike(jobs, by), strict=True):
        label = conditions.label(value)
        groups.setdefault(alike, {}).setdefault(label, RatedPicture(job.result(), label))
    pairs = [Item(pair, _prompt_of(pair)) for group in groups.values() for pair in combinations(group.values(), 2)]
    return list({(item.subject, *(each.condition for each in item.pictures)): item for item in pairs}.values())


def _prompt_of(pictures: Sequence[RatedPicture]) -> str:
    """The prompt that all have, or ''."""
    prompts = {each.result.record.prompt for each in pictures}
    return prompts.pop() if len(prompts) == 1 else ""


def _alike(jobs: Sequence[Job], by: str) -> list[Hashable]:
    """For each picture what two of a pair must have in common."""
    facts = [_facts(job, by) for job in jobs]
    # Another model has other fields: what not every picture has is not compared.
    common = [name for name in facts[0] if all(each.get(name) is not None for each in facts)]
    return [tuple(each[name] for name in common) for each in facts]


def _facts(job: Job, by: str) -> dict[str, Hashable]:
    """What a picture was made with besides ``by``, and what depends on that.

    A field's prompt is compared as it was sent. A variable of the prompt's template is part of that, so there the
    template and the other variables count; beside a column of a table that is neither, the prompt is what the column
    names, and the other columns count.
    """
    request = job.request
    facts: dict[str, Hashable] = {name: getattr(request, name) for name in _SETTINGS if name != by}
    if by != "image":
        facts["image"] = tuple(each.identity for each in request.references)
    used = names_in(request.template)
    if by in used:
        others = sorted(used & {*job.row} - {by})
        facts["prompt"] = request.template
    elif by in SWEPT_FIELDS:
        others = []
        facts |= {"prompt": request.prompt} if by != "prompt" else {}
    else:
        others = [name for name in job.row if name not in (*SWEPT_FIELDS, by)]
    return {**facts, **{f"column {name}": short(job.row[name]) for name in others}}


def _nothing_to_compare(jobs: Sequence[Job], conditions: Axis, by: str) -> RequestError:
    if len(conditions.labels) == 1:
        said = f"every picture has the same {by}, {shown(conditions.labels[0])}: there is nothing to compare."
        return RequestError([Problem("by", said, "kind='scale', to judge each for itself")])
    facts = [_facts(job, by) for job in jobs]
    differ = [name.removeprefix("column ") for name in facts[0] if len({each.get(name) for each in facts}) > 1]
    said = f"no two pictures differ in {by} alone: they also differ in {_listed(differ)}."
    return RequestError([Problem("by", said, "kind='scale', to judge each for itself")])


def _listed(names: Iterable[str]) -> str:
    *rest, last = [*names] or ["nothing that is known"]
    return f"{', '.join(rest)} and {last}" if rest else last
