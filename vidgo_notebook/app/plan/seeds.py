"""The seeds of random prompts: drawn once, kept in the store before the first purchase, found there by later runs."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from vidgo_notebook.app.plan.lookup import other_stores, reached
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import ReplayError, StoreError

if TYPE_CHECKING:
    from vidgo_notebook.app.plan.plan import DrawnSeed, Plan
    from vidgo_notebook.app.session import Session

_BELOW = 2**32


def seed_for(session: Session, digest: str) -> tuple[int, bool]:
    """The seed under a digest, and whether this store has yet to keep it. Another store that the journal knows may
    have it, as pictures are found there; else one is drawn, to which this session keeps. Raises StoreError."""
    if (kept := session.store.seeds.find(digest)) is not None:
        return kept, False
    place = session.store.address, digest
    if (seed := session.drawn_seeds.get(place)) is None and (seed := _kept_elsewhere(session, digest)) is not None:
        return seed, session.target.mode != "replay"
    return session.drawn_seeds.setdefault(place, secrets.randbelow(_BELOW) if seed is None else seed), True


def with_seed_kept(session: Session, plan: Plan, drawn: DrawnSeed) -> Plan:
    """The plan, with its new seed kept in the store before anything that it draws is bought.

    Two processes may plan at once, each with a seed of its own: the first that is kept counts for both, and the plan
    of the other is made again. Raises StoreError, and ReplayError: what another seed draws is not what is stored.
    """
    if session.target.mode == "replay":
        first = plan.places[0].request
        raise ReplayError(
            "Replay mode answers from the store only, and it has no seed for the random prompt "
            f"{shown(first.template or first.prompt)}.",
            hint="Record it by running the cell once in live or emulator mode, and keep the .vidgo folder; or give the "
            "seed with which it was made: --seed N.",
        )
    kept = session.store.seeds.keep(drawn.digest, drawn.seed)
    return plan if kept == drawn.seed else drawn.plan_by(kept)


def _kept_elsewhere(session: Session, digest: str) -> int | None:
    with suppress(StoreError):  # without a journal no other store is known
        for store in other_stores(session):
            with reached(store):
                if (seed := store.seeds.find(digest)) is not None:
                    return seed
    return None
