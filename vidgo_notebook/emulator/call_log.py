"""What the emulator was asked, for tests to count."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["submit", "status", "upload", "balance", "file", "other"]

KEPT = 10_000  # calls; a server may run for weeks


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in: ``body`` is its parsed JSON, or None where there was none, as of an upload.

    ``kind`` is ``file`` for every picture that is fetched, be it generated or uploaded.
    ``authorization`` says whether the header was there; its value is kept nowhere.
    """

    kind: Kind
    method: str
    path: str
    body: Any
    authorization: bool


class CallLog(deque[Call]):
    """The latest calls, oldest first, and the number of all of them by kind."""

    def __init__(self) -> None:
        super().__init__(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    def record(self, call: Call) -> None:
        """Keep ``call`` and count it."""
        self.append(call)
        self._counts[call.kind] += 1

    def count_of(self, kind: Kind | None = None) -> int:
        """How many calls of ``kind`` came in; without a kind, how many altogether."""
        return self._counts.total() if kind is None else self._counts[kind]
