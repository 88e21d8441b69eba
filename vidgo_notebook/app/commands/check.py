"""``check``: what the store has of some notebooks, and what a run of them would buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.checking.notebook_file import Check
from vidgo_notebook.app.commands.command import Call, CommandGroup, option
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.render.listing import Listing
from vidgo_notebook.visible_text import visible

CHECK = CommandGroup()


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What a check found out about a picture of a notebook; ``bad`` is whether the notebook fails for it."""

    notebook: str
    finding: str
    bad: bool


class CheckTable(Listing[FindingRow]):
    """The findings of some notebooks. ``good`` is whether all could be checked, and nothing bad was found."""

    def __init__(self, checks: Sequence[Check], *, good: bool) -> None:
        self.good = good
        rows = [FindingRow(str(check.path), str(each), each.bad) for check in checks for each in check.findings]
        super().__init__("", rows)
        self._checks = tuple(checks)

    def __repr__(self) -> str:
        return visible("\n".join(line for check in self._checks for line in _lines(check)))


def _lines(check: Check) -> list[str]:
    findings = [f"  {'!' if finding.bad else ' '} {finding}" for finding in check.findings]
    return [f"{check.path}: {check.summary}", *findings]


@CHECK.command(
    "check",
    "reports, without running notebooks, what the store has of them and what a run would buy",
    option("notebooks", metavar="NOTEBOOK", nargs="*", help="an .ipynb file"),
    example="check study.ipynb",
    answers=True,
    only="shell",
    elsewhere="It reads notebooks that are not running. In a cell: !vidgo check study.ipynb",
)
def _check(call: Call) -> object:
    if not call.options.notebooks:
        raise RequestError([Problem("notebook", "is missing.", "vidgo check study.ipynb")])
    checks, good = [], True
    for name in call.options.notebooks:
        try:
            checks.append(check_notebook(Path(name)))
        except VidgoError as error:  # the notebooks after it are checked all the same
            call.front.show(error)
            good = False
    return CheckTable(checks, good=good and all(check.good for check in checks))
