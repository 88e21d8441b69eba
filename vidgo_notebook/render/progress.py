"""The output of a cell while its pictures are being made, and after an error."""

from __future__ import annotations

from dataclasses import dataclass

from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat
from vidgo_notebook.domain.sums import Sums
from vidgo_notebook.render import markup
from vidgo_notebook.render.markup import escape

_WORDS = {
    "planned": "waiting for its turn",
    "waiting": "waiting for its images",
    "uploading": "uploading images",
    "submitting": "submitting",
    "not_started": "queued at the service",
    "running": "being made",
    "fetching": "fetching the picture",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a job at one moment: status, percentage, and seconds elapsed and expected where known."""

    job_id: str
    status: str
    progress: float | None = None
    elapsed: float | None = None
    expected: float | None = None
    activity: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """The state of a batch at one moment: numbers of pictures, credits charged and at stake, and seconds left where
    known."""

    total: int
    done: int
    running: int
    failed: int
    sums: Sums
    credit_format: CreditFormat = NO_CURRENCY
    seconds_left: float | None = None


def batch_progress_html(tally: Tally) -> str:
    """One bar and one line for all of a batch."""
    share = 100 * (tally.done + tally.failed) / tally.total if tally.total else 100.0
    return _bar(max(2.0, share), batch_progress_text(tally))


def batch_progress_text(tally: Tally) -> str:
    """The same in words: ``12 of 24 done, 8 running, 1 failed, 96 credits charged, up to 64 at stake, about 30 s
    left``; stand-ins have no credits."""
    parts = [f"{tally.done:,} of {tally.total:,} done", f"{tally.running:,} running"]
    if tally.failed:
        parts.append(f"{tally.failed:,} failed")
    if tally.sums.charged or tally.sums.at_stake:
        parts.append(tally.sums.so_far(tally.credit_format))
    if (seconds := tally.seconds_left) is not None:
        parts.append(f"about {seconds:.0f} s left" if seconds < 100 else f"about {seconds / 60:.0f} min left")
    return ", ".join(parts)


def progress_html(job: Snapshot) -> str:
    """A progress bar with its state in words."""
    return _bar(percent(job), progress_text(job))


def _bar(value: float, text: str) -> str:
    bar = f'<progress max="100" value="{value:.0f}" style="width:14em;vertical-align:middle"></progress>'
    return markup.frame(
        markup.line(f"{bar}&ensp;{escape(text)}"),
        markup.line("If this stands still after a reload, run the cell again: nothing is bought twice.", muted=True),
    )


def progress_text(job: Snapshot) -> str:
    """The same in words: ``being made, 3 s of about 8 s``."""
    words = ", ".join(part for part in (_WORDS.get(job.status, job.status), job.activity) if part)
    if job.elapsed is None:
        return words
    of = f" of about {job.expected:.0f} s" if job.expected else " s"
    return f"{words}, {job.elapsed:.0f}{of}"


def percent(job: Snapshot) -> float:
    """Reported progress, or the share of the expected time; below 100 until the picture is there."""
    by_time = 100 * job.elapsed / job.expected if job.elapsed and job.expected else 0.0
    return min(97.0, max(job.progress or 0.0, by_time, 2.0))


def error_html(kind: str, text: str) -> str:
    """An error in place of a picture: what happened, what it cost, what to type next."""
    first, *rest = text.split("\n")
    return markup.message(f"<b>{escape(kind)}</b>: {escape(first)}", rest)
