"""Uploads a user's own images, once per content while the upload exists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from vidgo_notebook.domain.job_state import JobState, Uploading
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.image_file import Payload, Prepared
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.journal_writer import JournalWriter
from vidgo_notebook.engine.lease import LOOK_SECONDS
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.retry_policy import UPLOADS, Tries, is_transient, rate_limited
from vidgo_notebook.engine.sent_images import NotKeptError, SentImages
from vidgo_notebook.errors import APIError, Problem, RateLimitError, RequestError, TransportError
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import Uploaded

_MARGIN = 3600.0  # seconds: an upload that ends sooner is not used
_JUST_UPLOADED = 60.0  # seconds for which a new upload is used, however soon the service says that it ends
_RUN_AGAIN = "Run its cell again: what was not uploaded is tried again."
_REMEDIES = {
    413: "Use a smaller image: image.thumbnail((2048, 2048)) of a PIL image makes one.",
    415: "Save it as a JPEG or PNG, and use that.",
}


@dataclass(frozen=True, slots=True)
class Address:
    """The URL of an image, and until when a submit may use it; None for a URL of the user's."""

    url: str
    good_until: float | None = None


class Uploads:
    """Uploads a request's images where needed.

    ``timeout``: seconds for which rate limits are waited for.
    """

    def __init__(
        self,
        client: VidgoClient,
        writer: JournalWriter,
        limiter: RateLimiter,
        clock: Clock,
        timeout: Callable[[], float],
        sent: SentImages,
    ) -> None:
        self._client = client
        self._writer = writer
        self._limiter = limiter
        self._clock = clock
        self._timeout = timeout
        self._sent = sent
        self._one_at_a_time: dict[str, asyncio.Lock] = {}
        self._in_kernel: dict[str, tuple[str, float]] = {}  # of an emulator that ends with this process

    async def addresses(self, purchase: Purchase) -> list[Address]:
        """One address for each image, in order.

        Raises APIError or TransportError if an upload fails (it costs nothing, so it may be tried
        again), RequestError or StoreError if an image can't be read any more.
        """
        references = purchase.job.request.references
        try:
            return [await self._address(purchase, number, each) for number, each in enumerate(references, 1)]
        finally:
            moving.uploads_ended(purchase.job)

    def still_valid(self, addresses: Sequence[Address]) -> bool:
        """Whether every upload still exists long enough for a submit now."""
        now = self._clock.now()
        return all(address.good_until is None or address.good_until > now for address in addresses)

    async def forget(self, purchase: Purchase) -> None:
        """Stop using the uploads of a refused submit: the service may have lost them."""
        for reference in purchase.job.request.references:
            if reference.kind != "url":
                await self._remember(purchase, reference, "", 0.0)

    async def _address(self, purchase: Purchase, number: int, reference: Reference) -> Address:
        if reference.kind == "url":
            return Address(reference.value)
        # Two jobs with one image upload it once.
        async with self._one_at_a_time.setdefault(reference.identity, asyncio.Lock()):
            watch = self._writer.watch()
            while True:
                if known := await self._known(purchase, reference):
                    url, expires_at = known
                    return Address(url, expires_at - _MARGIN / 2)
                # Only one kernel uploads a content; uploads to an emulator in this process are this process's own.
                api, alive_at = purchase.entry.api, self._clock.now() + _MARGIN
                if api == IN_KERNEL or await self._writer.claim_upload(api, reference.identity, alive_at, watch):
                    return await self._upload(purchase, number, reference)
                moving.show_activity(purchase.job, "waiting for another kernel to upload its image")
                await self._clock.sleep(LOOK_SECONDS)

    async def _known(self, purchase: Purchase, reference: Reference) -> tuple[str, float] | None:
        alive_at = self._clock.now() + _MARGIN
        if purchase.entry.api == IN_KERNEL:
            known = self._in_kernel.get(reference.identity)
            return known if known and known[1] > alive_at else None
        return await self._writer.upload(purchase.entry.api, reference.identity, alive_at)

    async def _remember(self, purchase: Purchase, reference: Reference, url: str, expires_at: float) -> None:
        if purchase.entry.api == IN_KERNEL:
            self._in_kernel[reference.identity] = (url, expires_at)
        else:
            await self._writer.remember_upload(purchase.entry.api, reference.identity, url, expires_at)

    async def _upload(self, purchase: Purchase, number: int, reference: Reference) -> Address:
        which = f"image {number} ({reference.name})"
        if moving.state(purchase.job) is JobState.PLANNED:
            await self._writer.move(purchase, Uploading())
        try:
            prepared = await _prepared(reference, which)
            await self._sent.keep(purchase.store, reference, prepared)
            own = [place for place, each in enumerate(purchase.job.request.references, 1) if each.kind != "url"]
            moving.show_upload(purchase.job, own.index(number) + 1, len(own), len(prepared.data))
            uploaded = await self._send(purchase, prepared)
        except (TransportError, APIError, RequestError, NotKeptError) as error:
            await self._remember(purchase, reference, "", 0.0)
            if isinstance(error, TransportError | APIError):
                error.message = f"{which} could not be uploaded. {error.message}"
                error.hint = error.hint or _REMEDIES.get(getattr(error, "status_code", 0), _RUN_AGAIN)
            raise
        self._limiter.reset()
        now = self._clock.now()
        expires_at = now + uploaded.lifetime
        await self._remember(purchase, reference, uploaded.url, expires_at)
        return Address(uploaded.url, max(expires_at - _MARGIN / 2, now + _JUST_UPLOADED))

    async def _send(self, purchase: Purchase, payload: Prepared) -> Uploaded:
        began, tries = self._clock.monotonic(), Tries(UPLOADS)
        while True:
            try:
                async with self._limiter.slot(lambda left: moving.show_activity(purchase.job, rate_limited(left))):
                    return await self._client.upload(payload.data, payload.file_name, payload.media_type)
            except RateLimitError as error:  # waited for
                if self._clock.monotonic() - began > self._timeout():
                    raise
                self._limiter.slow_down(error.retry_after)
            except (TransportError, APIError) as error:
                if not (tries.fail() and is_transient(error, fresh=True)):
                    raise
                await self._clock.sleep(tries.pause)


async def _prepared(reference: Reference, which: str) -> Prepared:
    with suppress(ValueError):
        if isinstance(reference.payload, Payload):
            return await asyncio.to_thread(reference.payload.prepared)
    raise RequestError([Problem("image", f"{which} can't be read any more.")], hint="Run its cell again.")
