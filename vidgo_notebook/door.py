"""Where a message is read, and its words there: a magic in a cell, a keyword in Python, a command in a shell.

Messages are written once, as a cell of a notebook has them: ``%vidgo resume``, ``%config Vidgo.mode = 'live'``,
``--yes``, ``-r 2K``, "run the cell again". ``in_words_of`` puts them into the words of another door, and ``in_a_form``
into those of the form, whose fields they name. What is quoted stays as it is: it may be the reader's own text. In
Python ``vidgo`` is the package, as the documents import it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum


class Door(Enum):
    """``CELL``: IPython, where the magics are; ``CODE``: a Python call there; ``SCRIPT``: Python without IPython, as
    in a script, marimo or Streamlit; ``SHELL``: the ``vidgo`` command."""

    CELL = "cell"
    CODE = "code"
    SCRIPT = "script"
    SHELL = "shell"


class _Here:
    door = Door.SCRIPT


_JOB = r"j(?=[a-z]*\d)[a-z0-9]+\b|j[a-z]{9}\b|JOB\b"
_FIELDS = "model|quality|size|resolution|image|takes|take|seed|callback-url"
_VALUE = r"[NK]\b|[a-z]+(?:-\w+)+|\dK|\d+(?:[:x]\d+)?|WIDTHxHEIGHT|low\b|medium\b|high\b|auto\b"
_TEXT = rf"""(?x)
    %config\ Vidgo\.(?P<setting>\w+)\ =\ (?P<value>'[^'\n]*'|\{{[^}}\n]*\}}|[\w…]+(?:\.\w+)*)
    | %vidgo\ (?P<command>[a-z]+)(?P<given>(?:\ (?:{_JOB}|NAME\b|--[a-z-]+))*)
    | (?<![\w-])--(?P<option>yes|fresh|annotate|all|skip-invalid|max-credits)(?![\w-])
    | (?<![\w-])(?<!vidgo\ )(?:--(?P<field>{_FIELDS})|-r)(?:\ (?P<of>{_VALUE}))?(?![\w-])
    | (?<![\w-])--sweep\ (?P<swept>[a-z]+)=(?P<values>\w[\w:]*(?:,[\w:]+)+)
    | (?<![\w-])--set\ (?P<extra>[a-z_]+)=(?P<given_to_it>[\w.-]+)
    | (?<!\w)(?:'[^'\n]*'|"[^"\n]*")
    """
_DEFINED = r"(\w+) = … in a cell that runs first"
"""A variable of a template: the notebook's, a keyword of ``vidgo.sweep``, or an axis of ``--sweep``."""
_OPTIONS = {
    "yes": "yes=True",
    "fresh": "fresh=True",
    "annotate": "annotate=True",
    "all": "everything=True",
    "skip-invalid": "skip_invalid=True",
    "max-credits": "max_credits",
}
_FUNCTIONS = ["balance", "costs", "gallery", "jobs", "models", "panel", "report", "resolve", "resume", "stop", "wait"]
_CALLS = {**dict(zip(_FUNCTIONS, _FUNCTIONS, strict=True)), "continue": "batch"}
"""Commands that Python has as functions. ``vidgo.resolve()`` lists jobs; it takes a job only with how to settle it."""
_ELSEWHERE = [
    (r" \(or %vidgo key\)", ""),
    (r"a cell that begins with %%vidgo", "vidgo.generate"),
    (r"outside the notebook", "outside the program"),
    (r"\b(This|this|The|the|A|a) notebook(?= (?:sets|set|wants)\b)", r"\1 program"),
    (r"\b([Rr]un|[Rr]unning) (?:its|the) cell (again|once)", r"\1 it \2"),
    (r"Run the notebook's cells first", "Generate some first"),
    (r"\bThis cell would\b", "This would"),
]
"""What is said of notebooks and their cells, where there are none. Compiled when a text needs it."""
_IN_A_SHELL = [
    (r"a cell that begins with %%vidgo", "vidgo generate"),
    (r"the prompt is the text below the first line", "the prompt is an argument without an option, in quotes"),
    (r",? before Jupyter starts, or here: (?=%config)", ": "),
    (r", or here: %config Vidgo\.\w+ = '[^'\n]*'", ""),
    (r" before Jupyter starts, or here with %config Vidgo\.name = value", ""),
]
"""A shell has commands, and sets variables only: there is no second way "here"."""
_IN_A_FORM: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r"\b([Rr])un (?:its|the) cell again\b", lambda found: f"{'P' if found[1] == 'R' else 'p'}ress Generate again"),
    (r"\bRunning (?:its|the) cell again\b", "Pressing Open in form, then Generate,"),
    (r", not even by this cell\b", ""),
    (r"\bwrite -r (\dK), or (?=\d)", r"set Resolution to \1, or Size to "),
    (r"\bwrite -r (\dK)", r"set Resolution to \1"),
    (r"\bAdd a size\b", "Choose a Size"),
    (r"\b(quality|size|resolution)=(\S+)", lambda found: f"{found[1].capitalize()} {found[2]}"),
    (r"\badd one with --image\b", "add one at Image"),
    (r"\b([Ww])rite --model (\S+)", lambda found: f"{'C' if found[1] == 'W' else 'c'}hoose the Model {found[2]}"),
    (r"\bWrite no image\b", "Remove the images"),
]
"""What is said of options and cells, by the names of the form's fields."""


