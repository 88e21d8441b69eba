"""From a finished task to a picture in the store. It is paid for: nothing here gives it up lightly."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from vidgo_notebook.domain.job import JobState, Stored
from vidgo_notebook.engine.clerk import Clerk
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.endings import no_file
from vidgo_notebook.engine.handles import Result
from vidgo_notebook.engine.outcome import worth_asking_again
from vidgo_notebook.engine.pace import REQUESTS_AT_A_TIME, Pace
from vidgo_notebook.engine.purchase import Purchase, Vendor
from vidgo_notebook.engine.records import record_of
from vidgo_notebook.engine.schedule import backoff
from vidgo_notebook.errors import APIError, FetchError, StoreError, TransportError
from vidgo_notebook.store.record import ResultRecord
from vidgo_notebook.store.results import ResultStore
from vidgo_notebook.wire.picture import PictureFacts, inspect

_ATTEMPTS = 5

_T = TypeVar("_T")
Recorder = Callable[[PictureFacts, str, int], ResultRecord]
"""Makes the record of a fetched file from its facts, digest and size in bytes."""


class Delivery:
    """Fetches files, checks that they are pictures, and keeps them."""

    def __init__(self, vendor: Vendor, clerk: Clerk, pace: Pace, clock: Clock) -> None:
        self._vendor = vendor
        self._clerk = clerk
        self._pace = pace
        self._clock = clock
        # One at a time: decoding a 4K picture takes 25 MB, and eight of them the memory of a small hub.
        self._pictures = ThreadPoolExecutor(1, thread_name_prefix="vidgo-pictures")
        # A store elsewhere answers slowly and takes many at a time.
        self._files = ThreadPoolExecutor(REQUESTS_AT_A_TIME, thread_name_prefix="vidgo-files")

    def close(self) -> None:
        """End the threads for pictures and files."""
        self._pictures.shutdown(wait=False)
        self._files.shutdown(wait=False)

    async def deliver(self, purchase: Purchase) -> None:
        """Bring the picture of a job that is ``fetching`` into its store, and end the job.

        Raises FetchError when it can't be had now; the job stays ``fetching`` and can be resumed.
        """
        result = await self._fetch_patiently(purchase, self._recorder(purchase))
        if result.path is not None:
            await self._clerk.move(purchase, Stored(result.digest))
        purchase.job.finish(result)

    async def replace_lost(self, purchase: Purchase, record: ResultRecord) -> None:
        """Fetch a bought picture again and put it back where its record says. Raises FetchError, StoreError."""

        def same_record(facts: PictureFacts, digest: str, size: int) -> ResultRecord:
            known = replace(record, media_type=facts.media_type, width=facts.width, height=facts.height)
            return replace(known, digest=digest, size_bytes=size)

        result = await self._fetch_patiently(purchase, same_record)
        if result.digest != record.digest:
            purchase.job.notes.append("The service sent other bytes than the first time; the record names the new.")
        purchase.job.mirror(replace(purchase.job.record, state=JobState.FINISHED, digest=result.digest))
        purchase.job.finish(result)

    async def adopt(self, purchase: Purchase, theirs: ResultStore) -> Result:
        """Copy a picture that another kernel bought into our own store. Raises FetchError, StoreError."""
        record = await self._filed(lambda: theirs.find(purchase.job.fingerprint))
        path = await self._filed(lambda: purchase.store.adopt(theirs, record)) if record else None
        if record is None or path is None:
            raise no_file(purchase.job, FetchError("Another kernel bought it, and its store no longer has it."))
        return Result(record, path, purchase.store)

    async def _fetch_patiently(self, purchase: Purchase, recorder: Recorder) -> Result:
        attempt = 1
        while True:
            try:
                if attempt > 1 or not purchase.job.record.file_url:
                    await self._renew_address(purchase)
                return await self._fetch(purchase, recorder)
            except (FetchError, TransportError, APIError) as error:
                if attempt == _ATTEMPTS or not worth_asking_again(error, task_age=0.0):
                    raise no_file(purchase.job, error) from None
                await self._clock.sleep(backoff(attempt))
                attempt += 1

    async def _renew_address(self, purchase: Purchase) -> None:
        """Ask for the file's address again: the one we have may have expired."""
        job = purchase.job
        async with self._pace.turn():
            status = await self._vendor.client.status(job.record.task_id or "")
        if not status.file_urls:
            raise FetchError("The service names no file for it.", transient=True)
        job.mirror(replace(job.record, file_url=status.file_urls[0]))

    async def _fetch(self, purchase: Purchase, recorder: Recorder) -> Result:
        try:
            return await self._to_store(purchase, recorder)
        except (StoreError, OSError) as error:
            why = error.message if isinstance(error, StoreError) else error.strerror
            purchase.job.notes.append(
                f"The picture could not be stored: {why} It is in memory only; job.result().save(path) keeps it."
            )
            return await self._to_memory(purchase, recorder)

    async def _to_store(self, purchase: Purchase, recorder: Recorder) -> Result:
        download = await self._filed(purchase.store.new_download)
        try:
            with download.open("wb+") as file:
                async with self._pace.turn():
                    digest = await self._vendor.files.fetch(purchase.job.record.file_url or "", file)
                facts = await self._aside(lambda: inspect(file))
            record = recorder(facts, digest, download.stat().st_size)
            path = await self._filed(lambda: purchase.store.keep(download, record))
        finally:
            with suppress(OSError):
                download.unlink(missing_ok=True)
        return Result(record, path, purchase.store)

    async def _to_memory(self, purchase: Purchase, recorder: Recorder) -> Result:
        file = io.BytesIO()
        async with self._pace.turn():
            digest = await self._vendor.files.fetch(purchase.job.record.file_url or "", file)
        data = file.getvalue()
        facts = await self._aside(lambda: inspect(io.BytesIO(data)))
        return Result(recorder(facts, digest, len(data)), None, purchase.store, data)

    def _recorder(self, purchase: Purchase) -> Recorder:
        def record(facts: PictureFacts, digest: str, size: int) -> ResultRecord:
            return record_of(purchase.job, purchase.entry, facts, digest, size=size, now=self._clock.now())

        return record

    async def _aside(self, work: Callable[[], _T]) -> _T:
        """Run work on pixels beside the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pictures, work)

    async def _filed(self, work: Callable[[], _T]) -> _T:
        """Run work on files beside the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._files, work)
