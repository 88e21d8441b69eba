"""``vidgo.panel()`` and ``vidgo.gallery()``: opened where a person is there to use them, else what to use instead.

No widget library is loaded before one is opened.
"""

from __future__ import annotations

from typing import Any

from vidgo_notebook.app.form import FormState, form_state
from vidgo_notebook.app.presence import say
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.celltext import ImageSource, cell_text
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.render import markup
from vidgo_notebook.ui.shell import Shell

_NOT_KEPT = (
    "A {} was open here. It needs a front end that shows widgets, and lives only as long as its kernel: "
    "run the cell again to open it."
)
_EXAMPLE = "%%vidgo hero --quality high --size 16:9 --resolution 4K\nA silver espresso machine"


def panel(subject: object = None) -> None:
    """Open the form. Where no person is there, nothing is opened, and a line says what to use instead.

    Parameters
    ----------
    subject : Job, Result or str, optional
        A job, a result, or the text of a cell: the form opens with its settings.

    Raises
    ------
    RequestError
        For a subject that is none of these.

    Examples
    --------
    >>> vidgo.panel("A red bicycle")
    vidgo: ...
    """
    session = current_session()
    open_panel(subject, _current_shell(session), session)


def gallery() -> None:
    """Show what the store holds, newest first. Where no person is there, a line says what to use instead.

    Examples
    --------
    >>> vidgo.gallery()
    vidgo: ...
    """
    session = current_session()
    open_gallery(_current_shell(session), session)


def _current_shell(session: Session) -> Shell | None:
    from IPython.core.getipython import get_ipython

    ipython = get_ipython()
    return Shell(ipython, session.settings) if ipython else None


def open_panel(subject: Any, shell: Shell | None, session: Session) -> None:
    """The same as ``panel`` for a shell and a session."""
    state = form_state(subject, session, shell.variables if shell else {})
    if shell is None or not (shell.in_notebook and shell.attended()):
        instead = _cell(state) or _EXAMPLE
        say(f"vidgo: nobody is here to fill in a form, so none is opened. A cell does the same:\n\n{instead}")
        return
    from vidgo_notebook.ui.output.live import update
    from vidgo_notebook.ui.panel.panel import Panel
    from vidgo_notebook.ui.panel.parts import display_widget
    from vidgo_notebook.ui.panel.result_list import StaticOutputs
    from vidgo_notebook.ui.panel.watch import BusyNote

    outputs: list[StaticOutputs] = []
    made = Panel(session, shell.variables, lambda job: outputs[0].add(job))  # noqa: PLW0108  there is none yet
    made.fill(state)
    handle = display_widget(made.box, _NOT_KEPT.format("form"))
    outputs.append(StaticOutputs(session))  # right below the form, which is what hides it while it is live

    def show_busy(text: str) -> None:
        made.busy.value = markup.frame(markup.line(markup.escape(text))) if text else ""

    busy = BusyNote(shell, show_busy, made.between_cells)

    def close(_: Any) -> None:
        """A summary takes the place of the form. Running jobs go on; their results join the static outputs."""
        busy.close()
        state = made.form.read()
        title = "The form is closed; its results are below." if made.has_results else "The form is closed."
        cell = _cell(state) or state.model
        html = markup.frame(markup.line(markup.escape(title)), markup.prompt(cell))
        made.close(html)
        update(handle, ({"text/html": html, "text/plain": f"{title}\n{cell}"}, {}))

    made.close_button.on_click(close)


def open_gallery(shell: Shell | None, session: Session) -> None:
    """The same as ``gallery`` for a shell and a session."""
    if shell is None or not (shell.in_notebook and shell.attended()):
        say(f"vidgo: nobody is here to look at a gallery. The pictures are in {session.store.address}.")
        return
    from vidgo_notebook.ui.gallery.gallery import Gallery
    from vidgo_notebook.ui.panel.parts import display_widget

    display_widget(Gallery(session).box, _NOT_KEPT.format("gallery"))


def _cell(state: FormState) -> str:
    """The cell that asks for the same; '' without a prompt, or where a cell has no name for an image."""
    if not state.prompt.strip() or not all(image.source for image in state.images):
        return ""
    choices: dict[str, Any] = dict(state.choices)
    request = GenerationRequest(state.prompt, state.model, callback_url=state.callback_url, **choices)
    return cell_text(request, [image.source or ImageSource("") for image in state.images], state.takes)