def open_door(door: Door) -> Door:
    """From now on messages are read at this door. Returns the one before."""
    before, _Here.door = _Here.door, door
    return before


def has_magics() -> bool:
    """Whether the door where messages are shown now has the magics."""
    return _Here.door is Door.CELL


def door_of_a_call() -> Door:
    """The door of a Python function that a user called."""
    return Door.CODE if _Here.door is Door.CELL else _Here.door


def in_words_of(door: Door, text: str) -> str:
    """A message in the words of a door."""
    if door is Door.CELL:
        return text
    for pattern, words in _IN_A_SHELL if door is Door.SHELL else ():
        text = re.sub(pattern, words, text)
    text = re.sub(_DEFINED, r"--sweep \1=A,B" if door is Door.SHELL else r"\1=… as a keyword", text)
    if door is not Door.CODE:
        text = text.replace(" before Jupyter starts", " before Python starts" if door is Door.SCRIPT else "")
        for pattern, words in _ELSEWHERE:
            text = re.sub(pattern, words, text)
    has_code = "%" in text or "--" in text or "-r " in text
    return re.sub(_TEXT, lambda found: _in_words_of(door, found), text) if has_code else text


def here(text: str) -> str:
    """A message in the words of the door where it is shown now."""
    return in_words_of(_Here.door, text)


def in_a_form(text: str) -> str:
    """A message in the words of the form, and of the door where the form is shown."""
    for pattern, words in _IN_A_FORM:
        text = re.sub(pattern, words, text)
    return here(text)


def _in_words_of(door: Door, found: re.Match[str]) -> str:
    if setting := found["setting"]:
        return _setting(door, setting, found["value"])
    if command := found["command"]:
        return _command(door, command, found["given"].split()) if door is not Door.CODE else found[0]
    if (option := found["option"]) and door is not Door.SHELL:
        return _OPTIONS[option]
    if door is not Door.SHELL and (found["field"] or found["of"]):
        return _keyword(found["field"] or "resolution", found["of"])
    if door is not Door.SHELL and found["swept"]:
        return f"vidgo.sweep({found['swept']}={found['values'].split(',')})"
    if door is not Door.SHELL and found["extra"]:
        return f"extra={{{found['extra']!r}: {found['given_to_it']!r}}}"
    return found[0]


def _keyword(name: str, value: str | None) -> str:
    written = value if value is None or value in "NK" or value.isdecimal() else repr(value)
    return f"{name.replace('-', '_')}={written or ''}"


def _setting(door: Door, name: str, value: str) -> str:
    if door is not Door.SHELL:
        return f"vidgo.configure({name}={value})"
    if value.startswith("{"):
        return f"c.Vidgo.{name} = {value} in an IPython profile"
    return f"VIDGO_{name.upper()}={value.strip(chr(39))}"


def _command(door: Door, name: str, given: list[str]) -> str:
    if name == "key":
        return "VIDGO_API_KEY"
    in_a_shell = " ".join(["vidgo", name, *given])
    if door is Door.SHELL:
        return in_a_shell
    jobs = [word if word.isupper() else repr(word) for word in given if not word.startswith("-")]
    options = [repr(word.removeprefix("--")) for word in given if word.startswith("-")]
    if name == "resolve" and len(options) == len(jobs) == 1:
        return f"vidgo.resolve({jobs[0]}, {options[0]})"
    if name in _CALLS and not options:
        return f"vidgo.{_CALLS[name]}({', '.join(jobs if name != 'resolve' else [])})"
    return f"{in_a_shell} (in a shell)"
