"""Commands about what the store holds: shown, reported, exported, imported, deleted."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from vidgo_notebook.app.commands.command import Call, CommandGroup, option
from vidgo_notebook.app.library.crate_details import understood_details
from vidgo_notebook.app.library.select import Selection
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.wording import counted, one_line, shown
from vidgo_notebook.errors import Problem, RequestError, StoreError
from vidgo_notebook.render.listing import Column, Listing, Verbatim, message
from vidgo_notebook.store.address import working_folder
from vidgo_notebook.store.results.judgements import KINDS, QUESTION
from vidgo_notebook.visible_text import visible_name

_LONGEST_AGE = 36_500.0  # days
_PROMPT_SHOWN = 60

RESULTS = CommandGroup()
_EVERYTHING = option("--all", action="store_true", help="everything in the store, instead of this notebook's results")


def _days(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (days := float(text)) <= _LONGEST_AGE:
            return days
    raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of days such as 30")


RESULTS.front_only(
    "rate",
    "opens blind ratings of the pictures of batches",
    option("--name", metavar="STUDY", default="study", help="the study that the judgements belong to (default: study)"),
    option("--by", metavar="FIELD", default="quality", help="what is compared: a field, a variable or a column"),
    option("--question", metavar="TEXT", default=QUESTION, help=f"what is asked (default: {QUESTION})"),
    option("--kind", choices=KINDS, default="pairs", help="which of two, or a score from 1 to 7 (default: pairs)"),
    option("--rater", metavar="NAME", help="who rates; asked for by default"),
    option("--seed", metavar="N", type=int, default=0, help="what decides the order (default: 0)"),
    example="rate grid --by quality",
    takes_jobs=True,
    only="notebook",
    elsewhere="It needs a notebook, where a person looks at the pictures; in Python: vidgo.rate(batch).",
)


@RESULTS.command(
    "report",
    "shows the results as a table, and a paragraph for a paper",
    _EVERYTHING,
    option("--format", choices=("markdown", "latex", "bibtex"), help="a text for a paper, instead of a table"),
    example="report --all --format latex",
    answers=True,
)
def _report(call: Call) -> object:
    from vidgo_notebook.app.library.made_report import made_report  # late: it reads requests of the journal

    report = made_report(call.session, everything=call.options.all or not call.front.has_notebook)
    written = call.options.format
    return report if written is None else Verbatim(getattr(report, written))


@RESULTS.command(
    "export",
    "writes the results as a research object (RO-Crate)",
    option("path", metavar="FOLDER|FILE.zip", nargs="*"),
    _EVERYTHING,
    option("--annotate", action="store_true", help="add copies that contain their provenance"),
    option("--title", metavar="TEXT", help="what it is called"),
    option("--author", metavar='"NAME <ORCID>"', action="append", default=[], help="who made it; may be repeated"),
    option("--license", metavar="SPDX", help="such as CC-BY-4.0"),
    option("--notebook", metavar="FILE", help="the notebook to include (default: this one, where it is known)"),
    option("--doi", metavar="DOI", help="where it is published"),
    example='export study.zip --all --author "Ada Lovelace <0000-0002-1825-0097>" --license CC-BY-4.0',
)
def _export(call: Call) -> object:
    from vidgo_notebook.app.library.export import export_results  # late: it needs an optional library

    options, target = call.options, _only_path(call.options.path, "export FOLDER or FILE.zip")
    everything = options.all or not call.front.has_notebook
    details = understood_details(
        title=options.title,
        authors=options.author,
        license=options.license,
        doi=options.doi,
        notebook=options.notebook,
        folder=working_folder(),
    )
    report = export_results(
        call.session, working_folder() / target, details, everything=everything, annotate=options.annotate
    )
    notes = [*report.notes, *details.missing]
    again = f", and {len(report.superseded)} superseded" if report.superseded else ""
    text = f"{counted(len(report), 'result')} exported to {visible_name(target)}{again}."
    return message(text, notes, good=report.good)


@RESULTS.command(
    "import",
    "adds exported results to the store",
    option("path", metavar="FILE.zip|FOLDER", nargs="*"),
    example="import study.zip",
)
def _import(call: Call) -> object:
    from vidgo_notebook.app.library.import_ import import_results  # late: it loads HTTP

    source, session = _only_path(call.options.path, "import FILE.zip"), call.session
    return message(str(import_results(source, session.store, session.steps)))


@RESULTS.command(
    "freeze",
    "marks the store as finished: it is replayed, and nothing is bought into it",
    example="freeze",
)
def _freeze(call: Call) -> object:
    from vidgo_notebook.app.library.freeze import freeze  # late: it is done once

    return freeze(call.session)


@RESULTS.command("thaw", "ends that the store is frozen", example="thaw")
def _thaw(call: Call) -> object:
    from vidgo_notebook.app.library.freeze import thaw  # late, as above

    return thaw(call.session)


@dataclass(frozen=True, slots=True)
class PruneRow:
    """A result that ``prune`` would delete."""

    model: str
    finished: str
    size_bytes: int
    prompt: str


_PRUNE_COLUMNS = [
    Column[PruneRow]("model", lambda row: row.model),
    Column[PruneRow]("finished", lambda row: row.finished),
    Column[PruneRow]("size", lambda row: f"{row.size_bytes / 1024**2:.1f} MB"),
    Column[PruneRow]("prompt", lambda row: one_line(row.prompt, _PROMPT_SHOWN)),
]


@RESULTS.command(
    "prune",
    "deletes superseded results, after showing them",
    option(
        "--model",
        metavar="MODEL",
        choices=list(MODELS),
        help="current results of this model, instead of superseded ones",
    ),
    option("--unreadable", action="store_true", help="files that were paid for and can't be read as pictures, instead"),
    option("--older-than", metavar="DAYS", type=_days, help="current results made longer ago than this"),
    option("-y", "--yes", action="store_true", help="delete without asking"),
    example="prune --older-than 30",
)
def _prune(call: Call) -> object:
    session, options = call.session, call.options
    if options.unreadable:
        return _prune_unreadable(call)
    contents = session.store.contents(partial(session.steps.over, doing="Reading"))
    found = Selection(options.model, options.older_than).find(contents, datetime.now(UTC))
    notes = [f"Left alone: {fault}" for fault in contents.faults]
    if not found:
        return message("Nothing to prune.", notes)
    rows = [PruneRow(record.model, record.finished, record.size_bytes, record.prompt) for _, record in found]
    would_go = f"{counted(len(found), 'result')} of {visible_name(session.store.address)} would be deleted."
    if notes:
        notes.append("All pictures stay: one of these records may refer to any of them.")
    call.front.show(Listing(would_go, rows, _PRUNE_COLUMNS, notes))
    if not (options.yes or session.person_agrees(f"Delete {counted(len(found), 'result')}?")):
        return message("Nothing was deleted; --yes deletes without asking.")
    deleting = partial(session.steps.over, doing="Deleting")
    gone = session.store.remove(found, _sent_by_jobs(call), over=deleting)
    changed = f"; {len(found) - gone} changed meanwhile and were kept" if gone < len(found) else ""
    return message(f"{counted(gone, 'result')} deleted{changed}.")


def _sent_by_jobs(call: Call) -> set[str]:
    """The digests of the images that jobs under way were sent with: their records are still to be written."""
    from vidgo_notebook.engine.sent_images import files_of  # late: few sessions prune

    with suppress(StoreError):
        entries = call.session.journal.all_under_way()
        return {file.digest for entry in entries for file in files_of(entry.inputs).values()}
    return set()


def _prune_unreadable(call: Call) -> object:
    """Delete what can't be read as a picture, after showing it."""
    store, found = call.session.store, call.session.store.unreadable.digests()
    if not found:
        return message("Nothing to prune.")
    would_go = f"{counted(len(found), 'file')} of {visible_name(store.address)} would be deleted."
    call.front.show(Listing(would_go, found, [Column[str]("file, by its digest", lambda digest: digest)]))
    if not (call.options.yes or call.session.person_agrees(f"Delete {counted(len(found), 'file')}?")):
        return message("Nothing was deleted; --yes deletes without asking.")
    store.unreadable.remove(found)
    return message(f"{counted(len(found), 'file')} deleted. %vidgo resume downloads them again.")


def _only_path(words: Sequence[str], usage: str) -> Path:
    if len(words) != 1:
        raise RequestError(
            [Problem("path", f"give one path: %vidgo {usage}", "")], hint="Put a path with spaces in quotes."
        )
    return Path(words[0]).expanduser()
