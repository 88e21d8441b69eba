"""A store that can't be written, or has something in the way: reported before money is spent, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fixtures.sample_pictures import PNG
from tests.fixtures.sample_records import keep
from tests.fixtures.stores import StoreFiles
from vidgo_notebook.errors import StoreError
from vidgo_notebook.store.results.result_store import ResultStore


@pytest.mark.parametrize("depth", ["", "deeper", "deeper/still"])
def test_a_store_that_cannot_be_written_says_so_before_money_is_spent(depth: str, folder: Path) -> None:
    (folder / "file").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="can't be written") as caught:
        ResultStore(folder / "file" / depth).check_writable()
    assert "vidgo.configure(store=" in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="the limit is POSIX")
def test_a_disk_that_takes_no_bytes_is_not_called_writable(folder: Path) -> None:
    """A full one still lets a file of no bytes be made."""
    code = (
        "import pathlib, resource, signal, vidgo_notebook.store.results.result_store as results\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "results.ResultStore(pathlib.Path('store')).check_writable()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "StoreError: The store" in done.stderr
    assert "can't be written" in done.stderr


def test_what_lies_in_place_of_a_picture_is_kept_beside_it(folder_store: ResultStore) -> None:
    _, path = keep(folder_store)
    path.write_bytes(b"a user's text")
    keep(folder_store)
    assert path.read_bytes() == PNG
    (aside,) = path.parent.glob("*damaged-*")
    assert aside.read_bytes() == b"a user's text"


def test_kernels_that_mend_one_damaged_picture_at_once_leave_no_gap(folder_store: ResultStore) -> None:
    """Each has the picture from when it brought it, whatever the others are still doing."""
    kept, path = keep(folder_store)
    missed = []

    def mend(start: threading.Barrier) -> None:
        start.wait()
        keep(folder_store)
        missed.extend(1 for _ in range(20) if folder_store.picture(kept) is None)

    for _ in range(30):
        path.write_bytes(PNG[:-1])
        start = threading.Barrier(8)
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(mend, start) for _ in range(8)]:
                done.result()
    assert missed == []


def test_asking_whether_a_store_can_be_written_leaves_nothing_behind(store: ResultStore, stored: StoreFiles) -> None:
    store.check_writable()
    assert stored.names() == set()
