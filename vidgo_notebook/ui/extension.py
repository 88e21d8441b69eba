"""What ``%load_ext`` registers, and ``%unload_ext`` removes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.presence import say
from vidgo_notebook.app.process import current_session, provide
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.profile import profile_section
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.door import Door, open_door
from vidgo_notebook.errors import RequestError, VidgoError
from vidgo_notebook.ui.cell_text import Question, readable
from vidgo_notebook.ui.cells.wait import CellWait
from vidgo_notebook.ui.completion import complete_in
from vidgo_notebook.ui.magics import VidgoMagics
from vidgo_notebook.ui.output.captured import is_put_elsewhere
from vidgo_notebook.ui.reading_ahead import read_ahead
from vidgo_notebook.ui.shell import Shell

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from vidgo_notebook.app.session import Session

_HANDLES = "vidgo_notebook.engine.handles"
_DISPLAYED = {
    (f"{_HANDLES}.job", "Job"),
    (f"{_HANDLES}.batch", "Batch"),
    (f"{_HANDLES}.result", "Result"),
    (f"{_HANDLES}.result", "Lineage"),
    (f"{_HANDLES}.quote", "Quote"),
}
"""The classes that a cell's last line shows in a way of their own; named, so that nothing is imported for it."""


class Extension:
    """Everything that one loading registered in one shell."""

    def __init__(self, ipython: InteractiveShell) -> None:
        self.ipython: Any = ipython
        origins.outside.read_profile(profile_section())
        self.settings = Vidgo(parent=ipython)
        with suppress(RequestError):  # said when something needs it; found now: a later chdir changes nothing
            self.settings.check()
        self.shell = Shell(ipython, self.settings)
        self.settings.ask = lambda question: self.shell.attended() and self.shell.ask(question)
        self.cell_wait = CellWait(self.shell)
        self.settings.refuse = self.cell_wait.fail
        self.magics = VidgoMagics(ipython, self.shell, self.cell_wait)

    def install(self) -> None:
        ipython = self.ipython
        open_door(Door.CELL)
        provide(self._make_session)
        ipython.configurables.append(self.settings)
        ipython.register_magics(self.magics)
        ipython.input_transformers_cleanup.append(readable)
        ipython.input_transformer_manager.token_transformers.append(Question)
        self._forget: tuple[Callable[[], None], ...] = (
            complete_in(ipython),
            self.shell.watch_cells(),
            self.shell.on("pre_run_cell", self.cell_wait.before_cell),
            self.shell.on("post_run_cell", self.cell_wait.after_cell),
        )
        if self.shell.in_notebook and self.shell.live():  # else cells follow one another, or each waits anyway
            self._forget += (read_ahead(),)
        formatter = ipython.display_formatter.ipython_display_formatter
        for module, name in _DISPLAYED:
            formatter.for_type_by_name(module, name, self._display)

    def print_notices(self) -> None:
        """What the person should know about the settings: normally nothing."""
        for notice in self.settings.notices:
            say(f"vidgo: {notice}")

    def print_resumable(self) -> None:
        """What an earlier session left running or uncertain, a line for each; nothing is opened or created."""
        from vidgo_notebook.store.journal.database import may_have_jobs_under_way

        if may_have_jobs_under_way(self.settings.journal):
            from vidgo_notebook.app.costs import uncertain_line  # late: seldom needed
            from vidgo_notebook.app.purchase.resume import in_one_line

            session = current_session()
            for line in (in_one_line(session), uncertain_line(session)):
                if line:
                    say(f"vidgo: {line}")

    def remove(self) -> None:
        from vidgo_notebook.ui.output.live import painter

        ipython = self.ipython
        provide(None)
        painter.stop()
        open_door(Door.SCRIPT)
        for ours in (self.settings, self.magics):
            ipython.configurables.remove(ours)
        ipython.magics_manager.registry.pop(VidgoMagics.__name__, None)
        ipython.input_transformers_cleanup.remove(readable)
        ipython.input_transformer_manager.token_transformers.remove(Question)
        for forget in self._forget:
            forget()
        for kind in ("line", "cell"):
            ipython.magics_manager.magics[kind].pop("vidgo", None)
        formatter = ipython.display_formatter.ipython_display_formatter
        for printers in (formatter.type_printers, formatter.deferred_printers):
            for known in list(printers):  # names, and the classes that were loaded meanwhile
                if {known, (getattr(known, "__module__", ""), getattr(known, "__qualname__", ""))} & _DISPLAYED:
                    printers.pop(known)

    def _make_session(self) -> Session:
        from vidgo_notebook.app.session import Session

        session = Session(self.settings, self.shell.attended, self.shell.ask)
        if self.shell.in_notebook:
            from vidgo_notebook.ui.cells.wait import progress_in_notebook, steps_in_notebook

            session.show_progress = progress_in_notebook(self.shell)
            session.steps = steps_in_notebook(self.shell)
        return session

    def _display(self, value: Any) -> None:
        if is_put_elsewhere() or self.shell.keeps_outputs:
            raise NotImplementedError  # then IPython asks the value for its final bundle
        from vidgo_notebook.ui.cells.cell import show_value

        show_value(value, self.shell, current_session(), self.cell_wait)


_loaded: dict[int, Extension] = {}


def load(ipython: InteractiveShell) -> None:
    """Register magics, completion, settings and formatters."""
    if id(ipython) in _loaded:
        return
    extension = _loaded[id(ipython)] = Extension(ipython)
    extension.install()
    extension.print_notices()
    with suppress(VidgoError):  # said when something needs it
        extension.print_resumable()


def unload(ipython: InteractiveShell) -> None:
    """Remove everything and end the background thread."""
    if extension := _loaded.pop(id(ipython), None):
        extension.remove()
