"""Which pictures of a batch a study compares, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import vidgo_notebook as vidgo
from tests.app.library.ratings.judged import file_of, opened
from tests.fixtures.api_key import KEY
from tests.fixtures.local_api import serve_local_api
from tests.fixtures.orders import ask
from tests.fixtures.sample_pictures import picture
from vidgo_notebook.app.library.rated_pictures import jobs_of, rated_pictures
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import RequestError


def pairs_of(batch: Batch, by: str) -> list[tuple[str, ...]]:
    return [
        tuple(each.condition for each in item.pictures) for item in rated_pictures(jobs_of(batch), by, "pairs").items
    ]


def test_every_two_pictures_that_differ_in_the_condition_alone_are_a_pair(batch: Batch) -> None:
    study = rated_pictures(jobs_of(batch), "quality", "pairs")
    assert study.conditions == ("low", "medium", "high")
    assert pairs_of(batch, "quality") == [("low", "medium"), ("low", "high"), ("medium", "high")] * 2
    assert {item.prompt for item in study.items} == {"A fox", "A hare"}
    assert pairs_of(batch, "prompt") == [("A fox", "A hare")] * 3
    assert {item.prompt for item in rated_pictures(jobs_of(batch), "prompt", "pairs").items} == {""}


def test_takes_are_compared_with_the_same_take(session: Session) -> None:
    batch = vidgo.sweep(prompt="A fox", quality=["low", "high"], size="1:1", takes=3)
    for item in rated_pictures(jobs_of(batch), "quality", "pairs").items:
        assert len({each.result.record.take for each in item.pictures}) == 1
    assert len(pairs_of(batch, "quality")) == 3


def test_models_are_compared_though_they_have_different_fields(session: Session) -> None:
    batch = vidgo.sweep(
        prompt=["A fox", "A hare"], model=["gpt-image-2", "flux-2-pro"], size="1:1", resolution="1K", yes=True
    )
    assert pairs_of(batch, "model") == [("gpt-image-2", "flux-2-pro")] * 2


def test_a_variable_of_the_prompt_and_a_column_of_a_table_are_conditions_too(session: Session) -> None:
    swept = vidgo.sweep(
        prompt="A {{ style }} {{ animal }}", style=["plain", "ornate"], animal=["fox", "hare"], size="1:1"
    )
    assert pairs_of(swept, "style") == [("plain", "ornate")] * 2
    table = [
        {"animal": animal, "style": style, "prompt": f"{words} {animal}"}
        for animal in ("fox", "hare")
        for style, words in (("plain", "A"), ("ornate", "A gilded, engraved"))
    ]
    mapped = vidgo.map(table, size="1:1")
    assert pairs_of(mapped, "style") == [("plain", "ornate")] * 2
    assert {item.prompt for item in rated_pictures(jobs_of(mapped), "style", "pairs").items} == {""}
    numbered = vidgo.map([{**row, "number": place} for place, row in enumerate(table)], size="1:1")
    with pytest.raises(
        RequestError, match="no two pictures differ in style alone: they also differ in animal and number"
    ):
        pairs_of(numbered, "style")


def test_pictures_that_are_equal_are_refused_as_that(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service may answer two qualities with one file."""
    same = picture()
    with serve_local_api(draw=lambda _: same) as running:
        monkeypatch.setenv("VIDGO_BASE_URL", running.url)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        session = open_session()
        jobs = [ask(session, "A fox", quality=quality) for quality in ("low", "high")]
        with pytest.raises(RequestError, match="differ in quality alone are equal, byte for byte"):
            rated_pictures(jobs, "quality", "pairs")
        session.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"by": "qualty"}, ["by: 'qualty' is not what these pictures differ in", "Write by='quality'"]),
        ({"by": 5}, ["by: '5' is not what these pictures differ in"]),
        ({"by": "size"}, ["every picture has the same size, '1:1': there is nothing to compare", "kind='scale'"]),
        ({"name": "../x", "kind": "par", "seed": -1, "question": " "},
         ["name must be letters", "kind: 'par' is neither 'pairs' nor 'scale'. Write kind='pairs'",
          "seed: -1 is not a whole number from 0", "question is empty or not text"]),
        ({"question": "x" * 501}, ["question is longer than 500 characters"]),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_understood_says_all_that_is_wrong(
    changes: dict[str, Any], words: list[str], batch: Batch, session: Session
) -> None:
    with pytest.raises(RequestError) as caught:
        opened(session, batch, **changes)
    for each in words:
        assert each in str(caught.value)
    assert not file_of(session).exists()


@pytest.mark.parametrize("given", [[], None, "grid", [1], 5])
def test_what_is_not_a_batch_is_refused(given: object, session: Session) -> None:
    with pytest.raises(RequestError, match=r"^batch"):
        opened(session, given)


def test_pictures_that_failed_are_left_out_and_counted(session: Session) -> None:
    table = [{"prompt": "A fox", "quality": quality} for quality in ("low", "high", "utmost")]
    batch = vidgo.map(table, size="1:1")
    study = opened(session, batch)
    assert [len(study.pictures.items), *study.pictures.notes] == [1, "1 picture of 3 could not be made."]
    with pytest.raises(RequestError, match="none of its pictures could be made"):
        opened(session, batch[2:])
