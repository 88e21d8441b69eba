"""The one daemon thread with the one asyncio loop, started when it is first needed."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

_T = TypeVar("_T")


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
        """Start ``work()`` on the loop; a future of its outcome.

        It gets a fresh context: the one of a notebook cell would send whatever the work displays to
        that cell's request, and front ends drop what comes after it.
        """
        outcome: Future[_T] = Future()

        def begin() -> None:
            task = asyncio.ensure_future(work())
            task.add_done_callback(lambda done: _pass_on(done, outcome))

        with self._lock:
            self._ensure_started().call_soon_threadsafe(begin, context=contextvars.Context())
        return outcome

    def stop(self) -> None:
        """Cancel what runs, end the thread; a later ``spawn`` starts anew."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop and thread and thread.is_alive():
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=10)

    def _ensure_started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None or not self.running:
            self._loop = asyncio.new_event_loop()
            # Started in a fresh context for the same reason as each piece of work.
            run = contextvars.Context().run
            self._thread = threading.Thread(target=run, args=(_serve, self._loop), name="vidgo-engine", daemon=True)
            self._thread.start()
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        _cancel_all(loop)
    finally:
        loop.close()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())


def _pass_on(task: asyncio.Task[_T], outcome: Future[_T]) -> None:
    if task.cancelled():
        outcome.cancel()
    elif (error := task.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(task.result())
