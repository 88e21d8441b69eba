"""The version of this package, for its metadata too: a copy on the path, as in JupyterLite, has no metadata."""

from __future__ import annotations

__version__ = "0.2.0"
