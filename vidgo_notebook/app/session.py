"""A session: settings, key, store, journal and engine, wired together."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vidgo_notebook.app.keys import KeyRing
from vidgo_notebook.app.presence import progress_in_terminal, say
from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.journal_place import TEMPORARY_NOTICE, check_kept, is_temporary
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.app.steps import IN_TERMINAL
from vidgo_notebook.app.target import Target, Trust, check_no_test_pays, find_target, is_set_outside
from vidgo_notebook.domain.pillow import has_pillow
from vidgo_notebook.domain.pricing import quote
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.door import here
from vidgo_notebook.engine.budget import Budget
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.engine import Account, Engine
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.quote import Quote
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.handles.shown import Bundle, draw_with
from vidgo_notebook.engine.lease import new_owner
from vidgo_notebook.errors import ReplayError, StoreError
from vidgo_notebook.render.preview import Embedded, as_served, full, preview
from vidgo_notebook.store.journal.journal import Journal
from vidgo_notebook.store.results.cache import most_of_pictures, previews, use_cache
from vidgo_notebook.store.results.result_store import ResultStore

if TYPE_CHECKING:
    from vidgo_notebook.app.rehearsal import Rehearsal
    from vidgo_notebook.engine.handles.batch import Batch
    from vidgo_notebook.engine.intent import Connection, Purchase
    from vidgo_notebook.store.results.frozen import Frozen
    from vidgo_notebook.wire.auth import ApiKey


class Callbacks(Protocol):
    """Receives the service's webhooks for a session's jobs."""

    def address_for(self, job_id: str) -> str:
        """The callback URL of a job."""

    def close(self) -> None:
        """Stop receiving."""


RunPurchases = Callable[[Sequence["Purchase"], Account], None]
"""Runs approved purchases until they end, and updates their jobs."""
ShowProgress = Callable[["Batch"], AbstractContextManager[None]]
"""Shows a batch's progress inside the block."""

_ASKED_INSTEAD: ContextVar[Callable[[str, str], bool] | None] = ContextVar("asked_instead", default=None)


