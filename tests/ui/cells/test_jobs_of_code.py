"""Jobs that a cell of Python code begins: told apart in a table, and shown in one line until they have ended."""

from __future__ import annotations

import sys

import pytest

from tests.fixtures.local_api import LocalApi
from tests.fixtures.terminal import Terminal

IMPORT = "import vidgo_notebook as vidgo\n"
LOOP = f"{IMPORT}for number in range(4):\n    vidgo.generate(f'A fox {{number}}')"


def test_a_loop_says_how_many_jobs_it_has_begun(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.run("%config Vidgo.attended = True")
    assert terminal.run(LOOP) == "4 jobs under way: vidgo.wait() waits for them, and vidgo.jobs() lists them.\n"
    assert terminal.run("a = 1") == ""  # said once
    terminal.run("vidgo.wait()")
    assert terminal.run(LOOP) == ""  # they are in the store
    assert "under way" not in terminal.run("%%vidgo hero --no-wait\nA hare")  # which shows itself


def test_jobs_are_listed_by_what_tells_them_apart(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", terminal.shell.user_module)  # as in a kernel
    terminal.run("%%vidgo hero -s 1:1\nA fox")
    assert " take " not in terminal.run("%vidgo jobs")
    terminal.run("%%vidgo pair --takes 2\nA hare")
    _, head, *rows = terminal.run("%vidgo jobs").splitlines()
    assert head.split() == [
        *("job", "variable", "status", "prompt", "take", "model", "quoted", "at", "stake", "charged", "asked")
    ]
    names = [row.split()[1] for row in rows]
    assert sorted(names) == ["hero", "pair[0]", "pair[1]"]
    terminal.run(IMPORT + "table = vidgo.jobs()")
    by_name = {row.variable: row.take for row in terminal["table"]}
    assert (by_name["hero"], by_name["pair[1]"]) == (1, 2)


def test_a_name_of_python_is_said_to_be_replaced(local_api: LocalApi, terminal: Terminal) -> None:
    note = "Note: list is now this cell's job, and no longer Python's own: del list brings that back."
    assert note in terminal.run("%%vidgo list\nA fox")
    assert "Note:" not in terminal.run("%%vidgo hero\nA fox")
    assert note not in terminal.run("%%vidgo list --dry-run\nA fox")


def test_functions_show_themselves_also_when_there_is_nothing(terminal: Terminal) -> None:
    terminal.run(IMPORT)
    assert terminal.run("vidgo.resume()").endswith("No jobs.\n")
    assert terminal.run("vidgo.wait()").endswith("No jobs.\n")
    assert "10,000 emulated credits: stand-ins are free." in terminal.run("vidgo.balance()")
    assert "confirm_above" in terminal.run("vidgo.configure()")
    assert terminal.run("vidgo.configure(preview=300)") == ""
