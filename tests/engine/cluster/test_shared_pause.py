"""A 429 that one worker meets pauses all of them for its seconds, whatever the clocks of their machines say."""

from __future__ import annotations

from pathlib import Path

from vidgo_notebook.engine.cluster.shared_limit import SharedPause
from vidgo_notebook.store.journal.journal import Journal

API = "https://api.vidgo.ai"


def test_a_pause_reaches_every_other_worker_once_and_with_all_its_seconds(tmp_path: Path) -> None:
    """Only seconds are shared: a time of one machine would mean another moment on the next."""
    journal = Journal(tmp_path / "journal.sqlite3")
    asked, near, far = (SharedPause(journal, API) for _ in range(3))
    journal.commit(lambda: asked.share(42.0))
    assert [worker.news() for worker in (asked, near, far)] == [0.0, 42.0, 42.0]
    assert [worker.news() for worker in (asked, near, far)] == [0.0, 0.0, 0.0]
    journal.commit(lambda: near.share(7.0))  # shorter than the first, and later
    assert [worker.news() for worker in (asked, near, far)] == [7.0, 0.0, 7.0]
    journal.close()


def test_a_worker_does_not_wait_for_a_pause_from_before_it_began(tmp_path: Path) -> None:
    """How old it is can't be known without comparing the clocks of two machines."""
    journal = Journal(tmp_path / "journal.sqlite3")
    journal.commit(lambda: SharedPause(journal, API).share(3600.0))
    late = SharedPause(journal, API)
    assert late.news() == 0.0
    journal.close()


def test_a_pause_of_one_service_does_not_hold_up_another(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite3")
    here, elsewhere = SharedPause(journal, API), SharedPause(journal, "http://127.0.0.1:9")
    journal.commit(lambda: here.share(42.0))
    assert elsewhere.news() == 0.0
    journal.close()
