"""What each rater of a study sees, and what is kept of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import vidgo_notebook as vidgo
from tests.app.library.ratings.judged import file_of, opened, prefer_high, rate_all
from vidgo_notebook.app.library.rating_round import Round
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import RequestError, StoreError


def test_order_and_sides_are_random_for_each_rater_and_the_same_whenever_they_return(
    batch: Batch, session: Session
) -> None:
    def seen(rater: str, **changes: Any) -> list[tuple[str, ...]]:
        study, found = opened(session, batch, **changes), []
        going = Round(study, rater)
        while item := going.sides:
            found.append(tuple(each.result.digest for each in item.pictures))
            going.leave_out(item)
        return found

    assert seen("ada") == seen("ada")
    assert {*map(frozenset, seen("ada"))} == {*map(frozenset, seen("ben"))}
    assert len({tuple(seen(rater, seed=seed)) for rater in ("ada", "ben", "cy") for seed in (0, 1)}) == 6
    lefts = [pair[0] < pair[1] for number in range(40) for pair in seen(f"r{number}")]
    assert 0.35 < sum(lefts) / len(lefts) < 0.65


def test_a_rater_goes_on_where_they_stopped_also_with_more_pictures(batch: Batch, session: Session) -> None:
    first = Round(opened(session, batch[:3]), "ada")
    first.judge("left")
    first.judge("tie")
    again = Round(opened(session, batch), "ada")
    assert (first.done, first.total, again.done, again.total) == (2, 3, 2, 6)
    rate_all(opened(session, batch), "ada", prefer_high)
    found = vidgo.ratings("study")
    assert len(found) == 6
    assert len({each.subject for each in found}) == 6
    assert Round(opened(session, batch), "ben").done == 0


def test_what_is_taken_back_stays_in_the_file_and_does_not_count(batch: Batch, session: Session) -> None:
    going = Round(opened(session, batch), "ada")
    first = going.item
    going.judge("left")
    assert going.item is not first
    going.undo()
    assert (going.item, going.done) == (first, 0)
    going.undo()  # nothing is left to take back
    going.judge("right")
    lines = [json.loads(line) for line in file_of(session).read_text().splitlines()]
    assert ["withdraws" in line for line in lines] == [False, True, False]
    assert lines[1]["withdraws"] == lines[0]["id"]
    found = vidgo.ratings("study")
    assert [each.choice for each in found] == ["right"]
    assert [row["state"] for row in found.to_rows()] == ["withdrawn", "counts"]
    assert "1 judgement taken back." in found.notes
    after_a_restart = Round(opened(session, batch), "ada")
    after_a_restart.undo()
    assert after_a_restart.item == first


def test_where_nothing_can_be_kept_the_judgement_is_still_to_be_made(
    batch: Batch, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = Round(opened(session, batch), "ada")
    item = going.item

    def full(name: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(session.store.files, "append", full)
    with pytest.raises(StoreError, match="can't be written: No space left on device"):
        going.judge("left")
    assert (going.item, going.done) == (item, 0)


def test_a_study_keeps_its_question(batch: Batch, session: Session) -> None:
    rate_all(opened(session, batch), "ada", prefer_high)
    for changes in ({"question": "Which is nicer?"}, {"kind": "scale"}, {"by": "prompt"}):
        with pytest.raises(RequestError, match="the study 'study' has 6 judgements already") as caught:
            opened(session, batch, **changes)
        assert "Write another name, or the same question" in str(caught.value)
    assert opened(session, batch, name="nicer", question="Which is nicer?").question == "Which is nicer?"
    with pytest.raises(RequestError, match="there is a study of this name already: 'study'"):
        opened(session, batch, name="Study")


def test_a_frozen_store_takes_judgements_and_stays_whole(batch: Batch, session: Session) -> None:
    from vidgo_notebook.app.library.freeze import freeze

    freeze(session)
    rate_all(opened(session, batch), "ada", prefer_high)
    assert len(vidgo.ratings("study")) == 6
    assert session.store.frozen
    assert session.store.contents().faults == ()
