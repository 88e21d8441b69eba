"""``check``: what the store has of some notebooks, and what a run of them would buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.checking.findings import Check, Finding, Verdict
from vidgo_notebook.app.commands.command import Call, CommandGroup, option
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.render.listing import Listing
from vidgo_notebook.visible_text import visible

CHECK = CommandGroup()


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What a check found out about a picture of a notebook; ``bad`` is whether the notebook fails for it, and
    ``known`` whether more than a run would tell is known."""

    notebook: str
    finding: str
    bad: bool
    known: bool


class CheckTable(Listing[FindingRow]):
    """The findings of some notebooks. ``good`` is whether all is known and there; None if something cannot be known,
    and nothing bad was found. ``allow_unknown`` says that this is good."""

    def __init__(self, checks: Sequence[Check], *, allow_unknown: bool = False) -> None:
        known = allow_unknown or all(check.whole for check in checks)
        self.good = False if not all(check.good for check in checks) else True if known else None
        rows = [
            FindingRow(str(check.path), str(each), each.bad, each.verdict is not Verdict.UNKNOWABLE)
            for check in checks
            for each in check.findings
        ]
        super().__init__("", rows)
        self._checks = tuple(checks)

    def __repr__(self) -> str:
        return visible("\n".join(line for check in self._checks for line in _lines(check)))


def _lines(check: Check) -> list[str]:
    findings = [f"  {_mark(finding)} {finding}" for finding in check.findings]
    return [f"{check.path}: {check.summary}", *findings]


def _mark(finding: Finding) -> str:
    return "!" if finding.bad else "?" if finding.verdict is Verdict.UNKNOWABLE else " "


@CHECK.command(
    "check",
    "reports, without running notebooks, what the store has of them and what a run would buy",
    option("notebooks", metavar="NOTEBOOK", nargs="*", help="an .ipynb, or jupytext's .py or .md, MyST, .qmd"),
    option("--allow-unknown", action="store_true", help="exit with 0 where only a run can tell, instead of 2"),
    example="check study.ipynb",
    answers=True,
    only="shell",
    elsewhere="It reads notebooks that are not running. In a cell: !vidgo check study.ipynb",
)
def _check(call: Call) -> object:
    if not call.options.notebooks:
        raise RequestError([Problem("notebook", "is missing.", "vidgo check study.ipynb")])
    checks = []
    for name in call.options.notebooks:
        try:
            checks.append(check_notebook(Path(name)))
        except VidgoError as error:  # the notebooks after it are checked all the same
            call.front.show(error)
    return CheckTable(checks, allow_unknown=call.options.allow_unknown)
