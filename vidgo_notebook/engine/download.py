"""Downloads the picture of a finished task into the store; every failure is retried: it is already paid for."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from vidgo_notebook.domain.job_state import JobState, Stored, Unreadable
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.failures import no_file, unreadable
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.engine.intent import Connection, Purchase
from vidgo_notebook.engine.journal_writer import JournalWriter
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.request_slots import RequestKind
from vidgo_notebook.engine.result_record import record_of
from vidgo_notebook.engine.retry_policy import Patience
from vidgo_notebook.engine.sent_images import SentImages
from vidgo_notebook.engine.time_limit import STEP_SECONDS, TimeLimit, TimeUpError
from vidgo_notebook.errors import APIError, FetchError, StoreError, TransportError, VidgoError
from vidgo_notebook.store.results.record import ResultRecord
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.wire.files import Part
from vidgo_notebook.wire.picture import PictureFacts, UnreadableError, inspect

_FILES_AT_A_TIME = 4
"""Disks sync several files as quickly as one; a remote store answers slowly and accepts many at a time."""

_T = TypeVar("_T")


class _KeptUnreadableError(Exception):
    """The file is kept under ``digest`` at ``path``, and can't be read."""

    def __init__(self, digest: str, path: Path) -> None:
        super().__init__(digest)
        self.digest = digest
        self.path = path


