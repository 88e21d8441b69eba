"""Tab after ``vidgo`` in bash, zsh and fish, by argcomplete: commands, options, values, models, jobs and batches.

A shell asks for it once, in its start file: ``eval "$(register-python-argcomplete vidgo)"``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any

from vidgo_notebook.app.commands.command import Command
from vidgo_notebook.app.commands.table import commands_of
from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, DEFAULT_MODEL, MODELS
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.door import here
from vidgo_notebook.errors import VidgoError

_LATEST = 30  # jobs
_LONGEST_WORDS = 50  # characters of a prompt, beside a job's id


def complete_words(session_of: Callable[[], Session]) -> None:
    """Print what can follow the words that the shell has passed in its variables, and end the process. ``session_of``
    gives the session, which can be refused by the settings."""
    try:
        import argcomplete
    except ImportError:  # it is not installed where the command is: the shell completes file names
        sys.exit(1)
    session = None
    with suppress(VidgoError):  # what is wrong with the settings is said by the command
        session = session_of()
    argcomplete.autocomplete(_whole_grammar(session))


def _whole_grammar(session: Session | None) -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser("vidgo")
    whole.add_argument("--version", action="store_true", help="show the version")
    whole.add_argument("--json", action="store_true", help="print what it shows as one JSON document")
    commands = whole.add_subparsers()
    for name, command in commands_of("shell").items():
        commands.add_parser(name, help=here(command.summary).replace("%", "%%"))
        assert isinstance(commands.choices, dict)
        commands.choices[name] = _grammar(command, session)
    return whole


def _grammar(command: Command, session: Session | None) -> argparse.ArgumentParser:
    parser = command.parser("vidgo")
    parser.add_argument("--json", action="store_true", help="print what it shows as one JSON document")
    for name in ("model", *CHOICE_FIELDS):
        if action := parser.action_of(f"--{name}"):
            action.completer = _models if name == "model" else _values_of(name)  # type: ignore[attr-defined]
    if session is None:
        return parser
    for action in parser._actions:  # argparse has no other list of them
        if action.dest == "jobs":
            action.completer = partial(_jobs, session)  # type: ignore[attr-defined]
        elif command.name == "continue" and action.dest == "name":
            action.completer = partial(_batches, session)  # type: ignore[attr-defined]
    return parser


def _models(**_: Any) -> Iterable[str]:
    return list(MODELS)


def _values_of(name: str) -> Any:
    """Completes the values of a field, of the model that the words before name."""

    def values(**_: Any) -> Iterable[str]:
        words = os.environ["COMP_LINE"].split()  # argcomplete does not tell what stands before the cursor
        named = [after for before, after in pairwise(words) if before in ("-m", "--model")]
        choice = MODELS.get((named or [DEFAULT_MODEL])[-1], MODELS[DEFAULT_MODEL]).choice(name)
        return choice.values if choice else ()

    return values


def _jobs(session: Session, prefix: str, **_: Any) -> dict[str, str]:
    """The latest jobs, with their prompts beside them."""
    with suppress(VidgoError):
        entries = session.journal.entries(prefix, limit=_LATEST)
        return {entry.record.job_id: one_line(from_json(entry.request).prompt, _LONGEST_WORDS) for entry in entries}
    return {}


def _batches(session: Session, **_: Any) -> Iterable[str]:
    with suppress(VidgoError):
        return [each.name for each in session.journal.batches()]
    return []
