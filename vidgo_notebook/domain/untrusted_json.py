"""JSON that somebody else may have written: how many values it has is judged before any of them is made.

A megabyte of ``{},{},`` becomes twenty megabytes of objects, so a limit of bytes alone does not bound the memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

MOST_VALUES = 2_000_000
"""Values of a document: a crate of 10,000 results has a million."""


class TooManyValuesError(ValueError):
    """A document has more values than are read."""


def read_json(
    data: bytes | str,
    *,
    pairs: Callable[[list[tuple[str, Any]]], Any] | None = None,
    constant: Callable[[str], Any] | None = None,
    most: int = MOST_VALUES,
) -> Any:
    """The value in ``data``; ``pairs`` makes an object of its members, ``constant`` a value of NaN and Infinity.

    Raises ValueError for what is not JSON or nested too deeply, and TooManyValuesError beyond ``most`` values.
    """
    values = sum(data.count(sign) if isinstance(data, str) else data.count(sign.encode()) for sign in ",[{")
    if values > most:  # a few too many are counted: those inside texts
        raise TooManyValuesError(f"it has more than {most:,} values")
    try:
        return json.loads(data, object_pairs_hook=pairs, parse_constant=constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
