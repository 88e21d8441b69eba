"""What people write after ``--sweep FIELD=`` where several values are meant, and how that is written here.

Between commas stand texts; an expression has braces. ``n=range(200)``, ``quality=[low, high]`` or the name of a list
would be one text, and one picture would be bought of it: these are named instead.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.plain_values import option_of
from vidgo_notebook.errors import Problem

_PYTHON = ("dict", "enumerate", "filter", "list", "map", "range", "reversed", "set", "sorted", "tuple", "zip")
_OPEN = re.compile(
    r"""
    (--sweep(?:=|\s+))
    (\w+=[\w.]*[\[(](?:[^\[\]()\n]|\([^()\n]*\)|\[[^\[\]\n]*\])*[\])])   # brackets within brackets, once
    (?=\s|$)
    """,
    re.VERBOSE,
)
_RANGE = re.compile(r"(\d{1,6})\s*(\.\.\.?|…|-|–)\s*(\d{1,6})")
_BETWEEN = re.compile(r"\s*[;|]\s*")
_FEW = 10  # numbers that are written out


def in_one_word(line: str) -> str:
    """A first line whose ``--sweep n=[a, b]`` or ``n=range(0, 9)`` is one word, so that it can be named as a whole."""

    def quoted(found: re.Match[str]) -> str:
        marks = [mark for mark in "\"'" if mark not in found[2]]
        return f"{found[1]}{marks[0]}{found[2]}{marks[0]}" if marks else found[0]

    return _OPEN.sub(quoted, line)


def meant_otherwise(name: str, listed: str, variables: Mapping[str, Any], *, braces: bool = True) -> Problem | None:
    """The problem of values that are not what they say; None for values that are.

    ``variables`` are the notebook's; ``braces``: expressions are taken here.
    """
    said, meant = _meant(name, listed, variables)
    if not said:
        return None
    if not braces and "{{" in meant:
        meant = "A,B,C"
    return Problem("sweep", f"{name}={listed} is {said}.", f"--sweep {name}={meant}")


def cut_off(texts: Sequence[str], names: Sequence[str]) -> tuple[list[str], Problem | None]:
    """The texts of ``--sweep``, and the problem of a blank in one of them: the rest of its values then stands where the
    NAME does. None without one."""
    whole = list(texts)
    for place, text in enumerate(texts):
        field, _, values = text.partition("=")
        rest = [name.strip(",") for name in names]
        if names and values and (values.endswith(",") or all(option_of(name) == field.strip() for name in rest)):
            whole[place] = f"{field}={','.join([*(part for part in values.split(',') if part), *rest])}"
            message = f"a blank ends the values of {field}, and {', '.join(rest)} would be the NAME."
            return whole, Problem("sweep", message, f"--sweep {whole[place]}")
    return whole, None


def _meant(name: str, listed: str, variables: Mapping[str, Any]) -> tuple[str, str]:
    """What a text is, and what is meant; twice '' for a text that means what it says."""
    if (several := _RANGE.fullmatch(listed)) and (name == "take" or several[2] not in "-–"):
        first, last = int(several[1]), int(several[3])
        few = 0 <= last - first < _FEW
        numbers = ",".join(map(str, range(first, last + 1))) if few else f"{{{{ range({first}, {last + 1}) }}}}"
        return "one text, not several numbers", numbers
    values = _BETWEEN.split(listed)
    if len(values) > 1 and all(option_of(value) == name for value in values):
        return "one text: commas separate the values", ",".join(values)
    text = listed.removeprefix("$")
    expression = _expression(text)
    if isinstance(expression, (ast.List, ast.Tuple, ast.Set)):
        return _bracketed(expression, text, variables)
    if not _is_of_the_notebook(expression, variables) or (isinstance(expression, ast.Name) and _is_value(name, text)):
        return "", ""
    what = f"the values of {'the variable' if isinstance(expression, ast.Name) else 'the expression'}"
    return f"one text, not {what}", f"{{{{ {text} }}}}"


def _expression(text: str) -> ast.expr | None:
    """The text as Python; None where it is not, or where commas alone make it more than one."""
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        found = ast.parse(text.strip(), mode="eval").body
        if not isinstance(found, ast.Tuple):
            return found
        if text.startswith("(") and isinstance(ast.parse(text[1:-1], mode="eval").body, ast.Tuple):
            return found
    return None


def _bracketed(found: ast.List | ast.Tuple | ast.Set, text: str, variables: Mapping[str, Any]) -> tuple[str, str]:
    """``[low, high]`` without its brackets, where its values are plain."""
    if len(found.elts) == 1 and isinstance(found, ast.Set) and _is_of_the_notebook(found.elts[0], variables):
        return "one text: an expression has two braces", f"{{{{ {text[1:-1].strip()} }}}}"
    plain = [_plain(each) for each in found.elts]
    if not plain or "" in plain:
        return "one text, not the values of the list", f"{{{{ {text} }}}}"
    return "in brackets, which belong to the text: commas alone separate the values", ",".join(plain)


def _plain(value: ast.expr) -> str:
    """A value that is written without quotes and without Python; '' for any other."""
    if isinstance(value, ast.Constant) and isinstance(value.value, (str, int, float)):
        return str(value.value) if "," not in str(value.value) else ""
    return value.id if isinstance(value, ast.Name) else ""


def _is_of_the_notebook(found: ast.expr | None, variables: Mapping[str, Any]) -> bool:
    """Whether it is a list of the notebook's, something of a variable, or a call of a known function."""
    if isinstance(found, ast.Name):
        return holds_several(variables.get(found.id))
    root, calls = found, isinstance(found, ast.Call)
    while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
        root = root.func if isinstance(root, ast.Call) else root.value
    if not isinstance(root, ast.Name) or root is found:
        return isinstance(found, (ast.ListComp, ast.GeneratorExp, ast.SetComp))
    return root.id in variables or (calls and root.id in _PYTHON)


def holds_several(value: object) -> bool:
    """Whether a variable's value is a list, or a column or array of one dimension."""
    with suppress(Exception):  # whatever the attributes of a user's object do
        return isinstance(value, (list, tuple, range, set)) or (
            hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1
        )
    return False


def _is_value(name: str, text: str) -> bool:
    """Whether a field has a value of this name, which goes before a variable."""
    if name == "model":
        return text in MODELS
    fields = [model.choice(name) for model in MODELS.values()] if name in CHOICE_FIELDS else []
    return any(field and text in field.values for field in fields)
