"""Commands about jobs and batches: what is running, what an earlier session left, what has an unknown outcome."""

from __future__ import annotations

from typing import Any

from vidgo_notebook.app import status as reports
from vidgo_notebook.app.batches.named import continue_batch
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase import resume as backlog
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import resubmit
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.ui.cells.show import show_batch, show_job
from vidgo_notebook.ui.cells.wait import raise_first_failure, wait_for
from vidgo_notebook.ui.commands.command import YES, CommandGroup, Context, named_jobs, option, show_table
from vidgo_notebook.ui.output.lineage_view import show_lineage

JOBS = CommandGroup()


@JOBS.command("jobs", "lists the latest jobs")
def _jobs(_: Any, context: Context) -> None:
    show_table(*reports.jobs(context.session))


@JOBS.command("wait", "waits for jobs (all under way, if none is named)", takes_jobs=True)
def _wait(options: Any, context: Context) -> None:
    session = context.session
    jobs = named_jobs(options.jobs, context) or session.under_way()
    wait_for(jobs)
    context.cell_wait.finish()
    raise_first_failure(jobs)


@JOBS.command(
    "show",
    "shows a job's picture and card again",
    option("--lineage", action="store_true", help="draw what the picture was made from, and its total cost"),
    takes_jobs=True,
)
def _show_jobs(options: Any, context: Context) -> None:
    if not options.jobs:
        raise RequestError([Problem("job", "is missing: %vidgo show JOB.")], hint="%vidgo jobs lists them.")
    for job in named_jobs(options.jobs, context):
        if options.lineage:
            show_lineage(job.result().lineage, context.session)
        else:
            show_job(job, context.shell, context.session)


@JOBS.command("resume", "resumes the jobs that an earlier session left running")
def _resume(_: Any, context: Context) -> None:
    jobs = backlog.resume(context.session)
    if not jobs:
        show_table(backlog.in_one_line(context.session) or "Nothing to resume.")
    for job in jobs:
        show_job(job, context.shell, context.session)


@JOBS.command("batches", "lists the batches that have a name")
def _batches(_: Any, context: Context) -> None:
    show_table(*reports.batches(context.session))


@JOBS.command(
    "continue",
    "continues a batch by its name: buys what is missing",
    option("name", metavar="NAME", nargs="*", help="the batch, as it was named"),
    YES,
)
def _continue(options: Any, context: Context) -> None:
    if len(options.name) != 1:
        raise RequestError(
            [Problem("name", "takes one name: %vidgo continue NAME.")], hint="%vidgo batches lists them."
        )
    batch = continue_batch(context.session, options.name[0], PurchaseChoices(yes=options.yes))
    show_batch(batch, context.shell, context.cell_wait)
    if not context.shell.attended():
        batch.check()


@JOBS.command(
    "resolve",
    "resolves a job whose outcome is unknown",
    option("--resubmit", action="store_true", help="buy it again, whatever the outcome of the first request"),
    option("--forget", action="store_true", help="no longer look for it; its cell may buy it again"),
    YES,
    takes_jobs=True,
)
def _resolve(options: Any, context: Context) -> None:
    session = context.session
    if len(options.jobs) != 1 or (options.resubmit and options.forget):
        raise RequestError(
            [Problem("job", "takes one job and one of the options: %vidgo resolve JOB --resubmit|--forget")]
        )
    entry = settling.entry_to_settle(session, options.jobs[0])
    if options.forget:
        settling.forget(session, entry)
        show_table(f"Job {entry.record.job_id} is resolved: no longer looked for.")
    elif options.resubmit:
        job = resubmit(
            session, entry, lambda: settling.forget(session, entry), PurchaseChoices(fresh=True, yes=options.yes)
        )
        show_job(job, context.shell, session)
    else:
        show_table("Resolve it with --resubmit (buys it again) or --forget", settling.what_is_known(session, entry))
