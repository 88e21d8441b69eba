"""``%vidgo COMMAND``: the notebook's face of the table of commands."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from vidgo_notebook.app.commands.command import Call, Run
from vidgo_notebook.app.commands.table import HELP, find_command, overview
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import filled_in
from vidgo_notebook.domain.first_line import split
from vidgo_notebook.domain.option_parser import HelpRequested
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Lineage
from vidgo_notebook.errors import Problem, Problems, RequestError
from vidgo_notebook.ui.cells.wait import CellWait, wait_for
from vidgo_notebook.ui.output.live import put
from vidgo_notebook.ui.shell import Shell

_FRONT, _PREFIX = "notebook", "%vidgo"


def run_command(line: str, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """Run one ``%vidgo`` line. Raises RequestError for an unknown command or option."""
    words, expressions = split(line, has_prompt=line.lstrip().casefold().startswith("quote"))
    front = NotebookFront(shell, session, cell_wait)
    if not words:
        from vidgo_notebook.app.status import standing  # late: what one line needs, the others need not wait for

        front.show(standing(session))
        return
    name, *rest = words
    if name in HELP:
        raise HelpRequested("\n".join(_help()))
    command = find_command(name, _FRONT, _PREFIX)
    if command.name == "key":
        from vidgo_notebook.app.commands.installation import refuse_key_in_line  # late, as above

        refuse_key_in_line(rest)
    found = Problems()
    given = command.read(rest, _PREFIX, found)
    options = argparse.Namespace(**filled_in(given, expressions, shell.variables, found))
    if not command.gathers:
        found.check()
    front.show((command.run or _OWN[command.name])(Call(session, options, front, found)))


def _help() -> list[str]:
    commands = overview(_FRONT, _PREFIX)
    return ["%vidgo shows where things stand. Commands:", *commands, "", "%%vidgo -h explains cells."]


class NotebookFront:
    """What a notebook lends to a command."""

    prefix = _PREFIX
    has_notebook = True

    def __init__(self, shell: Shell, session: Session, cell_wait: CellWait) -> None:
        self.shell = shell
        self._session = session
        self._cell_wait = cell_wait

    @property
    def variables(self) -> Mapping[str, Any]:
        return self.shell.variables

    def attended(self) -> bool:
        return self.shell.attended()

    def looked_up(self, image: Any) -> Any:
        return self.shell.looked_up(image)

    def wait(self, jobs: Sequence[Job]) -> None:
        wait_for(jobs)
        self._cell_wait.finish()

    def show(self, value: object) -> None:
        """Put a value on the page. Raises JobError for a batch that failed where no person is there."""
        if isinstance(value, (Batch, Job, Lineage)):
            self._show_pictures(value)
        elif isinstance(value, list):
            for each in value:
                self.show(each)
        elif (html := getattr(value, "_repr_html_", None)) is not None:
            put({"text/html": html(), "text/plain": str(value)})

    def _show_pictures(self, value: Batch | Job | Lineage) -> None:
        from vidgo_notebook.ui.cells.cell import show_batch, show_value  # late, as above

        if isinstance(value, Batch):
            show_batch(value, self.shell, self._session, self._cell_wait)
            if not self.attended():
                value.check()
        else:
            show_value(value, self.shell, self._session, self._cell_wait)


def _panel(call: Call) -> None:
    from vidgo_notebook.app.commands.find import jobs_named  # late, as above
    from vidgo_notebook.ui.opening import open_panel

    front: Any = call.front
    subjects = jobs_named(call.session, call.options.jobs, front.variables)
    if len(subjects) > 1:
        raise RequestError([Problem("job", "give one job at most: %vidgo panel JOB.")])
    open_panel(subjects[0] if subjects else None, front.shell, call.session)


def _gallery(call: Call) -> None:
    from vidgo_notebook.ui.opening import open_gallery  # late, as above

    front: Any = call.front
    open_gallery(front.shell, call.session)


def _rate(call: Call) -> None:
    from vidgo_notebook.app.commands.find import jobs_named  # late, as above
    from vidgo_notebook.ui.rating.rate import open_rating

    front: Any = call.front
    options, variables = call.options, front.variables
    batches = [variables[name] for name in options.jobs if isinstance(variables.get(name), Batch)]
    if len(batches) == len(options.jobs) == 1:
        batch: object = batches[0]
    elif options.jobs:
        batch = jobs_named(call.session, options.jobs, variables)
    else:
        raise RequestError(
            [Problem("batch", "takes the pictures to rate.", "%vidgo rate NAME, a variable with a batch")]
        )
    details = {name: getattr(options, name) for name in ("name", "by", "question", "kind", "rater", "seed")}
    open_rating(batch, front.shell, call.session, **details)


_OWN: dict[str, Run] = {"panel": _panel, "gallery": _gallery, "rate": _rate}
"""What only a notebook can run."""
