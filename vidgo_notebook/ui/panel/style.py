"""The style sheet of panel and gallery. It lives in a widget, so it is there only while the form is."""

from __future__ import annotations

from importlib.resources import files

import ipywidgets as widgets


def style_sheet() -> widgets.HTML:
    """The widget that brings the style sheet; it shows nothing."""
    css = files("vidgo_notebook.ui.panel").joinpath("panel.css").read_text(encoding="utf-8")
    made = widgets.HTML(f"<style>{css}</style>")
    made.add_class("vidgo-sheet")
    return made
