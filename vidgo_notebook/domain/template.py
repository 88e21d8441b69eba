"""``{{ expression }}`` in a cell: Jinja2 over the notebook's variables. Everything else is text.

Only double braces are special: JSON prompts and ``{% … %}`` stay as they are. A text is rendered
once; braces in the inserted values are not evaluated.
"""

from __future__ import annotations

import builtins
import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from vidgo_notebook.domain.wording import nearest, one_line
from vidgo_notebook.errors import Problem, RequestError

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from jinja2.nodes import Node

CHOICE = "choice"
"""The function that draws in a template; a variable of this name is one unless it is called."""
DEFINE_FIRST = "{} = … in a cell that runs first"
OPENING = "{{"
"""What a text needs to be a template; a text without it stays as it is."""
_OF_TEXT = ("upper", "lower", "title", "capitalize", "strip")
_DELIMITER = "\ue000"  # a private-use character, which no keyboard types
_NOTED = "\ue001noted"
_AS_TEXT = "\ue001text"
_BRACED = re.compile(r"\{\{((?:(?!\}\}|\{\{).)*)(\}\})?", re.DOTALL)
_OBJECT = re.compile(r"'([\w. ]+) object'")
_SHOWN = 60
_SOLE_EXPRESSION = re.compile(r"\s*\{\{((?:(?!\}\}).)+)\}\}\s*", re.DOTALL)


class Filled(NamedTuple):
    """A text with its expressions replaced; ``values`` pairs the source of each with its value as text, and ``draws``
    with each item that it drew."""

    text: str
    values: tuple[tuple[str, str], ...]
    draws: tuple[tuple[str, str], ...] = ()


def render(text: str, variables: Mapping[str, Any], field: str = "prompt") -> str:
    """``text`` with its expressions replaced by their values.

    Raises RequestError, naming ``field``, for an unknown name or an expression that fails.
    """
    return fill(text, variables, field).text


