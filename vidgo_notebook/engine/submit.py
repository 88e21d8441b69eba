"""Submits a job: it ends up accepted, refused, or uncertain, and no request is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from vidgo_notebook.domain.job_state import CANCELLED, Accepted, AnswerLost, JobState, PutBack, Refused, Submitting
from vidgo_notebook.domain.provider import IN_KERNEL
from vidgo_notebook.engine.clock import Clock
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.failures import error_of, uncertain
from vidgo_notebook.engine.intent import Purchase
from vidgo_notebook.engine.journal_writer import JournalWriter, NotAllowedError, OwnershipLostError
from vidgo_notebook.engine.provider_check import ProviderCheck
from vidgo_notebook.engine.rate_limit import RateLimiter
from vidgo_notebook.engine.retry_policy import (
    SUBMITS,
    Tries,
    after_submit,
    rate_limited,
    refusal_cost,
    refused_as_invalid,
)
from vidgo_notebook.engine.sent_images import NotKeptError, SentImages
from vidgo_notebook.engine.upload import Uploads
from vidgo_notebook.errors import (
    APIError,
    InsufficientCreditsError,
    RateLimitError,
    RequestError,
    StoreError,
    TransportError,
    VidgoError,
)
from vidgo_notebook.wire.client import VidgoClient
from vidgo_notebook.wire.codec import submit_body


class Submission:
    """Sends a request once. It is sent again only if it was certainly not accepted: no connection, or 429."""

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
        self._provider = ProviderCheck(client, limiter, clock)
        self._sent = sent
        self._uploads = Uploads(client, writer, limiter, clock, timeout, sent)

    async def submit(self, purchase: Purchase) -> float:
        """Learn who answers, upload the images, POST until there is a clear answer, and move the job accordingly.

        Returns when it was sent, by the monotonic clock.
        Raises the error that refused the request (nothing was spent), or JobUncertainError.
        """
        began, tries = self._clock.monotonic(), Tries(SUBMITS)
        while True:
            try:
                task_id, sent_at = await self._submit_once(purchase)
            except (TransportError, APIError, RequestError, NotKeptError) as error:
                if moving.state(purchase.job) is not JobState.SUBMITTING:  # no POST of the picture began
                    await self._writer.move(purchase, Refused(error.message))
                    error.cost = error.cost or refusal_cost(purchase.job.quote)
                    raise
                if isinstance(error, RateLimitError):  # before the journal's commit: others would run into it
                    self._limiter.slow_down(error.retry_after)
                if isinstance(error, InsufficientCreditsError):  # before it too, for the same reason
                    moving.stop_companions(purchase.job, error)
                may_try_again = tries.fail()
                if isinstance(error, RateLimitError):  # waited for, however often it occurs
                    may_try_again = self._clock.monotonic() - began < self._timeout()
                await self._settle_submit(purchase, error, may_try_again)
                if not isinstance(error, RateLimitError):  # for which the limiter waits
                    await self._clock.sleep(tries.pause)
            else:
                self._limiter.reset()
                await self._accepted(purchase, task_id)
                return sent_at

    async def _accepted(self, purchase: Purchase, task_id: str) -> None:
        try:
            await self._writer.move(purchase, Accepted(task_id))
        except OwnershipLostError:  # another process took the job over; only this one knows the task id
            purchase.late_task = task_id
            await self._writer.record_task(purchase, task_id)
            raise

    async def _submit_once(self, purchase: Purchase) -> tuple[str, float]:
        job = purchase.job
        if purchase.entry.api != IN_KERNEL:
            await self._provider.ensure()
        while True:
            images = await self._uploads.addresses(purchase)
            await self._sent.note(purchase)
            async with self._limiter.slot(lambda left: moving.show_activity(job, rate_limited(left))):
                if self._uploads.still_valid(images):  # an upload may have expired during the wait for a slot
                    return await self._post(purchase, submit_body(job.request, [image.url for image in images]))

    async def _post(self, purchase: Purchase, body: dict[str, object]) -> tuple[str, float]:
        job = purchase.job
        if moving.tracking(job).stopped or not (job.running() or moving.begin_sending(job)):
            await self._writer.move(purchase, Refused(CANCELLED))
            raise error_of(job)
        try:
            # Durable before the POST: if the process dies after this, nothing sends it again automatically.
            inputs = purchase.entry.inputs
            noted = (lambda journal: journal.note_inputs(job.id, inputs)) if inputs else None
            await self._writer.move(purchase, Submitting(), also=noted)
        except NotAllowedError:
            await self._writer.move(purchase, Refused(CANCELLED))
            raise error_of(job) from None
        purchase.sent, purchase.withheld, left = True, False, asyncio.Event()
        moving.sent_at(job, self._clock.now())
        sent_at = self._clock.monotonic()

        async def leaves() -> None:
            await self._writer.confirm(purchase)
            left.set()

        try:
            return await self._client.submit(body, leaves), sent_at
        except OwnershipLostError:
            purchase.sent, purchase.withheld = False, True
            raise
        except StoreError:  # whether the job is still ours is not known: nothing was sent
            purchase.sent = False
            await self._writer.move(purchase, PutBack())
            raise
        except asyncio.CancelledError:
            if not left.is_set():  # the engine was stopped while it waited for a connection
                with suppress(VidgoError):
                    await self._writer.move(purchase, PutBack())
            raise

    async def _settle_submit(self, purchase: Purchase, error: VidgoError, may_try_again: bool) -> None:
        """Move the job by what the error means; returns only if the submit may be sent again."""
        event = after_submit(error)
        if isinstance(event, AnswerLost):
            await self.lose_answer(purchase, event.message)
        purchase.sent, purchase.withheld = False, True  # certainly not accepted, whoever has the job by now
        if may_try_again and isinstance(event, PutBack):
            await self._writer.move(purchase, event)
            return
        await self._writer.move(purchase, Refused(error.message))
        error.cost = error.cost or refusal_cost(purchase.job.quote)
        if refused_as_invalid(error):
            await self._uploads.forget(purchase)
        if isinstance(error, InsufficientCreditsError):
            with suppress(VidgoError):  # without it, the message has the price alone
                held = purchase.job.quote.credit_format.text(await self._client.balance())
                error.cost += f" The account holds {held}."
        raise error

    async def lose_answer(self, purchase: Purchase, why: str) -> NoReturn:
        """The submit may or may not have arrived: the job is uncertain, and never sent again automatically."""
        await self._writer.move(purchase, AnswerLost(why))
        raise uncertain(purchase.job)
