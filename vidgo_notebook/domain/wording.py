"""The wording of messages: user input quoted and shortened, the nearest allowed word, numbers with nouns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from vidgo_notebook.visible_text import visible_name

_MOST_WRITTEN_OUT = 10**20


def nearest(given: str, allowed: Sequence[str], likeness: float = 0.6) -> str:
    """The allowed word most like ``given``, or '' if none is at least ``likeness`` alike (1: equal)."""
    folded = {word.lower(): word for word in allowed}
    import difflib  # late: most requests are right, and loading is faster without it

    matches = difflib.get_close_matches(given.strip().lower(), folded, n=1, cutoff=likeness)
    return folded[matches[0]] if matches else ""


def shown(text: str, limit: int = 60) -> str:
    """Untrusted text, quoted, short and on one line, for a message."""
    whole = text if len(text) <= limit else text[: limit - 1] + "…"
    quote = '"' if "'" in whole and '"' not in whole else "'"
    return quote + visible_name(whole.replace("\\", "\\\\").replace(quote, "\\" + quote)) + quote


def described(value: object) -> str:
    """A value of the user, for a message: a plain one as it is written, any other by its type."""
    if isinstance(value, str):
        return shown(value)
    if (
        value is None
        or isinstance(value, (bool, float, complex, Decimal))
        or (isinstance(value, int) and abs(value) < _MOST_WRITTEN_OUT)
    ):
        return str(value)
    if isinstance(value, int):
        return "a number this large"
    kind = type(value).__name__
    return f"{'an' if kind[:1] in 'aeiouAEIOU' else 'a'} {kind}"


def counted(count: int, noun: str) -> str:
    """A number with its noun, as ``1 job`` or ``2,000 jobs``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def one_line(text: str, limit: int) -> str:
    """The beginning of a text on one line of at most ``limit`` characters."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
