"""A job that is settled at the moment in which its end is shown: the output follows all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.clocks import wait_until
from tests.fixtures.ended_jobs import job_in
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.engine.handles import moving
from vidgo_notebook.engine.handles.failures import forgotten, uncertain
from vidgo_notebook.ui.output.bundles import Look
from vidgo_notebook.ui.output.live import View, painter
from vidgo_notebook.ui.output.picture import Picture


class Place:
    """Where an output is, and somebody who sees it."""

    def __init__(self, see: Callable[[str], None] = lambda _: None) -> None:
        self.text = ""
        self._see = see

    def update(self, data: dict[str, Any], **_: Any) -> None:
        self.text = data["text/plain"]
        self._see(self.text)


@pytest.mark.parametrize("live", [False, True], ids=["shown", "followed"])
def test_what_is_settled_as_it_is_shown_is_followed(live: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_in("running")

    def settle(text: str) -> None:
        if "uncertain" in text:
            moving.end_again(job, replace(moving.record(job), state=JobState.FORGOTTEN), forgotten(job))

    picture, card = Place(settle), Place()
    places = iter((picture, card))
    monkeypatch.setattr("vidgo_notebook.ui.output.live.shown", lambda _: next(places))
    view = View(Picture(job, Look(), None))  # type: ignore[arg-type]  # without a picture it asks no session
    view.follow() if live else view.show()
    moving.mirror(job, replace(moving.record(job), state=JobState.UNCERTAIN))
    moving.fail(job, uncertain(job))
    if not live:  # as by another cell's call
        view.finish()
    wait_until(lambda: picture.text == "<no picture: forgotten · up to 12 credits>")
    wait_until(lambda: "forgotten" in card.text)
    painter.stop()
