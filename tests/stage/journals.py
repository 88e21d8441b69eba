"""Writes to a journal one call at a time, each durable when it returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vidgo_notebook.store.journal.journal import Journal


class _Durably:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __getattr__(self, name: str) -> Callable[..., Any]:
        write = getattr(self._journal, name)
        return lambda *args, **options: self._journal.commit(lambda: write(*args, **options))


def durably(journal: Journal) -> Any:
    """``durably(journal).claim(entry)`` is a commit of its own."""
    return _Durably(journal)