def fill(
    text: str,
    variables: Mapping[str, Any],
    field: str = "prompt",
    as_text: Callable[[Any], str] = str,
    choice: Callable[..., Any] | None = None,
) -> Filled:
    """The same, with the value of every expression, written by ``as_text``. Each is evaluated once; ``choice`` draws
    for those that call it."""
    if OPENING not in text:
        return Filled(text, ())
    if _DELIMITER in text:  # the only other special character: another one replaces it meanwhile
        stand_in = next(other for other in map(chr, range(0xF0000, 0xFFFFD)) if other not in text)
        filled = fill(text.replace(_DELIMITER, stand_in), variables, field, as_text, choice)

        def back(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
            return tuple((one.replace(stand_in, _DELIMITER), two.replace(stand_in, _DELIMITER)) for one, two in pairs)

        return Filled(filled.text.replace(stand_in, _DELIMITER), back(filled.values), back(filled.draws))
    values: list[str] = []
    drawn: list[tuple[int, str]] = []

    def draw(*items: Any) -> Any:
        assert choice
        item = choice(*items)
        drawn.append((len(values), as_text(item)))
        return item

    if choice and draws_in(text):
        variables = ChainMap({CHOICE: draw}, variables)  # type: ignore[arg-type]  # which is only read
    rendered = _run(
        text, variables, field, lambda: _compiled(text).render(_needed(text, variables, values, as_text)), values
    )
    sources = _sources(text)
    draws = tuple((sources[number], item) for number, item in drawn)
    return Filled(str(rendered), tuple(zip(sources, values, strict=True)), draws)


def draws_in(text: str) -> bool:
    """Whether a text draws by ``choice``; False if an expression is invalid: rendering reports that."""
    from jinja2 import TemplateSyntaxError

    try:
        return CHOICE in text and OPENING in text and bool(_calls(text) & {CHOICE})
    except TemplateSyntaxError:
        return False


@lru_cache(maxsize=256)
def _calls(text: str) -> frozenset[str]:
    """The functions that a text calls by their names, and ``|random`` where it has that filter."""
    from jinja2 import nodes

    tree = _environment().parse(text)
    called = {call.node.name for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
    return frozenset(called | {f"|{each.name}" for each in tree.find_all(nodes.Filter) if each.name == "random"})


def no_value(problem: Problem) -> Any:
    """A variable without a value: false, and replaced by ``or`` and ``default``; RequestError where it is needed."""
    return _no_value_class()(exc=lambda _: RequestError([problem]))


@lru_cache(maxsize=1)
def _no_value_class() -> Any:
    from jinja2 import StrictUndefined

    class NoValue(StrictUndefined):
        __slots__ = ()

        def __bool__(self) -> bool:  # type: ignore[override]  # the one thing that a StrictUndefined can't do
            return False

    return NoValue


def names_in(text: str) -> frozenset[str]:
    """The names that a text's expressions use; none if one is invalid: rendering reports that."""
    if OPENING not in text:
        return frozenset()
    from jinja2 import TemplateSyntaxError

    try:
        return _used_names(text) - (_calls(text) & {CHOICE})
    except TemplateSyntaxError:
        return frozenset()


def code_called_in(text: str) -> list[str]:
    """What a text's expressions call, as typed: other than ``choice``, and methods of text such as ``upper``. None for
    an invalid expression: rendering reports that."""
    if OPENING not in text:
        return []
    from jinja2 import TemplateSyntaxError, nodes

    def harmless(call: Any) -> bool:
        return _is_plain(call) or (isinstance(call.node, nodes.Getattr) and call.node.attr in _OF_TEXT)

    try:
        calls = list(_environment().parse(text).find_all(nodes.Call))
    except TemplateSyntaxError:
        return []
    return [_called(call) for call in calls if not harmless(call)]


def _called(call: Any) -> str:
    """The name of what is called, for a message."""
    name = getattr(call.node, "name", "") or getattr(call.node, "attr", "")
    return f"{name}(…)" if name else "a function"


def is_plain(text: str) -> bool:
    """Whether a text's expressions can be evaluated without running code: names, literals, items of a list,
    and methods of text such as ``upper``. True for an invalid expression: rendering reports that."""
    if OPENING not in text:
        return True
    from jinja2 import TemplateSyntaxError

    try:
        outputs = _environment().parse(text).body
    except TemplateSyntaxError:
        return True
    return all(_is_plain(node) for output in outputs for node in output.iter_child_nodes())


def _is_plain(node: Node) -> bool:
    from jinja2 import nodes

    match node:
        case nodes.TemplateData() | nodes.Const() | nodes.Name():
            return True
        case nodes.Call(node=nodes.Getattr(node=text, attr=name), args=[], kwargs=[], dyn_args=None, dyn_kwargs=None):
            return name in _OF_TEXT and _is_plain(text)
        case nodes.Call(node=nodes.Name(name=name), args=[items], kwargs=[], dyn_args=None, dyn_kwargs=None):
            return name == CHOICE and _is_plain(items)
        case nodes.List(items=items) | nodes.Tuple(items=items):
            return all(map(_is_plain, items))
        case nodes.Getitem(node=whole, arg=nodes.Const()):
            return _is_plain(whole)
        case _:
            return False


@lru_cache(maxsize=256)
def _compiled(text: str) -> Template:
    """A template that appends the text of every expression to ``_NOTED``, in order; a sweep renders it often."""
    from jinja2 import pass_context

    @pass_context  # else constants would be noted when the template is compiled
    def note(context: Any, value: Any) -> str:
        context[_NOTED].append(context[_AS_TEXT](value))
        return str(context[_NOTED][-1])

    return _environment().overlay(finalize=note).from_string(text)


def _needed(
    text: str, variables: Mapping[str, Any], values: list[str], as_text: Callable[[Any], str]
) -> dict[str, Any]:
    """The variables that a text uses, out of the hundreds in a notebook, and the list that collects its values."""
    names = (*_used_names(text), *_environment().globals)  # a variable overrides Jinja's own global of that name
    return {_NOTED: values, _AS_TEXT: as_text, **{name: variables[name] for name in names if name in variables}}


@lru_cache(maxsize=256)
def _sources(text: str) -> tuple[str, ...]:
    """The expressions of a text as typed, in order."""
    sources: list[str] = []
    inside = False
    for _, kind, piece in _environment().lex(text):
        if kind == "variable_begin":
            sources.append("")
            inside = True
        elif kind == "variable_end":
            inside = False
        elif inside:
            sources[-1] += piece
    return tuple(source.strip() for source in sources)


def evaluate(text: str, variables: Mapping[str, Any], field: str) -> Any:
    """The value itself where ``text`` is one expression and nothing else; else the rendered text."""
    match = _SOLE_EXPRESSION.fullmatch(text)
    if not match:
        return render(text, variables, field)
    return _run(text, variables, field, lambda: _value_of(match[1].strip(), variables), [])


def _value_of(expression: str, variables: Mapping[str, Any]) -> Any:
    return _environment().compile_expression(expression, undefined_to_none=False)(**variables)


def _run(text: str, variables: Mapping[str, Any], field: str, work: Callable[[], Any], values: Sequence[str]) -> Any:
    """What ``work`` returns, which appends to ``values`` for each expression that has been evaluated.

    Raises RequestError with what is wrong with each expression; none is evaluated twice for that.
    """
    from jinja2 import TemplateSyntaxError

    try:
        missing = sorted(name for name in _used_names(text) if name not in variables)
    except TemplateSyntaxError:
        pieces = [(found[1].strip(), bool(found[2])) for found in _BRACED.finditer(text)]
        raise RequestError(list(_one_by_one(pieces, variables, field))) from None
    if by_chance := sorted(_calls(text) & {"|random", "lipsum"}):
        what = f"{by_chance[0]} makes another text each time, so every run would buy another picture."
        raise RequestError([Problem(field, what, "{{ choice([…, …]) }}, whose draws are recorded")])
    if missing == [CHOICE] and CHOICE in _calls(text):
        raise RequestError([Problem(field, "choice draws in prompts only.")])
    if missing:
        raise RequestError(list(_one_by_one([(each, True) for each in _sources(text)], variables, field)))
    try:
        return work()
    except RequestError:  # of ``no_value``
        raise
    except Exception as error:  # noqa: BLE001  the expression is the user's own code, and may raise anything
        failed, *others = _sources(text)[len(values) :]
        raise RequestError([_failure(failed, error, field), *_failures(others, variables, field)]) from None


def is_of_the_user(name: str, value: object) -> bool:
    """Whether a variable may be what the user means by a name: not a module, nothing that IPython put there, and
    nothing that can't even be looked at."""
    if name.startswith("_") or name in ("In", "Out"):
        return False
    try:
        if isinstance(value, ModuleType) or (hasattr(builtins, name) and callable(value)):
            return False  # IPython has an ``open`` of its own
        origins = (getattr(value, "__module__", None), type(value).__module__)
    except Exception:  # noqa: BLE001  whatever the attributes of a user's object do
        return False
    return not any(isinstance(origin, str) and origin.startswith("IPython.") for origin in origins)


def _failures(expressions: Sequence[str], variables: Mapping[str, Any], field: str) -> Iterator[Problem]:
    """What is wrong with those of some expressions that fail."""
    for expression in expressions:
        if CHOICE in _calls(_braced(expression)):
            continue
        try:
            str(_value_of(expression, variables))
        except RequestError as error:
            yield from error.problems
        except Exception as error:  # noqa: BLE001  as above
            yield _failure(expression, error, field)


def _failure(expression: str, error: Exception, field: str) -> Problem:
    from jinja2 import UndefinedError

    reason = one_line(str(error), 200).rstrip(".")
    if isinstance(error, UndefinedError):
        what = "has no value: " + _OBJECT.sub(r"a value of type \1", reason)
    else:
        what = f"failed: {type(error).__name__}{f': {reason}' if reason else ''}"
    return Problem(field, f"{_braced(expression)} {what}.")


def _one_by_one(pieces: Sequence[tuple[str, bool]], variables: Mapping[str, Any], field: str) -> Iterator[Problem]:
    """What is wrong with each expression, in our words, where a text as a whole can't be rendered; with each, whether
    it is closed."""
    from jinja2 import TemplateSyntaxError

    known = [name for name, value in variables.items() if is_of_the_user(name, value)]
    for expression, closed in pieces:
        if not closed:
            what = f"{OPENING} {one_line(expression, _SHOWN)}".rstrip()
            yield Problem(field, f"{what} is not closed.", '}} after the expression, or {{ "{{" }} for two braces')
            continue
        try:
            missing = sorted(name for name in _used_names(_braced(expression)) if name not in variables)
        except TemplateSyntaxError as error:
            what = f"{_braced(expression)} is not an expression{_why_invalid(str(error.message))}."
            yield Problem(field, what, '{{ name }}, or {{ "{{" }} for two braces')
            continue
        for name in missing:
            yield _undefined(name, nearest(name, known), field)
        if not missing:
            yield from _failures([expression], variables, field)


def _undefined(name: str, near: str, field: str) -> Problem:
    """A name that no variable has, and what to write: the nearest of the user's own, or where to define it."""
    if not near and hasattr(builtins, name):
        return Problem(field, f"{name} is not available in a prompt.", "the result into a variable, and {{ variable }}")
    return Problem(field, f"{_braced(name)} is not defined.", _braced(near) if near else DEFINE_FIRST.format(name))


def _why_invalid(reason: str) -> str:
    if unknown := re.match(r"No (filter|test) named '(\w+)'", reason):
        near = nearest(unknown[2], list(_environment().filters if unknown[1] == "filter" else _environment().tests))
        return f": there is no {unknown[1]} {unknown[2]}{f', but {near}' if near else ''}"
    token = re.search(r"(?:got|unexpected(?: char)?) '(.+?)'", reason)
    if token and not token[1].startswith("end of"):
        return f": {token[1]} is not expected there"
    return ": something is missing" if "xpected" in reason else ""


def _braced(expression: str) -> str:
    return f"{{{{ {expression} }}}}" if expression else "{{ }}"


@lru_cache(maxsize=256)
def _used_names(text: str) -> frozenset[str]:
    from jinja2 import meta

    return frozenset(meta.find_undeclared_variables(_environment().parse(text)) - _environment().globals.keys())


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    # Blocks and comments get delimiters that no keyboard types, so that only {{ }} is special.
    return Environment(
        undefined=StrictUndefined,
        block_start_string=_DELIMITER + "{%",
        block_end_string="%}" + _DELIMITER,
        comment_start_string=_DELIMITER + "{#",
        comment_end_string="#}" + _DELIMITER,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  prompts are text, not HTML; what is shown is escaped where it is shown
    )
