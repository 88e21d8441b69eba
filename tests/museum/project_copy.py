"""A copy of what a user has, in a folder that a test may spoil, and processes that work in it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VISITOR = Path(__file__).with_name("run_cells.py")
KEY = "sk-of-the-museum"
SECONDS = 60
_KEPT_OUT = ("VIDGO_", "PYTEST_", "JPY_", "COV_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")


@dataclass(frozen=True)
class CellResults:
    """What a process answered: ``said`` by each cell, and the ``values`` that were asked for."""

    said: list[str]
    values: dict[str, Any]


@dataclass(frozen=True)
class ProjectCopy:
    """A project's folder; ``journal`` is a path or an address, ``network`` the variables that lead to a service."""

    folder: Path
    journal: str
    network: Mapping[str, str]

    def environment(self, mode: str = "live", *, key: bool = True) -> dict[str, str]:
        """What a process sees: this folder, that service, and nothing of the account that runs the test."""
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        return {
            **kept,
            **self.network,
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "VIDGO_MODE": mode,
            "VIDGO_JOURNAL": self.journal,
            **({"VIDGO_API_KEY": KEY} if key else {}),
        }

    def jobs(self) -> list[tuple[str, str, str]]:
        """Prompt, state and id of every job, oldest first, as the journal's own database has them."""
        columns = "SELECT request, state, job_id FROM"
        if "://" in self.journal:
            import psycopg

            with psycopg.connect(self.journal) as server:
                rows = server.execute(f"{columns} vidgo.jobs ORDER BY created_at").fetchall()
        else:
            file = sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)
            rows = file.execute(f"{columns} jobs ORDER BY created_at").fetchall()
            file.close()
        return [(json.loads(request)["prompt"], state, job_id) for request, state, job_id in rows]

    def unfinished(self) -> dict[str, str]:
        """The state of each job that is not finished, by its prompt."""
        return {prompt: state for prompt, state, _ in self.jobs() if state != "finished"}

    def job(self, prompt: str) -> str:
        """The id of the job of this prompt."""
        return next(job_id for asked, _, job_id in self.jobs() if asked == prompt)

    def begin(self, cells: Iterable[str], mode: str = "live", **values: str) -> subprocess.Popen[str]:
        """A process that runs the cells and then evaluates the expressions."""
        process = subprocess.Popen(
            [sys.executable, VISITOR],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment(mode, key=mode == "live"),
        )
        assert process.stdin
        process.stdin.write(json.dumps({"cells": list(cells), "values": values}))
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, cells: Iterable[str], mode: str = "live", **values: str) -> CellResults:
        """Run the cells in a process, to its end."""
        process = self.begin(cells, mode, **values)
        answer, error = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, error
        return CellResults(**json.loads(answer.splitlines()[-1]))

    def command(self, *words: str, mode: str = "live") -> subprocess.CompletedProcess[str]:
        """``python -m vidgo_notebook`` with these words."""
        return subprocess.run(
            [sys.executable, "-m", "vidgo_notebook", *words],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            cwd=self.folder,
            env=self.environment(mode, key=mode == "live"),
        )


def _is_ours(name: str) -> bool:
    return name.startswith(_KEPT_OUT) or name.lower() in _PROXIES
