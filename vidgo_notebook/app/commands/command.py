"""What a command is, how it is declared, and what a front (a notebook or a shell) lends to it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_grammar import add_yes
from vidgo_notebook.domain.option_parser import HelpRequested, OptionParser
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import Problems

Option = Callable[[OptionParser], object]
"""Adds an option or an argument to a parser."""


class Front(Protocol):
    """Where a command was written: the notebook or the shell. ``prefix`` is what stands before its name,
    ``has_notebook`` whether there is a notebook whose results a command is about."""

    prefix: str
    has_notebook: bool

    @property
    def variables(self) -> Mapping[str, Any]:
        """The user's variables; none in a shell."""

    def attended(self) -> bool:
        """Whether a person is there."""

    def looked_up(self, image: Any) -> Any:
        """What an option's text says of an image: a variable or a word."""

    def show(self, value: object) -> None:
        """Show a value now, before the command goes on."""

    def wait(self, jobs: Sequence[Job]) -> None:
        """Wait until all have ended, in the way of this front."""


@dataclass(frozen=True)
class Call:
    """One use of a command: the session, the options that were given, and the front. ``problems`` are those of the
    options; a command that ``gathers`` them adds those of its request, and raises all at once."""

    session: Session
    options: Any
    front: Front
    problems: Problems = field(default_factory=Problems)


Run = Callable[[Call], object]
"""Does what the command says and returns what is to be shown; None for nothing."""


@dataclass(frozen=True)
class Command:
    """A command: what it does in a line, an example without the prefix, its options, and the function that runs it.
    ``in_a_shell`` is the example where a job has no variable.

    One that ``answers`` a question changes nothing: where it fails, the answer cannot be known.
    ``run`` is None where only a front can run it, and ``elsewhere`` says what to do in the other one; a command
    with ``elsewhere`` belongs to one front, ``notebook`` or ``shell``.
    """

    name: str
    summary: str
    example: str
    run: Run | None
    options: Sequence[Option] = ()
    takes_jobs: bool = False
    gathers: bool = False
    answers: bool = False
    only: str = ""
    elsewhere: str = ""
    in_a_shell: str = ""

    def parser(self, prefix: str = "%vidgo") -> OptionParser:
        """The grammar of the command's options."""
        variables = prefix.startswith("%")
        example = self.example if variables else self.in_a_shell or self.example
        parser = OptionParser(
            f"{prefix} {self.name}",
            usage=None,
            description=self.summary,
            epilog=f"Example:\n  {prefix} {example}",
        )
        if self.takes_jobs:
            named = "its variable, its id," if variables else f"its id, as {prefix} jobs lists it,"
            parser.add_argument("jobs", metavar="JOB", nargs="*", help=f"{named} or how that begins")
        for add_to in self.options:
            add_to(parser)
        return parser

    def read(self, words: Sequence[str], prefix: str, found: Problems, *more: Option) -> argparse.Namespace:
        """The options in some words, and ``more`` of a front, as far as they are understood; the others are
        problems. HelpRequested for -h anywhere."""
        parser = self.parser(prefix)
        for add_to in more:
            add_to(parser)
        options = words[: words.index("--")] if "--" in words else words
        if {"-h", "--help"} & set(options):
            raise HelpRequested(parser.format_help().rstrip())
        return parser.understood(words, found)


class CommandGroup(dict[str, Command]):
    """The commands of one subject, by name, in the order in which help lists them."""

    def command(
        self, name: str, summary: str, *options: Option, example: str = "", **details: Any
    ) -> Callable[[Run], Run]:
        """A decorator that declares the function below it as a command."""

        def declare(run: Run) -> Run:
            self[name] = Command(name, summary, example or name, run, options, **details)
            return run

        return declare

    def front_only(self, name: str, summary: str, *options: Option, example: str = "", **details: Any) -> None:
        """Declare a command that a front runs."""
        self[name] = Command(name, summary, example or name, None, options, **details)


def option(*names: str, **details: Any) -> Option:
    """An option or an argument of a command, in argparse's terms."""
    return lambda parser: parser.add_argument(*names, **details)


def prompt_words(use: str) -> Option:
    """The words of a prompt. In a locale without UTF-8 Python leaves their bytes undecoded; file names keep them."""
    return option("prompt", metavar="PROMPT", nargs="*", type=_as_utf8, help=use)


def _as_utf8(word: str) -> str:
    undecoded = any("\udc80" <= letter <= "\udcff" for letter in word)
    return os.fsencode(word).decode("utf-8", "surrogateescape") if undecoded else word


YES: Option = add_yes
