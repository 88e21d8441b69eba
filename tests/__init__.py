"""The tests. pytest's own variables are hidden before the package is imported: with them, mode auto is never live."""

from __future__ import annotations

import os

for _name in ("PYTEST_VERSION", "PYTEST_XDIST_WORKER"):
    os.environ.pop(_name, None)
