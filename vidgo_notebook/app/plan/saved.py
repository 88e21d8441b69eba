"""A plan as the journal keeps it, under the name of its batch."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.plan.plan import Place, Plan
from vidgo_notebook.app.request.build import from_json, kept_json, to_json, without_template
from vidgo_notebook.domain.sweep import Axis
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import Problem, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


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
            "request": kept_json(place.request),
            "problems": [[each.field, each.message, each.suggestion] for each in place.problems],
            **({"save": place.save} if place.save else {}),
        }
        for place in plan.places
    ]
    return json.dumps({"axes": axes, "places": places}, ensure_ascii=False)


def from_text(session: Session, text: str) -> Plan:
    """A plan from JSON."""
    data = json.loads(text)
    axes = tuple(Axis(name, tuple(labels), tuple(labels)) for name, labels in data["axes"])
    places = tuple(
        Place(
            each["row"],
            from_json(each["request"]),
            tuple(Problem(*parts) for parts in each["problems"]),
            each.get("save", ""),
        )
        for each in data["places"]
    )
    return Plan(session, places, axes)


def contents_of(plan: Plan) -> str:
    """What identifies a plan's contents: its requests, in order, however they were written."""
    digest = hashlib.sha256()
    for place in plan.places:
        digest.update(to_json(without_template(place.request)).encode())
    return digest.hexdigest()


def recorder(session: Session, plan: Plan, name: str) -> Callable[[], None]:
    """A function that records the plan under its name. RequestError if the name belongs to another batch."""
    if any(place.request.waits for place in plan.valid):
        raise RequestError(
            [Problem("name", f"batch {shown(name)} needs pictures that are still being made: wait for them first.")]
        )
    contents = contents_of(plan)

    def record() -> None:
        journal, text = session.journal, to_text(plan)
        recorded = journal.commit(lambda: journal.save_batch(name, contents, text, time.time()))
        if recorded != contents:
            raise RequestError(
                [Problem("name", f"there is a batch {shown(name)} with other contents.", "another name")],
                hint=f"vidgo.batch({name!r}) continues that one; %vidgo batches lists all.",
            )

    known = session.journal.batch(name)
    if known and known.contents != contents:
        record()  # which raises before a person is asked about the price
    return record
