"""Error messages for jobs that produced no image: what happened, what it cost, what to do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.amounts import cost_sentence, price_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import FetchError, JobError, JobFailedError, JobTimeoutError, JobUncertainError, VidgoError
from vidgo_notebook.visible_text import visible_name

_NOT_AGAIN = "It is not sent again automatically, not even by this cell."


def error_of(job: Job) -> JobError:
    """The error for a job that ended without a picture, by its state."""
    if moving.state(job) is JobState.UNCERTAIN:
        return uncertain(job)
    if moving.state(job) is JobState.FAILED:
        return JobFailedError(
            f"The service could not make the picture: {moving.record(job).message}",
            job=job,
            cost="It cost nothing: failures are not billed.",
            hint="Change the prompt or the references, and run the cell again.",
        )
    if moving.state(job) is JobState.FINISHED:
        return JobError(
            f"Job {job.id} is finished, but its picture is missing or damaged in the store.",
            job=job,
            cost=cost_sentence(job, f"It was billed when it was made: {price_of(job)}. Nothing is billed for looking."),
            hint="Run its cell again: the picture is fetched again while the service keeps it (24 h).",
        )
    if moving.state(job) is JobState.FORGOTTEN:
        return forgotten(job)
    if moving.record(job).by_user:
        hint = "Run its cell again to make the picture."
        return JobError(f"Job {job.id}: {moving.record(job).message}", job=job, cost="It cost nothing.", hint=hint)
    return JobError(f"Job {job.id} was not accepted: {moving.record(job).message}", job=job, cost="It cost nothing.")


def uncertain(job: Job) -> JobUncertainError:
    """The submit may or may not have arrived."""
    began = moving.tracking(job).began
    when = "" if began is None else f" was sent at {local_time(began)} and"
    return JobUncertainError(
        f"Job {job.id}{when} may or may not have been accepted. {moving.record(job).message}",
        job=job,
        cost=f"{cost_sentence(job, f'If it was, it will be billed: {price_of(job)}.')} {_NOT_AGAIN}",
        hint=f"%vidgo resolve {job.id} shows what is known. %vidgo resolve {job.id} --resubmit buys it again, "
        f"%vidgo resolve {job.id} --forget drops it.",
    )


def withheld(job: Job) -> JobError:
    """Another process took the job over, or the user settled it, before this process sent it."""
    if moving.state(job) not in (JobState.UNCERTAIN, JobState.FORGOTTEN):
        return error_of(job)
    stopped = f"Job {job.id} was not sent: this process was stopped, and meanwhile"
    if moving.state(job) is JobState.UNCERTAIN:
        return JobUncertainError(
            f"{stopped} another process took the job over and, as it could not know that, recorded it as uncertain.",
            job=job,
            cost="Nothing was sent: it cost nothing.",
            hint=f"%vidgo resolve {job.id} --resubmit buys it; %vidgo resolve {job.id} --forget drops it.",
        )
    return JobError(
        f"{stopped} it was settled by hand in another process.",
        job=job,
        cost="Nothing was sent: this job cost nothing. If it was bought again there, that is a job of its own.",
        hint="Run its cell again: a picture that was bought there is not bought again.",
    )


def accepted_late(job: Job, task_id: str) -> JobError:
    """It was sent and accepted after another process, or the user there, had settled it."""
    billed = f"It may be billed: {price_of(job)}, besides what was bought for it elsewhere. It is counted as charged."
    return JobError(
        f"Job {job.id} was settled elsewhere while this process was stopped, and then accepted as task {task_id}.",
        job=job,
        cost=cost_sentence(job, billed),
        hint="%vidgo costs lists the charge; compare it with your account's at the service.",
    )


def forgotten(job: Job) -> JobError:
    """A person gave the job up."""
    return JobError(
        f"Job {job.id} was forgotten: resolved by hand, it is no longer looked for.",
        job=job,
        cost=cost_sentence(job, "What it cost, if it was accepted, is not known."),
        hint="Run its cell again to make the picture, at its price.",
    )


def local_time(moment: float) -> str:
    """A time (seconds since the epoch) in the local time zone."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def never_sent(job: Job) -> JobError:
    """The kernel that planned it has ended, and its price was not approved again."""
    return JobError(
        f"Job {job.id} was planned by a kernel that has ended, and never sent.",
        job=job,
        cost="It cost nothing.",
        hint="Run its cell again to make the picture.",
    )


def no_longer_watched(job: Job, why: str) -> JobTimeoutError:
    """The waiting ended, the job did not; one that was never sent ends here, at no cost."""
    if moving.state(job).unsent:
        return JobTimeoutError(
            f"{why}; job {job.id} was not sent yet.",
            job=job,
            cost="It cost nothing.",
            hint="Run its cell again to make the picture.",
        )
    accepted = "The job is not lost: it continues at the service, and may be billed."
    perhaps = "It was being sent: it may have been accepted, and may be billed."
    return JobTimeoutError(
        f"{why}; job {job.id} is {job.status} and no longer watched.",
        job=job,
        cost=cost_sentence(job, accepted if moving.state(job).accepted else perhaps),
        hint="%vidgo resume continues it.",
    )


def no_file(job: Job, error: VidgoError) -> FetchError:
    """The picture exists and is billed, but its file can't be downloaded."""
    return FetchError(
        f"Job {job.id} is finished, but its picture can't be downloaded. {error.message}",
        cost=f"{cost_sentence(job, f'It was billed: {price_of(job)}.')} The service keeps the file for about 24 hours.",
        hint=" ".join([error.hint, "%vidgo resume fetches it again."]).strip(),
    )


def unreadable(job: Job, path: Path) -> FetchError:
    """The picture is billed, and what the file host sends is kept, but can't be read as a picture."""
    return FetchError(
        f"Job {job.id} is finished, but its file can't be read as a picture. It is kept as it was sent: "
        f"{visible_name(path)}",
        cost=cost_sentence(job, f"It was billed: {price_of(job)}."),
        hint="Open the file with another program. %vidgo resume downloads it again only after you delete that file.",
    )


def unexpected(job: Job, error: Exception) -> VidgoError:
    """An internal error, reported without a traceback, which could contain secrets."""
    return JobError(
        f"Internal error in vidgo_notebook (job {job.id}): {type(error).__name__}: {shown(str(error), 200)}.",
        job=job,
        cost=f"The job is {job.status}. {cost_sentence(job, 'What the service accepted may be billed.')}",
        hint="%vidgo resume continues it. Please report this.",
    )
