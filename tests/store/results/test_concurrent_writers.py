"""Several writers of one store, in threads and in processes: one good record, and no gap."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fixtures.sample_records import OBJECT, OTHER, PRINT, RECORD, keep, record
from tests.fixtures.stores import StoreFiles, store_at
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.result_store import ResultStore


def test_threads_that_write_one_result_end_with_one_good_record(store: ResultStore, stored: StoreFiles) -> None:
    start = threading.Barrier(12)

    def write(number: int) -> None:
        start.wait()
        for _ in range(3):
            keep(store)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(write, range(12)))
    assert store.find(PRINT) == record()
    assert store.picture(record()) is not None
    assert stored.names() == {RECORD, OBJECT}


def test_a_reader_never_meets_a_gap_while_a_new_generation_is_written(store: ResultStore) -> None:
    """In a gap it would buy the picture again."""
    keep(store)
    over, missed = threading.Event(), []

    def read() -> None:
        while not over.is_set():
            if store.find(PRINT) is None:
                missed.append(1)

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for generation in range(1, 60 if store.folder else 10):
            keep(store, OTHER, generation=generation)
        over.set()
        for reader in readers:
            reader.result()
    assert missed == []


def test_writers_of_one_new_generation_do_not_trip_over_one_another(store: ResultStore) -> None:
    keep(store)
    start = threading.Barrier(8)

    def write(generation: int) -> None:
        start.wait()
        keep(store, OTHER, generation=1)

    for _ in range(10 if store.folder else 2):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(8)))
    found = store.find(PRINT)
    assert found is not None
    assert found.generation == 1


def _write_from_a_process(address: str, cache: Path) -> None:
    for _ in range(20 if not is_url(address) else 5):
        keep(store_at(address, cache))


def test_processes_that_write_one_result_end_with_one_good_record(
    store: ResultStore, stored: StoreFiles, tmp_path: Path
) -> None:
    if stored.address.startswith("memory:"):
        pytest.skip("memory is not shared by processes")
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_write_from_a_process, args=(stored.address, tmp_path / f"machine-{number}"))
        for number in range(2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert store.find(PRINT) == record()
    assert stored.names() == {RECORD, OBJECT}
