"""Pillow, which decodes and draws pictures, may be missing: in JupyterLite and Pyodide it comes separately.

There, the pictures of a store are shown as they were served, and what needs Pillow says so.
"""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec

from vidgo_notebook.errors import VidgoError


class NoPillowError(VidgoError):
    """Pillow is missing, and what was asked for needs it."""

    hint = (
        "pip install pillow adds it, in JupyterLite %pip install pillow. Without it job.result().path is the file as "
        "it was served."
    )


def has_pillow() -> bool:
    """Whether Pillow is installed; it is not loaded for the answer."""
    with suppress(ImportError, ValueError):  # the second of a module without a specification
        return find_spec("PIL") is not None
    return False


def no_pillow(consequence: str, *, cost: str = "") -> NoPillowError:
    """The error that says what is not possible because Pillow is missing."""
    return NoPillowError(f"Pillow is not installed in this Python, so {consequence}.", cost=cost)


def check_pillow(consequence: str, *, cost: str = "") -> None:
    """Raise that error where Pillow is missing."""
    if not has_pillow():
        raise no_pillow(consequence, cost=cost)
