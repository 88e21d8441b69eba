"""A ``%%vidgo`` cell: its text to requests, its jobs to the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from IPython.display import display

from vidgo_notebook.app.batches.named import batch_of
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import CellOptions, read_cell_line
from vidgo_notebook.domain.request import GenerationRequest, Reference, fingerprint, normalise_prompt
from vidgo_notebook.domain.template import fill
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import Card, breakdown_rows, card_text
from vidgo_notebook.ui.cells.save import Saving, check_save, save_when_done
from vidgo_notebook.ui.cells.sweep import run_sweep
from vidgo_notebook.ui.cells.wait import CellWait, wait_for
from vidgo_notebook.ui.output.bundles import Look
from vidgo_notebook.ui.output.job_view import JobView
from vidgo_notebook.ui.shell import Shell


def run_cell(line: str, cell: str, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """Do what the cell says. Raises VidgoError, always before anything is sent unless a job failed."""
    options = read_cell_line(line, shell.variables)
    if options.sweep:
        run_sweep(options, cell, shell, session, cell_wait)
        return
    _check_no_sweep(options)
    requests = _requests(options, cell, shell, session)
    if options.dry_run:
        _show_dry_runs(requests, session)
        return
    check_save(options, len(options.takes))
    choices = shell.choices(options, session)
    jobs = order_jobs(session, requests, choices)
    if options.name:
        shell.variables[options.name] = batch_of(session, jobs, choices) if options.several else jobs[0]
    savings = save_when_done(jobs, options.save, annotate=options.annotate) if options.save else []
    _show_jobs(jobs, options, shell, session, cell_wait, savings)


def _check_no_sweep(options: CellOptions) -> None:
    if options.batch or options.skip_invalid:
        name = "batch" if options.batch else "skip-invalid"
        raise RequestError([Problem(name, f"--{name} belongs to a sweep.", "--sweep FIELD=A,B too, or leave it out")])


def show_job(job: Job, shell: Shell, session: Session, look: Look | None = None) -> None:
    """Put a job on the page: live with a person there; else wait, and show how it ended."""
    if not shell.in_notebook:
        _print_job(job)
        return
    view = JobView(job, look or Look(), session)
    if shell.live():
        view.follow()
    else:
        wait_for([job])
        view.show()


def show_result(result: Result, shell: Shell, session: Session) -> None:
    """Put a stored picture on the page; in a terminal, say where it is."""
    if not shell.in_notebook:
        print(result)
        return
    embedded, record = session.embedded(result), result.record
    text = f"<vidgo picture: {record.model}, {record.width}×{record.height}>"  # the same on every machine
    display({embedded.media_type: embedded.data, "text/plain": text}, raw=True)


def _requests(options: CellOptions, cell: str, shell: Shell, session: Session) -> list[GenerationRequest]:
    prompt, values = fill(cell, shell.variables)
    template = normalise_prompt(cell) if values else ""
    images = [shell.looked_up(image) for image in options.images]
    first = new_request(session, prompt, images=images, template=template, values=values, **options.request)
    return [replace(first, take=take) for take in options.takes]


def _show_jobs(
    jobs: Sequence[Job],
    options: CellOptions,
    shell: Shell,
    session: Session,
    cell_wait: CellWait,
    savings: Sequence[Saving] = (),
) -> None:
    waits = not shell.live() if options.wait is None else options.wait
    if waits and not shell.live():
        wait_for(jobs)
        for saving in savings:  # a note about it belongs on the card
            saving.finish()
    if options.wait is False:
        cell_wait.leave_alone(jobs)
    if not shell.in_notebook:
        if waits:
            wait_for(jobs)
        for job in jobs:
            _print_job(job)
    else:
        _show_in_notebook(
            [JobView(job, Look(options.show, options.width), session) for job in jobs], waits, shell, cell_wait
        )
    if waits:
        for saving in savings:
            saving.finish()
        _raise_first_failure(jobs)


def _show_in_notebook(views: Sequence[JobView], waits: bool, shell: Shell, cell_wait: CellWait) -> None:
    live = shell.live()
    if waits and not live:
        wait_for([view.job for view in views])
    for view in views:
        if live:
            view.follow()
        elif not (view.job.done() and view.job.exception()):  # a failure is raised below, once
            view.show()
    if waits:
        wait_for([view.job for view in views])
    elif not live:
        cell_wait.finish_later(views)


def _raise_first_failure(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if error := job.exception():
            raise error


def _print_job(job: Job) -> None:
    """Text in place of a picture, for a terminal."""
    print(card_text(Card(job.request, job.quote, job.provider)))
    for note in job.notes:
        print(f"Note: {note}")
    if not job.done():
        print(f"Job {job.id} is under way. %vidgo wait {job.id} waits for it.")
    elif error := job.exception():
        print(f"{type(error).__name__}: {error}")
    else:
        print(f"Picture: {job.result().path or 'in memory only'}")


def _show_dry_runs(requests: Sequence[GenerationRequest], session: Session) -> None:
    """Takes send the same request several times: it is shown once, with the price of all."""
    from vidgo_notebook.wire.codec import submit_body

    alike: dict[str, list[GenerationRequest]] = {}
    for request in requests:
        body = submit_body(request, list(map(_address, request.references)))
        alike.setdefault(json.dumps(body, indent=2, ensure_ascii=False), []).append(request)
    for text, same in alike.items():
        _show_dry_run(text, same, session)


def _show_dry_run(body: str, requests: Sequence[GenerationRequest], session: Session) -> None:
    price = session.quote(requests[0], len(requests))
    times = f" {len(requests)} times, once for each take" if len(requests) > 1 else ""
    notes = [f"Note: {advice}" for advice in price.advice]
    rows = breakdown_rows(price)
    html = markup.frame(
        markup.line(f"<b>Dry run</b>: this would be sent{times}; nothing was."),
        markup.code(body),
        markup.table(rows),
        *(markup.line(markup.escape(note)) for note in notes),
    )
    text = "\n".join([f"Dry run: this would be sent{times}; nothing was.", body, markup.text_table(rows), *notes])
    # In the metadata, since it names the provider: the outputs are the same in every mode.
    mark = {"vidgo": {"fingerprints": [fingerprint(each, session.target.provider) for each in requests]}}
    display({"text/html": html, "text/plain": text}, raw=True, metadata=mark)


def _address(reference: Reference) -> str:
    """What a dry run shows for an image: only an upload would give one of the user's own its address."""
    return reference.value if reference.kind == "url" else f"(the upload of {reference.name})"
