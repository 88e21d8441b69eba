"""Commands about jobs and batches: what is under way, what was left, what nobody knows."""

from __future__ import annotations

from typing import Any

from vidgo_notebook.app import status as reports
from vidgo_notebook.app.batches.named import continue_batch
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase import resume as backlog
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import resubmit
from vidgo_notebook.domain.cell_options import OptionParser
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.ui.cells.cell import show_job
from vidgo_notebook.ui.cells.sweep import show_batch
from vidgo_notebook.ui.cells.wait import wait_for
from vidgo_notebook.ui.commands.command import Command, Context, named_jobs, show_table
from vidgo_notebook.ui.output.lineage_view import show_lineage


def _jobs(_: Any, context: Context) -> None:
    show_table(*reports.jobs(context.session))


def _wait(options: Any, context: Context) -> None:
    session = context.session
    jobs = named_jobs(options.jobs, context) or session.under_way()
    wait_for(jobs)
    context.cell_wait.finish()
    for job in jobs:
        if error := job.exception():
            raise error


def _show_jobs(options: Any, context: Context) -> None:
    if not options.jobs:
        raise RequestError([Problem("job", "is missing: %vidgo show JOB.")], hint="%vidgo jobs lists them.")
    for job in named_jobs(options.jobs, context):
        if options.lineage:
            show_lineage(job.result().lineage, context.session)
        else:
            show_job(job, context.shell, context.session)


def _lineage_option(parser: OptionParser) -> None:
    parser.add_argument(
        "--lineage", action="store_true", help="draw what the picture was made from, and the cost of it all"
    )


def _resume(_: Any, context: Context) -> None:
    jobs = backlog.resume(context.session)
    if not jobs:
        show_table(backlog.in_one_line(context.session) or "Nothing to resume.")
    for job in jobs:
        show_job(job, context.shell, context.session)


def _batches(_: Any, context: Context) -> None:
    show_table(*reports.batches(context.session))


def _continue_options(parser: OptionParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="*", help="the batch, as it was named")
    parser.add_argument("-y", "--yes", action="store_true", help="answer yes to the question about the price")


def _continue(options: Any, context: Context) -> None:
    if len(options.name) != 1:
        raise RequestError([Problem("name", "is one: %vidgo continue NAME.")], hint="%vidgo batches lists them.")
    batch = continue_batch(context.session, options.name[0], PurchaseChoices(yes=options.yes))
    show_batch(batch, context.shell, context.cell_wait)
    if not context.shell.attended():
        batch.check()


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
        show_table(f"Job {entry.record.job_id} is settled: no longer looked for.")
    elif options.resubmit:
        job = resubmit(
            session, entry, lambda: settling.forget(session, entry), PurchaseChoices(fresh=True, yes=options.yes)
        )
        show_job(job, context.shell, session)
    else:
        show_table("Settle it with --resubmit (buys it again) or --forget", settling.what_is_known(session, entry))


JOBS: dict[str, Command] = {
    "jobs": Command("lists the latest jobs", _jobs),
    "wait": Command("waits for jobs (all under way, if none is named)", _wait, takes_jobs=True),
    "show": Command("shows a job's picture and card again", _show_jobs, _lineage_option, takes_jobs=True),
    "resume": Command("takes up what an earlier session left under way", _resume),
    "batches": Command("lists the batches that have a name", _batches),
    "continue": Command("continues a batch by its name: buys what is missing", _continue, _continue_options),
    "resolve": Command("settles a job of which nobody knows what became", _resolve, _resolve_options, takes_jobs=True),
}
