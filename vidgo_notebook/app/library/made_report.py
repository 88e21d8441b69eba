"""The report of a session, or of its store."""

from __future__ import annotations

from vidgo_notebook.app.library.report import Report
from vidgo_notebook.app.library.select import find_results
from vidgo_notebook.app.library.unsuccessful import find_unsuccessful
from vidgo_notebook.app.session import Session


def made_report(session: Session, *, everything: bool) -> Report:
    """What a session made and asked for; with ``everything`` what its store has, and all that was asked for it.
    Waits for jobs under way. Raises StoreError."""
    found = find_results(session, everything=everything)
    unsuccessful = find_unsuccessful(session, everything=everything)
    price, lost = session.settings.credit_price, found.missing_inputs
    return Report(found.records, price, found.left_out, unsuccessful, found.superseded, lost)
