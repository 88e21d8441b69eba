"""The one line that loading may print."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from vidgo_notebook.app.process import current_session
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.store.journal.database import exists

if TYPE_CHECKING:
    from vidgo_notebook.ui.shell import Shell


def resumable_line(shell: Shell) -> str:
    """What an earlier session left under way, or ''. Nothing is opened or made that isn't there yet."""
    with suppress(VidgoError):  # what is wrong is said when something needs it
        if exists(shell.settings.journal):
            from vidgo_notebook.app.purchase.resume import (
                in_one_line,  # late: without a journal, loading needs none of it
            )

            if left := in_one_line(current_session()):
                return f"vidgo: {left}"
    return ""
