"""One picture asked for, and sessions to ask in."""

from __future__ import annotations

from collections.abc import Callable

from vidgo_notebook.app.purchase.approval import NO_WISHES, PurchaseChoices
from vidgo_notebook.app.purchase.order import order_jobs
from vidgo_notebook.app.request.build import new_request
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles.job import Job

OpenSession = Callable[..., Session]


def ask(session: Session, prompt: str = "A red bicycle", choices: PurchaseChoices = NO_WISHES, **fields: object) -> Job:
    """One picture of 12 credits, unless ``fields`` say otherwise."""
    request = new_request(session, prompt, **{"quality": "high", **fields})
    return order_jobs(session, [request], choices)[0]
