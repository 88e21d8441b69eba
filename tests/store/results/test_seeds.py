"""The seed of a random prompt is kept once: of all who write one at the same time the first decides."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fixtures.stores import StoreFiles, store_at
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.address import is_url
from vidgo_notebook.store.results.result_store import ResultStore
from vidgo_notebook.store.results.seeds import Seeds

DIGEST = "ab" * 32


def test_a_seed_is_found_by_whoever_opens_the_store(store: ResultStore, stored: StoreFiles) -> None:
    assert store.seeds.find(DIGEST) is None
    assert store.seeds.keep(DIGEST, 7) == 7
    there = stored.open().seeds
    assert (there.find(DIGEST), there.keep(DIGEST, 8), there.find(DIGEST)) == (7, 7, 7)
    assert there.all() == ({DIGEST: 7}, [])


def test_threads_that_keep_seeds_at_once_all_get_the_first(store: ResultStore, stored: StoreFiles) -> None:
    start, machines = threading.Barrier(8), [stored.open() for _ in range(8)]

    def keep(number: int) -> int:
        start.wait()
        return machines[number].seeds.keep(DIGEST, number)

    with ThreadPoolExecutor(8) as pool:
        kept = {*pool.map(keep, range(8))}
    assert kept == {store.seeds.find(DIGEST)}
    assert stored.names() == {f"seeds/{DIGEST}.json"}


def _keep_in_a_process(address: str, cache: Path, seed: int) -> None:
    seeds = store_at(address, cache).seeds
    kept = [seeds.keep(f"{number:064x}", seed) for number in range(20)]
    assert kept == [seeds.find(f"{number:064x}") for number in range(20)]


def test_processes_that_keep_seeds_at_once_agree(store: ResultStore, stored: StoreFiles, tmp_path: Path) -> None:
    if is_url(stored.address):
        pytest.skip("a bucket is like any other for several threads")
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_keep_in_a_process, args=(stored.address, tmp_path / str(seed), seed)) for seed in (1, 2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(store.seeds.all()[0]) == 20


@pytest.mark.parametrize("data", [b"{", b"{}", b"[]", b'{"seed": true}', b'{"seed": -1}', b'{"seed": 1e400}', b"\xff"])
def test_a_damaged_seed_is_named_and_not_drawn_anew(data: bytes, folder_store: ResultStore, folder: Path) -> None:
    folder_store.seeds.keep(DIGEST, 7)
    (folder / ".vidgo" / "seeds" / f"{DIGEST}.json").write_bytes(data)
    for ask in (lambda: folder_store.seeds.find(DIGEST), lambda: folder_store.seeds.keep(DIGEST, 8)):
        with pytest.raises(StoreError, match="is damaged: the seed of a random prompt can't be read"):
            ask()
    (folder / ".vidgo" / "seeds" / "notes.txt").write_text("mine")
    found, faults = folder_store.seeds.all()
    assert (found, [fault.name for fault in faults]) == ({}, [f"seeds/{DIGEST}.json", "seeds/notes.txt"])


def test_a_file_that_is_being_written_is_waited_for(folder_store: ResultStore, folder: Path) -> None:
    """Where a file system can neither rename nor link, a new file is empty for a moment."""
    path = folder / ".vidgo" / "seeds" / f"{DIGEST}.json"
    path.parent.mkdir(parents=True)
    path.touch()
    found: list[int | None] = []
    reader = threading.Thread(target=lambda: found.append(Seeds(folder_store.files, lambda: None).find(DIGEST)))
    reader.start()
    path.write_text('{"seed": 7}')
    reader.join(60)
    assert found == [7]
