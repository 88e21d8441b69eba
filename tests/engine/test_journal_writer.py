"""Leaving while a job is on its way ends at once; what is not written yet must not be waited for for ever."""

from __future__ import annotations

import asyncio
from pathlib import Path

from vidgo_notebook.engine.journal_writer import GroupCommit
from vidgo_notebook.store.journal.journal import Journal


def test_a_commit_that_is_cancelled_before_it_began_holds_up_no_later_one(folder: Path) -> None:
    """So it happens when a kernel is shut down within a cell's first milliseconds."""

    async def leave() -> str:
        commits = GroupCommit(Journal(folder / "journal.sqlite3"))
        first = asyncio.ensure_future(commits.write(lambda: "first"))
        await asyncio.sleep(0)  # it is asked for now, and its commit has not begun
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(first, return_exceptions=True)
        try:
            return await asyncio.wait_for(commits.write(lambda: "second"), timeout=10)
        finally:
            commits.close()
            commits.journal.close()

    assert asyncio.run(leave()) == "second"
