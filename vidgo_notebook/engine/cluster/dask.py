"""Dask: runs chunks of a batch on the workers of a cluster. Nothing else in the package imports Dask.

Dask runs a chunk again elsewhere when its worker is lost; the journal makes that harmless. Only plain values
(``messages.py``) are sent to workers; the API key only on request, and then encrypted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from vidgo_notebook.engine.cluster.messages import Change, Chunk, Outcome, WorkerConfig
from vidgo_notebook.engine.cluster.report import read_error, read_report, write_error, write_report
from vidgo_notebook.engine.cluster.worker import Worker, worker_for
from vidgo_notebook.engine.lease import machine
from vidgo_notebook.engine.request_slots import RequestKind
from vidgo_notebook.errors import JobError, Problem, RequestError, VidgoError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.version import __version__

_FIRST_WORKER_SECONDS = 300.0
"""How long a cluster that grows with its tasks is waited for; a queue can take minutes."""
_GROWING_TO = 8
"""Workers for which a batch is divided where the cluster has none yet: tasks are what makes it grow."""
_ANSWER_SECONDS = 30.0
_LEASE_WAIT = 5.0
_ATTEMPTS = 20
"""How often a chunk may be started: Dask itself gives one up after three of its workers have died."""


@dataclass(frozen=True)
class Secret:
    """A value for the workers that no log shows."""

    value: str

    def __repr__(self) -> str:
        return "Secret(•••)"


def _refusal(message: str, hint: str | None = None) -> RequestError:
    return RequestError([Problem("cluster", message)], hint=hint)


class DaskExecutor:
    """The workers of a ``distributed.Client``. Raises RequestError for anything else, or a lost cluster."""

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
        self._grows = False

    # Before anything is sent

    def check(self, config: WorkerConfig) -> int:
        """The number of workers to divide a batch for. RequestError if one of them can't work with this
        configuration, and why."""
        workers = self._workers()
        self._check_package()
        with ResultStore(config.store).marked() as mark:
            found = self._ask_all(_check_worker, config, mark)
        for worker, seen in found.items():
            if isinstance(seen, BaseException):
                raise _refusal(f"worker {worker} failed: {type(seen).__name__}: {seen}")
            if not (isinstance(seen, tuple) and len(seen) == 3 and all(isinstance(each, str) for each in seen)):
                raise _refusal(f"worker {worker} gave an answer that can't be read.")
            if seen[1]:
                raise _refusal(f"worker {worker}: {seen[1]}", seen[2])
        if not is_url(config.journal) and any(where != machine() for where, _, _ in found.values()):
            raise _refusal(
                f"the journal {config.journal} is a file on this machine, and some workers run on other machines: they "
                "can't see there what has been bought.",
                "Set VIDGO_JOURNAL=postgresql://user@host/database here and for the workers.",
            )
        return max(len(workers), _GROWING_TO) if self._grows else len(workers)

    def share(self, take: Callable[[Secret], None], secret: Secret) -> None:
        """Send a secret to every worker, encrypted in transit. RequestError unless the cluster uses TLS."""
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
        """Those that are there; where there is none, the first one is waited for."""
        if not (workers := self._workers_now()):
            self._bring_a_worker()
            workers = self._workers_now()
        return workers

    def _workers_now(self) -> Mapping[str, int]:
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
        return workers

    def _bring_a_worker(self) -> None:
        """Wait for the first worker of a cluster that has none: an adaptive one starts workers for tasks only.

        RequestError for a cluster that starts none by itself, and for one that starts none in time.
        """
        if getattr(self._client.cluster, "_adaptive", True) is None:
            raise _refusal(
                "has no workers, and starts none by itself.", "cluster.scale(1), or cluster.adapt(minimum=0, maximum=8)"
            )
        self._grows = True
        first = self._client.submit(_is_there, key=f"vidgo-first-worker-{uuid.uuid4().hex}", pure=False)
        try:
            first.result(timeout=_FIRST_WORKER_SECONDS)
        except Exception as error:  # noqa: BLE001  Dask raises its own, Tornado's and the system's
            raise _refusal(
                f"has no workers, and none came in {_FIRST_WORKER_SECONDS:.0f} s ({type(error).__name__}).",
                "client.wait_for_workers(1) waits for the first.",
            ) from None
        finally:
            first.cancel()

    def _check_package(self) -> None:
        def versions() -> tuple[str, str]:  # nested, so that it travels as code: a worker may lack the package
            try:
                from vidgo_notebook.version import __version__
            except ImportError:
                return "", ""
            return __version__, ""

        ours = __version__
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

    def run(
        self,
        chunks: Sequence[Chunk],
        on_change: Callable[[Sequence[Change], Sequence[Outcome]], None],
        on_error: Callable[[Chunk, VidgoError], None],
        may_retry: Callable[[VidgoError], bool],
    ) -> None:
        """Send chunks to the workers. ``on_change`` receives what becomes of their jobs, ``on_error`` what ended a
        chunk early.

        ``may_retry`` may remove what stopped a chunk, and return whether to run it again. All are called from
        threads of Dask's.
        """

        def hear(event: Any) -> None:
            with suppress(ValueError, IndexError, TypeError):  # anyone who reaches the scheduler can send an event
                on_change(*read_report(event[1]))

        for topic in {chunk.topic for chunk in chunks}:
            self._client.subscribe_topic(topic, hear)
        for chunk in chunks:
            _ChunkRun(self._client, chunk, on_change, on_error, may_retry).start()


class _ChunkRun:
    """One chunk on the cluster; started again when Dask gave it up because workers died."""

    def __init__(self, client: Any, chunk: Chunk, on_change: Any, on_error: Any, may_retry: Any) -> None:
        self._client, self._chunk = client, chunk
        self._on_change, self._on_error, self._may_retry = on_change, on_error, may_retry
        self._attempt = 0
        self._future: Any = None

    def start(self) -> None:
        self._attempt += 1
        name = f"vidgo-{self._chunk.topic[-8:]}-{self._chunk.number}-{self._attempt}"
        try:
            # Kept: Dask drops a task once there is no future of it.
            self._future = self._client.submit(_run_chunk, self._chunk, key=name, pure=False)
            self._future.add_done_callback(self._ended)
        except Exception as error:  # noqa: BLE001  the client was closed
            self._on_error(self._chunk, _gave_up(error))

    def _ended(self, future: Any) -> None:
        from distributed import KilledWorker

        try:
            said = future.result()
            if error := read_error(said):
                if self._may_retry(error):
                    self._retry(error)
                else:
                    self._on_error(self._chunk, error)
                return
            self._on_change(*read_report(said))
        except KilledWorker as error:
            self._retry(_gave_up(error))
        except BaseException as error:  # noqa: BLE001  cancelled, lost with the scheduler, or not a report of ours
            self._on_error(self._chunk, _gave_up(error))

    def _retry(self, error: VidgoError) -> None:
        if self._attempt < _ATTEMPTS:
            self.start()
        else:
            self._on_error(self._chunk, error)


def _gave_up(error: BaseException) -> JobError:
    return JobError(
        f"The cluster gave up the job ({type(error).__name__}).",
        cost="What it sent continues at the service and is not lost; what it did not send cost nothing.",
        hint="Run it again, with or without this cluster: only what is missing is bought.",
    )


# On a worker


def _is_there() -> bool:
    return True


def _check_worker(config: WorkerConfig, mark: str, dask_worker: Any) -> tuple[str, str, str]:
    """A worker's machine, what prevents it from working there, and what to do; '' where it can work."""
    try:
        _worker(config, dask_worker)
        store = ResultStore(config.store)
        store.check_writable()
        if not store.has_mark(mark):
            return (
                machine(),
                f"its store {config.store} is not the store of this notebook.",
                "Set VIDGO_STORE to a place that all of them share: a shared folder, or a URL such as s3://….",
            )
    except VidgoError as error:
        return machine(), error.message, error.hint or ""
    return machine(), "", ""


