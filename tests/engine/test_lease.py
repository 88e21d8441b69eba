"""Is the kernel that owns a job surely gone? If that can't be told, its lease must end first."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vidgo_notebook.engine.lease import HEARTBEAT_SECONDS, LEASE_SECONDS, new_owner, surely_gone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the lease tells")


def test_a_living_process_is_not_gone_and_its_sessions_have_different_names() -> None:
    first, second = new_owner(), new_owner()
    assert first != second
    assert not surely_gone(first)


def test_a_process_that_ended_is_gone() -> None:
    name = subprocess.run(
        [sys.executable, "-c", "from vidgo_notebook.engine.lease import new_owner; print(new_owner())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    assert surely_gone(name)


def test_a_process_id_that_was_given_to_another_process_is_gone() -> None:
    machine, pid, _, rest = new_owner().split("|")
    assert surely_gone(f"{machine}|{pid}|1|{rest}")


@pytest.mark.parametrize("owner", ["", "elsewhere|1|1|1", "a|b", "a|b|c|d|e", "not at all"])
def test_another_machine_or_an_unknown_name_is_never_surely_gone(owner: str) -> None:
    assert not surely_gone(owner)


def test_a_lease_outlives_two_missed_heartbeats() -> None:
    assert LEASE_SECONDS >= 3 * HEARTBEAT_SECONDS
