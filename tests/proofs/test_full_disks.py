"""A disk without room, a real one: what is paid for is not lost, is said with the cure, and is taken up later."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.counting_emulator import CountingEmulator
from tests.fixtures.killable_kernel import PATIENCE, Kernel
from tests.proofs.conftest import OpenKernel
from vidgo_notebook.app.costs import costs_of
from vidgo_notebook.app.purchase.resume import resume
from vidgo_notebook.domain.job_state import JobState
from vidgo_notebook.emulator import Fault
from vidgo_notebook.engine.handles.job import Job
from vidgo_notebook.errors import StoreError

PAGE = 4096
PRICE = Decimal(2)
PROMPT = "a cat"


class SmallDisk:
    """A file system of eight megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, pages_left: int = 0) -> None:
        """Fill it but for some pages of 4 KiB."""
        free = os.statvfs(self.folder)
        self._filler.write_bytes(bytes((free.f_bavail * free.f_frsize // PAGE - pages_left) * PAGE))

    def clear(self) -> None:
        self._filler.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("only root can mount a file system")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def filling(emulator: CountingEmulator, disk: SmallDisk, pages_left: int = 0) -> None:
    """The disk is full when the next submit is answered."""

    def fill(answer: dict[str, Any]) -> dict[str, Any]:
        disk.fill(pages_left)
        return answer

    emulator.faults.add(Fault("submit", alter=fill))


def take_up(kernel: Kernel) -> Job:
    """What `%vidgo resume` takes up, or the cell shows again."""
    resumed = resume(kernel.session)
    for job in resumed:
        job.exception(PATIENCE)
    return kernel.cell(PROMPT)


@pytest.mark.parametrize("pages_left", [0, 1], ids=["the picture", "its record"])
def test_a_picture_for_which_the_disk_has_no_room_is_in_memory_and_stored_by_a_resume(
    pages_left: int, disk: SmallDisk, emulator: CountingEmulator, open_kernel: OpenKernel
) -> None:
    kernel = open_kernel("first", store="disk/store")
    filling(emulator, disk, pages_left)
    job = kernel.cell(PROMPT)
    result = job.result(PATIENCE)
    assert result.path is None
    assert result.image.size == (2, 2)
    [note] = job.notes
    assert "job.result().save(path)" in note
    assert "No space left" in note
    disk.clear()
    again = take_up(open_kernel("second", store="disk/store")).result(PATIENCE)
    assert again.path and again.path.read_bytes() == result.bytes
    assert emulator.accepted == {PROMPT: 1}
    assert costs_of(kernel.session).charged == PRICE


def test_a_job_whose_journal_has_no_room_ends_with_its_picture_and_is_written_down_later(
    disk: SmallDisk, emulator: CountingEmulator, tmp_path: Path
) -> None:
    journal = disk.folder / "journal.sqlite3"
    first = Kernel(emulator, tmp_path / "store", journal, "first")
    try:
        filling(emulator, disk)
        job = first.cell(PROMPT)
        assert job.result(PATIENCE).path
        assert any("VIDGO_JOURNAL" in note for note in job.notes), job.notes
        disk.clear()
    finally:
        first.close()  # which writes what it owes
    second = Kernel(emulator, tmp_path / "store", journal, "second")
    try:
        assert second.session.journal.entry(job.id).record.state is JobState.FINISHED
        assert costs_of(second.session).charged == PRICE
        assert take_up(second).result(PATIENCE).digest == job.result().digest
    finally:
        second.close()
    assert emulator.accepted == {PROMPT: 1}


def test_a_disk_that_is_full_before_a_purchase_refuses_it(
    disk: SmallDisk, emulator: CountingEmulator, tmp_path: Path
) -> None:
    kernel = Kernel(emulator, tmp_path / "store", disk.folder / "journal.sqlite3", "first")
    try:
        assert kernel.cell("another cat").result(PATIENCE).path
        disk.fill()
        with pytest.raises(StoreError, match=r"(?s)nothing is sent.*VIDGO_JOURNAL"):
            kernel.cell(PROMPT).result(PATIENCE)
        assert emulator.accepted == {"another cat": 1}
        disk.clear()
        assert kernel.cell(PROMPT).result(PATIENCE).path
    finally:
        kernel.close()
