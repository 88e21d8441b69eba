"""The seeds of random prompts: drawn once, kept in the store from the purchase on, found there by every later run."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidgo_notebook.app.session import Session

_BELOW = 2**32


def seed_for(session: Session, digest: str) -> tuple[int, bool]:
    """The seed under a digest, and whether it is new: then this session keeps to it. Raises StoreError."""
    if (kept := session.store.seeds().get(digest)) is not None:
        return kept, False
    return session.drawn_seeds.setdefault((session.store.address, digest), secrets.randbelow(_BELOW)), True


def keep_seed(session: Session, digest: str, seed: int) -> None:
    """Write a seed into the store, before what it drew is bought. Raises StoreError."""
    if session.target.mode != "replay":
        session.store.keep_seed(digest, seed)
