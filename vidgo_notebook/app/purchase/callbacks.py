"""Webhooks for this session's jobs: each job has an address of its own, and a call to it polls at once."""

from __future__ import annotations

import hmac
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from vidgo_notebook.app.purchase.follow import follow, succeed
from vidgo_notebook.app.request.build import from_json
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.rules import problems
from vidgo_notebook.domain.wording import described
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.wire.webhook_receiver import PATH, Receiver

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


def receive(session: Session, public_url: str | None = None, port: int = 0) -> CallbackReceiver:
    """Receive webhooks from now on, replacing an earlier receiver. Raises RequestError for an unusable address."""
    if session.callbacks:
        session.callbacks.close()
    session.callbacks = receiver = CallbackReceiver(session, public_url, port)
    return receiver


class CallbackReceiver:
    """A running receiver. ``url`` is the address that the service calls; those of the jobs begin with it."""

    def __init__(self, session: Session, public_url: str | None, port: int) -> None:
        if not isinstance(port, int) or isinstance(port, bool):
            raise RequestError([Problem("port", f"{described(port)} is not a port.", "0 for a free one")])
        self._session = session
        self._engine = session.engine
        try:
            self._receiver = Receiver(self._called, port)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or "it is not a port"
            raise RequestError([Problem("port", f"{port} can't be listened on: {why}.", "0 for a free one")]) from None
        self.url = (public_url or f"http://127.0.0.1:{self._receiver.port}").rstrip("/")
        try:
            sample = GenerationRequest("x", callback_url=self.address_for("j" * 10))
            if wrong := problems(sample, local_api=session.target.local_api):
                raise RequestError(
                    [Problem("public_url", problem.message, problem.suggestion) for problem in wrong],
                    hint="Give the address of your tunnel or reverse proxy: vidgo.receiver(public_url='https://…').",
                )
            self._engine.run(self._receiver.start)
        except BaseException:
            self._receiver.discard()
            raise

    def address_for(self, job_id: str) -> str:
        """The callback URL of a job, with a random part that can't be guessed."""
        return f"{self.url}{PATH}/{job_id}/{secrets.token_urlsafe(24)}"

    def close(self) -> None:
        """Stop receiving; jobs are polled, as without a receiver."""
        if self._session.callbacks is self:
            self._session.callbacks = None
            self._engine.run(self._receiver.stop)

    def __repr__(self) -> str:
        return f"<CallbackReceiver at {self.url}, on local port {self._receiver.port}>"

    def _called(self, job_id: str, secret: str, task_id: str) -> None:
        """A webhook came. Unknown, forged and repeated ones change nothing."""
        with suppress(VidgoError):  # an error here can't be reported; polling continues
            entry = self._session.journal.entry(job_id)
            if entry is None:
                return
            # The job's own path only: a callback URL of the user's own has no secret.
            called, given = f"{PATH}/{job_id}/{secret}", from_json(entry.request).callback_url or ""
            if not hmac.compare_digest(given[-len(called) :].encode(), called.encode()):
                return
            if entry.record.state is JobState.UNCERTAIN and task_id:
                self._name_task(job_id, task_id)
            # The picture is quicker than the answer to its submit, which may yet get lost.
            if entry.record.state is JobState.SUBMITTING and task_id and (job := self._session.jobs.get(job_id)):
                job.add_done_callback(lambda _: self._name_task(job_id, task_id))
            self._engine.wake(job_id)

    def _name_task(self, job_id: str, task_id: str) -> None:
        """The webhook proves that an uncertain job was accepted, and names its task: poll it."""
        session = self._session
        with suppress(VidgoError):
            journal = session.journal
            named = journal.commit(lambda: journal.record_task(job_id, task_id, time.time()))
            if named and (settled := journal.entry(job_id)):
                succeed(session, job_id, follow(session, from_json(settled.request), settled, session.target))
                self._engine.wake(job_id)
