"""A ``%%vidgo`` cell: its text to requests, its jobs to the page."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from IPython.display import display

from vidgo_notebook.app.approval import Wishes
from vidgo_notebook.app.references import Named, Word
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.options import CellOptions, read_cell_line
from vidgo_notebook.domain.request import GenerationRequest, Reference, fingerprint, normalise_prompt
from vidgo_notebook.domain.rules import Problem, nearest
from vidgo_notebook.domain.template import fill
from vidgo_notebook.engine.handles import Batch, Job, Result
from vidgo_notebook.errors import JobTimeoutError, RequestError, StoreError
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import Card, breakdown_rows, card_text
from vidgo_notebook.ui.bundles import Look
from vidgo_notebook.ui.hold import Hold
from vidgo_notebook.ui.shell import Shell
from vidgo_notebook.ui.view import JobView


def run_cell(line: str, cell: str, shell: Shell, session: Session, hold: Hold) -> None:
    """Do what the cell says. Raises VidgoError, always before anything is sent unless a job failed."""
    options = read_cell_line(line, shell.variables)
    requests = _requests(options, cell, shell, session)
    if options.dry_run:
        _show_dry_runs(requests, session)
        return
    _check_save(options)
    wishes = Wishes(fresh=options.fresh, yes=options.yes, max_credits=options.max_credits)
    jobs = session.generate(requests, wishes)
    if options.name:
        shell.variables[options.name] = Batch(jobs) if options.several else jobs[0]
    savings = _save_when_done(jobs, options.save, options.annotate) if options.save else []
    _show_jobs(jobs, options, shell, session, hold, savings)


def show_job(job: Job, shell: Shell, session: Session, look: Look | None = None) -> None:
    """Put a job on the page: live with a person there; else wait, and show how it ended."""
    if not shell.in_notebook:
        _print_job(job)
        return
    view = JobView(job, look or Look(), session)
    if shell.attended():
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


def wait_for(jobs: Sequence[Job]) -> None:
    """Wait until all have ended; an interrupt ends the waiting and not the jobs."""
    try:
        for job in jobs:
            job.wait()
    except KeyboardInterrupt:
        left = [job for job in jobs if not job.done()]
        raise JobTimeoutError(
            f"The waiting was interrupted; {len(left)} job(s) go on: {', '.join(job.id for job in left)}.",
            job=left[0] if left else None,
            cost="Nothing is lost.",
            hint="%vidgo wait waits on.",
        ) from None


def _requests(options: CellOptions, cell: str, shell: Shell, session: Session) -> list[GenerationRequest]:
    prompt, values = fill(cell, shell.variables)
    template = normalise_prompt(cell) if values else ""
    images = [looked_up(image, shell) for image in options.images]
    first = session.request(prompt, images=images, template=template, values=values, **options.request)
    return [replace(first, take=take) for take in options.takes]


def looked_up(image: Any, shell: Shell) -> Any:
    """A variable by its name, which wins over a file of that name; anything else as it is."""
    if not isinstance(image, str):
        return image
    if image not in shell.variables:
        return Word(image, nearest(image, [name for name in shell.variables if not name.startswith("_")]))
    if Path(image).exists():
        print(f"--image {image}: the variable is used, not the file of that name; ./{image} is the file.")
    return Named(shell.variables[image], image)


def _show_jobs(
    jobs: Sequence[Job],
    options: CellOptions,
    shell: Shell,
    session: Session,
    hold: Hold,
    savings: Sequence[_Saving] = (),
) -> None:
    waits = not shell.attended() if options.wait is None else options.wait
    if waits and not shell.attended():
        wait_for(jobs)
        for saving in savings:  # a note about it belongs on the card
            saving.finish()
    if options.wait is False:
        hold.leave_alone(jobs)
    if not shell.in_notebook:
        if waits:
            wait_for(jobs)
        for job in jobs:
            _print_job(job)
    else:
        _show_in_notebook(
            [JobView(job, Look(options.show, options.width), session) for job in jobs], waits, shell, hold
        )
    if waits:
        for saving in savings:
            saving.finish()
        _raise_first_failure(jobs)


def _show_in_notebook(views: Sequence[JobView], waits: bool, shell: Shell, hold: Hold) -> None:
    attended = shell.attended()
    if waits and not attended:
        wait_for([view.job for view in views])
    for view in views:
        if attended:
            view.follow()
        elif not (view.job.done() and view.job.exception()):  # a failure is raised below, once
            view.show()
    if waits:
        wait_for([view.job for view in views])
    elif not attended:
        hold.finish_later(views)


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


def _check_save(options: CellOptions) -> None:
    if options.annotate and not options.save:
        raise RequestError([Problem("annotate", "is about the file that --save writes.", "--save PATH --annotate")])
    if options.save and len(options.takes) > 1 and not ("{n}" in options.save or _is_folder(options.save)):
        raise RequestError(
            [
                Problem(
                    "save", f"{len(options.takes)} pictures don't fit into one file.", "a folder/, or a name with {n}"
                )
            ]
        )


def _is_folder(path: str) -> bool:
    return path.endswith(("/", "\\")) or Path(path).expanduser().is_dir()


class _Saving:
    """Writes a job's file to a place of the user's as soon as it is there.

    The engine's thread does so when the job ends; a cell that waited may be quicker, and must not end
    before the file is there. Whoever is first does it, the other waits.
    """

    def __init__(self, job: Job, target: str, annotate: bool) -> None:
        self._job = job
        self._target = target
        self._annotate = annotate
        self._lock = threading.Lock()
        self._over = False
        job.add_done_callback(lambda _: self.finish())

    def finish(self) -> None:
        """Save, unless that is done or there is nothing to save; what went wrong becomes a note."""
        job = self._job
        with self._lock:
            if self._over or job.cancelled() or job.exception() is not None:
                return
            self._over = True
            try:
                job.result().save(self._target, annotate=self._annotate)
            except StoreError as error:
                job.notes.append(str(error).replace("\n", " "))


def _save_when_done(jobs: Sequence[Job], path: str, annotate: bool) -> list[_Saving]:
    """The path is made absolute now: a later chdir must not move it."""
    ending = "/" if _is_folder(path) else ""
    return [
        _Saving(job, str(Path(path.replace("{n}", str(job.request.take))).expanduser().absolute()) + ending, annotate)
        for job in jobs
    ]
