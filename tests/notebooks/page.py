"""A front end as small as can be: a kernel, cells, and outputs that later messages update."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from tests.notebooks.desk import Desk

_PATIENCE = 90.0


@dataclass
class Output:
    """What stands at one place of a page, and how often it was brought up to date."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    updates: int = 0

    @property
    def has_picture(self) -> bool:
        return bool({"image/png", "image/jpeg"} & self.data.keys())

    @property
    def words(self) -> dict[str, str]:
        """What a comparison of notebooks looks at: all but the pixels."""
        return {kind: text for kind, text in self.data.items() if kind.startswith("text/")}


@dataclass
class Cell:
    """A cell that was run: its outputs, its printed text, the text of its error, and what it asked."""

    outputs: list[Output] = field(default_factory=list)
    printed: str = ""
    error: str = ""
    question: str = ""

    @property
    def pictures(self) -> list[Output]:
        return [output for output in self.outputs if output.has_picture]

    @property
    def text(self) -> str:
        """The plain text of all outputs."""
        return "\n".join(output.data["text/plain"] for output in self.outputs)

    @property
    def everything(self) -> str:
        """All that could be read on the page or in its file."""
        return f"{self.printed}\n{self.error}\n{[(output.data, output.metadata) for output in self.outputs]}"


class Page:
    """A notebook in front of a person (``attended``) or of nobody."""

    def __init__(self, client: BlockingKernelClient, attended: bool, stderr: Path) -> None:
        self.attended = attended
        self._client = client
        self._stderr = stderr
        self._cells: dict[str, Cell] = {}
        self._displays: dict[str, Output] = {}

    def run(self, code: str, answer: str | None = None) -> Cell:
        """Run a cell and wait until the kernel is idle again; with ``answer`` it must ask, and gets that."""
        request = self._client.execute(code, allow_stdin=self.attended, stop_on_error=False)
        cell = self._cells[request] = Cell()
        if answer is not None:
            cell.question = self._client.get_stdin_msg(timeout=_PATIENCE)["content"]["prompt"]
            self._client.input(answer)
        idle = False
        while not idle:
            message = self._client.get_iopub_msg(timeout=_PATIENCE)
            self._take(message)
            ours = message["parent_header"].get("msg_id") == request
            idle = ours and message["content"].get("execution_state") == "idle"
        return cell

    def value(self, expression: str) -> str:
        """The repr of an expression in the kernel."""
        cell = self.run(f"print(repr({expression}))")
        assert not cell.error, cell.error
        return cell.printed.strip()

    def watch_until(self, happened: Callable[[], bool]) -> None:
        """Take what arrives between cells until ``happened``."""
        deadline = time.monotonic() + _PATIENCE
        while not happened():
            assert time.monotonic() < deadline, "what was waited for did not happen"
            try:
                self._take(self._client.get_iopub_msg(timeout=0.2))
            except Empty:
                continue

    @property
    def stderr(self) -> str:
        """What the kernel's process wrote to its terminal."""
        return self._stderr.read_text()

    def _take(self, message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "update_display_data":
            output = self._displays[content["transient"]["display_id"]]
            output.data, output.metadata = content["data"], content["metadata"]
            output.updates += 1
            return
        cell = self._cells.get(message["parent_header"].get("msg_id", ""))
        if cell:
            self._add(cell, message["msg_type"], content)

    def _add(self, cell: Cell, kind: str, content: dict[str, Any]) -> None:
        if kind == "stream":
            cell.printed += content["text"]
        elif kind == "error":
            cell.error += "\n".join(content["traceback"])
        elif kind in ("display_data", "execute_result"):
            output = Output(content["data"], content["metadata"])
            cell.outputs.append(output)
            if name := content.get("transient", {}).get("display_id"):
                self._displays[name] = output


@contextmanager
def open_page(desk: Desk, *, attended: bool, load: bool = True, **environment: str) -> Iterator[Page]:
    """A page on a fresh kernel at ``desk``, with the extension loaded unless told otherwise."""
    stderr = desk.folder / "kernel-stderr.txt"
    with stderr.open("w") as terminal:
        manager, client = start_new_kernel(
            kernel_name="python3", env=desk.environment(**environment), cwd=str(desk.folder), stderr=terminal
        )
        try:
            page = Page(client, attended, stderr)
            if load:
                loaded = page.run("%load_ext vidgo_notebook")
                assert not loaded.everything.replace("[]", "").strip(), loaded.everything
            yield page
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
