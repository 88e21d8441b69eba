"""The shell's face of the table of commands: every command, and bad input to each."""

from __future__ import annotations

import pytest

from vidgo_notebook.__main__ import main
from vidgo_notebook.app.commands.table import COMMANDS, commands_of
from vidgo_notebook.app.process import provide
from vidgo_notebook.app.session import Session

SHELL = commands_of("shell")


@pytest.mark.parametrize("name", sorted(SHELL))
@pytest.mark.parametrize("words", [["-h"], ["--help"], ["--no-such-option", "-h"], ["x", "-h"]], ids=" ".join)
def test_h_anywhere_prints_help_with_an_example(
    name: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, *words]) == 0
    told = capsys.readouterr()
    assert f"vidgo {name}" in told.out
    assert f"Example:\n  vidgo {SHELL[name].example}" in told.out
    assert ("%vidgo" in told.out, told.err) == (False, "")


@pytest.mark.parametrize("name", sorted(SHELL))
def test_an_unknown_option_is_wrong_usage(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--no-such-option"]) == 2
    told = capsys.readouterr()
    assert "is not an option" in told.err
    assert f"vidgo {name} -h" in told.err
    assert "%vidgo" not in told.err


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - SHELL.keys()))
def test_what_needs_a_notebook_is_refused_in_a_sentence(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name]) == 2
    assert f"vidgo {name} is not available in a shell." in capsys.readouterr().err


def test_an_unknown_command_offers_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jbos"]) == 2
    assert "Write vidgo jobs" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["show"], ["show", "nothing"], ["wait", "nothing"], ["resolve", "--forget"],
                                   ["continue"], ["continue", "nothing"], ["export"], ["import", "a", "b"], ["check"],
                                   ["quote", "--model", "nope"], ["quote", "--takes", "0"]], ids=" ".join)  # fmt: skip
def test_bad_input_is_wrong_usage(words: list[str], session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err


@pytest.mark.parametrize("name", ["jobs", "models", "batches", "costs", "config", "balance", "quote", "doctor"])
def test_tables_are_printed_as_text_and_as_json(
    name: str, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    assert main([name]) == 0
    assert capsys.readouterr().out
    assert main([name, "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), (list, dict))


@pytest.fixture(autouse=True)
def _closed() -> object:
    yield
    provide(None)
