"""What the cells, commands and calls of a notebook ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vidgo_notebook.app.checking.findings import Finding, Verdict
from vidgo_notebook.app.checking.given_images import GivenImages, flat
from vidgo_notebook.app.checking.notebook_settings import NotebookSettings
from vidgo_notebook.app.checking.purchases import Found, Purchases
from vidgo_notebook.app.checking.symbols import TAINTED, BatchOf, Planned, Public
from vidgo_notebook.app.checking.values import UNKNOWN, is_known
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.plan.planning import plan_cell
from vidgo_notebook.app.purchase.called import called_generate, called_map, called_sweep, understood_buying
from vidgo_notebook.app.session import Session
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.domain.first_line import whole_first_line
from vidgo_notebook.domain.option_parser import HelpRequested
from vidgo_notebook.domain.request import fingerprint
from vidgo_notebook.domain.sweep import in_words
from vidgo_notebook.domain.template import is_plain, names_in
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.errors import VidgoError

_ORDERING = {"generate": 1, "sweep": 0, "map": 1, "plan": 1}
"""How many positional arguments each function takes that orders pictures, or plans them."""
_HARMLESS = (
    "balance",
    "configure",
    "costs",
    "export",
    "gallery",
    "jobs",
    "models",
    "panel",
    "quote",
    "rate",
    "ratings",
    "read",
    "receiver",
    "report",
    "resume",
    "stop",
    "wait",
    "load_ipython_extension",
    "unload_ipython_extension",
)
_VALUES = ("Batch", "GenerationRequest", "Job", "Quote", "Result", "VidgoError", "errors")
PUBLIC_NAMES = frozenset({*_ORDERING, *_HARMLESS, *_VALUES, "batch", "resolve"})
"""The public names whose meaning is known here."""

_ABOUT_THE_MODULE = ("__version__", "__name__", "__doc__", "__file__", "__all__")
_ONLY_BUYING = ("yes", "cluster", "share_key", "max_credits", "name", "save")
"""Keywords that do not decide which pictures are asked for."""
_SWEPT = re.compile(r"--sweep[= ]\s*[\"']?(\w+)=")


class Orders:
    """Answers for one notebook, whose variables ``names`` are, in the order in which its cells run."""

    def __init__(self, session: Session, folder: Path, names: dict[str, Any]) -> None:
        self._session, self._folder, self._names = session, folder, names
        self.settings = NotebookSettings(session, folder)
        self._images = GivenImages(folder, names, self.settings)
        self._purchases = Purchases(session)

    def cell(self, number: int, line: str, body: str) -> tuple[list[Finding], Any, str]:
        """A ``%%vidgo`` cell: its findings, its value, and the variable that receives it, or ''."""
        line, body = whole_first_line(line, body)
        first = next(iter(line.split()), "")
        name = first if first.isidentifier() else ""
        label = name or shown(" ".join(body.split()), 40)
        try:
            if "--dry-run" in line.split():
                return [Finding(number, label, Verdict.FREE, "a dry run")], UNKNOWN, ""
            if why := self._why_not_read(line, body):
                return [Finding(number, label, Verdict.UNKNOWABLE, why)], UNKNOWN, name
            known = {each: value for each, value in self._names.items() if is_known(value)}
            options = read_cell_line(line, known)
            if self.settings.unknown and not options.problems:
                return [Finding(number, label, Verdict.UNKNOWABLE, self.settings.why_unknown)], UNKNOWN, name
            plan = plan_cell(self._session, options, body, known, self._images.for_plan)
            plan.check(skip_invalid=options.skip_invalid)
            swept = [value for each in options.sweep if each.name == "image" for value in each.values]
            images = [*options.images, *swept]
            if options.sweep:
                found = self._batch(number, label, plan, images, options.fresh)
            else:
                found = self._pictures(number, label, plan, images, options.fresh)
            findings, value = self._purchases.limited(found, options.max_credits)
            return findings, value, options.name or name
        except HelpRequested:
            return [Finding(number, label, Verdict.FREE, "it prints help")], UNKNOWN, ""
        except VidgoError as error:
            return [Finding(number, label, Verdict.WRONG, _one_line(error))], UNKNOWN, name

    def command(self, number: int, line: str) -> list[Finding]:
        """``%vidgo``."""
        words = line.split()
        if not words or {"-h", "--help", "help"} & set(words):
            return []
        if words[0] == "emulator":
            self.settings.configure({"mode": "emulator"})
        elif words[0] == "import":
            self._purchases.imported = shown(line, 40)
        elif words[0] == "continue" or "--resubmit" in words:
            return [Finding(number, f"%vidgo {shown(line, 60)}", Verdict.UNKNOWABLE, "it buys what is missing by then")]
        return []

    def call(
        self, number: int, function: str, text: str, arguments: list[Any] | None, named: dict[str, Any] | None
    ) -> Found:
        """A call of a public function; None for arguments of which not even the number is known."""
        label = f"vidgo.{function}(…)"
        match function:
            case "configure":
                self.settings.configure(named)
            case "batch":
                return [Finding(number, label, Verdict.UNKNOWABLE, "it goes on with what is missing by then")], BatchOf(
                    []
                )
            case "resolve" if "resubmit" in text:
                return [Finding(number, label, Verdict.UNKNOWABLE, "it buys what is uncertain by then")], UNKNOWN
            case "plan":
                return [], Planned(arguments, named)
            case "generate" | "sweep" | "map":
                return self._called(number, function, label, arguments, named)
        return [], UNKNOWN

    def buy(self, number: int, planned: Planned) -> Found:
        """``plan.buy()``."""
        return self._called(number, "map", "plan.buy()", planned.arguments, planned.named)

    def public_name(self, name: str) -> Any:
        """What an attribute of the package stands for."""
        return Public(name) if name in PUBLIC_NAMES else UNKNOWN if name in _ABOUT_THE_MODULE else TAINTED

    def _called(
        self, number: int, function: str, label: str, arguments: list[Any] | None, named: dict[str, Any] | None
    ) -> Found:
        asked = {name: value for name, value in (named or {}).items() if name not in _ONLY_BUYING or is_known(value)}
        images = flat([] if asked.get("image") is None else asked["image"])
        given = [*(arguments or []), *(value for name, value in asked.items() if name != "image")]
        is_read = arguments is not None and named is not None and all(map(is_known, given))
        if arguments is None or not is_read or len(arguments) != _ORDERING[function]:
            return [Finding(number, label, Verdict.UNKNOWABLE, "its arguments cannot be read")], UNKNOWN
        if function == "generate":
            label = f"vidgo.generate({shown(str(arguments[0]), 40)})"
        if self.settings.unknown or (images and function != "generate"):
            why = self.settings.why_unknown if self.settings.unknown else "it edits images"
            return [Finding(number, label, Verdict.UNKNOWABLE, why)], UNKNOWN
        try:
            return self._ordered(number, function, label, arguments[0] if arguments else "", asked, images)
        except VidgoError as error:
            return [Finding(number, label, Verdict.WRONG, _one_line(error))], UNKNOWN

    def _ordered(
        self,
        number: int,
        function: str,
        label: str,
        first: Any,
        asked: dict[str, Any],
        images: list[Any],
    ) -> Found:
        """Each picture of ``vidgo.generate``, ``vidgo.sweep`` or ``vidgo.map``, once."""
        written = dict(asked)
        if function == "generate":
            takes = written.pop("takes", None)
            written["image"] = [self._images.for_plan(image) for image in images]
            called = called_generate(self._session, first, takes, written)
        elif function == "map":
            if isinstance(first, str) and self.settings.moved:
                return [Finding(number, label, Verdict.UNKNOWABLE, "it is a table of another folder")], UNKNOWN
            called = called_map(self._session, str(self._folder / first) if isinstance(first, str) else first, written)
        else:
            called = called_sweep(self._session, written)
        buying = understood_buying(called.buying, called.problems)
        called.plan.check(called.problems, skip_invalid=buying.skip_invalid)
        make = self._pictures if function == "generate" else self._batch
        found = make(number, label, called.plan, images, buying.choices.fresh)
        return self._purchases.limited(found, buying.choices.max_credits)

    def _why_not_read(self, line: str, body: str) -> str:
        used = (names_in(line) | names_in(body)) - set(_SWEPT.findall(line))
        if unknown := sorted(each for each in used if not is_known(self._names.get(each, UNKNOWN))):
            return f"it depends on {', '.join(unknown)}"
        return "" if is_plain(line) and is_plain(body) else "it has an expression that is more than a name"

    def _pictures(self, number: int, label: str, plan: Plan, given: Sequence[Any], fresh: bool) -> Found:
        """The takes of one request."""
        if why := self._images.why_unknown(given):
            return [Finding(number, label, Verdict.UNKNOWABLE, why)], UNKNOWN
        found = [self._purchases.look_up(number, label, place.request, fresh) for place in plan.places]
        pictures = [picture for _, picture in found]
        return [finding for finding, _ in found], pictures if len(pictures) > 1 else pictures[0]

    def _batch(self, number: int, label: str, plan: Plan, given: Sequence[Any], fresh: bool) -> Found:
        """What ``order`` would do with a plan that it does not refuse: each picture once."""
        if why := self._images.why_unknown(given):
            return [Finding(number, label, Verdict.UNKNOWABLE, why)], BatchOf([])
        provider, seen = self._session.target.provider, dict[str, Any]()
        findings, pictures = list[Finding](), list[Any]()
        for place in plan.places:
            if place not in plan.valid:
                pictures.append(UNKNOWN)
                continue
            wanted = fingerprint(place.request, provider)
            if wanted not in seen:
                finding, seen[wanted] = self._purchases.look_up(
                    number, f"{label}, {in_words(place.row)}", place.request, fresh
                )
                findings.append(finding)
            pictures.append(seen[wanted])
        for place in [] if plan.axes else plan.invalid:
            why = "; ".join(map(str, place.problems))
            findings.append(Finding(number, f"{label}, {in_words(place.row)}", Verdict.WRONG, why))
        return findings, BatchOf(pictures)


def _one_line(error: VidgoError) -> str:
    return " ".join(error.message.split("\n"))
