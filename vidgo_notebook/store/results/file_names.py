"""How the files of a store are named: by a fingerprint or a digest, which is 64 characters of hexadecimal."""

from __future__ import annotations

import re

DIGEST = re.compile(r"[0-9a-f]{64}")
JSON_BY_DIGEST = re.compile(rf"({DIGEST.pattern})\.json")
"""The name of a seed, a star, or a record."""
CURRENT = JSON_BY_DIGEST
"""The name of the current record of a fingerprint."""
SUPERSEDED = re.compile(rf"({DIGEST.pattern})\.([0-9]{{1,9}})(?:-[0-9a-f]{{8}})?\.json")
"""The name of a record that a fresh purchase replaced, with its generation, and of one that another branch bought, with
the beginning of its digest too."""


def is_digest(value: object) -> bool:
    """Whether a value, from a file that anybody may have written, is a digest."""
    return isinstance(value, str) and bool(DIGEST.fullmatch(value))
