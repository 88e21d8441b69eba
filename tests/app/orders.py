"""One picture asked for, and sessions to ask in."""

from __future__ import annotations

from collections.abc import Callable

from vidgo_notebook.app.approval import Wishes
from vidgo_notebook.app.session import Session
from vidgo_notebook.engine.handles import Job

OpenSession = Callable[..., Session]


def ask(session: Session, prompt: str = "A red bicycle", wishes: Wishes | None = None, **fields: object) -> Job:
    """One picture of 12 credits, unless ``fields`` say otherwise."""
    request = session.request(prompt, **{"quality": "high", **fields})
    return session.generate([request], wishes)[0]
