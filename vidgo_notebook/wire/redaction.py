"""Finds a secret in text, in every spelling that JSON, URLs, HTML and base64 give it; and keeps it out of logs."""

from __future__ import annotations

import base64
import logging
import re
from html.entities import html5

HIDDEN = "•••"

_SHORTEST_BASE64 = 8
"""Characters; a shorter piece of base64 occurs in other text by chance."""


_LOGGERS = ("connection", "http11", "http2", "proxy", "socks")
"""Of httpcore2, which writes headers of responses and passwords of SOCKS proxies at DEBUG."""

_hidden_in_logs = dict[str, re.Pattern[str]]()


def keep_out_of_logs(pattern: re.Pattern[str]) -> None:
    """Hide what ``pattern`` matches in the log lines of the HTTP library below, of this and any other user of it."""
    _hidden_in_logs[pattern.pattern] = pattern
    for name in _LOGGERS:  # a logger's filter sees none of the records of the loggers below it
        logging.getLogger(f"httpcore2.{name}").addFilter(_without_secrets)


def _without_secrets(record: logging.LogRecord) -> bool:
    text = hidden = record.getMessage()
    for pattern in list(_hidden_in_logs.values()):
        hidden = pattern.sub(HIDDEN, hidden)
    if hidden != text:
        record.msg, record.args = hidden, ()
    return True


def redactor(secret: str) -> re.Pattern[str]:
    """A pattern that matches ``secret``. Its repetitions are bounded: a text of backslashes takes no longer."""
    spelled = "".join(_spellings(character) for character in secret)
    return re.compile("|".join([spelled, *_in_base64(secret.encode())]))


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
    """Patterns for the base64 of a text that contains the secret, in both alphabets: one for each place where the
    secret may begin in a group of three bytes."""
    patterns = list[str]()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + secret).decode().rstrip("=")
        ours = whole[(0, 2, 3)[before] : len(whole) - (1 if (before + len(secret)) % 3 else 0)]
        if len(ours) >= _SHORTEST_BASE64:
            patterns.append(re.escape(ours).replace(r"\+", "[+-]").replace("/", "[/_]"))
    return patterns
