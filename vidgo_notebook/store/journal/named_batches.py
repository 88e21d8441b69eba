"""The journal's named batches, which another kernel can continue, and what a cluster's workers may spend on one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from vidgo_notebook.store.journal.database import Book, amount_text


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """A named batch: ``contents`` identifies what is asked for, ``plan`` is all of it as JSON."""

    name: str
    contents: str
    plan: str
    at: float


class BatchBook(Book):
    """Plans by their names. A name means one plan for ever."""

    def keep_batch(self, name: str, contents: str, plan: str, at: float) -> str:
        """Keep a plan, unless there is one of that name already; the contents of whichever it is now."""
        self._database.run(
            "INSERT INTO batches (name, contents, plan, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (name, contents, plan, at),
        )
        found = self.batch(name)
        assert found is not None
        return found.contents

    def batch(self, name: str) -> KeptBatch | None:
        """The batch of this name."""
        rows = self._database.read("SELECT name, contents, plan, at FROM batches WHERE name = ?", (name,))
        return KeptBatch(*rows[0]) if rows else None

    def batches(self) -> list[KeptBatch]:
        """All named batches, newest first."""
        rows = self._database.read("SELECT name, contents, plan, at FROM batches ORDER BY at DESC", ())
        return [KeptBatch(*row) for row in rows]


class AllowanceBook(Book):
    """An allowance pays for one picture of one batch, once: whoever sends the request draws it first."""

    def allow(self, batch: str, prices: Sequence[tuple[str, Decimal | None]]) -> None:
        """Approve the prices (None: not published) of some fingerprints for a batch."""
        self._database.run_many(
            "INSERT INTO allowances (batch, fingerprint, price) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(batch, fingerprint, amount_text(price)) for fingerprint, price in prices],
        )

    def draw(self, batch: str, fingerprint: str, job_id: str) -> bool:
        """Let a job be paid by the allowance; False if there is none, or if another job was."""
        changed = self._database.run(
            "UPDATE allowances SET drawn_by = ? "
            "WHERE batch = ? AND fingerprint = ? AND (drawn_by IS NULL OR drawn_by = ?)",
            (job_id, batch, fingerprint, job_id),
        )
        return bool(changed)

    def withdraw(self, batch: str, fingerprint: str) -> bool:
        """Take an allowance back; False if it was drawn already."""
        changed = self._database.run(
            "DELETE FROM allowances WHERE batch = ? AND fingerprint = ? AND drawn_by IS NULL", (batch, fingerprint)
        )
        return bool(changed)

    def pause(self, api: str, until: float) -> None:
        """Ask everybody who talks to an API to wait until then."""
        self._database.run(
            "INSERT INTO pauses (api, until) VALUES (?, ?) "
            "ON CONFLICT (api) DO UPDATE SET until = excluded.until WHERE pauses.until < excluded.until",
            (api, until),
        )

    def paused_until(self, api: str) -> float:
        """Until when everybody waits; 0 if nobody asked for it."""
        rows = self._database.read("SELECT until FROM pauses WHERE api = ?", (api,))
        return float(rows[0][0]) if rows else 0.0
