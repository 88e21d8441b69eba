"""Dask: parts of a batch go out to the workers of a cluster. Nothing else in the package knows Dask.

Dask runs a part again elsewhere when its worker is lost; the journal makes that harmless. What travels
are plain values (``parts.py``); the API key does not, unless it is asked for, and then encrypted.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, TypeVar

from vidgo_notebook.engine.cluster.messages import Chunk, Outcome, Report, WorkerConfig
from vidgo_notebook.engine.cluster.worker import station
from vidgo_notebook.engine.lease import machine
from vidgo_notebook.errors import JobError, Problem, RequestError, VidgoError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.result_store import ResultStore

_T = TypeVar("_T")

REQUESTS_AT_A_TIME = 32
"""For all workers of a cluster together, whoever sends batches to it."""

_ANSWER_SECONDS = 30.0
_LEASE_WAIT = 5.0
_ATTEMPTS = 20
"""How often a part may be begun: Dask itself gives one up when three of its workers died."""


@dataclass(frozen=True)
class Secret:
    """A value for the workers that shows in no log."""

    value: str

    def __repr__(self) -> str:
        return "Secret(•••)"


def _refusal(message: str, hint: str | None = None) -> RequestError:
    return RequestError([Problem("cluster", message)], hint=hint)


class DaskExecutor:
    """The workers of a ``distributed.Client``. Raises RequestError for what is none, or is gone."""

    def __init__(self, client: Any) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise _refusal(
                "a cluster needs Dask, which is not installed.", "pip install 'vidgo-notebook[cluster]'"
            ) from None
        if not isinstance(client, Client) or client.asynchronous:
            kind = "an asynchronous Client" if isinstance(client, Client) else type(client).__name__
            raise _refusal(f"is a distributed.Client, not {kind}: write cluster=Client(…).")
        self._client: Any = client

    # Before anything is sent

    def check(self, desk: WorkerConfig) -> int:
        """Whether every worker can work at this desk; how many there are. RequestError says what is in the way."""
        workers = self._workers()
        self._check_package()
        with ResultStore(desk.store).marked() as mark:
            found = self._ask_all(_look_around, desk, mark)
        for worker, seen in found.items():
            if isinstance(seen, BaseException):
                raise _refusal(f"worker {worker} failed: {type(seen).__name__}: {seen}")
            if seen.problem:
                raise _refusal(f"worker {worker}: {seen.problem}", seen.hint)
        if not is_url(desk.journal) and any(seen.machine != machine() for seen in found.values()):
            raise _refusal(
                f"the journal {desk.journal} is a file of this machine, and workers on others can't agree by it on "
                "who buys what.",
                "Set VIDGO_JOURNAL=postgresql://user@host/database here and for the workers.",
            )
        return len(workers)

    def share(self, take: Callable[[Secret], None], secret: Secret) -> None:
        """Give a secret to every worker, encrypted on its way. RequestError unless the cluster uses TLS."""
        addresses = [self._client.scheduler.address, *self._workers()]
        if not all(address.startswith("tls://") for address in addresses):
            raise _refusal(
                "the key is sent to workers over TLS only, and this cluster does not encrypt.",
                "Set VIDGO_API_KEY where the workers start instead, and leave out share_key.",
            )
        for worker, answer in self._ask_all(take, secret).items():
            if isinstance(answer, BaseException):
                raise _refusal(f"worker {worker} did not take the key: {type(answer).__name__}.")

    def _workers(self) -> Mapping[str, int]:
        try:
            if self._client.status != "running":
                raise OSError(self._client.status)
            workers: Mapping[str, int] = self._client.sync(
                self._client.scheduler.ncores, workers=None, callback_timeout=_ANSWER_SECONDS
            )
        except Exception as error:  # noqa: BLE001  Dask raises its own, Tornado's and the system's
            raise _refusal(
                f"the scheduler does not answer ({type(error).__name__}): the cluster of this client is gone.",
                "Start one, and give a client of it: cluster=Client(…).",
            ) from None
        if not workers:
            raise _refusal("has no workers.", "client.wait_for_workers(1) waits for the first.")
        return workers

    def _check_package(self) -> None:
        def versions() -> tuple[str, str]:  # nested, so that it travels as code: a worker may lack the package
            import importlib.metadata

            try:
                return importlib.metadata.version("vidgo-notebook"), ""
            except importlib.metadata.PackageNotFoundError:
                return "", ""

        ours = version("vidgo-notebook")
        for worker, found in self._ask_all(versions).items():
            theirs = found[0] if isinstance(found, tuple) else ""
            if theirs != ours:
                has = f"has vidgo_notebook {theirs}" if theirs else "does not have vidgo_notebook"
                raise _refusal(
                    f"worker {worker} {has}; here it is {ours}.",
                    f"pip install 'vidgo-notebook[cluster]=={ours}' where the workers run, and restart them.",
                )

    def _ask_all(self, question: Callable[..., Any], *args: Any) -> dict[str, Any]:
        try:
            answers: dict[str, Any] = self._client.run(question, *args, on_error="return")
        except Exception as error:  # noqa: BLE001  as above
            raise _refusal(f"the workers do not answer ({type(error).__name__}).") from None
        return answers

    # The work

    def run_purchases(
        self,
        parts: Sequence[Chunk],
        hear: Callable[[Sequence[Report], Sequence[Outcome]], None],
        end: Callable[[Chunk, VidgoError], None],
        again: Callable[[VidgoError], bool],
    ) -> None:
        """Send parts out. ``hear`` is told what becomes of their jobs, ``end`` what ended a part before its time.

        ``again`` may remove what stopped a part, and say that it is worth another try. All are called from
        threads of Dask's.
        """
        for topic in {part.topic for part in parts}:
            self._client.subscribe_topic(topic, lambda event: hear(*pickle.loads(event[1])))  # noqa: S301  our own
        for part in parts:
            _Sending(self._client, part, hear, end, again).send()


class _Sending:
    """One part on its way; sent again when Dask gave it up because workers died."""

    def __init__(self, client: Any, part: Chunk, hear: Any, end: Any, again: Any) -> None:
        self._client, self._part = client, part
        self._hear, self._end, self._again = hear, end, again
        self._attempt = 0
        self._future: Any = None

    def send(self) -> None:
        self._attempt += 1
        name = f"vidgo-{self._part.topic[-8:]}-{self._part.number}-{self._attempt}"
        try:
            # StaticOutputs: Dask drops a task that nobody holds a future of.
            self._future = self._client.submit(_carry_part, self._part, key=name, pure=False)
            self._future.add_done_callback(self._ended)
        except Exception as error:  # noqa: BLE001  the client was closed
            self._end(self._part, _gone(error))

    def _ended(self, future: Any) -> None:
        from distributed import KilledWorker

        try:
            self._hear([], future.result())
        except KilledWorker as error:
            self._try_again(_gone(error))
        except VidgoError as error:
            if self._again(error):
                self._try_again(error)
            else:
                self._end(self._part, error)
        except BaseException as error:  # noqa: BLE001  cancelled, or lost with the scheduler
            self._end(self._part, _gone(error))

    def _try_again(self, error: VidgoError) -> None:
        if self._attempt < _ATTEMPTS:
            self.send()
        else:
            self._end(self._part, error)


def _gone(error: BaseException) -> JobError:
    return JobError(
        f"The cluster gave the job up ({type(error).__name__}).",
        cost="What it sent goes on at the service and is not lost; what it did not send cost nothing.",
        hint="Run it again, on this cluster or without: what is there is shown, what is under way is joined.",
    )


# On a worker


@dataclass(frozen=True)
class _Seen:
    """What a worker finds out about itself: its machine, and what is in the way of working there."""

    machine: str
    problem: str = ""
    hint: str = ""


def _look_around(desk: WorkerConfig, mark: str, dask_worker: Any) -> _Seen:
    try:
        desk.connect.check()
        station(desk, lambda: _Leases(desk.api, dask_worker))
        store = ResultStore(desk.store)
        store.check_writable()
        if not store.has_mark(mark):
            return _Seen(
                machine(),
                f"the store {desk.store} there is not the one of this notebook.",
                "Set VIDGO_STORE to a place that all of them share: a shared folder, or a URL such as s3://….",
            )
    except VidgoError as error:
        return _Seen(machine(), error.args[0], error.hint or "")
    return _Seen(machine())


def _carry_part(part: Chunk) -> list[Outcome]:
    from distributed import get_worker, secede

    worker = get_worker()

    def report(reports: Sequence[Report], outcomes: Sequence[Outcome]) -> None:
        if reports or outcomes:
            worker.log_event(part.topic, pickle.dumps((reports, outcomes)))

    part.desk.connect.check()  # a worker that started anew may have lost the key it was given
    return station(part.desk, lambda: _Leases(part.desk.api, worker)).run_purchases(part, report, step_aside=secede)


class _Leases:
    """Dask's semaphore: however many workers there are, so many requests at a time."""

    def __init__(self, api: str, worker: Any) -> None:
        from distributed import Semaphore

        self._semaphore = Semaphore(
            REQUESTS_AT_A_TIME, f"vidgo-{api}", scheduler_rpc=worker.scheduler, loop=worker.loop
        )

    def acquire(self) -> bool:
        return bool(self._semaphore.acquire(timeout=_LEASE_WAIT))

    def release(self) -> None:
        self._semaphore.release()
