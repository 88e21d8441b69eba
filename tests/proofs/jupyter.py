"""Real Jupyter kernels in a secluded folder, and what they left in the journal and the stores."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from vidgo_notebook.store.journal.journal import Journal

KEY = "key-of-the-proofs"
SECONDS = 120.0


def environment(folder: Path, url: str, *, mode: str = "live", store: str = "store") -> dict[str, str]:
    """What a kernel sees: a vendor on this machine, and no home but an empty one."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("VIDGO_")}
    env.update(
        HOME=str(folder / "home"),
        IPYTHONDIR=str(folder / "home" / "ipython"),
        JUPYTER_RUNTIME_DIR=str(folder / "home" / "runtime"),
        NO_PROXY="127.0.0.1,localhost",
        VIDGO_MODE=mode,
        VIDGO_BASE_URL=url,
        VIDGO_STORE=str(folder / store),
        VIDGO_JOURNAL=str(folder / "journal.sqlite3"),
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
    )
    if mode == "live":
        env["VIDGO_API_KEY"] = KEY
    (folder / "home" / "runtime").mkdir(parents=True, exist_ok=True)
    return env


class RealKernel:
    """A kernel in a process of its own, with a person at it who answers nothing."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.kernel_spec.argv[0] = sys.executable
        self._manager.start_kernel(env=env, cwd=str(folder))
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=SECONDS)

    def run(self, code: str) -> str:
        """Run code to its end; what it printed, displayed as text, or raised."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            said.append(content.get("text") or content.get("data", {}).get("text/plain") or content.get("evalue") or "")

        self._client.execute_interactive(code, output_hook=hear, timeout=SECONDS, allow_stdin=True)
        return "\n".join(said)

    def send(self, cells: Sequence[str]) -> None:
        """Run cells without waiting for any."""
        for cell in cells:
            self._client.execute(cell)

    def kill(self) -> None:
        """SIGKILL, and nothing before it."""
        os.kill(self._manager.provisioner.pid, signal.SIGKILL)
        self._end()

    def shut_down(self) -> None:
        """End as a user ends a kernel."""
        self._manager.shutdown_kernel()
        self._end()

    def _end(self) -> None:
        end = time.monotonic() + SECONDS
        while self._manager.is_alive():
            assert time.monotonic() < end
            time.sleep(0.01)
        self._client.stop_channels()
        self._manager.cleanup_resources()


def run_notebook(notebook: Any, folder: Path, env: dict[str, str]) -> Any:
    """Execute a notebook as nbconvert does: nobody is there."""
    NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(folder)}}).execute(env=env)
    return notebook


def notebook_of(*cells: str) -> Any:
    """A notebook of code cells."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def pictures_in(notebook: Any) -> int:
    """How many outputs of a notebook show a picture."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return sum(any(kind.startswith("image/") for kind in output.get("data", {})) for output in outputs)


@contextmanager
def journal_in(folder: Path) -> Iterator[Journal]:
    """The journal that the kernels wrote."""
    journal = Journal(folder / "journal.sqlite3")
    try:
        yield journal
    finally:
        journal.close()
