"""Texts of the service, cleaned as they enter: messages, task ids, addresses, and the title of a web page.

A lone surrogate can't be written to a file or a database, and a control character changes the terminal in which
it is printed. Both are made visible, as in ``\\ud83d`` and ``\\x1b``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import quote

from vidgo_notebook.domain.wording import one_line, shown
from vidgo_notebook.visible_text import HIDDEN, escaped, visible

MESSAGE_LIMIT = 300
"""Characters of a message: a sentence or two."""

_TASK_ID_LIMIT = 2048
"""Characters; no longer id fits into the address at which the service is asked about it."""

_ADDRESS_LIMIT = 16 * 1024
"""Characters; no host takes a longer address."""

_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_TITLE = re.compile(r"<(title|h1|message)\b[^<>]{0,200}>(.{1,500}?)</\1", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,200}>")


def message(value: object) -> str:
    """A text for people, on one line of at most ``MESSAGE_LIMIT`` characters; '' if it is not a text."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 4 * MESSAGE_LIMIT].split())
    return one_line(visible(line), MESSAGE_LIMIT)


def task_id(value: object) -> str:
    """A task id in a form that can be written anywhere; '' if it is not one. ``as_served`` restores it."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > _TASK_ID_LIMIT:
        return ""
    if value.isascii() and value.isprintable() and "\\" not in value:  # as every service writes them
        return value
    return re.sub(rf"[{HIDDEN}\n\t\\]", lambda found: escaped(found[0]), value)


def as_served(written: str) -> str:
    """The task id as the service gave it, which may contain lone surrogates."""
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2] or found[3], 16)), written)


def address(value: object) -> str:
    """A URL with whatever no URL may contain percent-encoded; '' if it is not a text, or longer than any URL."""
    if not isinstance(value, str) or len(value) > _ADDRESS_LIMIT:
        return ""
    return "".join(
        character if character.isprintable() and character != " " else quote(character, errors="surrogatepass")
        for character in value.strip()
    )


def describe_content(content: bytes, hide: Callable[[str], str] = lambda text: text) -> str:
    """What a server sent instead of the expected content, for an error message; '' if it is not known.

    ``hide`` removes the key from a text.
    """
    start = content[: 64 * 1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "an empty response"
    if not start.startswith(b"<"):
        return ""
    title = _TITLE.search(hide(start.decode(errors="replace")))
    words = message(html.unescape(_TAG.sub(" ", title[2]))) if title else ""
    return f"a web page: {shown(words, 120)}" if words else "a web page"
