"""Where the journal is by default: in the user's state folder, or, if there is none, in a private temporary one."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from vidgo_notebook.errors import NOTHING_SPENT, StoreError
from vidgo_notebook.store.address import JOURNAL_NAME

_CURE = (
    "Set VIDGO_JOURNAL to a file on a disk that stays, before Jupyter starts, or here: "
    "%config Vidgo.journal = '/path/to/journal.sqlite3'"
)

TEMPORARY_NOTICE = (
    "There is no home folder that can be written, so the journal is in a temporary folder and ends with this process. "
    f"The emulator and replay work; live mode needs a journal that stays. {_CURE}"
)


def usual_journal() -> str:
    """The path of the journal, if none is set. Nothing is created in the user's state folder."""
    from platformdirs import user_state_path  # late: not needed where VIDGO_JOURNAL is set

    try:
        folder = user_state_path("vidgo_notebook")
    except RuntimeError:  # a user without a name, as containers have them, and no HOME
        folder = _temporary_folder()
    return str((folder if _can_be_written(folder) else _temporary_folder()) / JOURNAL_NAME)


def is_temporary(journal: str) -> bool:
    """Whether a journal ends with this process."""
    return _temporary_folder.cache_info().currsize > 0 and Path(journal).parent == _temporary_folder()


def check_kept(journal: str) -> None:
    """Raise StoreError for a journal that ends with this process: what is paid for would be forgotten with it."""
    if is_temporary(journal):
        raise StoreError(
            "There is no folder for the journal: the home folder is missing or can't be written.",
            cost=NOTHING_SPENT,
            hint=_CURE,
        )


@cache
def _temporary_folder() -> Path:
    """A folder that only this user may look into, one for each process, and gone with it."""
    from vidgo_notebook.store.results.local_files import temporary_folder  # late: few users need it

    return temporary_folder("vidgo-journal-")


def _can_be_written(folder: Path) -> bool:
    nearest = next(each for each in (folder, *folder.parents) if os.path.exists(each))  # noqa: PTH110  False where one may not look, without an error
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
