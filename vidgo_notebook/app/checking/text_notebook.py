"""Notebooks kept as text: jupytext's Python scripts and Markdown, MyST, and Quarto."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any

from vidgo_notebook.errors import Problem, RequestError
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.visible_text import visible_name

TEXT_SUFFIXES = (".py", ".md", ".qmd")
UNREAD = "unread"
"""The key of what such a file has outside of its cells."""
_MOST_BYTES = 16 * 1024 * 1024
_QUARTO_CODE = re.compile(
    r"^[ \t]*(?P<fence>`{3,})[ \t]*\{python\b[^\n]*\n(?P<cell>.*?)(?:^[ \t]*(?P=fence)`*\s*$|\Z)"
    r"|`\{python\}(?P<inline>[^`\n]+)`",
    re.MULTILINE | re.DOTALL,
)
_NOT_EXECUTED = re.compile(r"^#\|[ \t]*eval:[ \t]*false\b", re.MULTILINE)
_DIRECTIVE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*\{(code-cell|i?python\w*|jupyter|bash|sh|zsh|r|julia)\b[^}\n]*\}"
    r".*?(?:^[ \t>]*(?P=fence)|\Z)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_INCLUDED = re.compile(r"\{\{<[ \t]*include\b[^\n]*")
_QUARTO_OPTION = re.compile(r"^#\|[^\n]*(\n|$)", re.MULTILINE)


def text_notebook(path: Path) -> dict[str, Any]:
    """The notebook as a file of Jupyter has it, and what is ``UNREAD``. Raises RequestError for a file that can't be
    read, or without jupytext."""
    try:
        text = read_plain(path, _MOST_BYTES).decode("utf-8-sig")
    except PlainFileError as error:
        raise refusal(path, error.message.rstrip(".")) from None
    except OSError as error:
        raise refusal(path, f"it can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise refusal(path, "it is not text in UTF-8") from None
    if path.suffix == ".qmd":  # jupytext reads these by the quarto program alone
        found = [_quarto_source(code) for code in _QUARTO_CODE.finditer(text)]
        cells = [{"cell_type": "code", "source": source} for source in found]
        return {"cells": cells, UNREAD: _unread(_QUARTO_CODE.sub("", text))}
    notebook: dict[str, Any] = _by_jupytext(path, text)
    others = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] != "code"]
    return {**notebook, UNREAD: _unread("\n\n".join(others)) if path.suffix == ".md" else []}


def _quarto_source(code: re.Match[str]) -> str:
    """The source of a cell, or of a piece of code within a line; '' for one that is not executed."""
    source = code["inline"] or code["cell"]
    return "" if _NOT_EXECUTED.search(dedent(source)) else _QUARTO_OPTION.sub("", dedent(source)).strip(" ")


def _unread(text: str) -> list[str]:
    """What is in no cell, and that a program may execute all the same: directives that name the package, and files that
    are included."""
    blocks = [block[0] for block in _DIRECTIVE.finditer(text) if "vidgo" in block[0]]
    return [*blocks, *(included[0] for included in _INCLUDED.finditer(text))]


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
