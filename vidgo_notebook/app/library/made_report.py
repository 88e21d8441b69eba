"""The report of a session, or of its store."""

from __future__ import annotations

from collections.abc import Sequence

from vidgo_notebook.app.library.report import Report
from vidgo_notebook.app.library.select import Found, find_results
from vidgo_notebook.app.library.unsuccessful import Unsuccessful, find_unsuccessful
from vidgo_notebook.app.session import Session
from vidgo_notebook.store.results.faults import Fault


def made_report(session: Session, *, everything: bool) -> Report:
    """What a session made and asked for; with ``everything`` what its store has, and all that was asked for it.
    Waits for jobs under way. Raises StoreError."""
    found = find_results(session, everything=everything)
    unsuccessful = find_unsuccessful(session, everything=everything)
    return report_on(found, session.settings.credit_price, unsuccessful, found.left_out)


def report_on(
    found: Found, credit_price: str | None, unsuccessful: Sequence[Unsuccessful], left_out: Sequence[Fault]
) -> Report:
    """The report of some results."""
    superseded = [result.record for result in found.superseded]
    return Report(found.records, credit_price, left_out, unsuccessful, superseded, found.missing_inputs, found.lost)
