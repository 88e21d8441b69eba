"""The command line: ``python -m vidgo_notebook check NOTEBOOK…`` and ``resolve JOB``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import resubmit
from vidgo_notebook.app.purchase.resolve import entry_to_settle, forget, what_is_known
from vidgo_notebook.errors import VidgoError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. The exit status is 0 for success, 1 for failure (the reason is printed), 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        good: bool = options.run(options)
    except VidgoError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if good else 1


def _check(options: argparse.Namespace) -> bool:
    good = True
    for name in options.notebooks:
        try:
            check = check_notebook(Path(name))
        except VidgoError as error:  # the notebooks after it are checked all the same
            print(error, file=sys.stderr)
            good = False
            continue
        print(f"{check.path}: {check.summary}")
        for finding in check.findings:
            print(f"  {'!' if finding.bad else ' '} {finding}")
        good = good and check.good
    return good


def _resolve(options: argparse.Namespace) -> bool:
    session = current_session()
    entry = entry_to_settle(session, options.job)
    if options.forget:
        forget(session, entry)
        print(f"Job {entry.record.job_id} is resolved: no longer looked for.")
    elif options.resubmit:
        choices = PurchaseChoices(fresh=True, yes=options.yes)
        job = resubmit(session, entry, lambda: forget(session, entry), choices)
        print(f"Job {job.id} requests it again: {job.quote}.")
        print(f"Picture: {job.result().path or 'in memory only'}")
    else:
        for name, value in what_is_known(session, entry):
            print(f"{name:14} {value}")
        print("Resolve it with --resubmit (buys it again) or --forget.")
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m vidgo_notebook", description="Commands that need no running notebook.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="report, without running notebooks, what the store has of them and what a run would buy",
    )
    check.add_argument("notebooks", metavar="NOTEBOOK", nargs="+", help="an .ipynb file")
    check.set_defaults(run=_check)
    resolve = commands.add_parser("resolve", help="resolve a job whose outcome is unknown")
    resolve.add_argument("job", metavar="JOB", help="the job's id, or its beginning")
    way = resolve.add_mutually_exclusive_group()
    way.add_argument("--resubmit", action="store_true", help="buy it again")
    way.add_argument("--forget", action="store_true", help="give it up; the request can be bought again")
    resolve.set_defaults(run=_resolve)
    resolve.add_argument("-y", "--yes", action="store_true", help="answer yes to the question about the price")
    return parser


if __name__ == "__main__":
    sys.exit(main())
