"""The engine: runs purchases in the background, on one daemon thread with one asyncio loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.lease import HEARTBEAT_SECONDS, worked_on
from vidgo_notebook.engine.request_slots import REQUESTS_AT_A_TIME, LocalSlots
from vidgo_notebook.errors import NOTHING_SPENT, StoreError, VidgoError
from vidgo_notebook.store.journal.journal import Entry, Journal

if TYPE_CHECKING:
    from vidgo_notebook.engine.budget import Budget
    from vidgo_notebook.engine.handles.job import Job
    from vidgo_notebook.engine.intent import Connection, Purchase
    from vidgo_notebook.engine.journal_writer import GroupCommit
    from vidgo_notebook.engine.rate_limit import RateLimiter
    from vidgo_notebook.engine.runner import Runner
    from vidgo_notebook.store.results.record import ResultRecord

_T = TypeVar("_T")


class Account:
    """Where a session's requests go, and the credits it has there.

    ``connect`` is called once, on the engine's thread: importing an HTTP client takes longer than a cell may.
    So is ``make_limiter``, where other processes share the limit of requests.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        budget: Budget,
        make_limiter: Callable[[Clock], RateLimiter] | None = None,
    ) -> None:
        self.connect = connect
        self.budget = budget
        self.make_limiter = make_limiter
        self.connection: Connection | None = None
        self.runner: Runner | None = None


