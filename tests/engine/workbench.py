"""An engine with a real journal, a real store, and an emulator at the other end of the line."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.stage.clocks import FastTime
from tests.stage.keys import KEY
from tests.stage.pictures import PNG
from vidgo_notebook.app.request.build import to_json
from vidgo_notebook.domain.job_state import JobRecord
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.request import GenerationRequest, fingerprint
from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, EmulatorTransport, build_app
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.engine import Account, Engine
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Connection, Purchase
from vidgo_notebook.engine.lease import LEASE_SECONDS, new_owner
from vidgo_notebook.store.journal.journal import Entry, Journal
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

HIGH_2K = {"quality": "high", "size": "16:9", "resolution": "2K"}  # 12 × 2 = 24 credits
_ids = itertools.count(1)


class Workbench:
    """What one kernel has. ``url`` is a served API's; without one the emulator is asked directly, or ``app``, which
    is what a test wrapped around it.

    Time runs a hundred times as fast as on the wall, for the engine and the emulator alike.
    """

    def __init__(
        self,
        folder: Path,
        *,
        emulator: Emulator | None = None,
        app: Any = None,
        url: str | None = None,
        time: FastTime | None = None,
        timeout: float = 1800.0,
        store: str = ".vidgo",
        journal: str = "journal.sqlite3",
        concurrency: Callable[[], int] = lambda: 8,
        api: str = "https://api.example",
        emulated: bool = True,
        **settings: Any,
    ) -> None:
        self.time = time or FastTime()
        self.emulator = emulator or Emulator(**{"clock": self.time.now, "draw": lambda _: PNG, **settings})
        self.store = ResultStore(folder / store)
        self.journal = Journal(folder / journal)
        self.owner = new_owner()
        self.budget = Budget()
        self.engine = Engine(self.journal, self.owner, timeout, self.time.clock, concurrency)
        self.account = Account(self._open, self.budget)
        self._app = app
        self._url, self._api, self._emulated = url, api, emulated

    def _open(self) -> Connection:
        url = self._url or IN_KERNEL_URL
        transport = None if self._url else EmulatorTransport(self._app or build_app(self.emulator))
        client = VidgoClient(url, ApiKey(KEY), emulated=self._emulated, transport=transport)
        return Connection(client, FileClient(url, transport))

    def plan(self, prompt: str = "A red bicycle", generation: int = 0, **fields: Any) -> Purchase:
        """A purchase as the rest of the package hands it over, its price set aside."""
        request = GenerationRequest(prompt, **{**HIGH_2K, **fields})
        price = quote(request)
        record = JobRecord(f"j{next(_ids):06d}", fingerprint(request, "emulator"), quoted=price.total)
        self.budget.reserve({record.job_id: price}, None)
        now = self.time.now()
        entry = Entry(
            record=record,
            provider="emulator",
            api=self._api,
            model=request.model,
            kind="emulator/gpt-image-2/high/2K",
            request=to_json(request),
            store=str(self.store.folder),
            notebook="",
            owner=self.owner,
            lease_until=now + LEASE_SECONDS,
            created_at=now,
            generation=generation,
        )
        return Purchase(Job(request, price, record, "emulator"), entry, self.store)

    def buy(self, prompt: str = "A red bicycle", **fields: Any) -> Job:
        """Hand a purchase to the engine; its job."""
        purchase = self.plan(prompt, **fields)
        self.engine.buy(purchase, self.account)
        return purchase.job

    def resume(self, job_id: str) -> Job:
        """Take up a job of the journal."""
        entry = self.entry(job_id)
        request = self.request_of(entry)
        job = Job(request, quote(request), entry.record, entry.provider)
        self.engine.resume(Purchase(job, entry, self.store), self.account)
        return job

    def request_of(self, entry: Entry) -> GenerationRequest:
        from vidgo_notebook.app.request.build import from_json

        return from_json(entry.request)

    def entry(self, job_id: str) -> Entry:
        """What the journal says about a job."""
        entry = self.journal.entry(job_id)
        assert entry is not None
        return entry

    def states(self, job_id: str) -> list[str]:
        """The moves of a job as the journal has them."""
        return [event for _, event, _ in self.journal.events(job_id)]

    @property
    def charged(self) -> Decimal:
        """What the ledger says was charged."""
        return sum((charge.charged or Decimal(0) for charge in self.journal.charges()), Decimal(0))

    def close(self) -> None:
        self.engine.stop()
        self.journal.close()
