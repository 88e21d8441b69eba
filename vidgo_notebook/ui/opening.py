"""``vidgo.panel()`` and ``vidgo.gallery()``: widgets where a person is there to use them, else what to use instead.

No widget library is loaded before one is opened, and nothing of the form for a gallery.
"""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any

from vidgo_notebook.app.presence import page_host, say
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.public_call import public
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.door import has_magics
from vidgo_notebook.engine.engine import check_threads
from vidgo_notebook.errors import NOTHING_SPENT, VidgoError
from vidgo_notebook.render import markup
from vidgo_notebook.ui.shell import Shell

if TYPE_CHECKING:
    from ipywidgets import VBox

    from vidgo_notebook.app.form import FormState
    from vidgo_notebook.engine.handles.job import Job
    from vidgo_notebook.ui.panel.parts import Opened

NOT_KEPT = (
    "A {} was open here. It needs a front end that shows widgets, and lives only as long as its kernel: "
    "run the cell again to open it."
)
_WITHOUT_WIDGETS = ("marimo", "Streamlit")
_EXAMPLE = "%%vidgo hero --quality high --size 16:9 --resolution 4K\nA silver espresso machine"
_EXAMPLE_CALL = 'vidgo.generate("A silver espresso machine", quality="high", size="16:9", resolution="4K")'
_HOW = {True: ("A cell", _EXAMPLE), False: ("A call", _EXAMPLE_CALL)}


@public
def panel(subject: object = None) -> VBox:
    """The form, as a widget: it opens as the last line of a cell, and goes into any layout.

    Parameters
    ----------
    subject : Job, Result or str, optional
        A job, a result, or the text of a cell: the form opens with its settings.

    Returns
    -------
    ipywidgets.VBox
        The form. Where no person is there, a line is printed that says what to use instead, and the widget has it.

    Raises
    ------
    RequestError
        For a subject that is none of these.
    VidgoError
        Where no widget works: in marimo, in Streamlit, and in a Python without threads.

    Examples
    --------
    >>> form = vidgo.panel("A red bicycle")
    vidgo: ...
    """
    session = current_session()
    shell = current_shell(session)
    state = _state(subject, shell, session)
    if not used_by_a_person(shell):
        return in_its_place(_instead_of_a_form(state, shell, session))
    return _form(state, shell, session)


@public
def gallery() -> VBox:
    """What the store holds, newest first, as a widget: it opens as the last line of a cell, and goes into any layout.

    Returns
    -------
    ipywidgets.VBox
        The gallery. Where no person is there, a line is printed that says what to use instead, and the widget has it.

    Raises
    ------
    VidgoError
        Where no widget works: in marimo, in Streamlit, and in a Python without threads.

    Examples
    --------
    >>> pictures = vidgo.gallery()
    vidgo: ...
    """
    session = current_session()
    shell = current_shell(session)
    if not used_by_a_person(shell):
        return in_its_place(_instead_of_a_gallery(shell, session))
    return _pictures(shell, session)


def open_panel(subject: Any, shell: Shell | None, session: Session) -> None:
    """Display what ``panel`` returns, for a shell and a session; only the line where no person is there."""
    state = _state(subject, shell, session)
    if used_by_a_person(shell):
        _form(state, shell, session)._ipython_display_()
    else:
        say(_instead_of_a_form(state, shell, session))


def open_gallery(shell: Shell | None, session: Session) -> None:
    """Display what ``gallery`` returns, for a shell and a session; only the line where no person is there."""
    if used_by_a_person(shell):
        _pictures(shell, session)._ipython_display_()
    else:
        say(_instead_of_a_gallery(shell, session))


def current_shell(session: Session) -> Shell | None:
    """The shell of the running IPython; None without one, and at a page whose host has one that runs no cells."""
    from IPython.core.getipython import get_ipython

    ipython = None if page_host() else get_ipython()  # Solara has a shell that runs no cells
    return Shell(ipython, session.settings) if ipython else None


def used_by_a_person(shell: Shell | None) -> bool:
    """Whether a person can use a widget: in a notebook with one there, or at the page of a host without a shell."""
    if shell is None:
        return bool(page_host())
    return shell.in_notebook and shell.attended()


def check_widgets(consequence: str) -> None:
    """Raise VidgoError where no widget works."""
    check_threads(consequence)
    if (host := page_host()) in _WITHOUT_WIDGETS:
        raise VidgoError(
            f"{host} shows no Jupyter widgets, so {consequence}.",
            cost=NOTHING_SPENT,
            hint='vidgo.generate("…") and vidgo.sweep(…) show their pictures here, and vidgo.report() what was made.',
        )
    _check_library(consequence)