class Download:
    """Fetches files, for at most ``timeout`` seconds each, checks that they are pictures, and stores them."""

    def __init__(
        self,
        connection: Connection,
        writer: JournalWriter,
        limiter: RateLimiter,
        clock: Clock,
        timeout: Callable[[], float],
        sent: SentImages,
    ) -> None:
        self._sent = sent
        self._connection = connection
        self._writer = writer
        self._limiter = limiter
        self._clock = clock
        self._timeout = timeout
        self._files = ThreadPoolExecutor(_FILES_AT_A_TIME, thread_name_prefix="vidgo-files")
        self._room = asyncio.Semaphore(2 * _FILES_AT_A_TIME)  # in memory, waiting for the disk; no more at a time

    def close(self) -> None:
        """End the threads for files."""
        self._files.shutdown(wait=False)

    async def fetch(self, purchase: Purchase) -> None:
        """Download the picture of a job that is ``fetching`` into its store, and end the job.

        Raises FetchError if that fails now; the job stays ``fetching`` and can be resumed. A file that can't be read
        is kept, and not downloaded again while it is there.
        """
        known = moving.record(purchase.job).digest
        kept = await self._in_thread(lambda: purchase.store.unreadable.find(known)) if known else None
        if kept:
            raise unreadable(purchase.job, kept)

        def record(facts: PictureFacts, digest: str, size: int) -> ResultRecord:
            return record_of(purchase.job, purchase.entry, facts, digest, size=size, now=self._clock.now())

        await self._sent.ensure(purchase)
        try:
            result = await self._fetch_with_retries(purchase, record)
        except _KeptUnreadableError as error:
            await self._writer.move(purchase, Unreadable(error.digest))
            raise unreadable(purchase.job, error.path) from None
        if result.path is not None:
            await self._writer.move(purchase, Stored(result.digest))
        _report(result, purchase)
        moving.finish(purchase.job, result)

    async def replace_lost(self, purchase: Purchase, record: ResultRecord) -> None:
        """Fetch a bought picture again into the place that its record names. Raises FetchError, StoreError."""

        def same_record(facts: PictureFacts, digest: str, size: int) -> ResultRecord:
            known = replace(record, media_type=facts.media_type, width=facts.width, height=facts.height)
            return replace(known, digest=digest, size_bytes=size, pixels=facts.pixels, note=facts.note)

        try:
            result = await self._fetch_with_retries(purchase, same_record)
        except _KeptUnreadableError as error:
            raise unreadable(purchase.job, error.path) from None
        if result.digest != record.digest:
            purchase.job.notes.append("The service sent other bytes than before; the record has their digest now.")
        _report(result, purchase)
        moving.mirror(purchase.job, replace(moving.record(purchase.job), state=JobState.FINISHED, digest=result.digest))
        moving.finish(purchase.job, result)

    async def adopt(self, purchase: Purchase, theirs: ResultStore) -> Result:
        """Copy a picture that another kernel bought into our own store. Raises FetchError, StoreError."""
        record = await self._in_thread(lambda: theirs.find(purchase.job.fingerprint))
        path = await self._in_thread(lambda: purchase.store.copy_from(theirs, record)) if record else None
        if record is None or path is None:
            raise no_file(
                purchase.job, FetchError("Another kernel bought it, and that kernel's store no longer has it.")
            )
        return Result(record, path, purchase.store)

    async def _fetch_with_retries(self, purchase: Purchase, recorder: Recorder) -> Result:
        patience, limit = Patience(), TimeLimit(self._clock, self._timeout)
        renew = not moving.record(purchase.job).file_url
        incoming = IncomingFile(purchase.store)
        part = Part(lambda: self._in_thread(incoming.drop))
        refused: VidgoError | None = None
        try:
            while True:
                try:
                    if renew:
                        earlier = moving.record(purchase.job).file_url
                        await limit.keep(self._renew_address(purchase))
                        if refused and moving.record(purchase.job).file_url == earlier:
                            raise refused
                    return await self._fetch(purchase, recorder, incoming, part, limit)
                except (StoreError, OSError) as error:
                    if isinstance(incoming, IncomingInMemory):
                        raise
                    await part.begin_anew()
                    self._no_room(purchase, error)
                    incoming, renew = IncomingInMemory(purchase.store), False
                    continue
                except TimeUpError:
                    why = FetchError(f"It did not arrive within {limit.text}, the time limit (timeout).")
                    raise no_file(purchase.job, why) from None
                except (FetchError, TransportError, APIError) as error:
                    limit.look()
                    again = patience.fail(error, limit.seconds)
                    if not (again or renew):  # of an address that the service may have replaced since
                        refused, renew = error, True
                        continue
                    digest = incoming.digest if isinstance(error, UnreadableError) else ""
                    if digest and patience.is_final(digest, limit.seconds):
                        again = False
                    if not (again and await self._wait(purchase.job, error, patience.pause, limit)):
                        if digest:
                            raise await self._keep_unreadable(purchase.job, incoming) from None
                        raise no_file(purchase.job, error) from None
                    if digest:
                        await part.begin_anew()
                renew = True
        except BaseException:  # else it was moved into the store
            await asyncio.shield(self._in_thread(incoming.drop))
            raise

    async def _keep_unreadable(self, job: Job, incoming: IncomingFile) -> Exception:
        digest = incoming.digest
        try:
            return _KeptUnreadableError(digest, await self._in_thread(incoming.keep_unreadable))
        except StoreError as error:
            return no_file(job, error)

    async def _wait(self, job: Job, error: VidgoError, seconds: float, limit: TimeLimit) -> bool:
        """Wait for the next try; the job shows why and for how long. False if the time limit is reached before."""
        while seconds > 0 and not limit.reached:
            moving.show_activity(job, f"{error.message} Next try in {math.ceil(seconds)} s.")
            await self._clock.sleep(min(seconds, STEP_SECONDS))
            limit.look()
            seconds -= STEP_SECONDS
        moving.show_activity(job, "")
        return not limit.reached

    async def _renew_address(self, purchase: Purchase) -> None:
        """Request the file's URL again: the one in the journal may have expired."""
        job = purchase.job
        async with self._limiter.slot_for_paid(RequestKind.STATUS):
            status = await self._connection.client.status(moving.record(job).task_id or "")
        if not status.file_urls:
            raise FetchError("The service returned no file for it.", transient=True)
        moving.mirror(job, replace(moving.record(job), file_url=status.file_urls[0]))

    def _no_room(self, purchase: Purchase, error: StoreError | OSError) -> None:
        """The store can't be written: nothing more is bought with it, and this picture is in memory."""
        why = error.message if isinstance(error, StoreError) else f"{error.strerror or error}."
        moving.stop_companions(purchase.job, StoreError(f"Pictures can't be stored: {why}"))
        purchase.job.notes.append(
            f"The picture could not be stored: {why} It is in memory only; job.result().save(path) keeps it."
        )

    async def _fetch(
        self, purchase: Purchase, recorder: Recorder, incoming: IncomingFile, part: Part, limit: TimeLimit
    ) -> Result:
        async def arrive() -> Sequence[bytes]:
            async with self._limiter.slot_for_paid(RequestKind.FILE):
                last = await self._download(purchase, incoming.take, part)
                await self._room.acquire()
                return last

        last = await limit.keep(arrive())
        try:  # outside the slot: the request is over
            return await self._in_thread(lambda: incoming.keep(last, recorder))
        except UnreadableError:  # perhaps to be kept
            raise
        except FetchError:  # it is whole, and not a picture
            await part.begin_anew()
            raise
        finally:
            self._room.release()

    async def _download(
        self, purchase: Purchase, take: Callable[[Sequence[bytes]], None], part: Part
    ) -> Sequence[bytes]:
        """Fetch the file; ``take`` runs in a thread, since waiting for a disk would block the loop. Returns the
        last bytes."""
        url = moving.record(purchase.job).file_url or ""
        return await self._connection.files.fetch(url, lambda pieces: self._in_thread(lambda: take(pieces)), part)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        """Run file work in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._files, work)


Recorder = Callable[[PictureFacts, str, int], ResultRecord]
"""Makes the record of a fetched file from its facts, digest and size in bytes."""


def _report(result: Result, purchase: Purchase) -> None:
    """Tell the job what is odd about its file."""
    if result.record.note:
        purchase.job.notes.append(result.record.note)


class IncomingFile:
    """One file for ``store``. Every method uses the disk: call them in a thread.

    The file is open only while it is written: hundreds may wait for the disk at a time.
    """

    def __init__(self, store: ResultStore) -> None:
        self._store = store
        self._digest = hashlib.sha256()
        self._size = 0
        self._download: Path | None = None

    def take(self, pieces: Sequence[bytes]) -> None:
        """Write the next bytes. Raises StoreError, OSError."""
        self._write(b"".join(pieces))

    def keep(self, last: Sequence[bytes], recorder: Recorder) -> Result:
        """Write the last bytes, and move the file to its place, with its record. Raises FetchError for an
        incomplete picture, StoreError, OSError."""
        block = b"".join(last)
        download = self._write(block)
        came_in_one = self._size == len(block)  # no need to read it again
        facts = inspect(block if came_in_one else download.read_bytes())
        record = recorder(facts, self._digest.hexdigest(), self._size)
        return Result(record, self._store.keep(download, record), self._store)

    @property
    def digest(self) -> str:
        """SHA-256 of what was written; '' if nothing was."""
        return self._digest.hexdigest() if self._download else ""

    def keep_unreadable(self) -> Path:
        """Move the file to its place without a record; its path. Raises StoreError."""
        assert self._download is not None
        return self._store.unreadable.keep(self._download, self.digest)

    def _write(self, block: bytes) -> Path:
        if self._download is None:
            self._download = self._store.new_download()
        self._digest.update(block)
        with self._download.open("ab") as file:
            self._size += file.write(block)
        return self._download

    def drop(self) -> None:
        """Delete an incomplete file; what is written from then on is another."""
        download, self._download = self._download, None
        self._digest, self._size = hashlib.sha256(), 0
        if download:
            with suppress(OSError):
                download.unlink(missing_ok=True)


class IncomingInMemory(IncomingFile):
    """One file that ``store`` can't take now. It is not kept if it can't be read."""

    def __init__(self, store: ResultStore) -> None:
        super().__init__(store)
        self._pieces: list[bytes] = []

    def take(self, pieces: Sequence[bytes]) -> None:
        """Keep the next bytes."""
        self._pieces += pieces

    def keep(self, last: Sequence[bytes], recorder: Recorder) -> Result:
        """The picture, which is nowhere else. Raises FetchError."""
        data = b"".join([*self._pieces, *last])
        record = recorder(inspect(data), hashlib.sha256(data).hexdigest(), len(data))
        return Result(record, None, self._store, data)

    def drop(self) -> None:
        """Forget an incomplete file."""
        self._pieces = []
