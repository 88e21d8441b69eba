"""``vidgo.gallery()`` and ``%vidgo gallery``."""

from __future__ import annotations

from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.session import Session
from vidgo_notebook.ui.shell import Shell

_NOT_KEPT = (
    "A gallery was open here. It needs a front end that shows widgets, and lives only as long as its kernel: "
    "run the cell again to open it."
)


def gallery() -> None:
    """Show what the store holds, newest first. Without a person there it prints what to use instead."""
    from IPython.core.getipython import get_ipython

    session, ipython = current_session(), get_ipython()
    open_gallery(Shell(ipython, session.settings) if ipython else None, session)


def open_gallery(shell: Shell | None, session: Session) -> None:
    """The same for a shell and a session."""
    if shell is None or not (shell.in_notebook and shell.attended()):
        print(f"vidgo: nobody is here to look at a gallery. The pictures are in {session.store.address}.")
        return
    from vidgo_notebook.ui.gallery.gallery import Gallery
    from vidgo_notebook.ui.panel.outputs import display_widget

    display_widget(Gallery(session).box, _NOT_KEPT)
