"""How long jobs of a kind took: asked of the journal once, then kept up to date in memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from vidgo_notebook.engine.group_commit import GroupCommit
from vidgo_notebook.engine.polling_schedule import expected_duration
from vidgo_notebook.errors import StoreError

_REMEMBERED = 20


class DurationHistory:
    """Durations in seconds by kind of job (model, quality, resolution)."""

    def __init__(self, commits: GroupCommit) -> None:
        self._commits = commits
        self._durations: dict[str, list[float]] = {}

    async def of(self, kind: str) -> Sequence[float]:
        """The latest durations of a kind; none from a journal that is away: a guess is worth no paid picture."""
        if kind not in self._durations:
            journal = self._commits.journal
            with suppress(StoreError):
                self._durations[kind] = await self._commits.write(lambda: journal.durations(kind, _REMEMBERED))
        return tuple(self._durations.get(kind, ()))

    def expected(self, kind: str) -> float | None:
        """The typical duration of a kind; None if nothing is known."""
        return expected_duration(self._durations.get(kind, ()))

    def add(self, kind: str, seconds: float) -> None:
        """A job of this kind took so long."""
        self._durations[kind] = [seconds, *self._durations.get(kind, [])][:_REMEMBERED]
