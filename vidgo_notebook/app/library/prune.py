"""What may leave the store: superseded generations, or whatever its owner names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records are meant: superseded ones, or current ones by model and age in days."""

    model: str | None = None
    older_than: float | None = None

    def find(self, store: ResultStore, now: datetime) -> list[tuple[str, ResultRecord]]:
        """The records, with the names of their files. Raises StoreError."""
        if self.model is None and self.older_than is None:
            return store.superseded()
        tests: list[Callable[[ResultRecord], bool]] = []
        if self.model is not None:
            tests.append(lambda record: record.model == self.model)
        if self.older_than is not None:
            limit = now - timedelta(days=self.older_than)
            tests.append(lambda record: _finished(record) < limit)
        return [(f"{r.fingerprint}.json", r) for r in store.records() if all(test(r) for test in tests)]


def _finished(record: ResultRecord) -> datetime:
    """When the picture was made; a record that does not say counts as new."""
    try:
        moment = datetime.fromisoformat(record.finished)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
