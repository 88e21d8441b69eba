"""Clusters that can't be used: said in one clear message, before any money is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.engine.cluster.conftest import OpenSetup
from tests.fixtures.api_key import KEY
from tests.fixtures.cluster_setup import PATIENCE, ClusterSetup, prompts
from vidgo_notebook.errors import RequestError, StoreError, VidgoError


@contextmanager
def pretending(client: Any, pretend: Callable[[], None], undo: Callable[[], None]) -> Iterator[None]:
    """One of the workers is not as it should be."""
    worker = sorted(client.nthreads())[0]
    client.run(pretend, workers=[worker])
    try:
        yield
    finally:
        client.run(undo, workers=[worker])


def refused(setup: ClusterSetup, client: Any, **settings: Any) -> str:
    """What is said; nothing may have been sent, promised or set aside."""
    session = setup.notebook(**settings)
    with pytest.raises(VidgoError) as caught:
        setup.ask(session, prompts(3), client)
    assert setup.local_api.submits == 0
    assert session.budget(session.target.provider).committed == 0
    assert session.under_way() == []
    return str(caught.value)


@pytest.fixture(scope="module")
def distributed() -> Any:
    return pytest.importorskip("distributed")


@pytest.mark.parametrize("client", ["a cluster", 4, object()], ids=["text", "a number", "an object"])
def test_what_is_no_client_is_refused(client: object, open_setup: OpenSetup) -> None:
    setup = open_setup()
    with pytest.raises(RequestError, match=r"is a distributed.Client, not"):
        setup.ask(setup.notebook(), prompts(1), client)


def test_a_client_whose_cluster_is_gone_is_refused(open_setup: OpenSetup, distributed: Any) -> None:
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster:
        client = distributed.Client(cluster)
        closed = distributed.Client(cluster)
        closed.close()
        assert "is gone" in refused(open_setup(), closed)
    assert "is gone" in refused(open_setup(), client)
    client.close()


def test_a_cluster_without_workers_is_refused(open_setup: OpenSetup, distributed: Any) -> None:
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        assert "has no workers" in refused(open_setup(), client)


def _other_version() -> None:
    from vidgo_notebook import version

    version.kept = version.__version__  # type: ignore[attr-defined]
    version.__version__ = "0.0.9"


def _no_package() -> None:
    from vidgo_notebook import version

    version.kept = version.__version__  # type: ignore[attr-defined]
    del version.__version__  # importing it fails as if the module were not there


def _real_version() -> None:
    from vidgo_notebook import version

    version.__version__ = version.kept  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("pretend", "said"), [(_other_version, "has vidgo_notebook 0.0.9"), (_no_package, "does not have vidgo_notebook")]
)
def test_a_worker_with_another_version_or_without_the_package_is_named(
    pretend: Callable[[], None], said: str, open_setup: OpenSetup, workers: Any
) -> None:
    with pretending(workers, pretend, _real_version):
        text = refused(open_setup(), workers)
    assert said in text
    assert "tcp://" in text
    assert "pip install" in text


def _far_away() -> None:
    from vidgo_notebook.engine.cluster import dask as cluster

    cluster.kept = cluster.machine  # type: ignore[attr-defined]
    cluster.machine = lambda: "another machine"  # type: ignore[assignment]


def _here() -> None:
    from vidgo_notebook.engine.cluster import dask as cluster

    cluster.machine = cluster.kept  # type: ignore[attr-defined]


def test_a_journal_in_a_file_is_refused_where_workers_are_on_several_machines(
    open_setup: OpenSetup, workers: Any
) -> None:
    with pretending(workers, _far_away, _here):
        text = refused(open_setup(), workers, journal="journal.sqlite3")
    assert "VIDGO_JOURNAL=postgresql://" in text


def test_a_journal_in_a_file_will_do_for_the_workers_of_one_machine(open_setup: OpenSetup, workers: Any) -> None:
    setup = open_setup()
    batch = setup.ask(setup.notebook(journal="journal.sqlite3"), prompts(8), workers)
    assert len(batch.wait(PATIENCE).results()) == 8
    assert setup.local_api.submits == 8


def test_a_store_that_workers_do_not_share_is_refused(open_setup: OpenSetup, workers: Any) -> None:
    text = refused(open_setup(), workers, store="memory://only-here")
    assert "is not the store of this notebook" in text
    assert "VIDGO_STORE" in text


def test_a_store_that_workers_can_not_reach_is_refused(open_setup: OpenSetup, workers: Any) -> None:
    assert "can't be" in refused(open_setup(), workers, store="sftp://127.0.0.1:1/x")


def _forget_the_key() -> None:
    import os

    os.environ["KEPT"] = os.environ.pop("VIDGO_API_KEY")


def _know_the_key() -> None:
    import os

    os.environ["VIDGO_API_KEY"] = os.environ.pop("KEPT")


def test_a_worker_without_a_key_is_named(open_setup: OpenSetup, workers: Any) -> None:
    with pretending(workers, _forget_the_key, _know_the_key):
        text = refused(open_setup(), workers)
    assert "has no API key" in text
    assert "VIDGO_API_KEY" in text


def test_a_journal_of_a_newer_version_is_refused(open_setup: OpenSetup, workers: Any) -> None:
    import psycopg

    setup = open_setup()
    setup.notebook().journal.all_under_way()
    with psycopg.connect(setup.journal_url, autocommit=True) as connection:
        connection.execute("UPDATE vidgo.schema_version SET version = version + 1")
    with pytest.raises(StoreError, match="newer vidgo_notebook"):
        setup.ask(setup.notebook(), prompts(2), workers)
    assert setup.local_api.submits == 0


# The key


def test_the_key_is_not_sent_where_it_would_be_read_on_its_way(open_setup: OpenSetup, workers: Any) -> None:
    setup = open_setup()
    with pytest.raises(RequestError, match="over TLS only"):
        setup.ask(setup.notebook(), prompts(2), workers, share_key=True)
    assert setup.local_api.submits == 0


def test_over_tls_workers_take_the_key_that_was_typed_in(
    open_setup: OpenSetup, distributed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidgo_notebook.app.batches import on_cluster
    from vidgo_notebook.app.keys import KeyRing

    setup = open_setup()
    monkeypatch.delenv("VIDGO_API_KEY")
    monkeypatch.setattr(on_cluster, "_KEYS", KeyRing())
    session = setup.notebook()
    session.keys.type_in(KEY)
    security = distributed.Security.temporary()
    with (
        distributed.LocalCluster(
            n_workers=2, processes=False, dashboard_address=":0", security=security, protocol="tls"
        ) as cluster,
        distributed.Client(cluster, security=security) as client,
    ):
        with pytest.raises(RequestError, match="no API key"):
            setup.ask(session, prompts(2), client)
        assert len(setup.ask(session, prompts(2), client, share_key=True).wait(PATIENCE).results()) == 2
        assert KEY not in str(client.get_events()) + str(client.get_worker_logs()) + str(client.get_scheduler_logs())
