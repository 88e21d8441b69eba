"""A ``%%vidgo`` cell: from its text to a plan, from that to a batch, and to what is shown. One picture is a
batch of one."""

from __future__ import annotations

from IPython.display import display

from vidgo_notebook.app.plan.planning import plan_cell
from vidgo_notebook.app.purchase.approval import DEFAULT_CHOICES
from vidgo_notebook.app.purchase.order import order
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.errors import Problems
from vidgo_notebook.ui.cells.show import show_batch
from vidgo_notebook.ui.cells.wait import CellWait
from vidgo_notebook.ui.shell import Shell


def run_cell(line: str, cell: str, shell: Shell, session: Session, cell_wait: CellWait) -> None:
    """Do what the cell says. Raises VidgoError, always before anything is sent unless jobs failed."""
    options = read_cell_line(line, shell.variables)
    plan = plan_cell(session, options, cell, shell.variables, shell.looked_up)
    if options.dry_run:
        plan.check(skip_invalid=options.skip_invalid)
        display(plan)
        return
    found = Problems()
    if options.save or options.annotate:
        from vidgo_notebook.ui.cells.save import check_save  # late: it draws sheets, and few cells save

        found.of(lambda: check_save(options, len(plan.valid or plan.places)), None)
    choices = found.of(lambda: shell.choices(options, session), DEFAULT_CHOICES)
    batch = order(session, plan, choices, skip_invalid=options.skip_invalid, name=options.batch, problems=found)
    several = bool(options.sweep) or options.several
    if options.name:
        shell.variables[options.name] = batch if several else batch[0]
    show_batch(batch, shell, session, cell_wait, options)
