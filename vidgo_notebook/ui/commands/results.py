"""Commands about what the store holds: shown, reported, exported, imported, deleted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from IPython.display import display

from vidgo_notebook.app import api as front
from vidgo_notebook.app.library.select import Selection
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.wording import counted, shown
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.ui.commands.command import CommandGroup, Context, named_jobs, option, show_table

_LONGEST_AGE = 36_500.0  # days

RESULTS = CommandGroup()
_EVERYTHING = option("--all", action="store_true", help="everything in the store, instead of this notebook's results")


def _days(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (days := float(text)) <= _LONGEST_AGE:
            return days
    raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of days such as 30")


@RESULTS.command("panel", "opens a form, priced while you type", takes_jobs=True)
def _panel(options: Any, context: Context) -> None:
    from vidgo_notebook.ui.opening import open_panel

    subjects = named_jobs(options.jobs, context)
    if len(subjects) > 1:
        raise RequestError([Problem("job", "takes one job at most: %vidgo panel JOB.")])
    open_panel(subjects[0] if subjects else None, context.shell, context.session)


@RESULTS.command("gallery", "shows what the store holds")
def _gallery(_: Any, context: Context) -> None:
    from vidgo_notebook.ui.opening import open_gallery

    open_gallery(context.shell, context.session)


@RESULTS.command(
    "report",
    "shows the results as a table, and a paragraph for a paper",
    _EVERYTHING,
)
def _report(options: Any, _: Context) -> None:
    display(front.report(everything=options.all))


@RESULTS.command(
    "export",
    "writes the results as a research object (RO-Crate)",
    option("path", metavar="FOLDER|FILE.zip", nargs="*"),
    _EVERYTHING,
    option("--annotate", action="store_true", help="add copies that contain their provenance"),
)
def _export(options: Any, context: Context) -> None:
    from vidgo_notebook.app.library.export import export_results

    target = _only_path(options.path, "export FOLDER|FILE.zip")
    report = export_results(context.session, target.absolute(), everything=options.all, annotate=options.annotate)
    show_table(f"{counted(len(report), 'result')} exported to {target}.")


@RESULTS.command("import", "adds exported results to the store", option("path", metavar="FILE.zip|FOLDER", nargs="*"))
def _import(options: Any, context: Context) -> None:
    from vidgo_notebook.app.library.import_ import import_results

    show_table(str(import_results(_only_path(options.path, "import FILE.zip"), context.session.store)))


@RESULTS.command(
    "prune",
    "deletes superseded results, after showing them",
    option(
        "--model",
        metavar="MODEL",
        choices=list(MODELS),
        help="current results of this model, instead of superseded ones",
    ),
    option("--older-than", metavar="DAYS", type=_days, help="current results made longer ago than this"),
    option("-y", "--yes", action="store_true", help="delete without asking"),
)
def _prune(options: Any, context: Context) -> None:
    session, selection = context.session, Selection(options.model, options.older_than)
    found = selection.find(session.store, datetime.now(UTC))
    rows = [
        (record.model, record.finished, f"{record.size_bytes / 1024**2:.1f} MB", record.prompt[:60])
        for _, record in found
    ]
    would_go = f"{counted(len(found), 'result')} of {session.store.address} would be deleted."
    show_table(would_go if found else "Nothing to prune.", rows)
    if found and (options.yes or session.person_agrees(f"Delete {counted(len(found), 'result')}?")):
        gone = session.store.remove(found)
        changed = f"; {len(found) - gone} changed meanwhile and were kept" if gone < len(found) else ""
        show_table(f"{counted(gone, 'result')} deleted{changed}.")
    elif found:
        show_table("Nothing was deleted; --yes deletes without asking.")


def _only_path(words: Sequence[str], usage: str) -> Path:
    if len(words) != 1:
        raise RequestError(
            [Problem("path", f"takes one path: %vidgo {usage}", "")], hint="Put a path with spaces in quotes."
        )
    return Path(words[0]).expanduser()