def _check_library(consequence: str) -> None:
    """Raise VidgoError where no widget can be made."""
    try:
        import anywidget  # noqa: F401
        from ipywidgets import HTML, Output  # noqa: F401  the form's newest

        HTML().close()  # in a kernel without comms it can't be made
    except Exception as error:  # noqa: BLE001  of a library that is missing, another version, or a kernel of any make
        raise VidgoError(
            f"Jupyter widgets do not work in this kernel ({one_line(f'{type(error).__name__}: {error}', 120)}), so "
            f"{consequence}.",
            cost=NOTHING_SPENT,
            hint="Cells and vidgo.generate work without them. To have them: pip install -U ipywidgets anywidget, and "
            "restart the kernel.",
        ) from None


def _state(subject: Any, shell: Shell | None, session: Session) -> FormState:
    from vidgo_notebook.app.form import form_state

    return form_state(subject, session, shell.variables if shell else {})


def _form(state: FormState, shell: Shell | None, session: Session) -> Opened:
    check_widgets("the form can't be opened here")
    from vidgo_notebook.ui.output.live import Handle, update
    from vidgo_notebook.ui.panel.panel import Panel
    from vidgo_notebook.ui.panel.parts import Opened, display_widget
    from vidgo_notebook.ui.panel.result_list import StaticOutputs
    from vidgo_notebook.ui.panel.watch import BusyNote

    outputs: list[StaticOutputs] = []
    handles: list[Handle | None] = []

    def keep(job: Job) -> None:
        for output in outputs:
            output.add(job)

    def drop(job: Job) -> None:
        for output in outputs:
            output.drop(job)

    def show(opened: Opened) -> None:
        handles.append(display_widget(opened, NOT_KEPT.format("form")))
        outputs.append(StaticOutputs(session))  # right below the form, which is what hides it while it is live

    made = Panel(session, shell.variables if shell else {}, keep, drop)
    made.fill(state)

    def show_busy(text: str) -> None:
        made.busy.value = markup.frame(markup.line(markup.escape(text))) if text else ""

    busy = BusyNote(shell, show_busy, made.between_cells) if shell else None

    def close(_: Any) -> None:
        """A summary takes the place of the form. Running jobs go on; their results join the static outputs."""
        if busy:
            busy.close()
        state = made.form.read()
        title = "The form is closed; its results are below." if made.has_results else "The form is closed."
        code = _code(state)  # without it the prompt is kept as it was typed
        html = markup.frame(markup.lines([title]), markup.code(code) if code else markup.prompt(state.prompt))
        made.close(html)
        for handle in handles:
            update(handle, ({"text/html": html, "text/plain": f"{title}\n{code or state.prompt}".strip()}, {}))

    made.close_button.on_click(close)
    return Opened(made.box, show)


def _pictures(shell: Shell | None, session: Session) -> Opened:
    check_widgets("the gallery can't be opened here")
    from vidgo_notebook.ui.gallery.gallery import Gallery
    from vidgo_notebook.ui.panel.parts import Opened, display_widget

    def show(opened: Opened) -> None:
        display_widget(opened, NOT_KEPT.format("gallery"))

    made = Gallery(session, shell.variables if shell else {})
    if shell:
        shell.on("post_run_cell", lambda _: made.between_cells())
    run = contextvars.Context().run
    threading.Thread(target=run, args=(made.fill,), name="vidgo-gallery", daemon=True).start()
    return Opened(made.box, show)


def in_its_place(line: str, *, say_it: bool = True) -> Opened:
    """Print what to use instead; a widget with the same text, which shows nothing more as a cell's last line."""
    if say_it:
        say(line)
    _check_library("there is nothing to return in its place")
    from vidgo_notebook.ui.panel.parts import Opened, words

    return Opened(words(markup.frame(markup.lines(line.splitlines()))), lambda _: None)


def _instead_of_a_form(state: FormState, shell: Shell | None, session: Session) -> str:
    why, (how, example) = why_closed(shell, session, "fill it in"), _HOW[has_magics()]
    return f"vidgo: the form is not opened, because {why}. {how} does the same:\n\n{_code(state) or example}"


def _instead_of_a_gallery(shell: Shell | None, session: Session) -> str:
    why = why_closed(shell, session, "see it")
    return f"vidgo: the gallery is not opened, because {why}. The pictures are in {session.store.address}."


def why_closed(shell: Shell | None, session: Session, use: str) -> str:
    """Why no widget is opened: no one is there to ``use`` it, or only a terminal."""
    at_a_terminal = session.attended() and not (shell and shell.in_notebook)
    return "a terminal shows no widgets" if at_a_terminal else f"no one is there to {use}"


def _code(state: FormState) -> str:
    """What asks for the same; '' without a prompt, or where an image has no name that code could use."""
    from vidgo_notebook.app.form import as_code

    if not state.prompt.strip() or not all(image.source for image in state.images):
        return ""
    choices: dict[str, Any] = dict(state.choices)
    request = GenerationRequest(
        state.prompt, state.model, callback_url=state.callback_url, extra=state.extra, **choices
    )
    return as_code(state, request, python=not has_magics())
