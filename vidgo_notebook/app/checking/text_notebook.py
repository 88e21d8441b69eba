"""Notebooks kept as text: jupytext's Python scripts and Markdown, MyST, and Quarto."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.visible_text import visible_name

TEXT_SUFFIXES = (".py", ".md", ".qmd")
_MOST_BYTES = 16 * 1024 * 1024
_QUARTO_CELL = re.compile(r"^(`{3,})\s*\{python\b[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
_QUARTO_OPTION = re.compile(r"^#\|[^\n]*(\n|$)", re.MULTILINE)


def text_notebook(path: Path) -> dict[str, Any]:
    """The notebook as a file of Jupyter has it. Raises RequestError for a file that can't be read, or without
    jupytext."""
    try:
        text = read_plain(path, _MOST_BYTES).decode("utf-8-sig")
    except PlainFileError as error:
        raise refusal(path, error.message.rstrip(".")) from None
    except OSError as error:
        raise refusal(path, f"it can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise refusal(path, "it is not text in UTF-8") from None
    if path.suffix == ".qmd":  # jupytext reads these by the quarto program alone
        sources = [_QUARTO_OPTION.sub("", cell[2]) for cell in _QUARTO_CELL.finditer(text)]
        return {"cells": [{"cell_type": "code", "source": source} for source in sources]}
    found: dict[str, Any] = _by_jupytext(path, text)
    return found


def _by_jupytext(path: Path, text: str) -> Any:
    try:
        import jupytext
    except ImportError:
        raise refusal(path, "jupytext reads such files: pip install jupytext") from None
    try:
        return jupytext.reads(text, fmt={"extension": path.suffix})
    except Exception as error:  # noqa: BLE001  of jupytext, nbformat or yaml
        raise refusal(path, f"jupytext can't read it: {' '.join(str(error).split())[:200]}") from None


def refusal(path: Path, why: str) -> RequestError:
    """The error for a file that can't be checked."""
    return RequestError([Problem("notebook", f"{visible_name(path)} can't be checked: {why}.")])
