"""How messages word what a person typed: quoted and short, and with the allowed word that is nearest to it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def nearest(given: str, allowed: Sequence[str], likeness: float = 0.5) -> str:
    """The allowed word that ``given`` was probably meant to be, or '' if none is like it (1: the same)."""
    folded = {word.lower(): word for word in allowed}
    matches = difflib.get_close_matches(given.strip().lower(), folded, n=1, cutoff=likeness)
    return folded[matches[0]] if matches else ""


def shown(text: str, limit: int = 60) -> str:
    """Untrusted text, quoted and short, for a message."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
