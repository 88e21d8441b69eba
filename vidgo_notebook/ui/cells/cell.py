"""A ``%%vidgo`` cell, from its text to a batch, and what cells show: live for a person, else once all has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vidgo_notebook.app.plan.planning import plan_cell
from vidgo_notebook.app.presence import say
from vidgo_notebook.app.purchase.approval import DEFAULT_CHOICES
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import CellOptions, read_cell_line
from vidgo_notebook.domain.first_line import whole_first_line
from vidgo_notebook.domain.pillow import NoPillowError
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.moving import complete
from vidgo_notebook.engine.handles.result import Lineage, Result
from vidgo_notebook.errors import Problem, Problems, RequestError
from vidgo_notebook.render.preview import unshown_html
from vidgo_notebook.ui.cells.wait import CellWait, wait_for
from vidgo_notebook.ui.output.bundles import Look
from vidgo_notebook.ui.output.captured import is_stored
from vidgo_notebook.ui.output.live import Content, View, put
from vidgo_notebook.ui.output.picture import Picture
from vidgo_notebook.ui.shell import Shell


def run_cell(line: str, cell: str, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """Do what the cell says. Raises VidgoError: before anything is sent, or because jobs failed."""
    line, cell = whole_first_line(line, cell)
    options = read_cell_line(line, shell.variables)
    if not cell.strip() and options.name:
        _check_no_command(options.name)
    plan = plan_cell(session, options, cell, shell.variables, shell.looked_up)
    if options.dry_run:
        plan.check(skip_invalid=options.skip_invalid)
        put(*plan._repr_mimebundle_())
        return
    found = Problems()
    choices = found.of(lambda: shell.choices(options, session), DEFAULT_CHOICES)
    if options.save is not None or options.annotate or options.format or options.as_served:
        from vidgo_notebook.app.purchase.save import save_option  # late: it draws sheets, and few cells save

        choices = replace(choices, save=save_option(options, plan, found))
    batch = order(session, plan, choices, skip_invalid=options.skip_invalid, name=options.batch, problems=found)
    several = bool(options.sweep) or options.several
    if options.name:
        shell.assign(options.name, batch if several else batch[0])
    show_batch(batch, shell, session, cell_wait, options)


def _check_no_command(name: str) -> None:
    """RequestError for a command in the place of the NAME, in a cell without a prompt."""
    from vidgo_notebook.app.commands.table import commands_of  # late: only a cell without a prompt needs it

    if name in commands_of("notebook"):
        raise RequestError([Problem("options", f"{shown(name)} is a command.", f"%vidgo {name}")])


def show_value(value: Any, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """What a cell's last line shows, for a class that the extension has registered."""
    if isinstance(value, Job):
        show_batch(Batch([value]), shell, session, cell_wait)
    elif isinstance(value, Batch):
        show_batch(value, shell, session, cell_wait)
    elif isinstance(value, Quote):
        from vidgo_notebook.engine.handles.showing import price_bundle  # late: it draws sheets too

        put(price_bundle(value))
    elif isinstance(value, Lineage):
        from vidgo_notebook.engine.handles.lineage_drawing import drawn_lineage, words_html  # late: few cells draw one

        drawing, words = drawn_lineage(value, session.embedded, session.settings.credit_format)
        if drawing:
            put({drawing.media_type: drawing.data, "text/plain": "<vidgo lineage>"})
        put({"text/html": words_html(words), "text/plain": words})
    elif isinstance(value, Result):
        if not shell.in_notebook:
            say(str(value))
            return
        from vidgo_notebook.engine.handles.showing import result_text  # late, as above

        try:
            embedded = session.embedded(value)
        except NoPillowError as error:
            put({"text/html": unshown_html(error), "text/plain": result_text(value)})
        else:
            put({embedded.media_type: embedded.data, "text/plain": result_text(value)})


def show_batch(
    batch: Batch, shell: Shell, session: Session, cell_wait: CellWait, options: CellOptions | None = None
) -> None:
    """Show jobs: live with a person there; else wait, and show how they ended.

    Raises VidgoError, naming what failed, where a cell with ``options`` waited; in a cell of Python code
    ``CellWait`` raises it.
    """
    if not batch:
        from vidgo_notebook.render.listing import message  # late: nearly every cell has a job

        put(message("No jobs.")._repr_mimebundle_())
        return
    cell_wait.note_shown(batch)
    wait = options.wait if options else None
    held = shell.live() and is_stored()  # updates would be lost: a person sees how it ended
    live = shell.live() and not held
    waits = not live if wait is None else wait
    if wait is False:
        cell_wait.leave_alone(batch)
    look = Look(options.show, options.width) if options else Look()
    content = _content(batch, look, session, options.name if options and options.name else "")
    if not (shell.in_notebook or shell.keeps_outputs):
        _print(content, waits, session)
    elif live:
        View(content).follow()
    else:
        if waits:
            _finish(batch)  # first: a note about saving belongs on the card
        if held or not (options and waits and content.empty):
            view = View(content)
            view.show()
            if not waits:
                cell_wait.finish_later([view])
    if waits:
        _finish(batch)
        if options and not held:
            batch.check()


def _content(batch: Batch, look: Look, session: Session, name: str) -> Content:
    """One picture in its size; several, such as takes, on one sheet with one card and the sum."""
    if batch.axes or len(batch) > 1:
        from vidgo_notebook.ui.output.sheet import Sheet  # late: most cells make one picture

        return Sheet(batch, look, name)
    return Picture(batch[0], look, session, name)


def _finish(jobs: Sequence[Job]) -> None:
    wait_for(jobs)
    complete(jobs)


def _print(content: Content, waits: bool, session: Session) -> None:
    """Text in place of pictures, for a terminal; the price before the waiting."""
    say(content.heading())
    if waits:
        with session.show_progress(content.batch):
            _finish(content.batch)
    for line in content.outcome():
        say(line)
