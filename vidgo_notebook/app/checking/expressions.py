"""The values of a notebook's expressions; what they ask of this package on the way is noted."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from vidgo_notebook.app.checking.notes import Notes
from vidgo_notebook.app.checking.symbols import (
    MENTION,
    OURS,
    SHELL_METHODS,
    TAINTED,
    THE_SHELL,
    BatchOf,
    Foreign,
    Method,
    Public,
    bound_in,
    foreign,
    is_ours,
)
from vidgo_notebook.app.checking.values import PLAIN, UNKNOWN, called, combined, formatted, item, signed

_MOST_STEPS = 200_000


class TooLongError(Exception):
    """A notebook whose comprehensions are longer than is followed."""


class _NotKnownError(Exception):
    """What a comprehension goes through, or asks, is not known."""


class Expressions:
    """Values as the notebook's ``notes`` stand; ``call`` gives that of a call."""

    def __init__(self, notes: Notes, call: Callable[[ast.Call], Any]) -> None:
        self._notes = notes
        self._call = call
        self._steps = 0

    def value(self, node: ast.expr) -> Any:
        """The value of an expression, UNKNOWN if only running it can tell. Raises TooLongError, RefusedError."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooLongError
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._notes.names.get(name, UNKNOWN)
            case ast.Attribute(value=inner, attr=name):
                return self._attribute(self.value(inner), name)
            case ast.Call():
                return self._call(node)
            case ast.Await(value=inner):
                return self.value(inner)
            case ast.NamedExpr(target=target, value=inner):
                self._notes.bind(target, found := self.value(inner))
                return found
            case ast.IfExp(test=test, body=body, orelse=orelse) if (known := self.value(test)) is not UNKNOWN:
                return self.value(body if known else orelse)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.DictComp():
                return self._comprehension(node)
            case _:
                return self._display(node)

    def elements(self, nodes: Sequence[ast.expr]) -> Any:
        """The values of expressions as a list; UNKNOWN if not even their number is known."""
        found: list[Any] = []
        for node in nodes:
            value = self.value(node.value if isinstance(node, ast.Starred) else node)
            if not isinstance(node, ast.Starred):
                found.append(value)
            elif isinstance(value, list | tuple):
                found.extend(value)
            else:
                return UNKNOWN
        return found

    def _display(self, node: ast.expr) -> Any:
        match node:
            case ast.List(elts=nodes):
                return self.elements(nodes)
            case ast.Tuple(elts=nodes):
                found = self.elements(nodes)
                return found if found is UNKNOWN else tuple(found)
            case ast.Set(elts=nodes):
                found = self.elements(nodes)
                return TAINTED if is_ours(found) else called("set", [found], {})
            case ast.Dict(keys=keys, values=nodes):
                return self._dict(keys, nodes)
            case ast.JoinedStr(values=parts):
                texts = [self.value(part) for part in parts]
                return "".join(texts) if all(isinstance(text, str) for text in texts) else UNKNOWN
            case ast.FormattedValue(value=inner, conversion=conversion, format_spec=spec):
                return formatted(self.value(inner), conversion, self.value(spec) if spec else "")
            case ast.BinOp(left=left, op=operator, right=right):
                both = self.value(left), self.value(right)
                return TAINTED if any(map(is_ours, both)) else combined(operator, *both)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return combined(operator, self.value(left), self.value(right))
            case ast.UnaryOp(op=sign, operand=inner):
                return signed(sign, self.value(inner))
            case ast.Subscript(value=whole, slice=key):
                return _item(self.value(whole), self.value(key))
            case ast.Slice(lower=lower, upper=upper, step=step):
                bounds = [self.value(each) if each else None for each in (lower, upper, step)]
                return slice(*bounds) if all(isinstance(bound, int | None) for bound in bounds) else UNKNOWN
            case _:  # lambda, and, yield …
                return self._unread(node)

    def _dict(self, keys: Sequence[ast.expr | None], nodes: Sequence[ast.expr]) -> Any:
        found: dict[Any, Any] = {}
        pairs = [(self.value(key) if key else None, self.value(node)) for key, node in zip(keys, nodes, strict=True)]
        for key, (name, value) in zip(keys, pairs, strict=True):
            if key and isinstance(name, (*PLAIN, tuple)):
                found[name] = value
            elif not key and isinstance(value, dict):
                found.update(value)
            else:
                return TAINTED if any(is_ours(each) for pair in pairs for each in pair) else UNKNOWN
        return found

    def _attribute(self, owner: Any, name: str) -> Any:
        if owner is OURS:
            return self._notes.orders.public_name(name)
        if owner is THE_SHELL and name not in SHELL_METHODS:  # push, reset, user_ns and others change variables
            self._notes.forget(list(self._notes.names))
            return TAINTED
        if owner is TAINTED:
            return TAINTED
        if isinstance(owner, Public):
            return Public(name) if owner.name == "errors" else TAINTED
        if isinstance(owner, Foreign):
            return foreign(f"{owner.name}.{name}", UNKNOWN)
        if owner is UNKNOWN:
            return TAINTED if name == "retry_failed" else UNKNOWN
        return Method(owner, name)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp) -> Any:
        names, before = self._notes.names, dict(self._notes.names)
        nodes = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        try:
            made = list(self._rounds(node.generators, nodes))
        except _NotKnownError:
            names.clear()
            names.update(before)
            return self._unread(node)
        for name in {name for loop in node.generators for name in bound_in(loop.target)}:
            names[name] = before.get(name, UNKNOWN)
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            return [value for (value,) in made]
        if is_ours(made):
            return TAINTED
        values = made if isinstance(node, ast.DictComp) else [value for (value,) in made]
        return called("dict" if isinstance(node, ast.DictComp) else "set", [values], {})

    def _rounds(self, loops: Sequence[ast.comprehension], nodes: Sequence[ast.expr]) -> Iterator[tuple[Any, ...]]:
        if not loops:
            yield tuple(self.value(node) for node in nodes)
            return
        first, *others = loops
        through = self.value(first.iter)
        through = through.pictures if isinstance(through, BatchOf) else through
        if not isinstance(through, str | list | tuple | dict | set | range):
            raise _NotKnownError
        for value in through:
            self._notes.bind(first.target, value)
            tests = [self.value(test) for test in first.ifs]
            if any(test is UNKNOWN for test in tests):
                raise _NotKnownError
            if all(tests):
                yield from self._rounds(others, nodes)

    def _unread(self, node: ast.expr) -> Any:
        return TAINTED if self._notes.not_followed(node, [node], "it is not followed") else UNKNOWN


def _item(whole: Any, key: Any) -> Any:
    """``whole[key]``, also of a list in which some elements are not known."""
    whole = whole.pictures if isinstance(whole, BatchOf) else whole
    if whole is TAINTED or (whole is UNKNOWN and isinstance(key, str) and MENTION.search(key)):
        return TAINTED
    if isinstance(whole, list | tuple) and isinstance(key, int):
        return whole[key] if -len(whole) <= key < len(whole) else UNKNOWN
    if isinstance(whole, dict) and isinstance(key, (*PLAIN, tuple)):
        return whole.get(key, UNKNOWN)
    return TAINTED if is_ours(whole) else item(whole, key)
