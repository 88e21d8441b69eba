"""``check``: what the store has of some notebooks, and what a run of them would buy."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from vidgo_notebook.app.checking.findings import Check, Finding, Verdict
from vidgo_notebook.app.commands.command import Call, CommandGroup, option
from vidgo_notebook.app.presence import say
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.render.listing import Listing
from vidgo_notebook.visible_text import visible

CHECK = CommandGroup()
_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What a check found out about a picture of a notebook, also in parts; ``bad`` is whether the notebook fails for
    it, ``known`` whether more than a run would tell is known, and ``credits`` the price of what would be bought (None:
    not published)."""

    notebook: str
    finding: str
    bad: bool
    known: bool
    cell: int
    request: str
    verdict: str
    credits: Decimal | None


class CheckTable(Listing[FindingRow]):
    """The findings of some notebooks. ``good`` is whether all is known and there; None if something cannot be known,
    and nothing bad was found. ``allow_unknown`` says that this is good."""

    def __init__(self, checks: Sequence[Check], *, allow_unknown: bool = False) -> None:
        known = allow_unknown or all(check.whole for check in checks)
        self.good = False if not all(check.good for check in checks) else True if known else None
        rows = [_row(check, each) for check in checks for each in check.findings]
        super().__init__("", rows)
        self._checks = tuple(checks)

    def __repr__(self) -> str:
        return visible("\n".join(line for check in self._checks for line in _lines(check)))


def _row(check: Check, finding: Finding) -> FindingRow:
    known = finding.verdict is not Verdict.UNKNOWABLE
    what = finding.cell, finding.label, str(finding.verdict), finding.price
    return FindingRow(str(check.path), str(finding), finding.bad, known, *what)


def _lines(check: Check) -> list[str]:
    findings = [f"  {_mark(finding)} {finding}" for finding in check.findings]
    return [f"{check.path}: {check.summary}", *findings]


def _mark(finding: Finding) -> str:
    return "!" if finding.bad else "?" if finding.verdict is Verdict.UNKNOWABLE else " "


def _seconds(text: str) -> float:
    seconds = float(text) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else 0.0
    if not seconds:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of seconds")
    return seconds


@CHECK.command(
    "check",
    "reports what the store has of notebooks and what a run would buy, without running them",
    option("notebooks", metavar="NOTEBOOK", nargs="*", help="an .ipynb, or jupytext's .py or .md, MyST, .qmd"),
    option("--run", action="store_true", help="execute their code, where nothing can be bought"),
    option("--timeout", metavar="SECONDS", type=_seconds, help=f"the most for a cell of --run (default: {_SECONDS:g})"),
    option("--allow-unknown", action="store_true", help="exit with 0 where only a run can tell, instead of 2"),
    example="check study.ipynb",
    answers=True,
    only="shell",
    elsewhere="It reads notebooks that are not running. In a cell: !vidgo check study.ipynb",
)
def _check(call: Call) -> object:
    options = call.options
    if not options.notebooks:
        raise RequestError([Problem("notebook", "is missing.", "vidgo check study.ipynb")])
    if options.timeout and not options.run:
        raise RequestError([Problem("timeout", "is about --run.", "vidgo check --run --timeout 60 study.ipynb")])
    from vidgo_notebook.app.checking.check import check_notebook  # late: every other command would load it too

    checks = []
    for name in options.notebooks:
        try:
            checks.append(_run(call, Path(name)) if options.run else check_notebook(Path(name)))
        except VidgoError as error:  # the notebooks after it are checked all the same
            call.front.show(error)
    return CheckTable(checks, allow_unknown=options.allow_unknown)


def _run(call: Call, path: Path) -> Check:
    from vidgo_notebook.app.checking.run import run_notebook  # late: notebooks are seldom executed

    say(f"{path}: its code is executed, with all that it does on this machine; nothing can be bought.", "stderr")
    session, seconds = call.session, call.options.timeout or _SECONDS
    return run_notebook(path, seconds, session.settings.credit_format, session.steps)