class Session:
    """Everything one process needs to make pictures. Its methods may be called from any thread.

    ``attended`` says whether a person is there, ``ask`` puts a yes-or-no question to them, ``notify`` shows
    them a message. ``connect`` and ``clock`` replace the network and the time. In a ``rehearsal`` nothing is sent.
    """

    def __init__(
        self,
        settings: Vidgo,
        attended: Callable[[], bool],
        ask: Callable[[str], bool],
        notify: Callable[[str], None] = lambda text: say(here(text), "stderr"),
        connect: Callable[[Target, ApiKey | None], Connection] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.rehearsal = _rehearsal()
        self.keys = self.rehearsal.keys if self.rehearsal else KeyRing()
        self.attended = attended
        self.jobs: dict[str, Job] = {}
        self.drawn_seeds: dict[tuple[str, str], int] = {}
        self._ask = ask
        self.notify = notify
        self._connect = connect or _connect
        self._clock = clock
        self.owner = new_owner()
        self.callbacks: Callbacks | None = None
        self.run_purchases: RunPurchases = self._run_here
        self.show_progress: ShowProgress = progress_in_terminal
        self.steps = IN_TERMINAL
        self._making = threading.RLock()  # one engine and one journal, whichever thread asks first
        self._engine: Engine | None = None
        self._journal: Journal | None = None
        self._told_of_journal = ""
        self._kept_at = ""
        self._store: ResultStore | None = None
        self._store_at = ""
        self._accounts: dict[tuple[str, ApiKey | None], Account] = {}
        self.budgets: dict[str, Budget] = {}
        self.on_workers = set[str]()  # the jobs of a cluster's workers, which keep the journal of their start
        draw_with(self._bundle_of)
        settings.check()
        settings.ask = self.person_agrees
        settings.observe(self._journal_was_set, "journal")
        settings.observe(_limit_cache, "cache_mb")
        most_of_pictures.bytes = settings.cache_mb * 1_000_000
        self.trust = Trust(settings.outside("base_url").value)
        with suppress(StoreError):  # said where the store is needed
            self._follow_store()

    # Asking and pricing

    @property
    def target(self) -> Target:
        """Where requests go now."""
        frozen = self._follow_store()
        found = find_target(self.settings, self.keys, frozen.providers if frozen else None)
        return self.rehearsal.target(found, self.settings) if self.rehearsal else found

    def _follow_store(self) -> Frozen | None:
        """The mark of a frozen store; the defaults that it was recorded under are those of the settings then."""
        frozen = self.store.frozen if self.store.folder else None  # a mark is in a folder only
        self.settings.follow_store(frozen.defaults if frozen else None)
        return frozen

    def quote(self, request: GenerationRequest, pictures: int = 1) -> Quote:
        """The price of a checked request; no network."""
        return Quote.of(quote(request, pictures, self.settings.prices, self.settings.credit_format))

    def budget(self, provider: str) -> Budget:
        """What this session spent: at all services together, since a notebook can change their address. The
        emulator's credits, which are free, are counted apart."""
        return self.budgets.setdefault(EMULATOR if provider == EMULATOR else "services", Budget())

    def person_agrees(self, question: str, known: str = "") -> bool:
        """Put a question to the person; no is the answer where no person is there.

        ``known`` is shown with it: what helps to answer, and may change before the answer is given.
        """
        if self.rehearsal:
            return self.rehearsal.agree(question)
        if not self.attended():
            return False
        if other := _ASKED_INSTEAD.get():
            return other(question, known)
        return self._ask(question_text(question, known))

    @contextmanager
    def asking(self, ask: Callable[[str, str], bool]) -> Iterator[None]:
        """Inside the block, and in this context, a person is asked by ``ask``: a form has its own way to ask."""
        token = _ASKED_INSTEAD.set(ask)
        try:
            yield
        finally:
            _ASKED_INSTEAD.reset(token)

    def under_way(self) -> list[Job]:
        """Jobs of this session that have not ended, oldest first."""
        return [job for job in list(self.jobs.values()) if not job.done()]

    # Pictures and money

    def embedded(self, result: Result, *, full_size: bool = False) -> Embedded:
        """The picture as a notebook embeds it; previews are cached on this machine. What is not the file as it was
        served has the mark that says what made it.

        Raises StoreError, and NoPillowError where neither a preview can be made nor the file itself be shown.
        """
        if full_size:
            served = result.bytes
            picture = full(served)
            return picture if picture.data == served else picture.marked(result.record.source_type)
        data = self.kept_preview(result)
        if data is None and not has_pillow():
            return as_served(result.bytes)
        if data is None:
            data = preview(result.bytes, self.settings.preview).data
            previews().keep(result.digest, str(self.settings.preview), data)
        return Embedded("image/jpeg", data).marked(result.record.source_type)

    def kept_preview(self, result: Result) -> bytes | None:
        """The preview, if it was made before."""
        return previews().find(result.digest, str(self.settings.preview))

    def _bundle_of(self, value: object) -> Bundle:
        from vidgo_notebook.engine.handles.showing import Showing  # late: it draws sheets and lineages

        return Showing(self.embedded, lambda: self.settings.credit_format).bundle(value)

    def balance(self, timeout: float = 30.0) -> Decimal:
        """Ask the account's balance. Raises AuthenticationError, TransportError, APIError."""
        target = self.target
        asked = self.engine.ask(self.account(target), lambda connection: connection.client.balance())
        balance = asked.result(timeout)
        with suppress(StoreError):
            journal = self.journal
            journal.commit(lambda: journal.remember_balance(target.provider, balance, time.time()))
        return balance

    def _run_here(self, purchases: Sequence[Purchase], account: Account) -> None:
        engine = self.engine
        for purchase in purchases:
            engine.buy(purchase, account)

    def close(self) -> None:
        """End the background work. What the service holds can be resumed by the next session."""
        if self.callbacks:
            self.callbacks.close()
        if self._engine:
            self._engine.stop()
        self._engine = None
        self._accounts.clear()
        if self._journal:
            self._journal.close()

    # Parts, made when first needed

    @property
    def store(self) -> ResultStore:
        """The store of the settings."""
        if self._store is None or self._store_at != self.settings.store:
            make = self.rehearsal.store if self.rehearsal else ResultStore
            self._store, self._store_at = make(self.settings.store), self.settings.store
            self._store.heeds_mark = lambda: not is_set_outside(self.settings, "live")
        return self._store

    @property
    def journal(self) -> Journal:
        """The journal of the settings. Raises StoreError."""
        with self._making:
            if self._journal is None:
                self._journal = Journal(self._journal_address)
                if is_temporary(self.settings.journal):
                    self.notify(TEMPORARY_NOTICE)
            elif self._journal.address != self._journal_address:
                self._journal.move_to(self._journal_address)
                if self._engine:
                    self._engine.write_owed()
            if self._journal.notice != self._told_of_journal:
                self._told_of_journal = self._journal.notice
                self.notify(self._journal.notice)
            return self._journal

    @property
    def _journal_address(self) -> str:
        address = self.settings.journal
        return self.rehearsal.journal(address) if self.rehearsal else address

    def _journal_was_set(self, change: Any) -> None:
        """Go on in the new journal at once: what is under way must be known there, or it is bought again.

        Raises StoreError if that is not possible; the setting is then what it was.
        """
        if self._journal is None or self._journal.address == self._journal_address:
            return
        try:
            self._check_no_worker_writes()
            _ = self.journal
        except StoreError:
            self.settings.journal = change["old"]
            raise

    def _check_no_worker_writes(self) -> None:
        """Raise StoreError while a cluster's workers have jobs: what they buy is known in their journal only."""
        if self.on_workers:
            assert self._journal
            jobs = counted(len(self.on_workers), "job")
            raise StoreError(
                f"The journal is still {self._journal.address}: the workers of a cluster keep {jobs} of this session "
                "in it.",
                cost="The jobs go on, and nothing is lost.",
                hint="Set the journal once they have ended: vidgo.wait() waits for them.",
            )

    @property
    def started_engine(self) -> Engine | None:
        """The engine, if it was started."""
        return self._engine

    @property
    def engine(self) -> Engine:
        """The engine. Raises StoreError if there can be no journal."""
        with self._making:
            journal = self.journal
            if self._engine is None:
                settings = self.settings
                self._engine = Engine(
                    journal,
                    self.owner,
                    lambda: settings.timeout,
                    self._clock,
                    lambda: settings.concurrency,
                    lambda: settings.keep_references,
                )
            return self._engine

    def account(self, target: Target) -> Account:
        """The account for a target. Raises ReplayError, AuthenticationError, StoreError."""
        key = None
        if target.mode == "replay":
            if target.frozen:
                raise ReplayError("The store is frozen, so nothing is sent.", hint="%vidgo thaw ends that.")
            raise ReplayError("Replay mode sends nothing.", hint="Set another mode first: %config Vidgo.mode = 'auto'.")
        if target.mode == "live":
            if self.rehearsal:
                self.rehearsal.refuse_to_send()
            check_no_test_pays(self.settings)
            self._check_journal_is_kept()
            self.trust.check(target.api, self.keys, self.person_agrees)
            key = self.keys.key()
        with self._making:
            if (target.api, key) not in self._accounts:
                budget = self.budget(target.provider)
                self._accounts[target.api, key] = Account(lambda: self._connect(target, key), budget)
            return self._accounts[target.api, key]

    def _check_journal_is_kept(self) -> None:
        """Raise StoreError for a journal that ends with this process; each place is checked once."""
        if self._kept_at != self.settings.journal:
            check_kept(self.settings.journal)
            self._kept_at = self.settings.journal


def question_text(question: str, known: str) -> str:
    """A question below or behind what is known about it."""
    return ("\n" if "\n" in question else " ").join(filter(None, (known, question)))


def notebook_name() -> str:
    """The notebook that this kernel belongs to, where its name can be known; else ''."""
    return os.environ.get("JPY_SESSION_NAME", "")


def _rehearsal() -> Rehearsal | None:
    if not (folder := origins.rehearsal()):
        return None
    from vidgo_notebook.app.rehearsal import Rehearsal  # late: vidgo check --run is rare

    found = Rehearsal(Path(folder))
    use_cache(found.folder / "cache")
    return found


def _connect(target: Target, key: ApiKey | None) -> Connection:
    from vidgo_notebook.app.connect import connect  # late: HTTP takes longer to import than a cell may

    return connect(target, key)


def _limit_cache(change: Any) -> None:
    most_of_pictures.bytes = change["new"] * 1_000_000
