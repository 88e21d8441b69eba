"""What a cell shows of jobs, batches and results: live for a person, else once, when the jobs have ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from IPython.display import display

from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import CellOptions
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.moving import ended_well
from vidgo_notebook.engine.handles.result import Lineage, Result
from vidgo_notebook.render.card import card_text
from vidgo_notebook.ui.cells.save import Saving, SheetSaving, is_sheet, save_when_done
from vidgo_notebook.ui.cells.wait import CellWait, raise_first_failure, wait_for
from vidgo_notebook.ui.output.bundles import Look, card_of, quote_bundle
from vidgo_notebook.ui.output.job_view import JobView
from vidgo_notebook.ui.shell import Shell

_ONE_BY_ONE = 8  # takes of one request that are shown each in its size; more of them as a sheet


def show_value(value: Any, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """What a cell's last line shows, for a class that the extension has registered."""
    if isinstance(value, Job):
        show_job(value, shell, session)
    elif isinstance(value, Batch):
        if not value.axes and len(value) <= _ONE_BY_ONE and not any(job.row for job in value):
            for job in value:
                show_job(job, shell, session)
        else:
            show_batch(value, shell, cell_wait)
    elif isinstance(value, Quote):
        display(quote_bundle(value)[0], raw=True)
    elif isinstance(value, Lineage):
        from vidgo_notebook.ui.output.lineage_view import show_lineage  # late: few cells draw one

        show_lineage(value, session)
    elif isinstance(value, Result):
        if not shell.in_notebook:
            print(value)
            return
        embedded, record = session.embedded(value), value.record
        text = f"<vidgo picture: {record.model}, {record.width}×{record.height}>"  # the same on every machine
        display({embedded.media_type: embedded.data, "text/plain": text}, raw=True)


def show_job(job: Job, shell: Shell, session: Session) -> None:
    """Show a job: live with a person there; else wait, and show how it ended."""
    if not shell.in_notebook:
        _print_job(job)
        return
    view = JobView(job, Look(), session)
    if shell.live():
        view.follow()
    else:
        wait_for([job])
        view.show()


def show_cell(batch: Batch, options: CellOptions, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """Show what a cell ordered, as its options say. Raises VidgoError where it waited for jobs of which one failed."""
    if options.sweep:
        show_batch(batch, shell, cell_wait, options)
    else:
        _show_takes(batch, options, shell, session, cell_wait)


def _show_takes(jobs: Sequence[Job], options: CellOptions, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    live = shell.live()
    waits = not live if options.wait is None else options.wait
    if options.wait is False:
        cell_wait.leave_alone(jobs)
    savings = save_when_done(jobs, options.save, annotate=options.annotate) if options.save else []
    if waits and not live:
        _finish(jobs, savings)  # first: a note about saving belongs on the card
    if shell.in_notebook:
        views = [JobView(job, Look(options.show, options.width), session) for job in jobs]
        for view in views:
            if live:
                view.follow()
            elif not (view.job.done() and view.job.exception()):  # a failure is raised below, once
                view.show()
        if not (waits or live):
            cell_wait.finish_later(views)
    else:
        if waits:
            wait_for(jobs)
        for job in jobs:
            _print_job(job)
    if waits:
        _finish(jobs, savings)
        raise_first_failure(jobs)


def show_batch(batch: Batch, shell: Shell, cell_wait: CellWait, options: CellOptions | None = None) -> None:
    """Show a batch: live with a person there; else wait, and show how it ended.

    Raises JobError, naming what failed, where a cell with ``options`` waited; in a cell of Python code
    ``CellWait`` raises it.
    """
    from vidgo_notebook.ui.output.batch_view import BatchView  # late: most cells make one picture

    wait = options.wait if options else None
    waits = not shell.live() if wait is None else wait
    if wait is False:
        cell_wait.leave_alone(batch)
    savings: Sequence[Saving | SheetSaving] = []
    if options and options.save:
        if is_sheet(options.save):
            savings = [SheetSaving(batch, options.save)]
        else:
            savings = save_when_done(batch, options.save, annotate=options.annotate, numbered=True)
    view = BatchView(batch, Look(options.show, options.width) if options else Look())
    if not shell.in_notebook:
        _print_batch(batch, waits)
    elif shell.live():
        view.follow()
    else:
        if waits:
            wait_for(batch)
        view.show()
        if not waits:
            cell_wait.finish_later([view])
    if waits:
        _finish(batch, savings)
        if options:
            batch.check()


def _finish(jobs: Sequence[Job], savings: Sequence[Saving | SheetSaving]) -> None:
    wait_for(jobs)
    for saving in savings:
        saving.finish()


def _print_job(job: Job) -> None:
    """Text in place of a picture, for a terminal."""
    print(card_text(card_of(job)))
    for note in job.notes:
        print(f"Note: {note}")
    if not job.done():
        print(f"Job {job.id} is still running. %vidgo wait {job.id} waits for it.")
    elif error := job.exception():
        print(f"{type(error).__name__}: {error}")
    else:
        print(f"Picture: {job.result().path or 'in memory only'}")


def _print_batch(batch: Batch, waits: bool) -> None:
    """Text in place of pictures, for a terminal; the price before the waiting."""
    from vidgo_notebook.engine.handles.contact_sheet import card_of_batch
    from vidgo_notebook.render.card import batch_card_text

    print(batch_card_text(card_of_batch(batch)))
    if waits:
        batch.wait()
        for job in batch:
            if ended_well(job):
                print(f"{batch.where(job)}: {job.result().path or 'in memory only'}")
    elif not batch.done():
        print("It is still running. %vidgo wait waits for it.")
