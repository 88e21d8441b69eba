"""A forked child has the session's memory, but neither its thread nor a right to its journal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

SCRIPT = """
import os, vidgo_notebook as vidgo
parent = vidgo.generate("A red bicycle", quality="low", size="1:1", resolution="1K")
child = os.fork()
if child == 0:
    try:
        vidgo.generate("A blue bicycle", quality="low", size="1:1", resolution="1K").result(90)
    except vidgo.VidgoError as error:
        print(error, flush=True)
    raise SystemExit(3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(parent.result(90).record.prompt)
print([row.pictures for row in vidgo.costs()])
"""


def test_a_forked_child_is_refused_and_disturbs_nothing() -> None:
    """It would wait for ever for a thread that it does not have, and spend the same budget again."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=100, check=True,
        env={**os.environ, "VIDGO_MODE": "emulator"}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "forked" in done.stdout
    assert "spawn" in done.stdout
    assert done.stdout.endswith("3\nA red bicycle\n[1]\n")
    assert "Traceback" not in done.stderr