class Engine:
    """Runs purchases on one background thread. Its methods may be called from any thread."""

    def __init__(
        self,
        journal: Journal,
        owner: str,
        timeout: Callable[[], float],
        clock: Clock | None = None,
        concurrency: Callable[[], int] = lambda: REQUESTS_AT_A_TIME,
        keep_references: Callable[[], bool] = lambda: True,
    ) -> None:
        self.owner = owner
        self.timeout = timeout
        self._concurrency = concurrency
        self._keep_references = keep_references
        self._journal = journal
        self._clock = clock or Clock()
        self._loop = EngineLoop()
        self._commits: GroupCommit | None = None
        self._running: set[str] = set()
        self._accounts: list[Account] = []
        self._heartbeat: asyncio.Future[None] | None = None

    def buy(self, purchase: Purchase, account: Account) -> None:
        """Run a purchase, or join one already under way for the same request."""
        self._spawn(purchase, account, lambda runner: runner.run(purchase))

    def resume(self, purchase: Purchase, account: Account) -> None:
        """Follow a job of the journal; continue it once no other process works on it. One that this session sent
        before it stopped watching stays in its budget."""
        purchase.sent = not purchase.entry.record.state.unsent and account.budget.is_reserved(purchase.reserved)
        self._spawn(purchase, account, lambda runner: runner.resume(purchase))

    def repair(self, purchase: Purchase, record: ResultRecord, account: Account) -> None:
        """Fetch a picture again whose file is lost or damaged; buys nothing."""
        self._spawn(purchase, account, lambda runner: runner.repair(purchase, record))

    def after(self, jobs: Sequence[Job], work: Callable[[], None]) -> None:
        """Run ``work`` outside the loop once all of ``jobs`` have ended, with or without a picture."""

        async def waited() -> None:
            await asyncio.gather(*map(asyncio.wrap_future, jobs), return_exceptions=True)
            await asyncio.get_running_loop().run_in_executor(None, work)

        self._loop.spawn(waited)

    def ask(self, account: Account, question: Callable[[Connection], Awaitable[_T]]) -> Future[_T]:
        """Call the API once, for example for the balance; a future of the answer."""

        async def asked() -> _T:
            self._open(account)
            assert account.connection is not None
            return await question(account.connection)

        return self._loop.spawn(asked)

    def write(self, operation: Callable[[Journal], object]) -> Future[None]:
        """Write to the journal with the next commit; at once where there are no threads."""
        if not threads_can_start():
            written_now: Future[None] = Future()
            self._journal.commit(lambda: operation(self._journal))
            written_now.set_result(None)
            return written_now

        async def written() -> None:
            await self._ensure_commits().write(lambda: operation(self._journal))

        return self._loop.spawn(written)

    def worked_on(self, entries: Collection[Entry]) -> set[str]:
        """The ids of those jobs that another process works on; waits for as long as a lease if that is not clear.

        Raises StoreError.
        """

        def read(job_ids: Collection[str]) -> Awaitable[Mapping[str, Entry]]:
            return self._ensure_commits().read(lambda: self._journal.entries_of(job_ids))

        return self.run(lambda: worked_on(entries, read, self._clock))

    def run(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Run a coroutine on the loop and wait for it; not from the loop itself."""
        return self._loop.spawn(work).result()

    def wake(self, job_id: str) -> None:
        """Poll this job's status now, if it is being watched here."""

        async def woken() -> None:
            for account in self._accounts:
                if account.runner:
                    account.runner.wake(job_id)

        self._loop.spawn(woken)

    def write_owed(self) -> None:
        """Write soon what the journal refused until now."""
        self._loop.spawn(lambda: self._ensure_commits().write_owed())

    def stop(self) -> None:
        """End the thread. Jobs under way continue at the service; any process may resume them at once."""
        if self._loop.running:
            with suppress(Exception):
                self._loop.spawn(self._close).result(timeout=5)
        self._loop.stop()
        for account in self._accounts:  # what belonged to that loop is made again when needed
            if account.runner:
                account.runner.close()
            account.connection = account.runner = None
        owed = self._commits.close() if self._commits else []
        self._accounts, self._commits, self._heartbeat = [], None, None
        self._running.clear()
        with suppress(StoreError):
            self._journal.commit_each(owed)  # first: only the owner of a job may write its moves
        with suppress(StoreError):
            self._journal.commit(lambda: self._journal.release_all(self.owner))

    def _spawn(self, purchase: Purchase, account: Account, work: Callable[[Runner], Awaitable[None]]) -> None:
        async def running() -> None:
            try:
                runner = self._open(account)
            except Exception as error:  # noqa: BLE001  users look for the error at the job
                account.budget.release(purchase.job.id)
                moving.fail(purchase.job, error)
                return
            await work(runner)

        self._loop.spawn(running)

    def _open(self, account: Account) -> Runner:
        if account.runner is None:
            from vidgo_notebook.engine.rate_limit import RateLimiter
            from vidgo_notebook.engine.runner import Runner, Terms

            make_limiter = account.make_limiter or partial(RateLimiter, slots=LocalSlots(self._concurrency))
            account.connection = account.connect()
            account.runner = Runner(
                account.connection,
                self._ensure_commits(),
                account.budget,
                Terms(self.owner, self.timeout, self._running, self._keep_references),
                self._clock,
                make_limiter(self._clock),
            )
            self._accounts.append(account)
        if self._heartbeat is None:
            self._heartbeat = asyncio.ensure_future(self._keep_leases())
        return account.runner

    def _ensure_commits(self) -> GroupCommit:
        if self._commits is None:
            from vidgo_notebook.engine.journal_writer import GroupCommit

            self._commits = GroupCommit(self._journal)
        return self._commits

    async def _keep_leases(self) -> None:
        while True:
            await self._clock.sleep(HEARTBEAT_SECONDS)
            try:
                await self._ensure_commits().write(lambda: self._journal.renew(self.owner))
                await self._ensure_commits().write_owed()
            except StoreError:  # the journal is locked now: two more heartbeats come before the lease ends
                continue
            except RuntimeError:  # the process ends, and its threads accept no more work
                return

    async def _close(self) -> None:
        """Cancel the work before its connections are closed: a closed client looks like a lost answer."""
        await _cancel_all()
        for account in self._accounts:
            if account.connection:
                await account.connection.aclose()


# The thread and its loop


@cache
def threads_can_start() -> bool:
    """Whether this Python has threads: Pyodide, and so JupyterLite, has none."""
    try:
        threading.Thread(target=lambda: None, name="vidgo-probe").start()
    except RuntimeError:
        return False
    return True


def check_threads(consequence: str = "no picture can be made or fetched here") -> None:
    """Raises VidgoError where there are none, which says what is not possible then: what the store has can be shown,
    and no more."""
    if not threads_can_start():
        raise VidgoError(
            f"This Python has no threads (as in JupyterLite and Pyodide), so {consequence}.",
            cost=NOTHING_SPENT,
            hint="Quotes, dry runs and the pictures of a store work here. Make others in another Jupyter, "
            "and publish its .vidgo folder with the notebook.",
        )


class EngineLoop:
    """Runs coroutines in the background. ``spawn`` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is alive."""
        return self._thread is not None and self._thread.is_alive()

    def spawn(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> Future[_T]:
        """Start ``work()`` on the loop; a future of its value.

        It gets a fresh context: with the one of a notebook cell, what the work displays would go to
        that cell's request, and front ends drop what arrives after its end.
        """
        check_threads()
        outcome: Future[_T] = Future()

        def begin() -> None:
            task = asyncio.ensure_future(work())
            task.add_done_callback(lambda done: _pass_on(done, outcome))

        with self._lock:
            if self._loop is None or not self.running:
                self._loop = asyncio.new_event_loop()
                self._loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="vidgo-work"))
                # Started in a fresh context for the same reason as each piece of work.
                run = contextvars.Context().run
                self._thread = threading.Thread(target=run, args=(_serve, self._loop), name="vidgo-engine", daemon=True)
                self._thread.start()
            self._loop.call_soon_threadsafe(begin, context=contextvars.Context())
        return outcome

    def stop(self) -> None:
        """Cancel what runs and end the thread; a later ``spawn`` starts another."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop and thread and thread.is_alive():
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=10)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(_cancel_all())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


async def _cancel_all() -> None:
    """Cancel what else runs on this loop, and wait for its end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _pass_on(task: asyncio.Task[_T], outcome: Future[_T]) -> None:
    if task.cancelled():
        outcome.cancel()
    elif (error := task.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(task.result())
