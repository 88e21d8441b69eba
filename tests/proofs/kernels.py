"""Kernels that die like a process: at once, at a chosen moment, without another word to the journal."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx2 as httpx

from tests.proofs.vendors import LiveVendor, customer
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.app.target import Target
from vidgo_notebook.emulator import EmulatorTransport
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.intent import Connection
from vidgo_notebook.engine.lease import new_owner
from vidgo_notebook.wire.auth import ApiKey
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.files import FileClient

URL = "https://vendor.example"
PATIENCE = 90.0
DIES = "ignore::pytest.PytestUnhandledThreadExceptionWarning"
"""What a test of dying kernels must not be warned of."""

_FASTER = 0.01  # of what a sleep should take; the time itself is real, so that leases hold

Call = Literal["submit", "status", "file"]


async def _sleep(seconds: float) -> None:
    await asyncio.sleep(seconds * _FASTER)


@dataclass(frozen=True)
class Death:
    """The kernel ends at its next call of this kind: before it leaves, or before its answer is read."""

    call: Call
    when: Literal["before", "after"]


class Kernel:
    """A session with a body: a process whose end shows everybody that the session's owner is gone."""

    def __init__(self, vendor: LiveVendor, store: Path, journal: Path, name: str, **options: Any) -> None:
        self.vendor = vendor
        self.name = name
        self.death: Death | None = None
        self.dead = threading.Event()
        self._body = subprocess.Popen(["sleep", "3600"])
        self.connecting = threading.Event()
        self.connecting.set()
        ask: Callable[[str], bool] = options.pop("ask", lambda question: True)
        settings = Vidgo(mode="live", base_url=URL, store=str(store), journal=str(journal), **options)
        self.session = Session(settings, lambda: True, ask, connect=self._connect, clock=Clock(time.time, _sleep))
        self._left: set[asyncio.Task[Any]] = set()
        self.session.owner = new_owner(self._body.pid)
        self.session.keys.type_in(f"key-of-{name}")

    def cell(self, prompt: str, *, fresh: bool = False, yes: bool = False, **fields: Any) -> Job:
        """Run a cell: its job, at once."""
        request = new_request(self.session, prompt, **{"quality": "low", "size": "1:1", "resolution": "1K", **fields})
        return order_jobs(self.session, [request], PurchaseChoices(fresh=fresh, yes=yes))[0]

    def kill(self) -> None:
        """End now: nothing is cancelled, closed or written any more."""
        self._loop().call_soon_threadsafe(self._end)
        self.bury()

    def seem_gone(self) -> None:
        """Live on, while everybody else takes the kernel for dead."""
        self._body.kill()
        self._body.wait()

    def bury(self) -> None:
        """Wait for the end that was chosen, and let everybody see it."""
        assert self.dead.wait(PATIENCE)
        if commits := self.session.engine._commits:
            commits._disk.shutdown(cancel_futures=True)  # the commit in hand is made; a process makes no other
        self._body.kill()
        self._body.wait()

    def close(self) -> None:
        """Leave like a kernel that is shut down; nothing more happens to a dead one."""
        self._body.kill()
        self._body.wait()
        if not self.dead.is_set():
            self.session.close()
            return
        self.session.journal.close()
        for task in self._left:  # whatever they still tried to write now would be refused
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(RuntimeError):
                task.get_coro().close()  # type: ignore[union-attr]

    def wait(self, job: Job, while_waiting: Callable[[], None] = lambda: None) -> bool:
        """Wait until the job has ended; False if the kernel died first."""
        self.wait_until(job.done, while_waiting)
        return not self.dead.is_set()

    def wait_until(self, true: Callable[[], bool], while_waiting: Callable[[], None] = lambda: None) -> None:
        """Wait until ``true()``, or until the kernel has died."""
        end = time.monotonic() + PATIENCE
        while not (true() or self.dead.is_set()):
            while_waiting()
            time.sleep(0.001)
            assert time.monotonic() < end, f"neither ended nor died: {self.session.jobs}"
        if self.dead.is_set():
            self.bury()

    def _loop(self) -> asyncio.AbstractEventLoop:
        self.session.engine.ask(self.session.account(self.session.target), _nothing).result(PATIENCE)
        loop = self.session.engine._loop._loop
        assert loop
        return loop

    def _connect(self, target: Target, key: ApiKey | None) -> Connection:
        assert self.connecting.wait(PATIENCE)
        assert key
        transport = _Wire(self)
        return Connection(VidgoClient(target.api, key, transport=transport), FileClient(target.api, transport))

    def _end(self) -> None:
        self._left = asyncio.all_tasks()  # held, so that nobody tidies up what a dead process leaves undone
        self.dead.set()
        raise SystemExit  # leaves the loop where it stands, and the thread without a word


async def _nothing(vendor: Connection) -> None:
    pass


class _Wire(httpx.AsyncBaseTransport):
    """The way to the vendor, on which the kernel may die."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._inner = EmulatorTransport(kernel.vendor.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        call: Call = "submit" if path.endswith("submit") else "status" if "/status/" in path else "file"
        await self._perhaps_die(Death(call, "before"))
        customer.set(self._kernel.name)
        response = await self._inner.handle_async_request(request)
        await self._perhaps_die(Death(call, "after"))
        return response

    async def _perhaps_die(self, here: Death) -> None:
        if self._kernel.death == here:
            asyncio.get_running_loop().call_soon(self._kernel._end)
            await asyncio.Event().wait()
