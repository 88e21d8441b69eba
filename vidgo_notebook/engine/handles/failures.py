"""How a job that brought no picture says so: what happened, what it cost, what to type next."""

from __future__ import annotations

from datetime import datetime

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import FetchError, JobError, JobFailedError, JobTimeoutError, JobUncertainError, VidgoError

CANCELLED = "It was cancelled before it was sent."


def failure_of(job: Job) -> BaseException | None:
    """What ended a job that has ended, or None if it has its picture; one that was stopped has failed too."""
    if not job.cancelled():
        return job.exception()
    why = f" {job.stopped_by.message}" if job.stopped_by else ""
    return JobError(
        f"Job {job.id} was stopped before it was sent.{why}",
        job=job,
        cost="It cost nothing.",
        hint="Run its cell again: only what is missing is bought.",
    )


def error_of(job: Job) -> JobError:
    """The error for a job that ended badly, by its state."""
    if job.record.state is JobState.UNCERTAIN:
        return uncertain(job)
    if job.record.state is JobState.FAILED:
        return JobFailedError(
            f"The service could not make the picture: {job.record.message}",
            job=job,
            cost="It cost nothing: failures are not billed.",
            hint="Change the prompt or the references, and run the cell again.",
        )
    if job.record.state is JobState.FINISHED:
        return JobError(
            f"Job {job.id} is finished, but its picture is missing or damaged in the store.",
            job=job,
            cost=f"It was billed when it was made: {job.quote}. Nothing is billed for looking.",
            hint="Run its cell again: the picture is fetched again while the service keeps it (24 h).",
        )
    return JobError(f"Job {job.id} was not accepted: {job.record.message}", job=job, cost="It cost nothing.")


def uncertain(job: Job) -> JobUncertainError:
    """Nobody knows whether the submit arrived."""
    when = "" if job.began is None else f" was sent at {local_time(job.began)} and"
    return JobUncertainError(
        f"Job {job.id}{when} may or may not have been accepted. {job.record.message}",
        job=job,
        cost=f"If it was, it will be billed: {job.quote}. It is not sent again by itself, also not by this cell.",
        hint=f"%vidgo resolve {job.id} shows what is known; --resubmit buys it again, --forget lets it go.",
    )


def local_time(moment: float) -> str:
    """A moment (seconds since the epoch) as the clock on the wall shows it."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def never_sent(job: Job) -> JobError:
    """The kernel that planned it is gone, and nobody approved its price since."""
    return JobError(
        f"Job {job.id} was planned by a kernel that is gone, and never sent.",
        job=job,
        cost="It cost nothing.",
        hint="Run its cell again to make the picture.",
    )


def no_longer_watched(job: Job, why: str) -> JobTimeoutError:
    """The waiting ended, the job did not; one that was never sent ends here, for nothing."""
    if job.record.state.unsent:
        return JobTimeoutError(
            f"{why}; job {job.id} was not sent yet.",
            job=job,
            cost="It cost nothing.",
            hint="Run its cell again to make the picture.",
        )
    accepted = "The job is not lost: it goes on at the service, and may be billed."
    perhaps = "It was just being sent: it may have been accepted, and may be billed."
    return JobTimeoutError(
        f"{why}; job {job.id} is {job.status} and no longer watched.",
        job=job,
        cost=accepted if job.record.state.accepted else perhaps,
        hint="%vidgo resume takes it up again.",
    )


def no_file(job: Job, error: VidgoError) -> FetchError:
    """The picture exists and is billed, but its file does not come."""
    return FetchError(
        f"Job {job.id} is finished, but its picture can't be had. {error.message}",
        cost=f"It was billed: {job.quote}. The service keeps the file for about 24 hours.",
        hint=" ".join([error.hint, "%vidgo resume fetches it again."]).strip(),
    )


def unexpected(job: Job, error: Exception) -> VidgoError:
    """A fault of this package, told without a traceback that could hold secrets."""
    return JobError(
        f"Job {job.id} met a fault in vidgo_notebook ({type(error).__name__}: {shown(str(error), 200)}).",
        job=job,
        cost=f"The job is {job.status}; what the service accepted may be billed.",
        hint="%vidgo resume takes it up again. Please report this.",
    )
