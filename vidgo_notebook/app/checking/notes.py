"""What is known of a notebook at one point of its code: its variables, and what was found so far."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from vidgo_notebook.app.checking.findings import Finding, Verdict
from vidgo_notebook.app.checking.modules import Modules
from vidgo_notebook.app.checking.orders import Orders
from vidgo_notebook.app.checking.symbols import TAINTED, BatchOf, Planned, bound_in, is_ours, mentions, sets_environment
from vidgo_notebook.app.checking.values import CHANGEABLE, UNKNOWN, is_known
from vidgo_notebook.domain.wording import shown

_LABEL = 60  # letters


class RefusedError(Exception):
    """A call that the notebook's own code expects to be refused."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


class Notes:
    """``names`` are the notebook's variables, of which ``orders`` reads what cells and calls name; ``modules`` are
    those that it imports."""

    def __init__(self, orders: Orders, names: dict[str, Any], modules: Modules) -> None:
        self.orders = orders
        self.modules = modules
        self.names = names
        self.found: list[Finding] = []
        self.cell = 0
        self.changed_by_functions: set[str] = set()
        self._expecting = False

    @contextmanager
    def expecting(self, refusals: bool) -> Iterator[None]:
        """Within, RefusedError is raised for what is refused, if ``refusals``, and no longer noted."""
        before, self._expecting = self._expecting, self._expecting or refusals
        try:
            yield
        finally:
            self._expecting = before

    def note(self, findings: Iterable[Finding]) -> None:
        """Add to what was found. Raises RefusedError."""
        for finding in findings:
            if self._expecting and finding.verdict is Verdict.WRONG:
                raise RefusedError(finding)
            self.found.append(finding)

    def unknowable(self, code: str, why: str) -> None:
        """What this code does only running it can tell."""
        label = shown(" ".join(code.split()), _LABEL)
        self.found.append(Finding(self.cell, label, Verdict.UNKNOWABLE, why))

    def not_followed(self, whole: ast.AST, parts: Sequence[ast.AST], why: str) -> bool:
        """Parts of some code that may run or not: whether they mention the package, which is then noted once."""
        if mentioned := any(mentions(part, self.names) for part in parts):
            self.unknowable(ast.unparse(whole), why)
        if any(map(sets_environment, parts)):
            self.orders.settings.environment(UNKNOWN)
        for part in parts:
            self.names.update(dict.fromkeys(bound_in(part), TAINTED if mentioned else UNKNOWN))
        return mentioned

    def forget(self, names: Iterable[str]) -> None:
        """Names that code which can't be read may bind, or leave as they are."""
        self.names.update({name: TAINTED if is_ours(self.names.get(name)) else UNKNOWN for name in names})

    def bind(self, target: ast.expr, value: Any) -> None:
        """An assignment."""
        match target:
            case ast.Name(id=name):
                if isinstance(value, CHANGEABLE):  # with two names, either may change it; and a function may
                    same = [each for each, known in self.names.items() if known is value]
                    self.names.update(dict.fromkeys(same, UNKNOWN))
                    value = UNKNOWN if same else value
                self.names[name] = UNKNOWN if name in self.changed_by_functions and is_known(value) else value
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                fits = isinstance(value, list | tuple) and len(value) == len(elements)
                known = fits and not any(isinstance(each, ast.Starred) for each in elements)
                rest = TAINTED if is_ours(value) else UNKNOWN
                for number, each in enumerate(elements):
                    self.bind(each, value[number] if known else rest)
            case ast.Starred(value=inner):
                self.bind(inner, value if value is TAINTED else UNKNOWN)
            case _ if is_ours(value) or isinstance(value, BatchOf | Planned):
                self.unknowable(ast.unparse(target), "what is kept there can buy, and is not followed")
