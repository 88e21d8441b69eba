"""What a run of a notebook would buy: each picture looked up in the store, and priced where it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from vidgo_notebook.app.checking.findings import Finding, Verdict
from vidgo_notebook.app.checking.values import UNKNOWN
from vidgo_notebook.app.plan.lookup import Lookup
from vidgo_notebook.app.plan.near import near_misses_in, nearest_of
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.near_miss import NearMisses
from vidgo_notebook.domain.pricing import Quote
from vidgo_notebook.domain.provider import EMULATOR
from vidgo_notebook.domain.request import GenerationRequest, Reference, fingerprint, fingerprints
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import StoreError
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
        self._asked_afresh: dict[str, int] = {}
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
        if self._session.target.mode == "replay" and (fresh or request.waits):
            why = "a fresh picture is asked for" if fresh else "a picture that it is made from is not there either"
            return self._not_replayed(number, label, why, price), pending
        if fresh:
            detail = f"--fresh buys it at each run {cost}{self._or_joins(number, request)}"
            return Finding(number, label, Verdict.FRESH, detail, price.total), pending
        if request.waits:
            detail = f"nor is a picture that it is made from; {self._what_a_run_does(cost)}"
            return Finding(number, label, Verdict.MISSING, detail, price.total), pending
        readable = self._session.target.readable
        wanted = [name for provider in readable for name in fingerprints(request, provider)]
        try:
            found = Lookup(self._session, wanted).stored_here(wanted)
        except StoreError as error:  # a record that was edited, or can't be read
            return Finding(number, label, Verdict.DAMAGED, " ".join(error.message.split("\n"))), UNKNOWN
        if found is None and self.imported:
            why = f"it is not in the store, and may come with %vidgo {self.imported}"
            return Finding(number, label, Verdict.UNKNOWABLE, why), UNKNOWN
        if found is None and drawn:
            return drawn, pending
        if found is None and self._session.target.mode == "replay":
            return self._not_replayed(number, label, nearest_of(self._near, request), price), pending
        if found is None:
            almost = self._near.of(request)
            detail = self._what_a_run_does(cost) + (f"; {almost.text}" if almost else "")
            return Finding(number, label, Verdict.MISSING, detail, price.total), pending
        if not isinstance(found, Result):
            return Finding(number, label, Verdict.DAMAGED, f"the picture of digest {found.digest[:12]}…"), UNKNOWN
        return Finding(number, label, Verdict.STORED, self._is_right(found, request)), found

    def _or_joins(self, number: int, request: GenerationRequest) -> str:
        """What else a fresh request may do that its cell has made before, as the end of a sentence, or ''."""
        asked = "" if request.waits else fingerprint(request, self._session.target.provider)
        before, self._asked_afresh[asked] = self._asked_afresh.get(asked), number
        return ", unless it joins the same request before it" if asked and before == number else ""

    def _is_right(self, found: Result, request: GenerationRequest) -> str:
        record, write = found.record, self._session.settings.credit_format.text
        kind = "a stand-in of the emulator, " if record.provider == EMULATOR else ""
        paid = f", {write(record.paid)} when made" if record.paid else ""
        unverified = f"; {note}" if (note := doubt(record, request)) else ""
        return f"{kind}digest {found.digest[:12]}… is right{paid}{unverified}"

    @property
    def _near(self) -> NearMisses:
        """What the store has, to name what is almost a missing picture."""
        store = self._session.store  # the notebook may set another one
        if store.address not in self._near_misses:
            self._near_misses[store.address] = near_misses_in(store)
        return self._near_misses[store.address]

    def _not_replayed(self, number: int, label: str, why: str, price: Quote) -> Finding:
        """A picture that is missing where nothing is bought: a run fails."""
        cost = "at an unpublished price" if price.total is None else f"for {price}"
        replayed, end = "replay mode sends nothing", "in another mode"
        if self._session.target.frozen:
            replayed, end = "the store is frozen", "thawed"
        detail = "; ".join(filter(None, [replayed, why, f"{end} and with a key a run would buy it {cost}"]))
        return Finding(number, label, Verdict.REFUSED, detail, price.total)

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
        if self._session.target.mode == "emulator":  # without a key
            return f"a run would draw a stand-in, which is free; with a key it would buy it {cost}"
        return f"a run would buy it {cost}"
