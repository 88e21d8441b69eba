"""Long work shows how far it is, to a person who waits for it, and leaves nothing behind."""

from __future__ import annotations

import io
import sys
import threading

import pytest

from vidgo_notebook.app import steps
from vidgo_notebook.app.steps import IN_TERMINAL, QUIET, Draw, Steps


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work of a second, without its second."""
    monkeypatch.setattr(steps, "_AFTER", -1.0)
    monkeypatch.setattr(steps, "_BETWEEN", 0.0)


class Lines:
    """What a person saw."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, float | None]] = []

    def open(self) -> Draw:
        return lambda text, percent: self.seen.append((text, percent))


def test_every_step_is_shown_with_its_share_and_the_line_is_gone_at_the_end() -> None:
    lines = Lines()
    assert list(Steps(lines.open).over(["a", "b", "c", "d"], "Exporting")) == ["a", "b", "c", "d"]
    texts = [text for text, _ in lines.seen]
    assert texts[0].startswith("Exporting: 1 of 4, ")
    assert any(text.startswith("Exporting: 3 of 4, ") for text in texts)
    assert list(dict.fromkeys(percent for _, percent in lines.seen)) == [25.0, 50.0, 75.0, 100.0]
    assert texts[-1] == ""


def test_the_first_line_knows_the_time_that_is_left_and_large_numbers_have_commas() -> None:
    lines = Lines()
    assert len(list(Steps(lines.open).over(range(2000), "Exporting"))) == 2000
    first, _ = lines.seen[0]
    assert first.startswith("Exporting: 1 of 2,000, ")
    assert "?" not in first


def test_work_without_a_known_end_counts() -> None:
    lines = Lines()
    assert list(Steps(lines.open).over(iter("abc"), "Reading")) == ["a", "b", "c"]
    assert lines.seen[0] == ("Reading: 1", None)


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_AFTER", 60.0)
    lines = Lines()
    assert list(Steps(lines.open).over(range(1000), "Planning")) == list(range(1000))
    assert lines.seen == []


def test_an_error_in_the_work_takes_the_line_away_and_is_the_works_own() -> None:
    lines = Lines()

    def work() -> None:
        for item in Steps(lines.open).over([1, 0, 2], "Checking"):
            1 / item

    with pytest.raises(ZeroDivisionError):
        work()
    assert lines.seen[-1][0] == ""


def test_a_line_that_cannot_be_shown_does_not_end_the_work() -> None:
    def broken(text: str, percent: float | None) -> None:
        raise OSError("the page is gone")

    assert list(Steps(lambda: broken).over([1, 2, 3], "Importing")) == [1, 2, 3]


def test_another_thread_shows_nothing() -> None:
    lines, done = Lines(), list[int]()
    thread = threading.Thread(target=lambda: done.extend(Steps(lines.open).over([1, 2, 3], "Reading")))
    thread.start()
    thread.join()
    assert (done, lines.seen) == ([1, 2, 3], [])


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "shows"), [(Screen(), True), (io.StringIO(), False)])
def test_a_terminal_has_one_line_and_a_pipe_has_none(
    stream: io.StringIO, shows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(IN_TERMINAL.over([1, 2], "Packing")) == [1, 2]
    assert ("Packing: 1 of 2" in stream.getvalue()) is shows
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K") is shows


def test_quiet_steps_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(QUIET.over([1, 2], "Packing")) == [1, 2]
    assert capsys.readouterr() == ("", "")
