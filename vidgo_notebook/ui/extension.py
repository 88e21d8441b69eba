"""What ``%load_ext`` puts in place, and what ``%unload_ext`` takes back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.process import current_session, provide
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.errors import RequestError, VidgoError
from vidgo_notebook.ui.cells.wait import CellWait
from vidgo_notebook.ui.completion import complete_vidgo
from vidgo_notebook.ui.magics import VidgoMagics, with_a_body
from vidgo_notebook.ui.shell import Shell

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from vidgo_notebook.app.session import Session
    from vidgo_notebook.domain.pricing import Quote
    from vidgo_notebook.engine.handles.batch import Batch
    from vidgo_notebook.engine.handles.job import Job
    from vidgo_notebook.engine.handles.result import Lineage, Result

_HANDLES, _RESULT = "vidgo_notebook.engine.handles.job", "vidgo_notebook.engine.handles.result"
_BATCH, _PRICING = "vidgo_notebook.engine.handles.batch", "vidgo_notebook.domain.pricing"
_ONE_BY_ONE = 8  # takes of one request that are shown each in its size; more of them as a sheet


class Extension:
    """Everything that one loading put into one shell."""

    def __init__(self, ipython: InteractiveShell) -> None:
        self.ipython: Any = ipython
        self.settings = Vidgo(parent=ipython)
        self._trust_only_what_came_from_outside()
        with suppress(RequestError):  # said when something needs it; found now: a later chdir changes nothing
            self.settings.check()
        self.shell = Shell(ipython, self.settings)
        self.cell_wait = CellWait(self.shell)
        self.magics = VidgoMagics(ipython, self.shell, self.cell_wait)

    def _trust_only_what_came_from_outside(self) -> None:
        """What ``%config`` set outlives the extension: loading it again must not make an address trusted."""
        first = _first_address.setdefault(id(self.ipython), self.settings.first_base_url)
        if self.settings.first_base_url != first:
            self.settings.first_base_url = os.environ.get("VIDGO_BASE_URL") or first

    def install(self) -> None:
        ipython = self.ipython
        provide(self._make_session)
        ipython.configurables.append(self.settings)
        ipython.register_magics(self.magics)
        ipython.input_transformers_cleanup.append(with_a_body)
        ipython.Completer.custom_matchers.append(complete_vidgo)
        ipython.events.register("post_run_cell", self.cell_wait.after_cell)
        formatter = ipython.display_formatter.ipython_display_formatter
        for (module, name), show in self._displayed().items():
            formatter.for_type_by_name(module, name, show)

    def print_resumable(self) -> None:
        """One line when an earlier session left jobs running; nothing else, and nothing is opened or created."""
        from vidgo_notebook.store.journal.database import exists

        if exists(self.settings.journal):
            from vidgo_notebook.app.purchase.resume import in_one_line  # late: without a journal, not needed

            if left := in_one_line(current_session()):
                print(f"vidgo: {left}")

    def remove(self) -> None:
        from vidgo_notebook.ui.output.job_view import painter

        ipython = self.ipython
        provide(None)
        painter.stop()
        for ours in (self.settings, self.magics):
            ipython.configurables.remove(ours)
        ipython.magics_manager.registry.pop(VidgoMagics.__name__, None)
        ipython.input_transformers_cleanup.remove(with_a_body)
        ipython.Completer.custom_matchers.remove(complete_vidgo)
        ipython.events.unregister("post_run_cell", self.cell_wait.after_cell)
        for kind in ("line", "cell"):
            ipython.magics_manager.magics[kind].pop("vidgo", None)
        formatter = ipython.display_formatter.ipython_display_formatter
        for module, name in self._displayed():
            _forget(formatter, module, name)

    def _displayed(self) -> dict[tuple[str, str], Callable[[Any], None]]:
        """What a cell's last line shows, by its class; named, so that nothing is imported for it."""
        return {
            (_HANDLES, "Job"): self._display_job,
            (_BATCH, "Batch"): self._display_batch,
            (_RESULT, "Result"): self._display_result,
            (_RESULT, "Lineage"): self._display_lineage,
            (_PRICING, "Quote"): self._display_quote,
        }

    def _make_session(self) -> Session:
        from vidgo_notebook.app.session import Session

        session = Session(self.settings, self.shell.attended, self.shell.ask)
        if self.shell.in_notebook:
            from vidgo_notebook.ui.cells.wait import progress_in_notebook

            session.show_progress = progress_in_notebook(self.shell)
        return session

    def _display_job(self, job: Job) -> None:
        from vidgo_notebook.ui.cells.cell import show_job

        show_job(job, self.shell, current_session())

    def _display_batch(self, batch: Batch) -> None:
        if not batch.axes and len(batch) <= _ONE_BY_ONE and not any(job.row for job in batch):
            for job in batch:
                self._display_job(job)
            return
        from vidgo_notebook.ui.cells.sweep import show_batch

        show_batch(batch, self.shell, self.cell_wait)

    def _display_result(self, result: Result) -> None:
        from vidgo_notebook.ui.cells.cell import show_result

        show_result(result, self.shell, current_session())

    def _display_lineage(self, lineage: Lineage) -> None:
        from vidgo_notebook.ui.output.lineage_view import show_lineage

        show_lineage(lineage, current_session())

    def _display_quote(self, quote: Quote) -> None:
        from IPython.display import display

        from vidgo_notebook.ui.output.bundles import quote_bundle

        display(quote_bundle(quote)[0], raw=True)


_loaded: dict[int, Extension] = {}
_first_address: dict[int, str] = {}


def load(ipython: InteractiveShell) -> None:
    """Register magics, completion, settings and formatters. VidgoError where there are no threads."""
    if sys.platform == "emscripten":
        raise VidgoError("vidgo_notebook needs threads, which this Python (JupyterLite, Pyodide) does not have.")
    if id(ipython) in _loaded:
        return
    extension = _loaded[id(ipython)] = Extension(ipython)
    extension.install()
    with suppress(VidgoError):  # said when something needs it
        extension.print_resumable()


def unload(ipython: InteractiveShell) -> None:
    """Take everything back and end the background thread."""
    if extension := _loaded.pop(id(ipython), None):
        extension.remove()


def _forget(formatter: Any, module: str, name: str) -> None:
    """Remove a formatter, whether or not its class was loaded meanwhile."""
    for printers in (formatter.type_printers, formatter.deferred_printers):
        for known in list(printers):
            named = (getattr(known, "__module__", ""), getattr(known, "__qualname__", ""))
            if (module, name) in (known, named):
                printers.pop(known)
