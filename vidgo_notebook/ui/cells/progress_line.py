"""One line about a batch in the cell that waits for it; gone when the waiting is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from vidgo_notebook.app.progress import repeating
from vidgo_notebook.engine.handles.batch import Batch, tally_of
from vidgo_notebook.render.progress import batch_progress_html
from vidgo_notebook.ui.output.bundles import Bundle
from vidgo_notebook.ui.output.job_view import shown, update
from vidgo_notebook.ui.shell import Shell


def progress_in_notebook(shell: Shell) -> Callable[[Batch], AbstractContextManager[None]]:
    """What shows the progress of a batch while a cell waits; only to a person, since it varies."""

    @contextmanager
    def follow(batch: Batch) -> Iterator[None]:
        if batch.done() or not shell.live():
            yield
            return
        handle = shown(_bundle(batch))
        try:
            with repeating(lambda: update(handle, _bundle(batch))):
                yield
        finally:
            update(handle, ({"text/plain": ""}, {}))

    return follow


def _bundle(batch: Batch) -> Bundle:
    return {"text/html": batch_progress_html(tally_of(batch)), "text/plain": ""}, {}
