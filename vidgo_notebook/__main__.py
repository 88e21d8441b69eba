"""The ``vidgo`` command: the shell's face of the table of commands. Also ``python -m vidgo_notebook``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from vidgo_notebook.app.commands.command import Call, option
from vidgo_notebook.app.commands.table import HELP, find_command, overview
from vidgo_notebook.app.commands.text import plain_rows, text_of
from vidgo_notebook.app.presence import say
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.status import standing
from vidgo_notebook.app.steps import QUIET
from vidgo_notebook.domain.option_parser import HelpRequested
from vidgo_notebook.door import Door, here, open_door
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.moving import complete
from vidgo_notebook.errors import JobError, JobTimeoutError, JobUncertainError, Problems, RequestError, VidgoError
from vidgo_notebook.version import __version__
from vidgo_notebook.visible_text import visible_json

GOOD, NOT_GOOD, UNKNOWABLE = 0, 1, 2
"""The exit status: it went well; it did not; wrong usage, or the outcome cannot be known."""

_UNKNOWN = (RequestError, JobUncertainError, JobTimeoutError)
"""Errors after which the outcome cannot be known: what was asked for was not understood, or may yet come."""

_BY_OUTCOME = {True: GOOD, False: NOT_GOOD, None: UNKNOWABLE}
_FRONT, _PREFIX = "shell", "vidgo"
_EXAMPLE = 'Example:\n  vidgo generate "A red bicycle" --size 16:9 --save bicycle.png'
_JSON = option("--json", action="store_true", help="print what it shows as one JSON document")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Results go to stdout, errors to stderr."""
    before = open_door(Door.SHELL)
    if "_ARGCOMPLETE" in os.environ:  # Tab was pressed
        from vidgo_notebook.app.commands.shell_completion import complete_words

        complete_words(current_session)
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader, as in ``vidgo jobs | head``, has seen enough
        _discard_output()
        return GOOD
    except OSError as error:  # such as a full disk; all other errors are of this package
        _discard_output()
        say(f"The output can't be written: {error.strerror or error}.", "stderr")
        return NOT_GOOD
    except KeyboardInterrupt:
        say("Interrupted. What was sent goes on: vidgo resume fetches it.", "stderr")
        return NOT_GOOD
    finally:
        open_door(before)
    return status


def _run(words: list[str]) -> int:
    if words[:1] in (["--version"], ["-V"]):
        say(f"vidgo {__version__}")
        return GOOD
    if words and words[0] in HELP:
        say(here("\n".join(_help())))
        return GOOD
    try:
        return _run_command(words)
    except HelpRequested as text:
        say(here(str(text)))
        return GOOD
    except VidgoError as error:
        return _failed(error)


def _run_command(words: list[str]) -> int:
    if not words or words == ["--json"]:
        front = ShellFront(current_session(), as_json=bool(words))
        front.show(standing(front.session))
        front.finish()
        return GOOD
    command = find_command(words[0], _FRONT, _PREFIX)
    found = Problems()
    options = command.read(words[1:], _PREFIX, found, _JSON)
    if not command.gathers:
        found.check()
    front = ShellFront(current_session(), as_json=options.json)
    if options.json:
        front.session.steps = QUIET
    assert command.run is not None  # those that only a notebook can run are not found
    try:
        value = command.run(Call(front.session, options, front, found))
        front.show(value)
    except VidgoError as error:
        front.finish(partly=True)
        status = _failed(error)
        return UNKNOWABLE if command.answers else max(front.status, status)
    front.finish()
    return max(front.status, _BY_OUTCOME[getattr(value, "good", True)])


def _failed(error: VidgoError) -> int:
    say(str(error), "stderr")
    return _status_of(error)


def _status_of(error: BaseException) -> int:
    return UNKNOWABLE if isinstance(error, _UNKNOWN) else NOT_GOOD


def _help() -> list[str]:
    shown = "vidgo shows where things stand, vidgo --version the version. Commands:"
    return [shown, *overview(_FRONT, _PREFIX), "", "vidgo COMMAND -h explains one.", _EXAMPLE]


class ShellFront:
    """What a shell lends to a command. ``status`` is the exit status, by the jobs that were shown."""

    prefix = _PREFIX
    has_notebook = False
    variables: Mapping[str, Any] = {}

    def __init__(self, session: Session, *, as_json: bool = False) -> None:
        self.session = session
        self.status = GOOD
        self._as_json = as_json
        self._values: list[object] = []

    def attended(self) -> bool:
        return self.session.attended()

    def looked_up(self, image: Any) -> Any:
        return image

    def wait(self, jobs: Sequence[Job]) -> None:
        """Wait until all have ended; a terminal shows the progress."""
        Batch(jobs, shown=self.session.show_progress).wait()

    def show(self, value: object) -> None:
        """Print a value; jobs are waited for, and those that failed decide the exit status."""
        if value is None:
            return
        if isinstance(value, VidgoError):
            self.status = max(self.status, _failed(value))
            return
        jobs = [value] if isinstance(value, Job) else value
        if isinstance(jobs, (list, Batch)) and all(isinstance(job, Job) for job in jobs):
            self._show_jobs(jobs)
        elif self._as_json:
            self._values.append(plain_rows(value))
        elif text := text_of(value, self.session.settings.credit_format):
            say(text)

    def finish(self, *, partly: bool = False) -> None:
        """Print, as one JSON document, what was shown; of a command that failed ``partly`` only if something was."""
        if self._as_json and (self._values or not partly):
            say(visible_json(self._values[0] if len(self._values) == 1 else self._values))

    def _show_jobs(self, jobs: Sequence[Job]) -> None:
        self.wait(jobs)
        complete(jobs)
        errors = [error for job in jobs if not job.cancelled() and (error := job.exception()) is not None]
        self.status = max([self.status, *map(_status_of, errors)])
        batch = jobs if isinstance(jobs, Batch) else Batch(jobs)
        together = jobs is batch and len(jobs) > 1
        if self._as_json:
            self.show(batch.to_rows())
        else:
            for each in [batch] if together else jobs:
                say(text_of(each))
        if together and errors:
            errors = [JobError("\n".join(batch.failures()))]
        for error in errors:
            say(str(error), "stderr")


def _discard_output() -> None:
    """What is left in the buffer goes nowhere: at exit Python would try to write it again, and complain."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
