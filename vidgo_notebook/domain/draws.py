"""``{{ choice([…]) }}`` in a prompt: what is drawn follows from a seed, so that the same is drawn on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from vidgo_notebook.domain.arguments import plain_scalar
from vidgo_notebook.domain.wording import described
from vidgo_notebook.errors import Problem, RequestError

LARGEST_SEED = 2**63 - 1


def is_seed(value: object) -> bool:
    """Whether a value, from a file that anybody may have written, is a seed."""
    return type(value) is int and 0 <= value <= LARGEST_SEED


class Draws:
    """The draws of one picture, by its seed, its take and its row in a table (0 without one).

    The n-th one is the item whose place is the first eight bytes of the SHA-256 of ``seed/take/row/n``, as a number,
    modulo the number of items.
    """

    def __init__(self, seed: int, take: int = 1, row: int = 0) -> None:
        self.seed = seed
        self._key = f"{seed}/{take}/{row}"
        self._count = 0

    def choice(self, *items: Any) -> Any:
        """One of a list's items. RequestError for anything else than a list with an item."""
        listed: Any = items[0] if len(items) == 1 else None
        if hasattr(listed, "tolist"):  # a column of a DataFrame, an array
            listed = listed.tolist()
        if not isinstance(listed, (list, tuple, range)) or not listed:
            given = "an empty list" if isinstance(listed, (list, tuple, range)) else described(listed)
            if len(items) != 1:
                given = f"{len(items)} values"
            raise RequestError([Problem("prompt", f"choice draws from a list, not from {given}.", "choice([…, …])")])
        self._count += 1
        digest = hashlib.sha256(f"{self._key}/{self._count}".encode()).digest()
        return listed[int.from_bytes(digest[:8]) % len(listed)]


def seed_of(given: object) -> int | None:
    """A seed as it was given; None without one. RequestError for what is not a whole number from 0."""
    seed = plain_scalar(given)
    if seed is None:
        return None
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= LARGEST_SEED:
        raise RequestError([Problem("seed", f"{described(seed)} is not a whole number from 0.", "seed=7")])
    return seed


def draw_digest(templates: Sequence[str], fields: Mapping[str, str]) -> str:
    """SHA-256, in hex, under which the seed of some templates with these fields is kept."""
    text = json.dumps([list(templates), dict(fields)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
