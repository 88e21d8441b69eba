"""What a command is, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from IPython.display import display

from vidgo_notebook.app.purchase.resume import find_job
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import OptionParser
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.ui.cells.wait import CellWait
from vidgo_notebook.ui.output.bundles import table_bundle
from vidgo_notebook.ui.shell import Shell


@dataclass(frozen=True)
class Context:
    """What a command works with."""

    shell: Shell
    session: Session
    cell_wait: CellWait


@dataclass(frozen=True)
class Command:
    """A command: what it does in a line, its options, and the function that does it."""

    summary: str
    run: Callable[[Any, Context], None]
    add_options: Callable[[OptionParser], None] | None = None
    takes_jobs: bool = False

    def parser(self, name: str = "") -> OptionParser:
        """The grammar of the command's options."""
        parser = OptionParser(f"%vidgo {name}".strip(), usage=None, description=self.summary)
        if self.takes_jobs:
            parser.add_argument("jobs", metavar="JOB", nargs="*", help="its variable, its id, or how that begins")
        if self.add_options:
            self.add_options(parser)
        return parser


def show_table(title: str, rows: Sequence[Sequence[str]] = (), head: Sequence[str] = ()) -> None:
    """Put a title line, and a table where there are rows, on the page."""
    data, _ = table_bundle(title, rows, head)
    display(data, raw=True)


def named_jobs(names: Sequence[str], context: Context) -> list[Job]:
    """Jobs by the variables that hold them, which win, or by their ids. RequestError for what is neither."""
    held = [_held_by(context.shell.variables.get(name)) or [find_job(context.session, name)] for name in names]
    return [job for jobs in held for job in jobs]


def _held_by(value: Any) -> list[Job]:
    if isinstance(value, Batch):
        return list(value)
    return [value] if isinstance(value, Job) else []
