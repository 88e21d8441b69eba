"""A ``%%vidgo --sweep`` cell: from its axes to a plan, and from that to a batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from IPython.display import display

from vidgo_notebook.app.batches.named import how_to_skip, order
from vidgo_notebook.app.plan.estimate import Estimate, estimate
from vidgo_notebook.app.plan.plan import Plan, plan_cell
from vidgo_notebook.domain.cell_options import CellOptions
from vidgo_notebook.domain.pricing import credits_text
from vidgo_notebook.errors import RequestError
from vidgo_notebook.render import markup
from vidgo_notebook.ui.cells.save import check_save, is_sheet
from vidgo_notebook.ui.cells.show import show_batch
from vidgo_notebook.ui.cells.wait import CellWait

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session
    from vidgo_notebook.ui.shell import Shell


def run_sweep(options: CellOptions, cell: str, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """Do what the cell says. Raises VidgoError, always before anything is sent unless jobs failed."""
    plan = plan_cell(session, options, cell, shell.variables, shell.looked_up)
    if options.dry_run:
        _show_dry_run(plan, options, session, attended=shell.attended())
        return
    if not is_sheet(options.save):
        check_save(options, len(plan.valid))
    choices = shell.choices(options, session)
    batch = order(session, plan, choices, skip_invalid=options.skip_invalid, name=options.batch)
    if options.name:
        shell.variables[options.name] = batch
    show_batch(batch, shell, cell_wait, options)


def _show_dry_run(plan: Plan, options: CellOptions, session: Session, *, attended: bool) -> None:
    """The price by line, what is left out, and the first request as it would be sent.

    How much of it the store has is said to a person only: an executed notebook must not change by it.
    """
    from vidgo_notebook.wire.codec import submit_body

    if plan.invalid and not (options.skip_invalid and plan.valid):
        raise RequestError(plan.faults(), hint=how_to_skip(plan))
    price = estimate(session, plan)
    title = f"Dry run: {len(price.requests):,} pictures, {_in_words(price)}; nothing was sent."
    notes = [f"The same picture as another, so bought once: {price.repeated:,} more."] if price.repeated else []
    notes += [f"Left out: {fault}" for fault in plan.faults()]
    if attended and price.stored:
        notes.append(f"{price.stored:,} of them are in the store: the rest costs {credits_text(price.missing)}.")
    rows = [line.row for line in price.lines]
    head = ("", "pictures", "each", "together")
    first = price.requests[0]
    body = json.dumps(submit_body(first, [each.value for each in first.references]), indent=2, ensure_ascii=False)
    html = markup.frame(
        markup.line(f"<b>{markup.escape(title)}</b>"),
        markup.table(rows, head),
        *(markup.line(markup.escape(note)) for note in notes),
        markup.line("The first of them:", muted=True),
        markup.code(body),
    )
    text = "\n".join([title, markup.text_table(rows, head), *notes, "The first of them:", body])
    display({"text/html": html, "text/plain": text}, raw=True)


def _in_words(price: Estimate) -> str:
    total = credits_text(price.total)
    return f"{total} and {price.unpublished:,} without a published price" if price.unpublished else total
