"""Text from elsewhere, as it is shown: prompts, messages of services, names of files and models.

A control character changes the terminal in which it is printed, and an invisible one makes two different texts look
alike, or one text look like another. Both are shown as ``\\x1b`` and ``\\u202e``. Line breaks and tabs stay, and so
does what writing needs: joiners in Persian words and in emoji, variants of characters, marks of direction beside
Arabic and Hebrew letters. Everything that prints, displays or writes a page for people passes its text through here;
records and metadata keep the text as it was sent.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TextIO

HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u200b\u2060-\u2065\u3164\ufeff\uffa0\ufff0-\ufffb"  # without any width
    r"\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f"  # direction of writing, line and paragraph separators
    r"\u200c\u200d\u180b-\u180f\ufe00-\ufe0f"  # joiners, variants
    r"\ud800-\udfff"  # surrogates, which can't be written to a file
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # tags, and what only formats
)
"""The characters that are not shown as they are, as the inside of a class of a regular expression."""

_JOINING = (
    r"\u0600-\u07ff\u0840-\u109f\u1700-\u17ff\u1820-\u18af\u1a20-\u1bff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    r"\U00010a00-\U00011fff"
)
_RIGHT_TO_LEFT = r"\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_PICTURE = r"\xa9\xae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_IDEOGRAPH = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NEEDED = "|".join(
    (
        rf"(?<=[{_JOINING}])[\u200c\u200d]",
        rf"(?<=[{_PICTURE}\ufe0f])\u200d(?=[{_PICTURE}])",
        rf"(?<=[{_PICTURE}])[\ufe0e\ufe0f]",
        r"(?<=[0-9#*])\ufe0f(?=\u20e3)",
        rf"(?<=[{_IDEOGRAPH}\u1000-\u109f\u2200-\u22ff\u3000-\u303f\ua840-\ua87f\uff01-\uff60])[\ufe00-\ufe02]",
        rf"(?<=[{_IDEOGRAPH}])[\U000e0100-\U000e01ef]",
        r"(?<=[\u1820-\u18aa])[\u180b-\u180f]",
        r"(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f",  # flags, such as Scotland's
        rf"(?<=[{_RIGHT_TO_LEFT}])[\u061c\u200e\u200f]|[\u061c\u200e\u200f](?=[{_RIGHT_TO_LEFT}])",
    )
)
_PRINTABLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
"""Hidden characters that Python calls printable."""


def visible(text: str) -> str:
    """The text with what is invisible in it written as an escape; several lines stay several lines."""
    if text.replace("\n", " ").isprintable() and _PRINTABLE.isdisjoint(text):  # most texts
        return text
    return _pattern().sub(_written, text.replace("\r\n", "\n"))


def encodable(text: str, stream: TextIO) -> str:
    """What is shown of a text where not every character can be printed, as in a Windows console or in LANG=C."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return visible(text).encode(encoding, "backslashreplace").decode(encoding)


def visible_name(name: object) -> str:
    """The name of a file or a folder on one line: a name may have line breaks, which would make lines of their own."""
    return visible(str(name)).replace("\n", "\\n").replace("\t", "\\t")


def visible_json(value: object) -> str:
    """A value as JSON to read: the same characters are escaped in JSON's own way, which keeps the value."""
    return _pattern().sub(_written_in_json, json.dumps(value, ensure_ascii=False, indent=2))


def escaped(character: str) -> str:
    """A character as ``\\x1b``, ``\\u202e`` or ``\\U000e0041``."""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@cache
def _pattern() -> re.Pattern[str]:
    """Compiled when a text needs it: that takes as long as all else that the first card needs."""
    return re.compile(rf"(?P<needed>{_NEEDED})|[{HIDDEN}]")


def _written(found: re.Match[str]) -> str:
    return found[0] if found["needed"] else escaped(found[0])


def _written_in_json(found: re.Match[str]) -> str:
    return found[0] if found["needed"] else json.dumps(found[0])[1:-1]
