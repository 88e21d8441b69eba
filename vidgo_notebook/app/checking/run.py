"""Executes a copy of a notebook in a kernel that can't buy anything, and lists what a run would buy.

It runs the notebook's code, with all that this does on the machine: it is for notebooks that one would run anyway.
"""

from __future__ import annotations

import logging
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from vidgo_notebook import errors
from vidgo_notebook.app.checking.findings import Check, Finding, Verdict
from vidgo_notebook.app.checking.notebook_file import CodeCell, NotebookFile, read_notebook
from vidgo_notebook.app.rehearsal import Kind, Note, Rehearsal
from vidgo_notebook.app.steps import QUIET, Steps
from vidgo_notebook.domain.pricing import NO_CURRENCY, CreditFormat
from vidgo_notebook.domain.wording import counted, shown
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.store.address import working_folder
from vidgo_notebook.visible_text import visible_name

_EXTRA = "pip install 'vidgo-notebook[notebook]'"
_ERRORS = frozenset(
    name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, VidgoError)
)
_HAS_REHEARSALS = (
    "(lambda spec: __import__('os').stat(spec.submodule_search_locations[0] + '/app/rehearsal.py'))"
    "(__import__('importlib.util').util.find_spec('vidgo_notebook'))"
)
_TO_LOOK = 60.0  # seconds
_LABEL, _WHY = 60, 200  # letters
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SILENT = logging.getLogger("vidgo_notebook.nbclient")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


def run_notebook(
    path: Path,
    seconds: float,
    credit_format: CreditFormat = NO_CURRENCY,
    steps: Steps = QUIET,
) -> Check:
    """What a run of the notebook would buy, by executing a copy of it; nothing is bought. A cell that takes longer than
    ``seconds`` ends the run.

    Raises RequestError for a file that is not a notebook, and where it can't be executed.
    """
    notebook, folder = read_notebook(path), (working_folder() / path).resolve().parent
    with _rehearsing() as rehearsal:
        executed = _executed(notebook, folder, rehearsal.environment, seconds)
        cells = steps.over(executed, f"{visible_name(path.name)}: cells executed", len(notebook.cells))
        findings = list[Finding]()
        seen = 0
        for done, (cell, failure) in enumerate(cells, 1):
            notes = rehearsal.notes(seen)
            seen += len(notes)
            for note in notes:
                found = _finding(cell.number, note, rehearsal, credit_format)
                findings += [] if note.kind is Kind.READ and found in findings else [found]
            is_refused = any(note.kind in (Kind.REFUSED, Kind.MISSED, Kind.FROZEN) for note in notes)
            findings += _of_failure(cell, failure, len(notebook.cells) - done, is_refused=is_refused)
    return Check(path, (*findings, *notebook.findings()), credit_format, ran=True)


@contextmanager
def _rehearsing() -> Iterator[Rehearsal]:
    with tempfile.TemporaryDirectory(prefix="vidgo-check-", ignore_cleanup_errors=True) as folder:
        yield Rehearsal.begin(Path(folder))


# The run


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a cell failed: the name of the error, and the first line of what it says."""

    name: str
    why: str


def _executed(
    notebook: NotebookFile, folder: Path, environment: Mapping[str, str], seconds: float
) -> Iterator[tuple[CodeCell, _Failure | None]]:
    """Each cell once it was executed, up to one that fails."""
    nbclient, nbformat = _libraries()
    name, new_cell = notebook.kernel or "python3", nbformat.v4.new_code_cell
    cells = [new_cell(cell.source, metadata={"tags": [*cell.tags]}) for cell in notebook.cells]
    client = nbclient.NotebookClient(
        nbformat.v4.new_notebook(cells=[*cells, new_cell(_HAS_REHEARSALS)]),
        kernel_name=name,
        resources={"metadata": {"path": str(folder)}},
        log=_SILENT,
    )
    with _kernel(client, name, environment):
        for place, cell in enumerate(notebook.cells):
            failure = _failure_of(client, place, seconds)
            yield cell, failure
            if failure:
                return


def _libraries() -> tuple[Any, Any]:
    try:
        import nbclient
        import nbformat
    except ImportError as error:
        raise RequestError(
            [Problem("run", f"{error.name} is missing, with which notebooks are executed.")], hint=_EXTRA
        ) from None
    return nbclient, nbformat


@contextmanager
def _kernel(client: Any, name: str, environment: Mapping[str, str]) -> Iterator[None]:
    """A kernel that is known to rehearse. Raises RequestError."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    with ExitStack() as running:
        try:
            _start(client, environment, running)
        except NoSuchKernel:
            there = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
            raise _not_executed(f"its kernel {shown(name)} is not installed; there is {there}") from None
        except (RuntimeError, OSError) as error:
            raise _not_executed(f"its kernel {shown(name)} does not start: {error}") from None
        if _failure_of(client, -1, _TO_LOOK, store_history=False):
            raise _not_executed(f"its kernel {shown(name)} has no vidgo_notebook, or an older one, which could buy")
        yield


