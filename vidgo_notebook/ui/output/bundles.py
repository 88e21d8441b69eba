"""Mime bundles: how a picture is put into a notebook, and an error in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vidgo_notebook.render.progress import error_html

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""Data by media type, and metadata."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is put into the notebook: preview, full or none, and its width in pixels."""

    show: str = "preview"
    width: int | None = None


def error_bundle(error: BaseException) -> Bundle:
    """What went wrong, in place of the picture."""
    name = type(error).__name__
    return {"text/html": error_html(name, str(error)), "text/plain": f"{name}: {error}"}, {}
