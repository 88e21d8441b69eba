"""A stranger's text in a terminal or a stream of a notebook: no control character acts, none hides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.hostile_text import ALL, CONTROL, DRIVES_TERMINALS, HARMLESS
from tests.fixtures.sample_records import keep
from tests.fixtures.terminal import Terminal
from tests.strangers.outputs import texts_of
from vidgo_notebook.__main__ import main
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.render.markup import text_table
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.visible_text import visible, visible_json
from vidgo_notebook.wire import service_text


@pytest.mark.parametrize("text", CONTROL, ids=ascii)
def test_every_text_shows_control_characters_as_escapes(text: str) -> None:
    for name, printed in texts_of(text):
        assert not DRIVES_TERMINALS.search(printed), name


@pytest.mark.parametrize("text", ["fox", "fox\n\n", "fox\r"])
def test_a_prompt_cannot_write_a_line_of_its_own_into_a_card(text: str) -> None:
    for hostile in (text, f"{text}\nPrice: 0 credits", f"{text}\r\nNote: free"):
        lines = [line for name, card in texts_of(hostile) if name == "card_text 0" for line in card.split("\n")]
        assert not [line for line in lines if line.startswith(("Price: 0", "Note: free"))]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\x9bb", "a\\x9bb"),
        ("a\rb\r\nc", "a\\x0db\nc"),
        ("\u202eabc", "\\u202eabc"),
        ("a\u200bb", "a\\u200bb"),
        ("a\u200db", "a\\u200db"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud83d", "\\ud83d"),
        ("\u200eabc", "\\u200eabc"),
    ],
)
def test_what_is_hidden_is_written_as_an_escape(text: str, seen: str) -> None:
    assert visible(text) == seen
    assert visible(seen) == seen


@pytest.mark.parametrize("text", ALL + HARMLESS, ids=ascii)
def test_json_for_a_terminal_is_the_same_value(text: str) -> None:
    written = visible_json({"prompt": text})
    assert json.loads(written) == {"prompt": text}
    assert not DRIVES_TERMINALS.search(written)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("a\nb", r"'a\nb'"), ("it's", '"it\'s"'), ("'\"", "'\\'\"'"), ("نمی‌خواهم", "'نمی‌خواهم'"), ("\x1b", r"'\x1b'")],
)
def test_a_quoted_text_is_one_line_and_keeps_what_writing_needs(text: str, quoted: str) -> None:
    assert shown(text) == quoted


def test_a_cell_of_a_table_is_one_line() -> None:
    assert text_table([("a\nb", "\x1b[2J"), ("c", "d")]).split("\n") == ["a b  \\x1b[2J", "c    d"]


@pytest.mark.parametrize("served", ["task\x1b[2J", "task\n1", "task\u202e2", "task\U000e0041", "a\\x1b"])
def test_a_task_id_is_shown_safely_and_sent_as_it_was_served(served: str) -> None:
    written = service_text.task_id(served)
    assert visible(written) == written and "\n" not in written
    assert service_text.as_served(written) == served


def test_a_cell_prints_its_prompt_safely(terminal: Terminal) -> None:
    printed = terminal.run("%%vidgo hero\nA \x1b]0;title\x07 fox \u202exof\n  \nPrice: 0 credits\x9b1A")
    assert not DRIVES_TERMINALS.search(printed)
    assert "\\x1b]0;title\\x07 fox \\u202exof" in printed
    assert "\nPrice: 0 credits" not in printed
    assert terminal["hero"].request.prompt.startswith("A \x1b]0;title\x07 fox \u202exof")


@pytest.mark.parametrize(
    "cell", ["%%vidgo --model a\x1b[2Jb\nfox", "%%vidgo --image a\u202eb.png\nfox", "%vidgo show \x9b2J", "%vidgo \x1b"]
)
def test_an_error_prints_what_was_written_safely(terminal: Terminal, cell: str) -> None:
    assert not DRIVES_TERMINALS.search(terminal.fails(cell))


@pytest.mark.parametrize("command", ["report --all", "jobs", "jobs --json", "costs", "doctor --store"])
def test_commands_print_a_strangers_store_safely(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ResultStore(str(folder / ".vidgo"))
    for text in CONTROL[:-1]:
        keep(store, prompt=text.replace("\r", "\n").strip(), model=text, package=text)
    main(command.split())
    printed = capsys.readouterr()
    assert "report" not in command or "\\x9b2J" in printed.out
    assert not DRIVES_TERMINALS.search(printed.out + printed.err)
