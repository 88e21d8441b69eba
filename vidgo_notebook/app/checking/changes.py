"""Which lists and dicts code may change that is not followed: what was known of them holds no longer."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vidgo_notebook.app.checking.symbols import Opened
from vidgo_notebook.app.checking.values import CHANGEABLE, PURE, READING, UNKNOWN, holds_changeable

_ONLY_READ = ("print", "display", "len", "str", "repr", "sum", "min", "max", "any", "all", "isinstance")
"""Functions that keep nothing of their arguments."""
_READING = {
    *(name for names in READING.values() for name in names),
    *("resize", "rotate", "crop", "convert", "show"),  # of a picture
}


def changed_by(
    statement: ast.stmt, names: Mapping[str, Any], is_ours: Callable[[ast.expr], bool]
) -> Iterator[tuple[str, Any]]:
    """The names whose values a statement may change, each with UNKNOWN. ``is_ours`` says of what is called whether it
    is a function of this package: those change nothing.

    >>> names = {"rows": [1], "more": [2]}
    >>> dict(changed_by(ast.parse("for row in rows: more.append(row)").body[0], names, lambda called: False))
    {'more': unknown}
    """
    known = {name for name, value in names.items() if isinstance(value, (*CHANGEABLE, Opened))}
    parents = {child: parent for parent in ast.walk(statement) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(statement):
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield from ((name, UNKNOWN) for name in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in known:
            deep = holds_changeable(names[node.id])
            if not (_is_argument_of_ours(node, parents, is_ours) or _is_read(node, parents, deep=deep)):
                yield node.id, UNKNOWN


def changed_within(function: ast.AST) -> Iterator[str]:
    """The names outside a function, or a class, whose values calling it may change.

    >>> sorted(changed_within(ast.parse("def f(x): global n; rows.append(x); return len(others)").body[0]))
    ['n', 'rows']
    """
    parents = {child: parent for parent in ast.walk(function) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not _is_used(node, parents):
            yield node.id


def _is_used(node: ast.Name, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether a name within a function is only read, or called, there."""
    parent = parents.get(node)
    called = isinstance(parent, ast.Call) and parent.func is node
    return called or isinstance(parent, ast.Return) or _is_read(node, parents, deep=True)


def _is_argument_of_ours(
    node: ast.AST, parents: Mapping[ast.AST, ast.AST], is_ours: Callable[[ast.expr], bool]
) -> bool:
    parent = parents.get(node)
    if isinstance(parent, ast.keyword):
        return _is_argument_of_ours(parent, parents, is_ours)
    return isinstance(parent, ast.Call) and parent.func is not node and is_ours(parent.func)


def _is_read(node: ast.AST, parents: Mapping[ast.AST, ast.AST], *, deep: bool) -> bool:
    """Whether the value of an expression is only read where it stands; ``deep``: its elements can be changed, too."""
    parent = parents.get(node)
    match parent:
        case ast.Expr() | ast.FormattedValue() | ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.Assert():
            return True
        case ast.Subscript(value=value, ctx=ast.Load()) if value is node:
            return not deep or _is_read(parent, parents, deep=True)
        case ast.BinOp():
            return not deep or _is_read(parent, parents, deep=True)
        case ast.Attribute(attr=attr):
            call = parents.get(parent)
            reads = attr in _READING and isinstance(call, ast.Call) and call.func is parent
            return reads and (not deep or (call is not None and _is_read(call, parents, deep=True)))
        case ast.Call(func=ast.Name(id=function)) if parent.func is not node:
            if function in _ONLY_READ:
                return True
            return function in PURE and (not deep or _is_read(parent, parents, deep=True))
        case ast.For(iter=iterated, target=target) | ast.AsyncFor(iter=iterated, target=target) if iterated is node:
            return not deep or _all_read(target, parent, parents)
        case ast.comprehension(iter=iterated, target=target) if iterated is node:
            return not deep or _all_read(target, parents[parent], parents)
        case ast.Subscript(slice=key) if key is node:
            return True
        case ast.Starred() | ast.keyword() | ast.Tuple():
            return _is_read(parent, parents, deep=deep)
        case _:
            return False


def _all_read(target: ast.expr, scope: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether the elements that a loop names are only read within it."""
    named = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    uses = [node for node in ast.walk(scope) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    return all(_is_read(node, parents, deep=False) or _is_plain_use(node, parents) for node in uses if node.id in named)


def _is_plain_use(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """``f(row["hue"])``: an element of an element is passed on, and not the element itself."""
    parent = parents.get(node)
    return isinstance(parent, ast.Subscript) and parent.value is node and isinstance(parent.ctx, ast.Load)
