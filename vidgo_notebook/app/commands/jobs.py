"""Commands about jobs and batches: what is running, what an earlier session left, what has an unknown outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vidgo_notebook.app import status
from vidgo_notebook.app.batches.named import continue_batch
from vidgo_notebook.app.commands.command import YES, Call, CommandGroup, option
from vidgo_notebook.app.commands.find import entries_named, jobs_named, to_stop
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase import resume as resuming
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.stop import ToStop, stop_jobs
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.render.listing import Fact, Listing, facts, message
from vidgo_notebook.store.journal.journal import Entry

JOBS = CommandGroup()


@JOBS.command("jobs", "lists the latest jobs", answers=True)
def _jobs(call: Call) -> object:
    return status.latest_jobs(call.session, call.front.variables)


@JOBS.command(
    "wait",
    "waits for jobs (all under way, if none is named)",
    example="wait hero",
    in_a_shell="wait",
    takes_jobs=True,
)
def _wait(call: Call) -> object:
    jobs = _named(call) or call.session.under_way()
    if not (jobs or call.session.jobs):
        _wait_for_others(call)
        return None
    call.front.wait(jobs)
    _raise_first(jobs)
    return None


def _wait_for_others(call: Call) -> None:
    """In a session without jobs, as in a shell: wait for those that other processes have sent, and send meanwhile."""
    session, known = call.session, dict[str, Job]()
    while jobs := resuming.join(session, known):
        if not known:
            names = ", ".join(job.id for job in jobs)
            call.front.show(message(f"Waiting for {counted(len(jobs), 'job')} of other sessions: {names}."))
        known |= {job.id: job for job in jobs}
        call.front.wait(jobs)
    _raise_first(list(known.values()))
    resuming.check_all_joined(session, known)


def _raise_first(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if error := job.exception():
            raise error


@JOBS.command(
    "show",
    "shows a job's picture and card again",
    option("--lineage", action="store_true", help="draw what the picture was made from, and its total cost"),
    example="show hero",
    in_a_shell="show jr3zgc3rqu",
    takes_jobs=True,
)
def _show_jobs(call: Call) -> object:
    if not call.options.jobs:
        raise RequestError([Problem("job", "is missing: %vidgo show JOB.")], hint="%vidgo jobs lists them.")
    jobs = _named(call)
    return [job.result().lineage for job in jobs] if call.options.lineage else jobs


@JOBS.command("resume", "resumes the jobs that an earlier session left running")
def _resume(call: Call) -> object:
    jobs = resuming.resume(call.session)
    return jobs or message(resuming.in_one_line(call.session) or resuming.nothing_to_resume(call.session))


@JOBS.command(
    "stop",
    "stops what is not sent yet, at no cost; what is sent goes on",
    option("jobs", metavar="JOB|BATCH", nargs="*", help="a variable, an id, its beginning, or the name of a batch"),
    example="stop bikes",
)
def _stop(call: Call) -> object:
    named, session = call.options.jobs, call.session
    if not named and not session.under_way():
        return message("No job of this session is under way; %vidgo jobs lists those of other kernels.")
    return stop_jobs(session, to_stop(session, named, call.front.variables) if named else ToStop.all_of(session))


@JOBS.command("batches", "lists the batches that have a name", answers=True)
def _batches(call: Call) -> object:
    return status.batches(call.session)


@JOBS.command(
    "continue",
    "continues a batch by its name: buys what is missing",
    option("name", metavar="NAME", nargs="*", help="the batch, as it was named"),
    YES,
    example="continue bikes",
)
def _continue(call: Call) -> object:
    if len(call.options.name) != 1:
        raise RequestError([Problem("name", "give one name: %vidgo continue NAME.")], hint="%vidgo batches lists them.")
    return continue_batch(call.session, call.options.name[0], PurchaseChoices(yes=call.options.yes))


@JOBS.command(
    "resolve",
    "lists the jobs whose outcome is unknown, and settles them",
    option("--all", action="store_true", help="every uncertain job"),
    option("--resubmit", action="store_true", help="buy it again, whatever the outcome of the first request"),
    option("--forget", action="store_true", help="no longer look for it; its cell may buy it again"),
    YES,
    example="resolve hero --resubmit",
    in_a_shell="resolve --all --resubmit",
    takes_jobs=True,
)
def _resolve(call: Call) -> object:
    session, options = call.session, call.options
    how = "resubmit" if options.resubmit else "forget" if options.forget else ""
    _check_resolve(options)
    if options.all:
        entries = settling.uncertain_entries(session)
    else:
        entries = entries_named(session, options.jobs, call.front.variables)
    if not entries or (options.all and not how):
        return settling.uncertain_table(session)
    if how == "forget":
        settling.forget(session, entries)
        names = ", ".join(entry.record.job_id for entry in entries)
        return message(f"{counted(len(entries), 'job')} forgotten, no longer looked for: {names}.")
    if how == "resubmit":
        return settling.buy_again(session, entries, PurchaseChoices(fresh=True, yes=options.yes))
    return [_what_is_known(session, entry) for entry in entries]


def _check_resolve(options: Any) -> None:
    if options.resubmit and options.forget:
        raise RequestError([Problem("resolve", "takes one of the options: --resubmit or --forget.")])
    if options.all and options.jobs:
        raise RequestError([Problem("resolve", "takes jobs or --all, not both.")])
    if (options.resubmit or options.forget) and not (options.all or options.jobs):
        raise RequestError(
            [Problem("job", "is missing: %vidgo resolve JOB, or --all.")],
            hint=settling.HOW_TO_LIST,
        )


def _what_is_known(session: Session, entry: Entry) -> Listing[Fact]:
    name = entry.record.job_id
    commands = [f"%vidgo resolve {name} --resubmit buys it again.", f"%vidgo resolve {name} --forget gives it up."]
    return facts(f"Job {name} is uncertain", settling.what_is_known(session, entry), commands)


def _named(call: Call) -> list[Job]:
    return jobs_named(call.session, call.options.jobs, call.front.variables)
