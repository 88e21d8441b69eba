"""An error's text in a notebook: its lines end at spaces, and what a reader may copy stays on one line."""

from __future__ import annotations

import pytest

from tests.fixtures.terminal import Terminal
from vidgo_notebook.door import Door
from vidgo_notebook.errors import RequestError, VidgoError

ROOM = 60
"""Characters that fit in JupyterLab at 600 pixels."""
FILLER = "This sentence is here to fill the line up to "
CODE = [
    "%vidgo resolve j0123456789abcdef --resubmit",
    "%vidgo key",
    "%vidgo continue NAME",
    "%config Vidgo.prices = {'flux-2-pro': '6'}",
    "%%vidgo --save PATH --annotate",
    "pip install pillow-heif",
    "python -m vidgo_notebook.emulator --port 8765",
    "result.save(path, annotate=True)",
    "https://example.com/a/very/long/address/that/has/more/characters/than/fit/into/one/line.png",
    "'/home/ada/My notebooks/journal.sqlite3'",
    "well-known-hyphenated-word",
]


def lines_of(error: VidgoError) -> list[str]:
    error.door = Door.CELL
    return error._render_traceback_()


def test_long_lines_end_at_spaces_and_no_word_is_lost() -> None:
    error = VidgoError("The service does not say what it did with this request. " * 3, cost="It cost nothing.")
    lines = lines_of(error)
    assert max(map(len, lines)) <= ROOM
    assert " ".join(lines).split() == f"VidgoError: {error}".split()
    assert lines[-1] == "It cost nothing."


@pytest.mark.parametrize("code", CODE)
def test_what_a_reader_may_copy_stays_on_one_line(code: str) -> None:
    for filler in range(0, len(FILLER), 5):
        lines = lines_of(VidgoError("Failed.", hint=f"{FILLER}{FILLER[:filler].rstrip()} {code} goes on, and ends."))
        assert any(code in line for line in lines), lines
        assert all(len(line) <= ROOM for line in lines if code not in line)


def test_a_short_line_and_an_indented_one_are_as_they_were() -> None:
    assert lines_of(VidgoError("Failed.\n  two  spaces", hint="%vidgo jobs")) == [
        "VidgoError: Failed.",
        "  two  spaces",
        "%vidgo jobs",
    ]


def test_a_cell_shows_broken_lines_and_the_error_keeps_its_own(terminal: Terminal) -> None:
    shown = terminal.run_as_shown("%%vidgo --quality best --size 16:10 --resolution 8K\nA fox")
    error = terminal.last.error_in_exec
    assert isinstance(error, RequestError)
    assert max(map(len, shown.splitlines())) <= ROOM
    assert max(map(len, str(error).splitlines())) > ROOM
    assert " ".join(str(error).split()) in " ".join(shown.split())
