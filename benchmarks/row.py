"""One line of the table of all benchmarks: what was measured, what a user would otherwise have, and the goal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TOO_MUCH = 2.0
"""So many times its goal a row may be in the short mode, which runs beside other work."""


@dataclass(frozen=True)
class Row:
    """``ours`` and ``theirs``, that of the peer in the same run, are in ``unit``; so is ``goal``, the most that ours
    may be, if it does not depend on the peer, else ``goal_times`` says how many times theirs."""

    what: str
    ours: float
    unit: str
    peer: str
    theirs: float | None = None
    goal: float | None = None
    goal_times: float | None = None

    @property
    def most(self) -> float:
        """The goal, in ``unit``."""
        if self.goal is not None:
            return self.goal
        assert self.goal_times is not None
        assert self.theirs is not None
        return self.goal_times * self.theirs

    @property
    def is_too_much(self) -> bool:
        """Whether it is further from the goal than other work on the machine explains."""
        return self.ours > TOO_MUCH * self.most

    def __str__(self) -> str:
        theirs = "" if self.theirs is None else f"{self.theirs:,.3g}"
        times = f"{self.ours / self.theirs:.2f}" if self.theirs else ""
        goal = f"{self.goal_times:.2g} ×" if self.goal_times is not None else f"{self.goal:g} {self.unit}"
        verdict = "" if self.ours <= self.most else f"missed, by {self.ours / self.most - 1:.0%}"
        ours = f"{self.ours:,.3g} {self.unit}"
        return f"{self.what:46}{ours:>12}  {self.peer:42}{theirs:>8}{times:>7}{goal:>10}  {verdict}".rstrip()


def head() -> str:
    """The captions of the columns."""
    return f"{'':46}{'ours':>12}  {'beside, in the same run':42}{'theirs':>8}{'×':>7}{'at most':>10}"


def too_much(rows: Iterable[Row]) -> list[Row]:
    """The rows for which the short mode fails."""
    return [row for row in rows if row.is_too_much]