def _run_chunk(chunk: Chunk) -> str:
    """The outcomes of all jobs, or the error that ended the chunk early, as text."""
    from distributed import get_worker, secede

    dask_worker = get_worker()

    def report(changes: Sequence[Change], outcomes: Sequence[Outcome]) -> None:
        if changes or outcomes:
            dask_worker.log_event(chunk.topic, write_report(changes, outcomes))

    try:
        return write_report([], _worker(chunk.config, dask_worker).run(chunk, report, secede))
    except VidgoError as error:
        return write_error(error)


def _worker(config: WorkerConfig, dask_worker: Any) -> Worker:
    config.connect.check()  # a worker that was restarted may have lost the key it was given
    limits = _shares(config.requests_at_a_time)
    return worker_for(config, lambda kind: _DaskLeases(config.api, kind, limits[kind], dask_worker))


def _shares(together: int) -> dict[RequestKind, int]:
    """How many requests of each kind may be under way: submits get what does not divide by three."""
    third = max(1, (together - 2) // 3)
    return {RequestKind.SUBMIT: max(1, together - 2 * third), RequestKind.STATUS: third, RequestKind.FILE: third}


class _DaskLeases:
    """Dask's semaphore: limits the requests of one kind of all workers together."""

    def __init__(self, api: str, kind: RequestKind, most: int, dask_worker: Any) -> None:
        from distributed import Semaphore

        name = f"vidgo-{kind.value}-{most}-{api}"  # Dask refuses another number under the same name
        self._semaphore = Semaphore(most, name, scheduler_rpc=dask_worker.scheduler, loop=dask_worker.loop)

    def acquire(self) -> bool:
        return bool(self._semaphore.acquire(timeout=_LEASE_WAIT))

    def release(self) -> None:
        self._semaphore.release()
