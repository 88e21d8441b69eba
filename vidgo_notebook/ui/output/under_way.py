"""One line for jobs that a cell began and does not show, such as those of a loop; gone when they have ended well."""

from __future__ import annotations

from collections.abc import Sequence

from vidgo_notebook.app.presence import say
from vidgo_notebook.domain.wording import counted
from vidgo_notebook.engine.handles.batch import Batch, progress_of
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.render.markup import escape, message
from vidgo_notebook.render.progress import bar_html, progress_text
from vidgo_notebook.ui.output.bundles import Bundle
from vidgo_notebook.ui.output.live import Follower, shown, update

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
            failed = batch.failures()
            html = {"text/html": message(escape(failed[0]), failed[1:])} if failed else {}
            return {**html, "text/plain": "\n".join(failed)}, {}
        progress = progress_of(batch)
        how_far = f"{counted(len(jobs), 'job')} under way: {progress_text(progress)}"
        return {"text/html": bar_html(progress, how_far, HOW_TO_WAIT.format(them, them)), "text/plain": text}, {}

    handle = shown(line())
    Follower(lambda: update(handle, line()), lambda _: None).follow(jobs)
