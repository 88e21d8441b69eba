"""Finds a secret in text, in every spelling that JSON, URLs, HTML and base64 give it; and keeps it out of logs."""

from __future__ import annotations

import base64
import logging
import re
from html.entities import html5

HIDDEN = "•••"

_SHORTEST_BASE64 = 8
"""Characters; a shorter piece of base64 occurs in other text by chance."""


_MAY_BE_ESCAPED = re.compile(r"[\\%&]")

_LOGGERS = ("connection", "http11", "http2", "proxy", "socks")
"""Of httpcore2, which writes headers of responses and passwords of SOCKS proxies at DEBUG."""


class Secret:
    """A text that must not be shown, and how to hide it in another text."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._pattern: re.Pattern[str] | None = None
        self._plain = (value, value.replace("+", " "), *_in_base64(value.encode()))

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def hide_in(self, text: str) -> str:
        """``text`` without the secret in any spelling."""
        if self._pattern is None:
            if not _MAY_BE_ESCAPED.search(text) and not any(plain in text for plain in self._plain):
                return text
            self._pattern = _pattern(self._value)  # late: compiling it takes up to 60 ms
        return self._pattern.sub(HIDDEN, text)

    def keep_out_of_logs(self) -> None:
        """Hide it in the log lines of the HTTP library below, of this and any other user of that library."""
        _hidden_in_logs.add(self)
        for name in _LOGGERS:  # a logger's filter sees none of the records of the loggers below it
            logging.getLogger(f"httpcore2.{name}").addFilter(_without_secrets)


_hidden_in_logs = set[Secret]()


def _without_secrets(record: logging.LogRecord) -> bool:
    text = hidden = record.getMessage()
    for secret in list(_hidden_in_logs):
        hidden = secret.hide_in(hidden)
    if hidden != text:
        record.msg, record.args = hidden, ()
    return True


def _pattern(secret: str) -> re.Pattern[str]:
    """Matches ``secret``. Its repetitions are bounded: a text of backslashes takes no longer than another."""
    spelled = "".join(_spellings(character) for character in secret)
    return re.compile("|".join([spelled, *map(re.escape, _in_base64(secret.encode()))]))


def _spellings(character: str) -> str:
    r"""A pattern for one character: itself, escaped as in ``\/``, ``\u002b``, ``%2B``, ``&#43;`` or ``&plus;``; each of
    these may have been escaped again."""
    encoded = character.encode()
    spelled = [
        r"\\{0,4}" + re.escape(character),
        rf"\\{{1,4}}u(?i:{ord(character):04x})",
        "".join(rf"\\{{1,4}}x(?i:{byte:02x})" for byte in encoded),
        "".join(rf"%(?:25){{0,3}}(?i:{byte:02x})" for byte in encoded),
        rf"&(?:amp;){{0,3}}#0{{0,6}}{ord(character)};?",
        rf"&(?:amp;){{0,3}}#[xX]0{{0,6}}(?i:{ord(character):x});?",
    ]
    if not character.isalnum():
        names = [name for name, text in html5.items() if text == character and name.endswith(";")]
        spelled += [rf"&(?:amp;){{0,3}}{name}" for name in names]
    if character == "+":
        spelled.append(" ")  # as a form decodes it
    return f"(?:{'|'.join(spelled)})"


def _in_base64(secret: bytes) -> list[str]:
    """The base64 of the secret within a longer text, in both alphabets: one for each place where it may begin in a
    group of three bytes."""
    pieces = list[str]()
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(bytes(before) + secret).decode().rstrip("=")
            piece = whole[(0, 2, 3)[before] : len(whole) - (1 if (before + len(secret)) % 3 else 0)]
            if len(piece) >= _SHORTEST_BASE64:
                pieces.append(piece)
    return pieces
