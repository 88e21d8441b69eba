"""An IPython shell as a person at a terminal uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell


@dataclass
class Terminal:
    """Runs cells; what they print is text, since a terminal shows no pictures."""

    shell: InteractiveShell
    capsys: pytest.CaptureFixture[str]

    def run(self, cell: str) -> str:
        """What the cell wrote to stdout and stderr."""
        self.capsys.readouterr()
        self.last = self.shell.run_cell(cell, store_history=False)
        return "".join(self.capsys.readouterr())

    def fails(self, cell: str) -> str:
        """What a cell writes that must fail, and must not show a traceback."""
        text = self.run(cell)
        assert self.last.error_in_exec is not None, text
        assert "Traceback" not in text
        assert "File " not in text
        assert "---->" not in text
        return text

    def completes(self, line: str) -> list[str]:
        """What Tab offers at the end of a line, in its order."""
        with provisionalcompleter():
            found = list(self.shell.Completer.completions(line, len(line)))
        return [completion.text for completion in found]

    def completed(self, line: str) -> list[str]:
        """The whole lines that Tab makes of a line."""
        with provisionalcompleter():
            found = list(self.shell.Completer.completions(line, len(line)))
        return [line[: completion.start] + completion.text for completion in found]

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]
