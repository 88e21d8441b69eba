"""The settings of a notebook that is read and not run: what it sets itself, as far as its code tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from vidgo_notebook.app.checking.values import is_known
from vidgo_notebook.app.keys import VARIABLE as KEY_VARIABLE
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.limits import LimitError
from vidgo_notebook.app.settings.traits import configure
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain

_SETTING = re.compile(r"\s*Vidgo\.(\w+)\s*=\s*(.+?)\s*$", re.DOTALL)
_HARMLESS_VARIABLES = ("VIDGO_LOG",)
_IN_DOTENV = re.compile(r"^\s*(?:export\s+)?(VIDGO_\w+)", re.MULTILINE)
_ENV_BYTES = 1_000_000


class NotebookSettings:
    """The settings of the ``session`` that stands for the notebook's own, at one point of its code.

    ``unknown`` names those whose values cannot be read, or is ''; ``moved`` says that the notebook no longer works in
    its ``folder``.
    """

    def __init__(self, session: Session, folder: Path) -> None:
        self._session, self._folder = session, folder
        self._store_is_found = False
        self.unknown = ""
        self.moved = False

    def environment(self, *names: Any) -> None:
        """The notebook sets variables of the environment: by their names, or those in a dict."""
        for name in names:
            if isinstance(name, dict):
                self.environment(*name)
            elif name == KEY_VARIABLE and self._session.keys.source:
                continue
            elif not isinstance(name, str) or (name.startswith("VIDGO_") and name not in _HARMLESS_VARIABLES):
                self.unknown = name if isinstance(name, str) else "the environment"

    def dotenv(self) -> None:
        """The notebook sets those of a file, which may lie above it."""
        for folder in (self._folder, *self._folder.parents):
            with suppress(OSError, PlainFileError):
                text = read_plain(folder / ".env", _ENV_BYTES).decode(errors="replace")
                self.environment(*(found[1] for found in _IN_DOTENV.finditer(text)))
                return

    def loaded(self) -> None:
        """The extension is loaded: its store was looked for, where the notebook was then."""
        self._store_is_found = True

    def move(self) -> None:
        """The notebook works in another folder from now on."""
        self.moved = True
        if not self._store_is_found:
            self.unknown = "the working folder"

    def config(self, line: str, evaluate: Callable[[str], Any]) -> None:
        """``%config``."""
        if setting := _SETTING.match(line):
            self.configure({setting[1]: evaluate(setting[2])})

    def configure(self, settings: Mapping[str, Any] | None) -> None:
        """The notebook changes settings; None if not even their names are known."""
        if settings is None or not all(map(is_known, settings.values())):
            self.unknown = ", ".join(settings or ["settings"])
            return
        for name in ("store", "models_file"):
            place = settings.get(name)
            if isinstance(place, str) and "://" not in place:  # beside the notebook, where its kernel works
                settings = {**settings, name: str(self._folder / Path(place).expanduser())}
        try:
            configure(self._session.settings, **settings)
        except LimitError:  # a run keeps the limit that was set outside the notebook, too
            return
        except VidgoError:
            self.unknown = ", ".join(settings)

    @property
    def why_unknown(self) -> str:
        """Why it is not known whether the store has a picture that depends on the unknown settings."""
        return f"it depends on settings whose values cannot be read ({self.unknown})"
