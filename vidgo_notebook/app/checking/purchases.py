"""What a run of a notebook would buy: each picture looked up in the store, and priced where it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from vidgo_notebook.app.checking.findings import Finding, Verdict
from vidgo_notebook.app.checking.values import UNKNOWN
from vidgo_notebook.app.plan.lookup import Lookup
from vidgo_notebook.app.plan.near import near_misses_in
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.near_miss import NearMisses
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, Reference, fingerprints
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.store.results.verification import doubt

Found = tuple[list[Finding], Any]
"""The findings, and the value that the cell or call has."""


class Purchases:
    """The purchases of one notebook, in the order in which its cells run; ``session`` stands for the notebook's own.

    ``imported`` is a command that imports results, from which pictures may come that the store does not have.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._to_spend = Decimal(0)
        self._near_misses: dict[str, NearMisses] = {}
        self.imported = ""

    def look_up(self, number: int, label: str, request: GenerationRequest, fresh: bool) -> tuple[Finding, Any]:
        """Whether the store has a picture, or what a run would buy; and the picture."""
        label = f"{label}, take {request.take}" if request.take > 1 else label
        price = self._session.quote(request)
        cost = "at an unpublished price" if price.total is None else f"for {price}"
        pending = Reference("job", f"{number}/{request.take}", name="an earlier picture")
        drawn = None
        if self._session.settings.mode == "emulator":
            drawn = Finding(number, label, Verdict.FREE, "the emulator draws it, as the mode says")
        if drawn and (fresh or request.waits):
            return drawn, pending
        if fresh:
            return Finding(number, label, Verdict.FRESH, f"--fresh buys it at each run {cost}", price.total), pending
        if request.waits:
            detail = f"nor is a picture that it is made from; {self._what_a_run_does(cost)}"
            return Finding(number, label, Verdict.MISSING, detail, price.total), pending
        readable = self._session.target.readable
        wanted = [name for provider in readable for name in fingerprints(request, provider)]
        found = Lookup(self._session, wanted).stored_here(wanted)
        if found is None and self.imported:
            why = f"it is not in the store, and may come with %vidgo {self.imported}"
            return Finding(number, label, Verdict.UNKNOWABLE, why), UNKNOWN
        if found is None and drawn:
            return drawn, pending
        if found is None:
            detail = self._what_a_run_does(cost) + self._almost(request)
            return Finding(number, label, Verdict.MISSING, detail, price.total), pending
        if not isinstance(found, Result):
            return Finding(number, label, Verdict.DAMAGED, f"the picture of digest {found.digest[:12]}…"), UNKNOWN
        kind = "a stand-in of the emulator, " if found.record.provider == EMULATOR else ""
        paid = (
            f", {self._session.settings.credit_format.text(found.record.paid)} when made" if found.record.paid else ""
        )
        unverified = f"; {note}" if (note := doubt(found.record, request)) else ""
        detail = f"{kind}digest {found.digest[:12]}… is right{paid}{unverified}"
        return Finding(number, label, Verdict.STORED, detail), found

    def _almost(self, request: GenerationRequest) -> str:
        """In what a missing picture differs from one of the store, as the end of a sentence, or ''."""
        store = self._session.store  # the notebook may set another one
        if store.address not in self._near_misses:
            self._near_misses[store.address] = near_misses_in(store)
        found = self._near_misses[store.address].of(request)
        return f"; {found.text}" if found else ""

    def limited(self, found: Found, max_credits: Decimal | None) -> Found:
        """The findings of one purchase: where a limit is below its price, a run is refused."""
        findings, value = found
        bought = [each for each in findings if each.verdict in (Verdict.MISSING, Verdict.FRESH)]
        if not bought or not (refusal := self._refusal([each.price for each in bought], max_credits)):
            return found
        refused = [
            replace(each, verdict=Verdict.REFUSED, detail=refusal) if each in bought else each for each in findings
        ]
        return refused, value

    def _refusal(self, prices: Sequence[Decimal | None], max_credits: Decimal | None) -> str:
        """Why a run with a key would refuse these pictures, or ''; then their price counts for the cells below."""
        settings, total = self._session.settings, sum((price or Decimal(0) for price in prices), Decimal(0))
        text, budget = settings.credit_format.text, settings.limit("budget")
        left = None if budget is None else max(budget - self._to_spend, Decimal(0))
        for limit, allows in ((max_credits, "--max-credits allows"), (left, "the budget leaves")):
            if limit is not None and (None in prices or total > limit):
                price = "its price is not published" if None in prices else f"it costs {text(total)}"
                return f"{price}, and {allows} {text(limit)}"
        self._to_spend += total
        return ""

    def _what_a_run_does(self, cost: str) -> str:
        target = self._session.target
        if target.frozen:
            return f"the store is frozen, so a run would fail; thawed and with a key it would buy it {cost}"
        match target.mode:
            case "live":
                return f"a run would buy it {cost}"
            case "emulator":  # without a key
                return f"a run would draw a stand-in, which is free; with a key it would buy it {cost}"
            case "replay":
                return f"a run in replay mode would fail; with a key and in another mode it would buy it {cost}"
