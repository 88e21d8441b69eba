"""Work without a notebook: ``python -m vidgo_notebook check NOTEBOOK…`` and ``resolve JOB``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vidgo_notebook.app.checking.check import check_notebook
from vidgo_notebook.app.process import current_session
from vidgo_notebook.app.purchase import resolve as settling
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order import resubmit
from vidgo_notebook.errors import VidgoError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done and good, 1 not, with the reason said, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        good: bool = options.run(options)
    except VidgoError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if good else 1


def _check(options: argparse.Namespace) -> bool:
    """Every notebook is looked at, whatever is wrong with another."""
    checked = [_check_one(Path(name)) for name in options.notebooks]
    return all(checked)


def _check_one(path: Path) -> bool:
    try:
        check = check_notebook(path)
    except VidgoError as error:
        print(error, file=sys.stderr)
        return False
    print(f"{path}: {check.summary}")
    for finding in check.findings:
        print(f"  {'!' if finding.bad else ' '} {finding}")
    return check.good


def _resolve(options: argparse.Namespace) -> bool:
    session = current_session()
    entry = settling.entry_to_settle(session, options.job)
    if options.forget:
        settling.forget(session, entry)
        print(f"Job {entry.record.job_id} is resolved: no longer looked for.")
    elif options.resubmit:
        choices = PurchaseChoices(fresh=True, yes=options.yes)
        job = resubmit(session, entry, lambda: settling.forget(session, entry), choices)
        print(f"Job {job.id} asks again: {job.quote}.")
        print(f"Picture: {job.result().path or 'in memory only'}")
    else:
        for name, value in settling.what_is_known(session, entry):
            print(f"{name:14} {value}")
        print("Resolve it with --resubmit (buys it again) or --forget.")
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m vidgo_notebook", description="Work without a notebook.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check", help="tell, without running notebooks, whether the store has their pictures and what a run would buy"
    )
    check.add_argument("notebooks", metavar="NOTEBOOK", nargs="+", help="an .ipynb file")
    check.set_defaults(run=_check)
    resolve = commands.add_parser("resolve", help="resolve a job whose outcome is unknown")
    resolve.add_argument("job", metavar="JOB", help="the job's id, or how it begins")
    way = resolve.add_mutually_exclusive_group()
    way.add_argument("--resubmit", action="store_true", help="buy it again")
    way.add_argument("--forget", action="store_true", help="no longer look for it")
    resolve.set_defaults(run=_resolve)
    resolve.add_argument("-y", "--yes", action="store_true", help="answer yes to the question about the price")
    return parser


if __name__ == "__main__":
    sys.exit(main())
