"""Checks a notebook without running it: which of its pictures the store has, and what a run would buy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from vidgo_notebook.app.checking.findings import Check
from vidgo_notebook.app.checking.notebook_file import read_notebook
from vidgo_notebook.app.checking.orders import Orders
from vidgo_notebook.app.checking.reader import CodeReader
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.traits import Vidgo
from vidgo_notebook.store.address import find_store, working_folder


def check_notebook(path: Path) -> Check:
    """Check a notebook without running it. Raises RequestError for a file that is not a notebook, and
    VidgoError for invalid settings in the environment."""
    notebook = read_notebook(path)
    folder = (working_folder() / path).resolve().parent
    settings = Vidgo() if os.environ.get("VIDGO_STORE") else Vidgo(store=str(find_store(folder)))
    session = Session(settings, attended=lambda: False, ask=lambda _: False)
    names = dict[str, Any]()
    reader = CodeReader(Orders(session, folder, names), names, folder)
    findings = [finding for cell in notebook.cells for finding in reader.read(cell.number, cell.source)]
    findings += notebook.findings()
    return Check(path, tuple(findings), session.settings.credit_format)
