"""A notebook file: its code cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidgo_notebook.app.checking.findings import Finding, Verdict
from vidgo_notebook.app.checking.text_notebook import TEXT_SUFFIXES, UNREAD, refusal, text_notebook
from vidgo_notebook.domain.untrusted_json import TooManyValuesError, read_json
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain

_MOST_BYTES = 256 * 1024 * 1024
_LABEL = 60  # letters


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell; ``number`` is the execution count that a run from the top gives it. ``tags`` may say that it is
    left out, or that it fails."""

    number: int
    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotebookFile:
    """The code cells of a notebook, in order, and the name of its kernel, or ''. ``unread`` is what is in no cell, and
    may be executed by a program that reads it in another way."""

    cells: tuple[CodeCell, ...]
    kernel: str
    unread: tuple[str, ...] = ()

    def findings(self) -> list[Finding]:
        """Of what is in no cell it cannot be known what it asks for."""
        labels = [shown(" ".join(text.split()), _LABEL) for text in self.unread]
        why = "it is not read as a cell, and a program may execute it"
        return [Finding(0, label, Verdict.UNKNOWABLE, why) for label in labels]


def read_notebook(path: Path) -> NotebookFile:
    """What is in the file of a notebook. RequestError if it is not one."""
    data = text_notebook(path) if path.suffix in TEXT_SUFFIXES else _json(path)
    written = [(source, tags) for source, tags in _sources(data, path) if source.strip()]
    cells = tuple(CodeCell(number, *each) for number, each in enumerate(written, 1))
    return NotebookFile(cells, _kernel(data), tuple(data[UNREAD]) if path.suffix in TEXT_SUFFIXES else ())


def _sources(data: Any, path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    for cell in _cells(data, path):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise refusal(path, "the source of a cell is not text")
        yield source, _tags(cell.get("metadata"))


def _tags(metadata: Any) -> tuple[str, ...]:
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _kernel(data: Any) -> str:
    for name in ("metadata", "kernelspec", "name"):
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def _json(path: Path) -> Any:
    try:
        return read_json(read_plain(path, _MOST_BYTES))
    except PlainFileError as error:
        raise refusal(path, error.message.rstrip(".")) from None
    except OSError as error:
        raise refusal(path, f"it can't be read: {error.strerror or error}") from None
    except TooManyValuesError as error:
        raise refusal(path, f"{error}: jupyter nbconvert --clear-output makes it smaller") from None
    except ValueError:
        raise refusal(path, "it is not JSON") from None


def _cells(data: Any, path: Path) -> list[dict[str, Any]]:
    if isinstance(data, dict) and "worksheets" in data:
        raise refusal(path, "its format is older than 4: jupyter nbconvert --to notebook converts it")
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise refusal(path, "it has no list of cells")
    return cells
