"""Every link of a page to another page, an anchor, a picture or a file leads somewhere, or the build fails."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := values.get(name))}
        self.links |= {value for name in ("href", "src") if tag != "base" and (value := values.get(name))}


def dead_links(folder: Path) -> list[str]:
    """Each internal link that leads nowhere, as ``page: link``."""
    pages = {
        path.resolve(): Page(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.html")
        if "_static" not in path.parts
    }
    return [
        f"{path.relative_to(folder.resolve())}: {link}"
        for path, page in pages.items()
        for link in sorted(page.links)
        if not _leads_somewhere(link, path, pages)
    ]


def _leads_somewhere(link: str, page: Path, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True  # outside of the site, or bytes in the page itself
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target in pages:
        return unquote(parts.fragment) in pages[target].anchors
    return target.is_file()


def check(app: Sphinx, exception: Exception | None) -> None:
    """Raise for dead links, after a build of pages."""
    if exception is None and app.builder.format == "html" and (dead := dead_links(Path(app.outdir))):
        raise ExtensionError("links that lead nowhere:\n" + "\n".join(dead))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
