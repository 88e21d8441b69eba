"""``vidgo.panel()`` and ``%vidgo panel``: a form where somebody can fill it in, else what to use instead."""

from __future__ import annotations

from typing import Any

from vidgo_notebook.app.form import FormState, draft_of
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.celltext import ImageSource, cell_text
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.render import markup
from vidgo_notebook.ui.shell import Shell

_NOT_KEPT = (
    "A form was open here. It needs a front end that shows widgets, and lives only as long as its kernel: "
    "run the cell again to open it."
)
_EXAMPLE = "%%vidgo hero --quality high --size 16:9 --resolution 4K\nA silver espresso machine"


def panel(subject: Any = None) -> None:
    """Open the form; with a job, a result, or the text of a cell, open it with those settings.

    Without a person there nothing is opened: the line printed says what to use instead.
    Raises RequestError for a subject that is none of these.
    """
    from IPython.core.getipython import get_ipython

    session, ipython = current_session(), get_ipython()
    shell = Shell(ipython, session.settings) if ipython else None
    open_panel(subject, shell, session)


def open_panel(subject: Any, shell: Shell | None, session: Session) -> None:
    """The same for a shell and a session."""
    draft = draft_of(subject, session, shell.variables if shell else {})
    if shell is None or not (shell.in_notebook and shell.attended()):
        print(_instead(draft))
        return
    _open(draft, shell, session)


def _instead(draft: FormState) -> str:
    cell = _EXAMPLE
    if draft.prompt and all(image.source for image in draft.images):
        cell = _cell(draft)
    return f"vidgo: nobody is here to fill in a form, so none is opened. A cell does the same:\n\n{cell}"


def _cell(draft: FormState) -> str:
    choices: dict[str, Any] = dict(draft.choices)
    request = GenerationRequest(draft.prompt, draft.model, callback_url=draft.callback_url, **choices)
    return cell_text(request, [image.source or ImageSource("") for image in draft.images], draft.takes)


def _open(draft: FormState, shell: Shell, session: Session) -> None:
    from vidgo_notebook.ui.panel.busy import BusyNote
    from vidgo_notebook.ui.panel.keep import Kept
    from vidgo_notebook.ui.panel.outputs import display_widget
    from vidgo_notebook.ui.panel.panel import Panel

    kept: list[Kept] = []
    made = Panel(session, shell.variables, lambda job: kept[0].add(job))  # noqa: PLW0108  there is none yet
    made.fill(draft)
    handle = display_widget(made.box, _NOT_KEPT)
    kept.append(Kept(session))  # right below the form, which is what hides it while it is live

    def tell_busy(text: str) -> None:
        made.busy.value = markup.frame(markup.line(markup.escape(text))) if text else ""

    busy = BusyNote(shell.ipython, tell_busy, made.between_cells)
    made.close_button.on_click(lambda _: _close(made, busy, handle))


def _close(panel: Any, busy: Any, handle: Any) -> None:
    """A summary in the place of the form. Jobs under way go on; their results come to where the others are kept."""
    busy.close()
    html, text = _summary(panel.form.read(), panel.has_results)
    panel.close(html)
    handle.update({"text/html": html, "text/plain": text}, raw=True)


def _summary(draft: FormState, has_results: bool) -> tuple[str, str]:
    """What the form held when it was closed: in words, and as the cell that asks for the same."""
    title = "The form is closed; its results are below." if has_results else "The form is closed."
    cell = _cell(draft) if draft.prompt.strip() and all(image.source for image in draft.images) else draft.model
    html = markup.frame(markup.line(markup.escape(title)), markup.prompt(cell))
    return html, f"{title}\n{cell}"
