"""Clusters that start at no workers and grow with their tasks, as is usual on Slurm and on Dask Gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.cluster.conftest import OpenSetup
from tests.fixtures.api_key import KEY
from tests.fixtures.cluster_setup import PATIENCE, prompts
from vidgo_notebook.engine.cluster.dask import _shares
from vidgo_notebook.engine.request_slots import RequestKind


def test_a_cluster_that_is_at_zero_is_brought_a_worker_and_carries_the_batch(
    open_setup: OpenSetup, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    setup = open_setup(journal=str(tmp_path / "journal.sqlite3"))
    home = {"VIDGO_API_KEY": KEY, **dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(tmp_path))}
    with (
        distributed.LocalCluster(
            n_workers=0, threads_per_worker=1, dashboard_address=":0", env=home, memory_limit=0
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        cluster.adapt(minimum=0, maximum=2)
        batch = setup.ask(setup.notebook(cluster_concurrency=6), prompts(12), client).wait(PATIENCE)
        assert batch.failed() == []
        assert setup.local_api.submits == 12


@pytest.mark.parametrize(
    ("together", "shares"), [(3, (1, 1, 1)), (6, (4, 1, 1)), (32, (12, 10, 10)), (100, (36, 32, 32))]
)
def test_the_limit_of_a_cluster_is_divided_among_the_kinds_of_requests(
    together: int, shares: tuple[int, int, int]
) -> None:
    found = _shares(together)
    assert (found[RequestKind.SUBMIT], found[RequestKind.STATUS], found[RequestKind.FILE]) == shares
    assert sum(shares) == together
