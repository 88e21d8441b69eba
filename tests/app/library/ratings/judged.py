"""Studies of the tests, and raters who judge them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vidgo_notebook.app.library.rating_round import Round, Study, open_study
from vidgo_notebook.app.session import Session

QUESTION = "Which is closer to the prompt?"


def opened(session: Session, batch: object, **changes: Any) -> Study:
    given = {"name": "study", "by": "quality", "question": QUESTION, "kind": "pairs", "seed": 0, **changes}
    return open_study(session, batch, **given)


def rate_all(study: Study, rater: str, decide: Callable[[tuple[str, ...]], str | int]) -> Round:
    """Judge everything that is left; ``decide`` is given the conditions from left to right."""
    going = Round(study, rater)
    while item := going.sides:
        going.judge(decide(tuple(each.condition for each in item.pictures)))
    return going


def prefer_high(conditions: tuple[str, ...]) -> str:
    order = ("low", "medium", "high")
    return "left" if order.index(conditions[0]) > order.index(conditions[1]) else "right"


def file_of(session: Session, name: str = "study") -> Path:
    assert session.store.folder
    return session.store.folder / "ratings" / f"{name}.jsonl"
