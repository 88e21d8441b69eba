"""Batches that have a name: continued from any kernel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.saved import from_text
from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.app.purchase.order_plan import order
from vidgo_notebook.app.request.recover import recover
from vidgo_notebook.domain.request import fingerprints
from vidgo_notebook.domain.wording import nearest, shown
from vidgo_notebook.engine.handles.batch import Batch
from vidgo_notebook.errors import Problem, RequestError

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session


def continue_batch(session: Session, name: str, choices: PurchaseChoices) -> Batch:
    """The batch of this name as it is now; what is missing is bought. RequestError if it does not exist."""
    found = session.journal.batch(name)
    if found is None:
        names = [each.name for each in session.journal.batches()]
        raise RequestError(
            [Problem("name", f"there is no batch {shown(name)}.", nearest(name, names))],
            hint="%vidgo batches lists those that can be continued.",
        )
    plan, places = from_text(session, found.plan), []
    for place in plan.places:  # the journal records only the digests of images: each is looked up where it was
        images = tuple(recover(reference, {}, session.store).reference for reference in place.request.references)
        places.append(replace(place, request=replace(place.request, references=images)))
    return order(session, replace(plan, places=tuple(places)), choices, skip_invalid=True, name=name)


def fingerprints_in(session: Session, name: str, providers: Collection[str]) -> frozenset[str]:
    """The fingerprints of a named batch's requests at some providers; none if there is no such batch."""
    if (found := session.journal.batch(name)) is None:
        return frozenset()
    requests = [place.request for place in from_text(session, found.plan).valid]
    return frozenset(each for request in requests for at in providers for each in fingerprints(request, at))
