"""Blind ratings without a browser: what the page is told, what it may answer, and what is there instead of a form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.live_session import dot
from tests.fixtures.terminal import Terminal
from vidgo_notebook.app.library.rating_round import open_study
from vidgo_notebook.app.process import current_session
from vidgo_notebook.emulator import Emulator
from vidgo_notebook.store.results.judgements import QUESTION
from vidgo_notebook.ui.rating.rating import Rating

MAKE = """import vidgo_notebook as vidgo
grid = vidgo.sweep(prompt=["A fox", "A hare"], quality=["low", "high"], size="1:1").wait()"""


@pytest.fixture(autouse=True)
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDGO_MODE", "emulator")
    monkeypatch.setattr("vidgo_notebook.emulator.service.Emulator", partial(Emulator, latency=0, draw=dot))


@pytest.fixture
def open_rating(terminal: Terminal) -> Iterator[Callable[..., Rating]]:
    """A form for four pictures."""
    terminal.run(MAKE)

    def make(rater: str = "ada", **changes: Any) -> Rating:
        given = {"name": "study", "by": "quality", "question": QUESTION, "kind": "pairs", "seed": 0, **changes}
        return Rating(open_study(current_session(), terminal["grid"], **given), rater)

    yield make


def answer(rating: Rating, value: object, **more: Any) -> dict[str, Any]:
    """What the page shows after an answer to what it showed."""
    message = {"answer": value, "token": rating.view.shown["token"], **more}
    rating.view._handle_custom_msg(message, [])
    shown: dict[str, Any] = rating.view.shown
    return shown


def lines(folder: Path) -> list[dict[str, Any]]:
    path = folder / ".vidgo" / "ratings" / "study.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_the_page_is_told_nothing_that_tells_the_condition(open_rating: Callable[..., Rating]) -> None:
    shown = open_rating().view.shown
    assert {*shown} == {
        "step", "token", "kind", "question", "prompt", "pictures", "progress", "done", "total", "highest", "problem",
        "notes", "can_undo",
    }  # fmt: skip
    texts = json.dumps(
        {name: value for name, value in shown.items() if name not in ("pictures", "question", "highest")}
    )
    assert not [word for word in ("low", "high", "quality", "gpt", "png", ".vidgo") if word in texts]
    for data in shown["pictures"]:
        assert data.startswith(b"\xff\xd8")  # a JPEG made here, whatever the file was
        assert b"gpt" not in data and b"xmp" not in data.lower()


def test_where_the_condition_is_in_the_prompt_the_prompt_is_not_shown(open_rating: Callable[..., Rating]) -> None:
    assert open_rating().view.shown["prompt"] in ("A fox", "A hare")
    assert open_rating(by="prompt", name="prompts").view.shown["prompt"] == ""
    assert open_rating(by="prompt", name="scores", kind="scale").view.shown["prompt"] == ""


def test_an_answer_to_what_was_shown_before_judges_nothing(open_rating: Callable[..., Rating], folder: Path) -> None:
    """As when a key is pressed twice while a cell keeps the kernel busy."""
    rating = open_rating()
    token = rating.view.shown["token"]
    for _ in range(2):
        rating.view._handle_custom_msg({"answer": "left", "token": token}, [])
    assert len(lines(folder)) == 1
    assert rating.view.shown["progress"] == "ada · 2 of 2"


@pytest.mark.parametrize("value", ["up", "", None, 1, True, ["left"], {}, "rater2"])
def test_what_is_not_an_answer_judges_nothing(value: object, open_rating: Callable[..., Rating], folder: Path) -> None:
    rating = open_rating()
    assert answer(rating, value)["progress"] == "ada · 1 of 2"
    rating.view._handle_custom_msg("left", [])
    assert lines(folder) == []


@pytest.mark.parametrize(("value", "kept"), [(1, True), (7, True), (0, False), (8, False), ("7", False), (True, False)])
def test_scores_are_from_1_to_7(value: object, kept: bool, open_rating: Callable[..., Rating], folder: Path) -> None:
    answer(open_rating(kind="scale"), value)
    assert [line["score"] for line in lines(folder)] == ([value] if kept else [])


def test_one_rater_follows_another_and_a_name_is_needed(open_rating: Callable[..., Rating], folder: Path) -> None:
    rating = open_rating("")
    assert rating.view.shown["step"] == "name"
    assert answer(rating, None, rater=" ")["problem"].startswith("rater is not a name of at most 60 characters.")
    assert answer(rating, None, rater=5)["step"] == "name"
    assert answer(rating, None, rater=" ada  l ")["progress"] == "ada l · 1 of 2"
    answer(rating, "left")
    shown = answer(rating, "right")
    assert (shown["step"], shown["raters"]) == ("name", ["ada l"])
    assert shown["done_by"] == "ada l has judged 2 pairs, which is all. Thank you."
    assert answer(rating, "undo")["progress"] == "ada l · 2 of 2"
    assert answer(rating, "rater")["done_by"] == ""
    assert answer(rating, None, rater="ben")["progress"] == "ben · 1 of 2"


def test_a_picture_that_is_gone_is_passed_over_and_said(open_rating: Callable[..., Rating], folder: Path) -> None:
    rating = open_rating("")
    path = current_session().store.object_path(next(iter(current_session().store.contents().current)))
    path.write_bytes(b"not what it was")
    assert answer(rating, None, rater="ada")["step"] == "judge"
    shown = answer(rating, "left")
    assert shown["step"] == "name"
    assert shown["done_by"] == "ada has judged 1 pair, which is all. Thank you."
    assert "1 pair is left out: a picture is missing or damaged." in shown["notes"]
    assert len(lines(folder)) == 1


def test_what_cannot_be_kept_is_said_and_shown_again(
    open_rating: Callable[..., Rating], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    rating = open_rating()

    def full(name: str, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    files = current_session().store.files
    monkeypatch.setattr(files, "append", full)
    shown = answer(rating, "left")
    assert shown["progress"] == "ada · 1 of 2"
    assert "Not kept: The store" in shown["problem"] and "No space left on device" in shown["problem"]
    monkeypatch.undo()
    assert answer(rating, "left")["problem"] == ""
    assert len(lines(folder)) == 1


# Instead of a form


def test_a_terminal_says_how_to_rate_and_shows_what_was_rated(
    terminal: Terminal, open_rating: Callable[..., Rating], folder: Path
) -> None:
    for line in ("%vidgo rate grid --by quality", 'form = vidgo.rate(grid, by="quality")'):
        text = terminal.run(line)
        assert "vidgo: the rating is not opened, because " in text
        assert "press 1 for left, 2 for right, 0 for no difference." in text
        assert f"2 pairs: “{QUESTION}”" in text
        assert "1 judgement" not in text
    answer(open_rating(), "left")
    text = terminal.run("%vidgo rate grid")
    assert "study: Which is closer to the prompt? · 1 judgement by 1 rater (ada), pairs by quality" in text


def test_the_command_takes_variables_and_says_what_it_needs(terminal: Terminal) -> None:
    terminal.run(MAKE)
    terminal.run("first, second = grid[:2], grid[2:]")
    assert "2 pairs: " in terminal.run("%vidgo rate first second")
    assert "4 pictures: “How close is it to the prompt?”" in terminal.run("%vidgo rate grid --kind scale --name scores")
    assert "batch takes the pictures to rate." in terminal.fails("%vidgo rate")
    assert "gird" in terminal.fails("%vidgo rate gird")
    assert "Write by='quality'" in terminal.fails("%vidgo rate grid --by qualiti")
    assert "%vidgo rate grid --by quality" in terminal.run("%vidgo rate -h")


def test_the_name_of_a_rater_is_checked_where_it_is_given(terminal: Terminal) -> None:
    terminal.run(MAKE)
    assert "rater is not a name of at most 60 characters." in terminal.fails('vidgo.rate(grid, rater="")')
    assert "rater is not a name of at most 60 characters." in terminal.fails("%vidgo rate grid --rater ' '")
