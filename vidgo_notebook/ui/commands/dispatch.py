"""The table of the commands, and ``%vidgo COMMAND``."""

from __future__ import annotations

import argparse

from vidgo_notebook.app import status as reports
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import HelpRequested, filled_in, split
from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.ui.cells.wait import CellWait
from vidgo_notebook.ui.commands.command import Command, Context, show_table
from vidgo_notebook.ui.commands.installation import INSTALLATION, refuse_key_in_line
from vidgo_notebook.ui.commands.jobs import JOBS
from vidgo_notebook.ui.commands.money import MONEY
from vidgo_notebook.ui.commands.results import RESULTS
from vidgo_notebook.ui.shell import Shell

COMMANDS: dict[str, Command] = {**JOBS, **MONEY, **RESULTS, **INSTALLATION}


def run_command(line: str, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """Run one ``%vidgo`` line. Raises RequestError for an unknown command or option."""
    words, expressions = split(line)
    context = Context(shell, session, cell_wait)
    if not words:
        show_table(*reports.standing(session))
        return
    name, *rest = words
    if name in ("-h", "--help", "help"):
        width = max(map(len, COMMANDS))
        lines = [f"  %vidgo {name.ljust(width)}  {command.summary}" for name, command in COMMANDS.items()]
        text = ["%vidgo shows where things stand. Commands:", *lines, "", "%%vidgo -h explains cells."]
        raise HelpRequested("\n".join(text))
    if name not in COMMANDS:
        near = nearest(name, list(COMMANDS))
        reason = f"{shown(name)} is not a command; there are {', '.join(COMMANDS)}."
        raise RequestError(
            [Problem("command", reason, near and f"%vidgo {near}")],
            hint="A picture is made by a cell that begins with %%vidgo.",
        )
    if name == "key":
        refuse_key_in_line(rest)
    given = COMMANDS[name].parser(name).read(rest)
    COMMANDS[name].run(argparse.Namespace(**filled_in(given, expressions, shell.variables)), context)
