"""The output of a cell while its pictures are being made, and after an error."""

from __future__ import annotations

from dataclasses import dataclass

from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat
from vidgo_notebook.domain.sums import NOTHING_YET, Sums
from vidgo_notebook.door import here
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
class UploadProgress:
    """The image that is uploaded now: the how many-th of how many, its size in bytes, and the seconds since the first
    one began."""

    number: int
    total: int
    size: int
    elapsed: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far some pictures are at one moment; one picture is a batch of one.

    The share of the work that is done in percent, numbers of pictures, credits charged and at stake, and seconds left
    where known, and the image that is uploaded. The only picture, while it is under way, has instead its ``state``,
    with what it waits for, and the seconds elapsed and expected.
    """

    percent: float
    upload: UploadProgress | None = None
    total: int = 1
    done: int = 0
    running: int = 0
    failed: int = 0
    sums: Sums = NOTHING_YET
    credit_format: CreditFormat = NO_CURRENCY
    seconds_left: float | None = None
    state: str = ""
    activity: str = ""
    elapsed: float | None = None
    expected: float | None = None


_LARGE = 100_000  # bytes
_STANDS_STILL = "If this stands still after a reload, run the cell again: nothing is bought twice."


def progress_html(progress: Progress) -> str:
    """A bar with its state in words."""
    return bar_html(progress, progress_text(progress), here(_STANDS_STILL))


def working_html(text: str, percent: float | None) -> str:
    """A bar for work other than a picture; it moves to and fro while the share that is done is not known."""
    share = "" if percent is None else f' value="{percent:.0f}"'
    bar = f'<progress max="100"{share} style="width:14em;vertical-align:middle"></progress>'
    return markup.frame(markup.line(f"{bar}&ensp;{escape(text)}"))


def bar_html(progress: Progress, how_far: str, note: str) -> str:
    """A bar with words beside it, and a note below."""
    bar = f'<progress max="100" value="{progress.percent:.0f}" style="width:14em;vertical-align:middle"></progress>'
    return markup.frame(
        markup.line(f"{bar}&ensp;{escape(how_far)}"),
        markup.line(escape(note), muted=True),
    )


def progress_text(progress: Progress) -> str:
    """The same in words.

    ``being made, 3 s of about 8 s`` for the only picture, ``12 of 24 done, 8 running, 1 failed, 96 credits charged,
    up to 64 at stake, about 30 s left`` for several; stand-ins have no credits.
    """
    upload = [_upload_text(progress.upload)] if progress.upload else []
    if progress.state:
        state = upload or [_WORDS.get(progress.state, progress.state)]
        words = ", ".join(part for part in (*state, progress.activity) if part)
        if progress.elapsed is None:
            return words
        expected = f" of about {progress.expected:.0f} s" if progress.expected else ""
        return f"{words}, {progress.elapsed:.0f} s{expected}"
    parts = [f"{progress.done:,} of {progress.total:,} done", f"{progress.running:,} running", *upload]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.sums.charged or progress.sums.at_stake:
        parts.append(progress.sums.so_far(progress.credit_format))
    if (seconds := progress.seconds_left) is not None:
        parts.append(f"about {seconds:.0f} s left" if seconds < 100 else f"about {seconds / 60:.0f} min left")
    return ", ".join(parts)


def _upload_text(upload: UploadProgress) -> str:
    """``uploading images: 2 of 3 (4.1 MB), 4 s``; the size of an image that is not small."""
    which = "an image" if upload.total == 1 else f"images: {upload.number} of {upload.total}"
    size = f" ({upload.size / 1e6:,.1f} MB)" if upload.size >= _LARGE else ""
    return f"uploading {which}{size}, {upload.elapsed:.0f} s"


def error_html(kind: str, text: str) -> str:
    """An error in place of a picture: what happened, what it cost, what to type next."""
    first, *rest = text.split("\n")
    return markup.message(f"<b>{escape(kind)}</b>: {escape(first)}", rest)
