"""Where Python has no threads and no sockets: what needs neither works, and the rest is refused before it is sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.notebook_folder import NOTEBOOKS, NotebookFolder, needs_notebooks

_BEFORE = """
import asyncio, json, socket, threading

def refused(*_, **__):
    raise RuntimeError("can't start new thread")

threading.Thread.start = refused
socket.socket.connect = socket.socket.bind = refused
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import vidgo_notebook as vidgo

def failure(ask):
    try:
        ask()
    except vidgo.VidgoError as error:
        return str(error)
"""
_REPLAY = """
job = vidgo.generate("A rainy street at night, neon reflections", model="flux-2-pro", size="4:3", resolution="1K")
shell.user_ns["job"] = job
assert shell.run_cell("%load_ext vidgo_notebook").success
assert shell.run_cell("%%vidgo --dry-run\\nA cat").success
assert shell.run_cell("%vidgo costs").success

from vidgo_notebook.ui.output.live import painter
drawn = []
painter.draw(lambda: drawn.append("a preview"))

async def awaited():
    return (await job).image.size

print("RESULT", json.dumps({
    "size": job.result(timeout=5).image.size,
    "awaited": asyncio.run(awaited()),
    "price": str(vidgo.quote("A cat").total),
    "models": len(vidgo.models()),
    "shown": shell.run_cell("job").success,
    "drawn": drawn,
}))
"""
_EMULATOR = """
print("RESULT", json.dumps({
    "generate": failure(lambda: vidgo.generate("A picture that no store has")),
    "sweep": failure(lambda: vidgo.sweep(prompt=["one", "two"])),
    "balance": failure(vidgo.balance),
    "jobs": len(vidgo.jobs()),
}))
"""


def run(folder: Path, code: str, **environment: str) -> Any:
    done = NotebookFolder(folder).run(sys.executable, "-c", _BEFORE + code, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.rpartition("RESULT ")[2])


@needs_notebooks
def test_pictures_of_a_committed_store_are_shown_and_awaited_and_quotes_need_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, _REPLAY, VIDGO_MODE="replay", VIDGO_STORE=str(NOTEBOOKS / ".vidgo"))
    assert found == {
        "size": [1024, 768],
        "awaited": [1024, 768],
        "price": "2",
        "models": 6,
        "shown": True,
        "drawn": ["a preview"],
    }


@pytest.mark.parametrize("mode", ["live", "emulator"])
def test_making_one_is_refused_in_a_sentence_and_leaves_nothing_behind(mode: str, tmp_path: Path) -> None:
    found = run(tmp_path, _EMULATOR, VIDGO_MODE=mode, VIDGO_API_KEY="key-of-the-tests")
    assert found.pop("jobs") == 0
    assert {text.split(",")[0] for text in found.values()} == {
        "This Python has no threads (as in JupyterLite and Pyodide)"
    }
    assert all("Nothing was sent" in text or "nothing was spent" in text for text in found.values())
