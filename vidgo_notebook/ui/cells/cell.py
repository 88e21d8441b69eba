"""A ``%%vidgo`` cell: from its text to requests, and from those to jobs."""

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
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.render import markup
from vidgo_notebook.render.card import breakdown_rows
from vidgo_notebook.ui.cells.save import check_save
from vidgo_notebook.ui.cells.show import show_jobs
from vidgo_notebook.ui.cells.sweep import run_sweep
from vidgo_notebook.ui.cells.wait import CellWait
from vidgo_notebook.ui.shell import Shell


def run_cell(line: str, cell: str, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """Do what the cell says. Raises VidgoError, always before anything is sent unless a job failed."""
    options = read_cell_line(line, shell.variables)
    if options.sweep:
        run_sweep(options, cell, shell, session, cell_wait)
        return
    if options.batch or options.skip_invalid:
        name = "batch" if options.batch else "skip-invalid"
        raise RequestError([Problem(name, f"--{name} belongs to a sweep.", "--sweep FIELD=A,B too, or leave it out")])
    requests = _requests(options, cell, shell, session)
    if options.dry_run:
        _show_dry_runs(requests, session)
        return
    check_save(options, len(options.takes))
    choices = shell.choices(options, session)
    jobs = order_jobs(session, requests, choices)
    if options.name:
        shell.variables[options.name] = batch_of(session, jobs, choices) if options.several else jobs[0]
    show_jobs(jobs, options, shell, session, cell_wait)


def _requests(options: CellOptions, cell: str, shell: Shell, session: Session) -> list[GenerationRequest]:
    prompt, values = fill(cell, shell.variables)
    template = normalise_prompt(cell) if values else ""
    images = [shell.looked_up(image) for image in options.images]
    first = new_request(session, prompt, images=images, template=template, values=values, **options.request)
    return [replace(first, take=take) for take in options.takes]


def _show_dry_runs(requests: Sequence[GenerationRequest], session: Session) -> None:
    """Takes send the same request several times: it is shown once, with the price of all."""
    from vidgo_notebook.wire.codec import submit_body

    alike: dict[str, list[GenerationRequest]] = {}
    for request in requests:
        sent = submit_body(request, list(map(_address, request.references)))
        alike.setdefault(json.dumps(sent, indent=2, ensure_ascii=False), []).append(request)
    for body, same in alike.items():
        price = session.quote(same[0], len(same))
        times = f" {len(same)} times, once for each take" if len(same) > 1 else ""
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
        mark = {"vidgo": {"fingerprints": [fingerprint(each, session.target.provider) for each in same]}}
        display({"text/html": html, "text/plain": text}, raw=True, metadata=mark)


def _address(reference: Reference) -> str:
    """What a dry run shows for an image: only an upload would give one of the user's own its address."""
    return reference.value if reference.kind == "url" else f"(the upload of {reference.name})"
