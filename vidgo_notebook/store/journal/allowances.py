"""What the journal holds for the workers of a cluster: approved prices, and the pauses the service asked for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from vidgo_notebook.store.journal.database import Book, amount_text


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
