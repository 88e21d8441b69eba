"""The results of the form, the newest on top."""

from __future__ import annotations

from typing import Any

from vidgo_notebook.engine.handles.job import Job, ended_well
from vidgo_notebook.ui.panel.parts import box, close, show
from vidgo_notebook.ui.panel.result import ResultBox

_PLACES = 12


class Shelf:
    """Places made beforehand and filled from below: whoever is in an older result, typing a file's name
    perhaps, is not disturbed by the next one. Once all are filled the oldest gives up its place."""

    def __init__(self) -> None:
        self._free = [box() for _ in range(_PLACES)]
        self.results: list[ResultBox] = []
        self.box = box(*self._free)
        for place in self._free:
            show(place, False)

    def has(self, job: Job) -> bool:
        """Whether the picture of such a job is here."""
        return any(each.job.fingerprint == job.fingerprint and ended_well(each.job) for each in self.results)

    def put(self, result: ResultBox) -> None:
        """Put a result on top."""
        place = self._free.pop() if self._free else self._oldest()
        place.children = [result.box]
        show(place, True)
        self.results = [result, *self.results][:_PLACES]

    def _oldest(self) -> Any:
        *others, oldest = self.box.children
        close(oldest.children[0])
        self.box.children = [oldest, *others]
        return oldest
