"""What a command is, how it is declared, and what several commands need."""

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
    """A command: what it does in a line, the function that does it, and its options."""

    summary: str
    run: Callable[[Any, Context], None]
    options: Sequence[Callable[[OptionParser], object]] = ()
    takes_jobs: bool = False

    def parser(self, name: str = "") -> OptionParser:
        """The grammar of the command's options."""
        parser = OptionParser(f"%vidgo {name}".strip(), usage=None, description=self.summary)
        if self.takes_jobs:
            parser.add_argument("jobs", metavar="JOB", nargs="*", help="its variable, its id, or how that begins")
        for add_to in self.options:
            add_to(parser)
        return parser


class CommandGroup(dict[str, Command]):
    """The commands of one subject, by name, in the order in which help lists them."""

    def command(
        self, name: str, summary: str, *options: Callable[[OptionParser], object], takes_jobs: bool = False
    ) -> Callable[[Callable[[Any, Context], None]], Callable[[Any, Context], None]]:
        """A decorator that declares the function below it as a command."""

        def declare(run: Callable[[Any, Context], None]) -> Callable[[Any, Context], None]:
            self[name] = Command(summary, run, options, takes_jobs)
            return run

        return declare


def option(*names: str, **details: Any) -> Callable[[OptionParser], object]:
    """An option or an argument of a command, in argparse's terms."""
    return lambda parser: parser.add_argument(*names, **details)


YES = option("-y", "--yes", action="store_true", help="answer yes to the question about the price")


def show_table(title: str, rows: Sequence[Sequence[str]] = (), head: Sequence[str] = ()) -> None:
    """Put a title line, and a table where there are rows, on the page."""
    data, _ = table_bundle(title, rows, head)
    display(data, raw=True)


def named_jobs(names: Sequence[str], context: Context) -> list[Job]:
    """Jobs by the variables that hold them, which win, or by their ids. RequestError for what is neither."""
    jobs: list[Job] = []
    for name in names:
        value = context.shell.variables.get(name)
        if isinstance(value, Batch) and len(value):
            jobs += value
        else:
            jobs.append(value if isinstance(value, Job) else find_job(context.session, name))
    return jobs
