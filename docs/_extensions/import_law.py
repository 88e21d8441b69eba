"""The directive `{import-law}`: the layers of .importlinter, drawn."""

from __future__ import annotations

from configparser import ConfigParser
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

LAW = Path(__file__).parents[2] / ".importlinter"
WIDTH, HEIGHT, GAP = 720, 40, 24


def layers(contract: str) -> list[list[str]]:
    """The rooms of each layer, the highest first."""
    law = ConfigParser()
    law.read(LAW, encoding="utf-8")
    lines = law[f"importlinter:contract:{contract}"]["layers"].strip().splitlines()
    return [[name.strip(" ()") for name in line.replace(":", "|").split("|")] for line in lines if line.strip()]


def drawn(rows: list[list[str]], title: str) -> str:
    """An SVG of boxes in rows; an arrow says which row may import from which."""
    parts, height = [], len(rows) * (HEIGHT + GAP) - GAP
    for index, names in enumerate(rows):
        top, width = index * (HEIGHT + GAP), WIDTH / len(names)
        for place, name in enumerate(names):
            left = place * width + 3
            parts.append(f'<rect x="{left:.0f}" y="{top + 1}" width="{width - 6:.0f}" height="{HEIGHT - 2}" rx="6"/>')
            middle = f'x="{left + width / 2 - 3:.0f}" y="{top + HEIGHT / 2 + 5:.0f}" text-anchor="middle"'
            parts.append(f"<text {middle}>{escape(name)}</text>")
        if index + 1 < len(rows):
            line = f'x1="{WIDTH // 2}" x2="{WIDTH // 2}" y1="{top + HEIGHT}" y2="{top + HEIGHT + GAP - 3}"'
            parts.append(f'<line {line} marker-end="url(#down)"/>')
    arrow = '<marker id="down" refX="4" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    arrow += '<path d="M0,0 L8,4 L0,8 z" fill="currentColor"/></marker>'
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    described = f'role="img" aria-label="{escape(title)}"'
    return f'<svg class="import-law" {size} {described}><defs>{arrow}</defs>{"".join(parts)}</svg>'


class ImportLaw(SphinxDirective):
    """The contract that is named, as a drawing."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(LAW))
        rows = layers(self.arguments[0])
        title = "; ".join(f"layer {number}: {', '.join(names)}" for number, names in enumerate(rows, 1))
        return [nodes.raw("", drawn(rows, title), format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("import-law", ImportLaw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
