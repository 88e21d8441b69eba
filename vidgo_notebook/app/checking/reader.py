"""Follows a notebook's code without running it: what its names stand for, and what it asks of this package.

Whatever is not followed, and mentions the package or its magics, is reported as what cannot be known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vidgo_notebook.app.checking.calls import Calls
from vidgo_notebook.app.checking.cell_code import code_of
from vidgo_notebook.app.checking.changes import changed_by, changed_within
from vidgo_notebook.app.checking.expressions import TooLongError
from vidgo_notebook.app.checking.findings import Finding
from vidgo_notebook.app.checking.modules import Modules
from vidgo_notebook.app.checking.notes import Notes, RefusedError
from vidgo_notebook.app.checking.orders import PUBLIC_NAMES, Orders
from vidgo_notebook.app.checking.symbols import (
    OURS,
    PACKAGE,
    PIL_IMAGE,
    TAINTED,
    Foreign,
    Method,
    Public,
    bound_in,
    foreign,
    full_name,
    is_ours,
    reaches,
    text_reaches,
)
from vidgo_notebook.app.checking.values import UNKNOWN, combined

_NAME = re.compile(r"[^\W\d]\w*")
_CATCH_ALL = ("Exception", "BaseException")


class CodeReader:
    """Reads the cells in order. ``names`` are the notebook's variables; ``folder`` is where its modules lie."""

    def __init__(self, orders: Orders, names: dict[str, Any], folder: Path) -> None:
        self._notes = Notes(orders, names, Modules(folder))
        self._names = names
        self._calls = Calls(self._notes, self._code)
        self._value = self._calls.expressions.value

    def read(self, number: int, source: str) -> list[Finding]:
        """What a cell asks of this package."""
        self._notes.cell, self._notes.found = number, []
        try:
            self._code(source)
        except TooLongError:
            self._notes.unknowable(source, "it is too long to be followed")
        return self._notes.found

    def _code(self, source: str) -> None:
        if (module := code_of(source)) is not None:
            self._block(module.body)
            return
        if self._calls.automagic(source):
            return
        if text_reaches(source, self._names):
            self._notes.unknowable(source, "it can't be read as Python")
        self._notes.forget(_NAME.findall(source))

    def _block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)
            self._names.update(dict(changed_by(statement, self._names, self._is_ours)))

    def _is_ours(self, function: ast.expr) -> bool:
        """Whether what is called is a function of the package, as far as its name tells."""
        return _is_dotted(function) and isinstance(self._value(function), Public)

    def _statement(self, statement: ast.stmt) -> None:
        if "sys.path" in ast.unparse(statement):
            self._notes.modules.searched(each.value for each in ast.walk(statement) if isinstance(each, ast.Constant))
        match statement:
            case ast.Expr(value=value) | ast.Assert(test=value):
                self._value(value)
            case ast.Assign(value=value, targets=targets):
                known = self._value(value)
                for target in targets:
                    self._bind(target, known)
            case ast.AnnAssign(value=value, target=target):
                if value:
                    self._bind(target, self._value(value))
            case ast.AugAssign():
                self._augment(statement)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._notes.bind(target, UNKNOWN)
            case ast.Import(names=aliases):
                for alias in aliases:
                    self._import(statement, alias)
            case ast.ImportFrom(names=aliases, module=module):
                for alias in aliases:
                    self._import_from(statement, module or "", alias)
            case ast.With() | ast.AsyncWith():
                self._with(statement)
            case ast.Try():
                self._try(statement)
            case ast.If(test=test):
                self._if(statement, self._value(test))
            case ast.For(iter=iterated, target=target) | ast.AsyncFor(iter=iterated, target=target):
                if reaches(self._value(iterated)):
                    self._names.update(dict.fromkeys(bound_in(target), TAINTED))
                parts = [target, *statement.body, *statement.orelse]
                self._notes.not_followed(statement, parts, "a loop is not followed")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self._notes.not_followed(statement, [statement], f"when {name} is called is not followed")
                self._notes.changed_by_functions.update(changed_within(statement))
            case ast.Pass() | ast.Global() | ast.Nonlocal():
                pass
            case _:  # while, match, raise …
                self._notes.not_followed(statement, [statement], "it is not followed")

    def _augment(self, statement: ast.AugAssign) -> None:
        before, more = self._value(_loaded(statement.target)), self._value(statement.value)
        if self._is_environment(statement.target):
            self._notes.orders.settings.environment(more)
        else:
            both = is_ours(before) or is_ours(more)
            self._bind(statement.target, TAINTED if both else combined(statement.op, before, more))

    def _with(self, statement: ast.With | ast.AsyncWith) -> None:
        for item in statement.items:
            known = self._value(item.context_expr)
            if item.optional_vars:
                self._notes.bind(item.optional_vars, known if known is TAINTED else UNKNOWN)
        self._block(statement.body)

    def _bind(self, target: ast.expr, value: Any) -> None:
        """An assignment, also of what is not a variable."""
        match target:
            case ast.Subscript(value=whole, slice=key) if self._is_environment(whole):
                self._notes.orders.settings.environment(self._value(key))
            case ast.Attribute(value=whole) | ast.Subscript(value=whole) if is_ours(self._value(whole)):
                self._notes.unknowable(ast.unparse(target), "what is changed there is not followed")
                self._notes.orders.settings.environment(UNKNOWN)
            case _:
                self._notes.bind(target, value)

    def _is_environment(self, node: ast.expr) -> bool:
        return full_name(node, self._names).endswith("environ")

    def _if(self, statement: ast.If, known: Any) -> None:
        if known is UNKNOWN or known is TAINTED or isinstance(known, Method | Foreign):
            self._notes.not_followed(statement, [*statement.body, *statement.orelse], "whether it runs is not known")
        else:
            self._block(statement.body if known else statement.orelse)

    def _try(self, statement: ast.Try) -> None:
        refused = None
        with self._notes.expecting(any(map(self._catches, statement.handlers))):
            try:
                self._block(statement.body)
            except RefusedError as error:
                refused = error.finding
        for handler in statement.handlers:
            if handler.name:
                self._names[handler.name] = UNKNOWN
            if refused and self._catches(handler):
                self._notes.note([refused.expected()])
                self._block(handler.body)
                break
            self._notes.not_followed(handler, handler.body, "whether it runs is not known")
        if not refused:
            self._block(statement.orelse)
        self._block(statement.finalbody)

    def _catches(self, handler: ast.ExceptHandler) -> bool:
        """Whether a handler catches the errors of this package."""
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return any(
            kind is None or (isinstance(kind, ast.Name) and kind.id in _CATCH_ALL) or self._is_ours(kind)
            for kind in kinds
        )

    # Imports

    def _import(self, statement: ast.stmt, alias: ast.alias) -> None:
        first = alias.name.partition(".")[0]
        name = alias.asname or first
        if first == "__main__":
            self._names[name] = TAINTED  # the notebook itself, with all its names
        elif first != PACKAGE:
            whole = alias.name if alias.asname else first
            self._names[name] = self._module(statement, alias.name, foreign(whole, UNKNOWN))
        elif alias.asname and alias.name != PACKAGE:
            self._names[name] = TAINTED  # a module within
        else:
            self._names[name] = OURS

    def _import_from(self, statement: ast.stmt, module: str, alias: ast.alias) -> None:
        name, inside = alias.asname or alias.name, module.partition(".")[0] == PACKAGE
        if inside and alias.name == "*":
            self._names.update({each: Public(each) for each in PUBLIC_NAMES})
        elif inside:
            front = module in (PACKAGE, f"{PACKAGE}.errors")
            self._names[name] = self._notes.orders.public_name(alias.name) if front else TAINTED
        elif module == "__main__":
            self._names[name] = TAINTED
        elif alias.name == "*":
            self._module(statement, module, UNKNOWN)
            self._notes.forget(list(self._names))
        elif (module, alias.name) == ("PIL", "Image"):
            self._names[name] = PIL_IMAGE
        else:
            whole = f"{module}.{alias.name}"
            self._names[name] = self._module(statement, whole, foreign(whole, UNKNOWN))

    def _module(self, statement: ast.stmt, name: str, otherwise: Any) -> Any:
        """What an imported name stands for: a module that uses this package may buy."""
        if why := self._notes.modules.why_not_known(name):
            self._notes.unknowable(ast.unparse(statement), why)
            return TAINTED
        return otherwise


def _is_dotted(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_dotted(node.value))


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an assignment, as an expression."""
    return ast.parse(ast.unparse(target), mode="eval").body