def _start(client: Any, environment: Mapping[str, str], running: ExitStack) -> None:
    """Start a kernel; once more if it ends at once, since another program may have taken a port that Jupyter chose for
    it. Raises RuntimeError, and what Jupyter raises."""
    nothing = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def start() -> None:
        running.enter_context(client.setup_kernel(env=dict(environment), **nothing))

    try:
        start()
    except RuntimeError:
        start()


def _failure_of(client: Any, place: int, seconds: float, **how: Any) -> _Failure | None:
    """Execute a cell; why it failed, or None."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client.timeout = seconds
    try:
        client.execute_cell(client.nb["cells"][place], place, **how)
    except CellExecutionError as error:
        if error.ename == "StdinNotImplementedError":
            return _Failure("", "it asks a question (input), and no one is there")
        return _Failure(error.ename, _ANSI.sub("", error.evalue.strip().partition("\n")[0]))
    except CellTimeoutError:
        return _Failure("", f"it takes longer than {seconds:g} s: --timeout SECONDS gives it more")
    except DeadKernelError:
        return _Failure("", "the kernel died")
    return None


def _not_executed(why: str) -> RequestError:
    return RequestError([Problem("notebook", f"can't be executed: {why}.")])


# What it says


def _finding(number: int, note: Note, rehearsal: Rehearsal, credit_format: CreditFormat) -> Finding:
    cost = "at an unpublished price" if note.price is None else f"for {credit_format.text(note.price)}"
    run = "a run" if rehearsal.key_source else "a run with a key"
    verdict, detail = {
        Kind.STORED: (Verdict.STORED, ""),
        Kind.BOUGHT: (Verdict.MISSING, f"{run} buys it {cost}"),
        Kind.FRESH: (Verdict.FRESH, f"each run buys it {cost}"),
        Kind.JOINED: (
            Verdict.UNKNOWABLE,
            f"it joins the same request before it, unless that has ended by then: then {run} buys it {cost}",
        ),
        Kind.REFUSED: (Verdict.REFUSED, ""),
        Kind.MISSED: (Verdict.REFUSED, f"replay mode sends nothing; in another mode {run} buys it {cost}"),
        Kind.FROZEN: (Verdict.REFUSED, f"the store is frozen; thawed, {run} buys it {cost}"),
        Kind.DAMAGED: (Verdict.DAMAGED, ""),
        Kind.SENT: (Verdict.FREE, ""),
        Kind.EMULATED: (Verdict.FREE, "the emulator draws it"),
        Kind.ASKED: (Verdict.UNKNOWABLE, "it is asked, and yes is assumed here"),
        Kind.READ: (
            Verdict.UNKNOWABLE,
            "the code reads what only the picture can tell; what it does then is not known",
        ),
        Kind.UNSEEN: (Verdict.UNKNOWABLE, ""),
    }[note.kind]
    price = note.price if verdict is not Verdict.UNKNOWABLE else Decimal(0)
    return Finding(number, note.label, verdict, "; ".join(filter(None, (detail, note.detail))), price)


def _of_failure(cell: CodeCell, failure: _Failure | None, left: int, *, is_refused: bool) -> Iterator[Finding]:
    if failure is None:
        return
    label = shown(" ".join(cell.source.split()), _LABEL)
    why = ": ".join(filter(None, (failure.name, failure.why[:_WHY])))
    if failure.name in _ERRORS and is_refused:
        pass  # it is named
    elif failure.name in _ERRORS:
        yield Finding(cell.number, label, Verdict.WRONG, f"the cell fails. {why}")
    else:
        yield Finding(
            cell.number, label, Verdict.UNKNOWABLE, f"the cell fails, so what it may ask for is not known. {why}"
        )
    if left:
        cells = f"{counted(left, 'cell')} after it {'is' if left == 1 else 'are'} not executed"
        yield Finding(cell.number, label, Verdict.UNKNOWABLE, f"{cells}, since it fails")
