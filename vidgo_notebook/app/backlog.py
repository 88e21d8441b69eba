"""What earlier sessions left behind: finding jobs in the journal, and taking them up again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from vidgo_notebook.app.library import recall
from vidgo_notebook.app.requests import from_json
from vidgo_notebook.app.shop import Shop
from vidgo_notebook.domain.job import JobState
from vidgo_notebook.domain.provider import EMULATOR, IN_KERNEL
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.endings import error_of
from vidgo_notebook.engine.handles import Job
from vidgo_notebook.engine.owner import surely_gone
from vidgo_notebook.engine.result import Result
from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.journal import Entry

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


class Backlog:
    """The journal's jobs as this session can look after them."""

    def __init__(self, session: Session, shop: Shop) -> None:
        self._session = session
        self._shop = shop

    def resumable(self) -> list[Entry]:
        """Jobs of the journal that nobody carries any more and that this session could take up."""
        left = self._left()
        provider = self._session.target.provider if left else ""
        return [entry for entry in left if entry.provider == provider]

    def in_one_line(self) -> str:
        """What earlier sessions left, and what to type next; '' if it is nothing. Raises VidgoError."""
        left = self._left()
        here = self._session.target.provider if left else ""
        away = [entry.provider for entry in left if entry.provider not in (here, EMULATOR)]
        said = []
        if mine := [entry for entry in left if entry.provider == here]:
            said.append(f"{len(mine)} job(s) of an earlier session can be resumed with %vidgo resume.")
        if away:
            said.append(
                f"{len(away)} job(s) of an earlier session are at {', '.join(sorted(set(away)))}: "
                "set VIDGO_API_KEY (or %vidgo key), then %vidgo resume."
            )
        return " ".join(said)

    def _left(self) -> list[Entry]:
        """What was sent and has not ended, and nobody looks after."""
        return [
            entry
            for entry in self._session.journal.all_under_way()
            if entry.api != IN_KERNEL
            and entry.record.state is not JobState.UNCERTAIN
            and not entry.record.state.unsent
            and self.can_take_up(entry)
        ]

    def can_take_up(self, entry: Entry) -> bool:
        """Whether nobody, here or elsewhere, looks after a job."""
        if entry.record.job_id in {job.id for job in list(self._session.jobs.values()) if not job.done()}:
            return False
        return entry.owner == self._session.owner or entry.lease_until < time.time() or surely_gone(entry.owner)

    def resume(self) -> list[Job]:
        """Take up everything that is resumable; the jobs."""
        target = self._session.target
        jobs = [self._shop.reuse.follow(from_json(entry.request), entry, target) for entry in self.resumable()]
        self._session.jobs.update({job.id: job for job in jobs})
        return jobs

    def find_job(self, name: str) -> Job:
        """The job of this session or of the journal whose id begins with ``name``. RequestError if none."""
        here = [job for job_id, job in list(self._session.jobs.items()) if job_id.startswith(name)]
        return here[0] if name and len(here) == 1 else self._recalled(self.find_entry(name))

    def find_entry(self, name: str) -> Entry:
        """The entry of the journal whose job id begins with ``name``. RequestError if none, or several."""
        entries = self._session.journal.entries(name, limit=2) if name else []
        if len(entries) == 1:
            return entries[0]
        several = "names several jobs: write more of it." if entries else "is no job."
        raise RequestError([Problem("job", f"{shown(name)} {several}")], hint="%vidgo jobs lists them.")

    def _recalled(self, entry: Entry) -> Job:
        """A handle on any job of the journal, ended or not."""
        request = from_json(entry.request)
        if not entry.record.state.ended or entry.record.state is JobState.UNCERTAIN:
            job = self._shop.reuse.follow(request, entry, self._session.target)
        else:
            job = Job(request, self._session.quote(request), entry.record, entry.provider)
            found = self._recall_picture(entry)
            if found:
                job.finish(found)
            else:
                job.fail(error_of(job))
        self._session.jobs[job.id] = job
        return job

    def _recall_picture(self, entry: Entry) -> Result | None:
        """Its own picture, also when a fresh one took its place; its store may have been moved since."""
        if entry.record.state is not JobState.FINISHED:
            return None
        addresses = dict.fromkeys([entry.store, self._session.store.address, *self._session.journal.stores()])
        return recall(addresses, entry.record.fingerprint, entry.generation)
