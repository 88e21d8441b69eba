"""One line for jobs that a cell began and does not show, such as those of a loop; gone when they have ended well."""

from __future__ import annotations

from collections.abc import Sequence

from vidgo_notebook.app.presence import say
from vidgo_notebook.domain.wording import counted, one_line
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.engine.handles.batch_progress import progress_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.engine.handles.job_card import ending_of
from vidgo_notebook.render import markup
from vidgo_notebook.render.ending import colour_of
from vidgo_notebook.render.progress import bar_html, progress_text
from vidgo_notebook.ui.output.bundles import Bundle
from vidgo_notebook.ui.output.live import Follower, shown, update

_NAMED, _PROMPT_SHOWN = 5, 40
HOW_TO_WAIT = "vidgo.wait() waits for {}, and vidgo.jobs() lists {}."


def show_under_way(jobs: Sequence[Job], *, in_notebook: bool) -> None:
    """Show the line, in the cell that runs now, until all have ended."""
    batch, them = Batch(jobs), "it" if len(jobs) == 1 else "them"
    text = f"{counted(len(jobs), 'job')} under way: {HOW_TO_WAIT.format(them, them)}"
    if not in_notebook:
        say(text)
        return

    def line() -> Bundle:
        if batch.done():
            return _ended(batch)
        progress = progress_of(batch)
        how_far = f"{counted(len(jobs), 'job')} under way: {progress_text(progress)}"
        return {"text/html": bar_html(progress, how_far, HOW_TO_WAIT.format(them, them)), "text/plain": text}, {}

    handle = shown(line())
    Follower(lambda: update(handle, line()), lambda _: None).follow(jobs)


def _ended(batch: Batch) -> Bundle:
    """Nothing where all have their pictures; else which have none, and why."""
    failed = batch.failed()
    if not failed:
        return {"text/plain": ""}, {}
    first = f"{len(failed):,} of {counted(len(batch), 'job')} ended without a picture"
    why = [f"{one_line(job.request.prompt, _PROMPT_SHOWN)}: {ending_of(job)}. {_cause(job)}" for job in failed[:_NAMED]]
    more = [f"and {len(failed) - _NAMED:,} more"] if len(failed) > _NAMED else []
    html = markup.frame(
        markup.line(f"<b>{markup.escape(first)}</b>"),
        markup.lines([*why, *more]),
        markup.code("vidgo.jobs()"),
        colour=colour_of("without a picture"),
    )
    return {"text/html": html, "text/plain": "\n".join([first, *why, *more])}, {}


def _cause(job: Job) -> str:
    ending = ending_of(job)
    return ending.cause.split("\n")[0] if ending else ""
