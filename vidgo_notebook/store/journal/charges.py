"""The journal's charges, balances and uploads: what was paid for, and which files are uploaded already."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vidgo_notebook.store.journal.database import Book, amount_of, amount_text

_LAST_MOMENT = 1e18  # seconds since the epoch, later than any


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge: a purchase that finished, or one that the store saved."""

    at: float
    job_id: str
    fingerprint: str
    provider: str
    notebook: str
    model: str
    quoted: Decimal | None
    charged: Decimal | None
    saved: Decimal | None


@dataclass(frozen=True, slots=True)
class UploadClaim:
    """The process that uploads a content, and the counter that it moves on meanwhile."""

    owner: str
    heartbeats: int


class MoneyBook(Book):
    """The charges, the balances that the API reported, and the URLs of uploaded files."""

    def add_charge(self, charge: Charge) -> None:
        """Add a charge."""
        self._database.run(
            "INSERT INTO charges (at, job_id, fingerprint, provider, notebook, model, quoted, charged, saved) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(charge.at, charge.job_id, charge.fingerprint, charge.provider, charge.notebook, charge.model),
                *(amount_text(charge.quoted), amount_text(charge.charged), amount_text(charge.saved)),
            ),
        )

    def charges(self, since: float = 0.0) -> list[Charge]:
        """The charges from ``since`` on, oldest first."""
        rows = self._database.read(
            "SELECT at, job_id, fingerprint, provider, notebook, model, quoted, charged, saved FROM charges "
            "WHERE at >= ? ORDER BY at",
            (since,),
        )
        return [
            Charge(at, job_id, fingerprint, provider, notebook, model, *map(amount_of, amounts))
            for at, job_id, fingerprint, provider, notebook, model, *amounts in rows
        ]

    def remember_upload(self, api: str, identity: str, url: str, expires_at: float) -> None:
        """Record the URL of an uploaded content, and until when it is kept."""
        self._database.run(
            "INSERT INTO uploads (api, identity, url, expires_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (api, identity) "
            "DO UPDATE SET url = excluded.url, expires_at = excluded.expires_at, owner = ''",
            (api, identity, url, expires_at),
        )

    def claim_upload(
        self, api: str, identity: str, owner: str, alive_at: float, left: UploadClaim | None = None
    ) -> bool:
        """Claim the upload of a content for ``owner``, unless it is claimed or an upload is still kept at ``alive_at``.

        ``left`` is a claim whose owner is gone. False if another kernel is uploading it or has done so: ``upload``
        returns the URL once it is recorded.
        """
        gone = left or UploadClaim("", 0)
        changed = self._database.run(
            "INSERT INTO uploads (api, identity, url, expires_at, owner) VALUES (?, ?, '', 0, ?) "
            "ON CONFLICT (api, identity) DO UPDATE "
            "SET url = '', expires_at = 0, owner = excluded.owner, heartbeats = uploads.heartbeats + 1 "
            "WHERE uploads.expires_at <= ? "
            "AND (uploads.owner = '' OR (uploads.owner = ? AND uploads.heartbeats = ?))",
            (api, identity, owner, alive_at, gone.owner, gone.heartbeats),
        )
        return bool(changed)

    def upload_claim(self, api: str, identity: str) -> UploadClaim | None:
        """Which process uploads a content now."""
        rows = self._database.read(
            "SELECT owner, heartbeats FROM uploads WHERE api = ? AND identity = ? AND owner <> ''", (api, identity)
        )
        return UploadClaim(*rows[0]) if rows else None

    def upload(self, api: str, identity: str, alive_at: float) -> tuple[str, float] | None:
        """The URL and the expiry of an upload that is still kept at ``alive_at``."""
        rows = self._database.read(
            "SELECT url, expires_at FROM uploads WHERE api = ? AND identity = ? AND expires_at > ? AND url <> ''",
            (api, identity, alive_at),
        )
        return (rows[0][0], float(rows[0][1])) if rows else None

    def remember_balance(self, provider: str, balance: Decimal, at: float) -> None:
        """Record a balance that the API reported."""
        self._database.run(
            "INSERT INTO balances (at, provider, credits) VALUES (?, ?, ?)", (at, provider, str(balance))
        )

    def last_balance(self, provider: str, until: float | None = None) -> tuple[float, Decimal] | None:
        """The time and the amount of the last balance recorded (not after ``until``)."""
        rows = self._database.read(
            "SELECT at, credits FROM balances WHERE provider = ? AND at <= ? ORDER BY at DESC LIMIT 1",
            (provider, _LAST_MOMENT if until is None else until),
        )
        return (float(rows[0][0]), Decimal(rows[0][1])) if rows else None
