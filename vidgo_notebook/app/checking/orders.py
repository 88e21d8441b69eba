"""What cells and calls of a notebook ask for: each picture looked up in the store, and priced where it is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from vidgo_notebook.app.checking.findings import Finding, Verdict
from vidgo_notebook.app.checking.symbols import TAINTED, BatchOf, Opened, Planned, Public
from vidgo_notebook.app.checking.values import UNKNOWN, is_known
from vidgo_notebook.app.keys import VARIABLE as KEY_VARIABLE
from vidgo_notebook.app.plan.lookup import Lookup
from vidgo_notebook.app.plan.near import near_misses_in
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.plan.planning import plan_cell
from vidgo_notebook.app.purchase.called import called_generate, called_map, called_sweep, understood_buying
from vidgo_notebook.app.request.images import Named, Word
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.limits import LimitError
from vidgo_notebook.app.settings.traits import configure
from vidgo_notebook.domain.cell_options import read_cell_line
from vidgo_notebook.domain.first_line import whole_first_line
from vidgo_notebook.domain.near_miss import NearMisses
from vidgo_notebook.domain.odd_metadata import opened
from vidgo_notebook.domain.option_parser import HelpRequested
from vidgo_notebook.domain.provider import EMULATOR, is_web_url
from vidgo_notebook.domain.request import GenerationRequest, Reference, fingerprint, fingerprints
from vidgo_notebook.domain.sweep import in_words
from vidgo_notebook.domain.template import is_plain, names_in
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import VidgoError
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain
from vidgo_notebook.store.results.verification import doubt

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
_SETTING = re.compile(r"\s*Vidgo\.(\w+)\s*=\s*(.+?)\s*$", re.DOTALL)
_PICTURE_BYTES = 64 * 1024 * 1024
_HARMLESS_VARIABLES = ("VIDGO_LOG",)
_IN_DOTENV = re.compile(r"^\s*(?:export\s+)?(VIDGO_\w+)", re.MULTILINE)
_ENV_BYTES = 1_000_000
Found = tuple[list[Finding], Any]
"""The findings, and the value that the cell or call has."""


class Orders:
    """Answers for one notebook, whose variables ``names`` are, in the order in which its cells run."""

    def __init__(self, session: Session, folder: Path, names: dict[str, Any]) -> None:
        self._session, self._folder, self._names = session, folder, names
        self._unknown_settings = ""
        self._imported = ""
        self._store_is_found = self._moved = False
        self._to_spend = Decimal(0)
        self._near_misses: dict[str, NearMisses] = {}

    # Settings

    def environment(self, *names: Any) -> None:
        """The notebook sets variables of the environment: by their names, or those in a dict."""
        for name in names:
            if isinstance(name, dict):
                self.environment(*name)
            elif name == KEY_VARIABLE and self._session.keys.source:
                continue
            elif not isinstance(name, str) or (name.startswith("VIDGO_") and name not in _HARMLESS_VARIABLES):
                self._unknown_settings = name if isinstance(name, str) else "the environment"

    def dotenv(self) -> None:
        """The notebook sets those of a file, which may lie above it."""
        for folder in (self._folder, *self._folder.parents):
            with suppress(OSError, PlainFileError):
                text = read_plain(folder / ".env", _ENV_BYTES).decode(errors="replace")
                self.environment(*(found[1] for found in _IN_DOTENV.finditer(text)))
                return

    def loaded(self) -> None:
        """The extension is loaded: its store was looked for, where the notebook was then."""
        self._store_is_found = True

    def moved(self) -> None:
        """The notebook works in another folder from now on."""
        self._moved = True
        if not self._store_is_found:
            self._unknown_settings = "the working folder"

    def config(self, line: str, evaluate: Callable[[str], Any]) -> None:
        """``%config``."""
        if setting := _SETTING.match(line):
            self.configure({setting[1]: evaluate(setting[2])})

    def configure(self, settings: Mapping[str, Any] | None) -> None:
        """The notebook changes settings; None if not even their names are known."""
        if settings is None or not all(map(is_known, settings.values())):
            self._unknown_settings = ", ".join(settings or ["settings"])
            return
        for name in ("store", "models_file"):
            place = settings.get(name)
            if isinstance(place, str) and "://" not in place:  # beside the notebook, where its kernel works
                settings = {**settings, name: str(self._folder / Path(place).expanduser())}
        try:
            configure(self._session.settings, **settings)
        except LimitError:  # a run keeps the limit that was set outside the notebook, too
            return
        except VidgoError:
            self._unknown_settings = ", ".join(settings)

    # Cells, commands and calls

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
            if self._unknown_settings and not options.problems:
                return [Finding(number, label, Verdict.UNKNOWABLE, self._why_unknown())], UNKNOWN, name
            plan = plan_cell(self._session, options, body, known, self._for_plan)
            plan.check(skip_invalid=options.skip_invalid)
            swept = [value for each in options.sweep if each.name == "image" for value in each.values]
            images = [*options.images, *swept]
            if options.sweep:
                found = self._batch(number, label, plan, images, options.fresh)
            else:
                found = self._pictures(number, label, plan, images, options.fresh)
            findings, value = self._limited(found, options.max_credits)
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
            self.configure({"mode": "emulator"})
        elif words[0] == "import":
            self._imported = shown(line, 40)
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
                self.configure(named)
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

    def is_picture(self, value: Any) -> bool:
        """Whether a value is a job, or takes of one."""
        if isinstance(value, list):
            return bool(value) and all(map(self.is_picture, value))
        return isinstance(value, Result | Reference)

    def _called(
        self, number: int, function: str, label: str, arguments: list[Any] | None, named: dict[str, Any] | None
    ) -> Found:
        asked = {name: value for name, value in (named or {}).items() if name not in _ONLY_BUYING or is_known(value)}
        images = _flat([] if asked.get("image") is None else asked["image"])
        given = [*(arguments or []), *(value for name, value in asked.items() if name != "image")]
        is_read = arguments is not None and named is not None and all(map(is_known, given))
        if arguments is None or not is_read or len(arguments) != _ORDERING[function]:
            return [Finding(number, label, Verdict.UNKNOWABLE, "its arguments cannot be read")], UNKNOWN
        if function == "generate":
            label = f"vidgo.generate({shown(str(arguments[0]), 40)})"
        if self._unknown_settings or (images and function != "generate"):
            why = self._why_unknown() if self._unknown_settings else "it edits images"
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
            written["image"] = [self._for_plan(image) for image in images]
            called = called_generate(self._session, first, takes, written)
        elif function == "map":
            if isinstance(first, str) and self._moved:
                return [Finding(number, label, Verdict.UNKNOWABLE, "it is a table of another folder")], UNKNOWN
            called = called_map(self._session, str(self._folder / first) if isinstance(first, str) else first, written)
        else:
            called = called_sweep(self._session, written)
        buying = understood_buying(called.buying, called.problems)
        called.plan.check(called.problems, skip_invalid=buying.skip_invalid)
        make = self._pictures if function == "generate" else self._batch
        found = make(number, label, called.plan, images, buying.choices.fresh)
        return self._limited(found, buying.choices.max_credits)

    # Pictures

    def _why_not_read(self, line: str, body: str) -> str:
        used = (names_in(line) | names_in(body)) - set(_SWEPT.findall(line))
        if unknown := sorted(each for each in used if not is_known(self._names.get(each, UNKNOWN))):
            return f"it depends on {', '.join(unknown)}"
        return "" if is_plain(line) and is_plain(body) else "it has an expression that is more than a name"

    def _why_unknown(self) -> str:
        return f"it depends on settings whose values cannot be read ({self._unknown_settings})"

    def _pictures(self, number: int, label: str, plan: Plan, given: Sequence[Any], fresh: bool) -> Found:
        """The takes of one request."""
        if why := self._unknown_image(given):
            return [Finding(number, label, Verdict.UNKNOWABLE, why)], UNKNOWN
        found = [self._look(number, label, place.request, fresh) for place in plan.places]
        pictures = [picture for _, picture in found]
        return [finding for finding, _ in found], pictures if len(pictures) > 1 else pictures[0]

    def _batch(self, number: int, label: str, plan: Plan, given: Sequence[Any], fresh: bool) -> Found:
        """What ``order`` would do with a plan that it does not refuse: each picture once."""
        if why := self._unknown_image(given):
            return [Finding(number, label, Verdict.UNKNOWABLE, why)], BatchOf([])
        provider, seen = self._session.target.provider, dict[str, Any]()
        findings, pictures = list[Finding](), list[Any]()
        for place in plan.places:
            if place not in plan.valid:
                pictures.append(UNKNOWN)
                continue
            wanted = fingerprint(place.request, provider)
            if wanted not in seen:
                finding, seen[wanted] = self._look(number, f"{label}, {in_words(place.row)}", place.request, fresh)
                findings.append(finding)
            pictures.append(seen[wanted])
        for place in [] if plan.axes else plan.invalid:
            why = "; ".join(map(str, place.problems))
            findings.append(Finding(number, f"{label}, {in_words(place.row)}", Verdict.WRONG, why))
        return findings, BatchOf(pictures)

    def _unknown_image(self, given: Sequence[Any]) -> str:
        unknown = [image for image in given if self._image(image) is UNKNOWN]
        names = ", ".join(image for image in unknown if isinstance(image, str))
        made = f"the image {names} is" if names else "an image is"
        return f"{made} made by the notebook's own code" if unknown else ""

    def _look(self, number: int, label: str, request: GenerationRequest, fresh: bool) -> tuple[Finding, Any]:
        label = f"{label}, take {request.take}" if request.take > 1 else label
        price = self._session.quote(request)
        cost = "at an unpublished price" if price.total is None else f"for {price}"
        pending = Reference("job", f"{number}/{request.take}", name="an earlier picture")
        drawn = None
        if self._session.settings.mode == "emulator":
            drawn = Finding(number, label, Verdict.FREE, "the emulator draws it, as the mode says")
        if drawn and (fresh or request.waits):
            return drawn, pending
        if fresh:
            return Finding(number, label, Verdict.FRESH, f"--fresh buys it at each run {cost}", price.total), pending
        if request.waits:
            detail = f"nor is a picture that it is made from; {self._what_a_run_does(cost)}"
            return Finding(number, label, Verdict.MISSING, detail, price.total), pending
        readable = self._session.target.readable
        wanted = [name for provider in readable for name in fingerprints(request, provider)]
        found = Lookup(self._session, wanted).stored_here(wanted)
        if found is None and self._imported:
            why = f"it is not in the store, and may come with %vidgo {self._imported}"
            return Finding(number, label, Verdict.UNKNOWABLE, why), UNKNOWN
        if found is None and drawn:
            return drawn, pending
        if found is None:
            detail = self._what_a_run_does(cost) + self._almost(request)
            return Finding(number, label, Verdict.MISSING, detail, price.total), pending
        if not isinstance(found, Result):
            return Finding(number, label, Verdict.DAMAGED, f"the picture of digest {found.digest[:12]}…"), UNKNOWN
        kind = "a stand-in of the emulator, " if found.record.provider == EMULATOR else ""
        paid = (
            f", {self._session.settings.credit_format.text(found.record.paid)} when made" if found.record.paid else ""
        )
        unverified = f"; {note}" if (note := doubt(found.record, request)) else ""
        detail = f"{kind}digest {found.digest[:12]}… is right{paid}{unverified}"
        return Finding(number, label, Verdict.STORED, detail), found

    def _almost(self, request: GenerationRequest) -> str:
        """In what a missing picture differs from one of the store, as the end of a sentence, or ''."""
        store = self._session.store  # the notebook may set another one
        if store.address not in self._near_misses:
            self._near_misses[store.address] = near_misses_in(store)
        found = self._near_misses[store.address].of(request)
        return f"; {found.text}" if found else ""

    def _limited(self, found: Found, max_credits: Decimal | None) -> Found:
        """The findings of one purchase: where a limit is below its price, a run is refused."""
        findings, value = found
        bought = [each for each in findings if each.verdict in (Verdict.MISSING, Verdict.FRESH)]
        if not bought or not (refusal := self._refusal([each.price for each in bought], max_credits)):
            return found
        refused = [
            replace(each, verdict=Verdict.REFUSED, detail=refusal) if each in bought else each for each in findings
        ]
        return refused, value

    def _refusal(self, prices: Sequence[Decimal | None], max_credits: Decimal | None) -> str:
        """Why a run with a key would refuse these pictures, or ''; then their price counts for the cells below."""
        settings, total = self._session.settings, sum((price or Decimal(0) for price in prices), Decimal(0))
        text, budget = settings.credit_format.text, settings.limit("budget")
        left = None if budget is None else max(budget - self._to_spend, Decimal(0))
        for limit, allows in ((max_credits, "--max-credits allows"), (left, "the budget leaves")):
            if limit is not None and (None in prices or total > limit):
                price = "its price is not published" if None in prices else f"it costs {text(total)}"
                return f"{price}, and {allows} {text(limit)}"
        self._to_spend += total
        return ""

    def _what_a_run_does(self, cost: str) -> str:
        target = self._session.target
        if target.frozen:
            return f"the store is frozen, so a run would fail; thawed and with a key it would buy it {cost}"
        match target.mode:
            case "live":
                return f"a run would buy it {cost}"
            case "emulator":  # without a key
                return f"a run would draw a stand-in, which is free; with a key it would buy it {cost}"
            case "replay":
                return f"a run in replay mode would fail; with a key and in another mode it would buy it {cost}"

    def _image(self, image: Any) -> Any:
        """The image of an option or argument, as a request takes it; paths are relative to the notebook's folder."""
        if not isinstance(image, str):
            return self._value_of_image(image)
        if image in self._names:
            value = self._value_of_image(self._names[image])
            return value if value is UNKNOWN else Named(value, image)
        if is_web_url(image):
            return Word(image, "")
        path = Path(image).expanduser()
        return UNKNOWN if self._moved and not path.is_absolute() else Named(self._folder / path, image)

    def _value_of_image(self, value: Any) -> Any:
        value = value.pictures if isinstance(value, BatchOf) else value
        if isinstance(value, Opened):
            with suppress(PlainFileError, OSError, ValueError, SyntaxError):
                return opened(read_plain(self._folder / value.path, _PICTURE_BYTES))
            return UNKNOWN
        return value if self.is_picture(value) or is_known(value) else UNKNOWN

    def _for_plan(self, image: Any) -> Any:
        """The same, for a plan that shows what else is wrong: any picture in place of one that is not known."""
        found = self._image(image)
        return Reference("job", "unknown", name=str(image)) if found is UNKNOWN else found


def _flat(images: Any) -> list[Any]:
    if isinstance(images, BatchOf):
        return images.pictures
    return [each for image in images for each in _flat(image)] if isinstance(images, list | tuple) else [images]


def _one_line(error: VidgoError) -> str:
    return " ".join(error.message.split("\n"))
