"""``{{ expression }}`` in a cell: Jinja2 over the notebook's variables. Everything else is text.

Only the double braces mean anything: prompts in JSON and ``{% … %}`` stay as they are. A text is
rendered once, never inside the values put into it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vidgo_notebook.domain.rules import Problem, nearest, shown
from vidgo_notebook.errors import RequestError

if TYPE_CHECKING:
    from jinja2 import Environment

_DELIMITER = "\ue000"  # private use: nobody types it
_SOLE_EXPRESSION = re.compile(r"\s*\{\{((?:(?!\}\}).)+)\}\}\s*", re.DOTALL)


def render(text: str, variables: Mapping[str, Any], field: str = "prompt") -> str:
    """``text`` with its expressions replaced by their values.

    Raises RequestError, naming ``field``, for an unknown name or an expression that fails.
    """
    if "{{" not in text:
        return text
    if _DELIMITER in text:  # the one character that is special beside {{ }}: it steps aside meanwhile
        stand_in = next(other for other in map(chr, range(0xF0000, 0xFFFFD)) if other not in text)
        return render(text.replace(_DELIMITER, stand_in), variables, field).replace(stand_in, _DELIMITER)
    return str(_run(text, variables, field, lambda: _environment().from_string(text).render(variables)))


def evaluate(text: str, variables: Mapping[str, Any], field: str) -> Any:
    """The value itself where ``text`` is one expression and nothing else; else the rendered text."""
    match = _SOLE_EXPRESSION.fullmatch(text)
    if not match:
        return render(text, variables, field)
    expression = match[1].strip()
    compiled = _environment().compile_expression
    return _run(text, variables, field, lambda: compiled(expression, undefined_to_none=False)(**variables))


def _run(text: str, variables: Mapping[str, Any], field: str, work: Any) -> Any:
    from jinja2 import TemplateSyntaxError

    try:
        missing = _unknown_names(text, variables)
    except TemplateSyntaxError as error:
        raise RequestError(
            [
                Problem(
                    field, f"the expression in {{{{ }}}} can't be read: {error.message}.", '{{ "{{" }} for two braces'
                )
            ]
        ) from None
    if missing:
        raise RequestError([_undefined(name, variables, field) for name in missing])
    try:
        return work()
    except Exception as error:  # noqa: BLE001  the expression is the user's own code, and may raise anything
        raise RequestError(
            [Problem(field, f"an expression in {{{{ }}}} failed: {type(error).__name__}: {shown(str(error), 200)}.")]
        ) from None


def _unknown_names(text: str, variables: Mapping[str, Any]) -> list[str]:
    from jinja2 import meta

    used = meta.find_undeclared_variables(_environment().parse(text))
    return sorted(used - variables.keys() - _environment().globals.keys())


def _undefined(name: str, variables: Mapping[str, Any], field: str) -> Problem:
    near = nearest(name, [known for known in variables if not known.startswith("_")])
    return Problem(field, f"{{{{ {name} }}}} is not defined.", f"{{{{ {near} }}}}" if near else "")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    # Blocks and comments get delimiters that nobody types: only {{ }} is special.
    return Environment(
        undefined=StrictUndefined,
        block_start_string=_DELIMITER + "{%",
        block_end_string="%}" + _DELIMITER,
        comment_start_string=_DELIMITER + "{#",
        comment_end_string="#}" + _DELIMITER,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  prompts are text, not HTML; what is shown is escaped where it is shown
    )
