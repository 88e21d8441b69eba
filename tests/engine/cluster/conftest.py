from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.api_key import KEY
from tests.fixtures.cluster_setup import PATIENCE, ClusterSetup
from tests.fixtures.isolation import seclude
from tests.fixtures.local_api import LocalApi, serve_local_api
from tests.fixtures.postgres import PASSWORD, Postgres

OpenSetup = Callable[..., ClusterSetup]
WORKERS = 4


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Let a worker that starts anew on a busy machine take longer than half a minute until it answers."""
    dask = pytest.importorskip("dask")
    with dask.config.set({"distributed.comm.timeouts.connect": PATIENCE, "distributed.comm.timeouts.tcp": PATIENCE}):
        yield


@pytest.fixture
def workers(cluster: Any) -> Any:
    """The client of four worker processes, all of them there: an earlier test may have killed one just now."""
    cluster.wait_for_workers(WORKERS, timeout=PATIENCE)
    return cluster


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Four workers for this folder; left running to the end, they would take a tenth of a processor from all tests."""
    with started_cluster(tmp_path_factory.mktemp("workers")) as client:
        yield client


@pytest.fixture
def workers_to_kill(tmp_path: Path) -> Iterator[Any]:
    """Four workers for one test only: after several kills not every one is started anew by its nanny."""
    with started_cluster(tmp_path / "workers") as client:
        yield client


@contextlib.contextmanager
def started_cluster(home: Path) -> Iterator[Any]:
    """Worker processes with the key and the database's password in their environment; their client."""
    distributed = pytest.importorskip("distributed")
    environment = {
        "VIDGO_API_KEY": KEY,
        "PGPASSWORD": PASSWORD,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        **dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(home)),
        **dict.fromkeys(("OMP_NUM_THREADS", "MALLOC_ARENA_MAX"), "1"),
    }
    with (
        distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0", env=environment, memory_limit=0
        ) as started,
        distributed.Client(started) as client,
    ):
        yield client


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return seclude(monkeypatch, tmp_path)


@pytest.fixture
def open_setup(folder: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres) -> Iterator[OpenSetup]:
    """Makes labs: a vendor, a journal on a server, a shared store, and notebooks that use them."""
    with contextlib.ExitStack() as stack:

        def make(journal: str | None = None, **local_api: Any) -> ClusterSetup:
            running: LocalApi = stack.enter_context(serve_local_api(credits=10**7, **local_api))
            setup = ClusterSetup(running, folder, journal or postgres.new_database())
            stack.callback(setup.close)
            return setup

        os.environ.pop("VIDGO_API_KEY", None)
        monkeypatch.setenv("VIDGO_API_KEY", KEY)
        yield make
