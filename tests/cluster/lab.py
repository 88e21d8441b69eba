"""A lab: a vendor, a journal that machines share, a store that they share, and notebooks that use a cluster."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.stage.service import Service
from vidgo_notebook.app.batches.on_cluster import ClusterExecutor
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.store.journal.journal import Journal

PATIENCE = 120.0


def prompts(count: int, first: int = 0) -> list[str]:
    return [f"Bicycle {number}" for number in range(first, first + count)]


class Lab:
    """``journal`` may hold a password. Notebooks are live sessions; nobody sits at them, and they may spend."""

    def __init__(self, vendor: Service, folder: Path, journal: str) -> None:
        self.vendor = vendor
        self.folder = folder
        self.journal_url = journal
        self._opened: list[Session] = []

    def notebook(self, **settings: Any) -> Session:
        places = {"store": str(self.folder / "store"), "journal": self.journal_url, "base_url": self.vendor.url}
        session = Session(Vidgo(**{"mode": "live", **places, **settings}), lambda: False, lambda _: False)
        self._opened.append(session)
        return session

    def ask(self, session: Session, prompts: Sequence[str], client: Any, **choices: Any) -> Batch:
        """Order a small cheap picture for each prompt, to be made by the workers of ``client``."""
        share_key = choices.pop("share_key", False)
        requests = [new_request(session, prompt, size="1:1", resolution="1K") for prompt in prompts]
        executor = ClusterExecutor(session, client, share_key=share_key)
        return Batch(order_jobs(session, requests, PurchaseChoices(yes=True, executor=executor, **choices)))

    def journal(self) -> Journal:
        return self._opened[0].journal

    def in_store(self) -> set[str]:
        """The prompts of the sound pictures in the store."""
        store = self._opened[0].store
        return {record.prompt for record in store.records() if store.picture(record)}

    def close(self) -> None:
        for session in self._opened:
            session.close()


def kill_a_worker(client: Any) -> None:
    """SIGKILL the worker that has most to do."""
    busy = sorted(client.processing().items(), key=lambda item: -len(item[1]))
    (pid,) = client.run(os.getpid, workers=[busy[0][0]]).values()
    os.kill(pid, signal.SIGKILL)


def kill_a_worker_once_all_is_sent(lab: Lab, client: Any, count: int) -> None:
    """Kill one when ``count`` submits have come in, and their answers are written down."""
    while lab.vendor.submits < count:
        time.sleep(0.05)
    time.sleep(1.0)
    kill_a_worker(client)
