"""``%vidgo COMMAND``: each command is a parser and a function."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from IPython.display import display

from vidgo_notebook.app import front, reports, settling
from vidgo_notebook.app.approval import Wishes
from vidgo_notebook.app.batches import continue_batch
from vidgo_notebook.app.pruning import Selection
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.catalogue import MODELS
from vidgo_notebook.domain.options import HelpRequested, OptionParser, add_request_options, filled_in, split
from vidgo_notebook.domain.pricing import credits_text
from vidgo_notebook.domain.rules import Problem, nearest, shown
from vidgo_notebook.engine.batch import Batch
from vidgo_notebook.engine.handles import Job
from vidgo_notebook.errors import AuthenticationError, RequestError, StoreError
from vidgo_notebook.ui.bundles import quote_bundle, table_bundle
from vidgo_notebook.ui.cell import show_job
from vidgo_notebook.ui.hold import Hold, wait_for
from vidgo_notebook.ui.lineage import show_lineage
from vidgo_notebook.ui.shell import Shell
from vidgo_notebook.ui.sweep import show_batch

_LONGEST_AGE = 36_500.0  # days


@dataclass(frozen=True)
class Context:
    """What a command works with."""

    shell: Shell
    session: Session
    hold: Hold


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


def run_command(line: str, shell: Shell, session: Session, hold: Hold) -> None:
    """Run one ``%vidgo`` line. Raises RequestError for what is no command or no option."""
    words, expressions = split(line)
    context = Context(shell, session, hold)
    if not words:
        _show(*reports.standing(session))
        return
    name, *rest = words
    if name in ("-h", "--help", "help"):
        raise HelpRequested(_help())
    if name not in COMMANDS:
        raise RequestError(
            [Problem("command", f"{shown(name)} is not a command; there are {', '.join(COMMANDS)}.", _near(name))],
            hint="A picture is made by a cell that begins with %%vidgo.",
        )
    if name == "key":
        _refuse_key_in_line(rest)
    given = COMMANDS[name].parser(name).read(rest)
    COMMANDS[name].run(argparse.Namespace(**filled_in(given, expressions, shell.variables)), context)


def _near(name: str) -> str:
    near = nearest(name, list(COMMANDS))
    return f"%vidgo {near}" if near else ""


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  %vidgo {name.ljust(width)}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(["%vidgo shows where things stand. Commands:", *lines, "", "%%vidgo -h explains cells."])


def _show(title: str, rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> None:
    data, _ = table_bundle(title, rows, head)
    display(data, raw=True)


def _named(names: Sequence[str], context: Context) -> list[Job]:
    """Jobs by the variables that hold them, which win, or by their ids. RequestError for what is neither."""
    held = [_held_by(context.shell.variables.get(name)) or [context.session.find_job(name)] for name in names]
    return [job for jobs in held for job in jobs]


def _held_by(value: Any) -> list[Job]:
    if isinstance(value, Batch):
        return list(value)
    return [value] if isinstance(value, Job) else []


def _jobs(_: Any, context: Context) -> None:
    _show(*reports.jobs(context.session))


def _wait(options: Any, context: Context) -> None:
    session = context.session
    jobs = _named(options.jobs, context) or session.under_way()
    wait_for(jobs)
    context.hold.finish()
    for job in jobs:
        if error := job.exception():
            raise error


def _show_jobs(options: Any, context: Context) -> None:
    if not options.jobs:
        raise RequestError([Problem("job", "is missing: %vidgo show JOB.")], hint="%vidgo jobs lists them.")
    for job in _named(options.jobs, context):
        if options.lineage:
            show_lineage(job.result().lineage, context.session)
        else:
            show_job(job, context.shell, context.session)


def _lineage_option(parser: OptionParser) -> None:
    parser.add_argument(
        "--lineage", action="store_true", help="draw what the picture was made from, and the cost of it all"
    )


def _quote_options(parser: OptionParser) -> None:
    add_request_options(parser)
    parser.add_argument("prompt", metavar="PROMPT", nargs="*")


def _quote(options: Any, context: Context) -> None:
    fields = {name: getattr(options, name) for name in ("model", "quality", "size", "resolution", "callback_url")}
    request = context.session.request(
        " ".join(options.prompt), images=[context.shell.looked_up(image) for image in options.image], **fields
    )
    price = context.session.quote(request, options.takes or 1)
    display(quote_bundle(price)[0], raw=True)


def _models(_: Any, __: Context) -> None:
    _show(*reports.models())


def _balance(_: Any, context: Context) -> None:
    _show(f"{credits_text(context.session.balance())} at {context.session.target.provider}.", [])


def _config(_: Any, context: Context) -> None:
    _show(*reports.settings(context.session))


def _doctor_options(parser: OptionParser) -> None:
    parser.add_argument("--store", action="store_true", help="check every record and the digest of every picture")


def _doctor(options: Any, context: Context) -> None:
    if not options.store:
        _show(*reports.doctor(context.session))
        return
    report, bad = reports.store_check(context.session)
    _show(*report)
    if bad:
        raise StoreError(
            f"{bad} result(s) of the store are not sound.",
            hint="Restore them from version control, or run their cells again: a bought picture is fetched again while "
            "the service keeps it (24 h).",
        )


def _refuse_key_in_line(words: Sequence[str]) -> None:
    """Before anything is parsed: a message about an unknown option would repeat the key."""
    if words and words[0] not in ("-h", "--help"):
        raise RequestError(
            [Problem("key", "can't be given as an argument: it would stay in the notebook and its history.")],
            hint="Write %vidgo key alone, and type it when asked. If it was a real key, replace it.",
        )


def _key(_: Any, context: Context) -> None:
    if not context.shell.attended():
        raise AuthenticationError("Nobody is there to type a key.", hint="Set VIDGO_API_KEY before Jupyter starts.")
    typed = getpass.getpass("Vidgo API key (not shown, not saved): ")
    context.session.keys.type_in(typed)
    _show(f"The key is set for this session; mode is {context.session.target.mode}.", [])


def _resume(_: Any, context: Context) -> None:
    jobs = context.session.resume()
    if not jobs:
        _show(context.session.backlog.in_one_line() or "Nothing to resume.", [])
    for job in jobs:
        show_job(job, context.shell, context.session)


def _resolve_options(parser: OptionParser) -> None:
    parser.add_argument("--resubmit", action="store_true", help="buy it again, whatever became of the first try")
    parser.add_argument("--forget", action="store_true", help="no longer look for it; its cell may buy it again")
    parser.add_argument("-y", "--yes", action="store_true", help="answer yes to the question about the price")


def _resolve(options: Any, context: Context) -> None:
    session = context.session
    if len(options.jobs) != 1 or (options.resubmit and options.forget):
        raise RequestError([Problem("job", "is one, and one way to settle it: %vidgo resolve JOB --resubmit|--forget")])
    entry = settling.entry_to_settle(session, options.jobs[0])
    if options.forget:
        settling.forget(session, entry)
        _show(f"Job {entry.record.job_id} is settled: no longer looked for.", [])
    elif options.resubmit:
        job = session.shop.resubmit(entry, lambda: settling.forget(session, entry), Wishes(fresh=True, yes=options.yes))
        show_job(job, context.shell, session)
    else:
        _show("Settle it with --resubmit (buys it again) or --forget", settling.what_is_known(session, entry))


def _costs_options(parser: OptionParser) -> None:
    parser.add_argument("--check", action="store_true", help="compare with the account's balance (asks the API)")


def _costs(options: Any, context: Context) -> None:
    if options.check:
        measured = context.session.measure()
        text = measured.verdict() if measured else "The balance is remembered now: check again after the next pictures."
        _show(text, [])
    else:
        _show(*context.session.costs().as_text())


def _days(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (days := float(text)) <= _LONGEST_AGE:
            return days
    raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of days such as 30")


def _prune_options(parser: OptionParser) -> None:
    parser.add_argument(
        "--model",
        metavar="MODEL",
        choices=list(MODELS),
        help="current results of this model, instead of superseded ones",
    )
    parser.add_argument("--older-than", metavar="DAYS", type=_days, help="current results made longer ago than this")
    parser.add_argument("-y", "--yes", action="store_true", help="delete without asking")


def _prune(options: Any, context: Context) -> None:
    session, selection = context.session, Selection(options.model, options.older_than)
    found = selection.find(session.store, datetime.now(timezone.utc))
    rows = [
        (record.model, record.finished, f"{record.size_bytes / 1024**2:.1f} MB", record.prompt[:60])
        for _, record in found
    ]
    _show(f"{len(found)} result(s) of {session.store.address} would go." if found else "Nothing to prune.", rows)
    if found and (options.yes or session.person_agrees(f"Delete {len(found)} result(s)?")):
        gone = session.store.remove(found)
        changed = f"; {len(found) - gone} changed meanwhile and stay" if gone < len(found) else ""
        _show(f"{gone} result(s) deleted{changed}.", [])
    elif found:
        _show("Nothing was deleted; --yes deletes without asking.", [])


def _export_options(parser: OptionParser) -> None:
    parser.add_argument("path", metavar="FOLDER|FILE.zip", nargs="*")
    parser.add_argument(
        "--all", action="store_true", help="everything in the store, instead of this notebook's results"
    )
    parser.add_argument("--annotate", action="store_true", help="add copies that carry their provenance")


def _export(options: Any, context: Context) -> None:
    from vidgo_notebook.app.crate import export_results

    target = _only_path(options.path, "export FOLDER|FILE.zip")
    report = export_results(context.session, target.absolute(), everything=options.all, annotate=options.annotate)
    _show(f"{len(report)} result(s) exported to {target}.", [])


def _import_options(parser: OptionParser) -> None:
    parser.add_argument("path", metavar="FILE.zip|FOLDER", nargs="*")


def _import(options: Any, context: Context) -> None:
    from vidgo_notebook.app.importing import import_results

    _show(str(import_results(_only_path(options.path, "import FILE.zip"), context.session.store)), [])


def _only_path(words: Sequence[str], usage: str) -> Path:
    if len(words) != 1:
        raise RequestError([Problem("path", f"is one: %vidgo {usage}", "")], hint="A path with spaces goes in quotes.")
    return Path(words[0]).expanduser()


def _report_options(parser: OptionParser) -> None:
    parser.add_argument(
        "--all", action="store_true", help="everything in the store, instead of this notebook's results"
    )


def _report(options: Any, _: Context) -> None:
    display(front.report(everything=options.all))


def _batches(_: Any, context: Context) -> None:
    _show(*reports.batches(context.session))


def _continue_options(parser: OptionParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="*", help="the batch, as it was named")
    parser.add_argument("-y", "--yes", action="store_true", help="answer yes to the question about the price")


def _continue(options: Any, context: Context) -> None:
    if len(options.name) != 1:
        raise RequestError([Problem("name", "is one: %vidgo continue NAME.")], hint="%vidgo batches lists them.")
    batch = continue_batch(context.session, options.name[0], Wishes(yes=options.yes))
    show_batch(batch, context.shell, context.hold)
    if not context.shell.attended():
        batch.check()


def _panel(options: Any, context: Context) -> None:
    from vidgo_notebook.ui.panel.front import open_panel

    subjects = _named(options.jobs, context)
    if len(subjects) > 1:
        raise RequestError([Problem("job", "is one at most: %vidgo panel JOB.")])
    open_panel(subjects[0] if subjects else None, context.shell, context.session)


def _gallery(_: Any, context: Context) -> None:
    from vidgo_notebook.ui.gallery.front import open_gallery

    open_gallery(context.shell, context.session)


COMMANDS: dict[str, Command] = {
    "jobs": Command("lists the latest jobs", _jobs),
    "wait": Command("waits for jobs (all under way, if none is named)", _wait, takes_jobs=True),
    "show": Command("shows a job's picture and card again", _show_jobs, _lineage_option, takes_jobs=True),
    "resume": Command("takes up what an earlier session left under way", _resume),
    "batches": Command("lists the batches that have a name", _batches),
    "continue": Command("continues a batch by its name: buys what is missing", _continue, _continue_options),
    "resolve": Command("settles a job of which nobody knows what became", _resolve, _resolve_options, takes_jobs=True),
    "costs": Command("lists what was charged, and what the store saved", _costs, _costs_options),
    "balance": Command("asks the account's credits", _balance),
    "quote": Command("prices a request without sending it", _quote, _quote_options),
    "models": Command("lists the models, what they take, and their prices", _models),
    "panel": Command("opens a form, priced while you type", _panel, takes_jobs=True),
    "gallery": Command("shows what the store holds", _gallery),
    "config": Command("lists the settings; %config Vidgo.name = value sets one", _config),
    "key": Command("asks for the API key, for this session", _key),
    "report": Command("shows the results as a table, and a paragraph for a paper", _report, _report_options),
    "export": Command("writes the results as a research object (RO-Crate)", _export, _export_options),
    "import": Command("adds exported results to the store", _import, _import_options),
    "prune": Command("deletes superseded results, after showing them", _prune, _prune_options),
    "doctor": Command("checks this installation, the store and the journal", _doctor, _doctor_options),
}
