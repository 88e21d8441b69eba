"""Checks a notebook without running it: which of its pictures the store has, and what a run would buy."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from vidgo_notebook.app.checking.notebook_file import Check, CodeCell, Finding, Verdict, read_notebook
from vidgo_notebook.app.checking.python_source import PYTHON_MAGICS, UNKNOWN, Call, calls_in, forget, learn, value_of
from vidgo_notebook.app.plan.lookup import Lookup
from vidgo_notebook.app.plan.plan import Plan
from vidgo_notebook.app.plan.planning import plan_cell
from vidgo_notebook.app.purchase.called import called_generate, called_map, called_sweep, understood_buying
from vidgo_notebook.app.request.images import Named, Word
from vidgo_notebook.app.session import Session
from vidgo_notebook.app.settings.limits import LimitError
from vidgo_notebook.app.settings.traits import Vidgo, configure
from vidgo_notebook.domain.cell_options import HelpRequested, read_cell_line
from vidgo_notebook.domain.provider import EMULATOR, is_web_url
from vidgo_notebook.domain.request import GenerationRequest, Reference, fingerprint, fingerprints
from vidgo_notebook.domain.sweep import in_words
from vidgo_notebook.domain.template import is_plain, names_in
from vidgo_notebook.domain.wording import shown
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.errors import RequestError, StoreError, VidgoError
from vidgo_notebook.store.address import find_store, working_folder
from vidgo_notebook.store.results.verification import doubt

_CONFIG = re.compile(r"^%config\s+Vidgo\.(\w+)\s*=\s*(.+?)\s*$", re.MULTILINE)


def check_notebook(path: Path) -> Check:
    """Check a notebook without running it. Raises RequestError for a file that is not a notebook, and
    VidgoError for invalid settings in the environment."""
    cells = read_notebook(path)
    folder = (working_folder() / path).resolve().parent
    settings = Vidgo() if os.environ.get("VIDGO_STORE") else Vidgo(store=str(find_store(folder)))
    session = Session(settings, attended=lambda: False, ask=lambda _: False)
    return Check(path, tuple(_Reader(session, folder).findings(cells)), session.settings.credit_format)


_POSITIONAL = {"generate": 1, "sweep": 0, "map": 1}
"""How many positional arguments each function takes in a call that can be read."""
_SWEPT = re.compile(r"--sweep[= ]\s*[\"']?(\w+)=")


class _Reader:
    """Reads the cells in order, and keeps what is known of names, settings and earlier pictures."""

    def __init__(self, session: Session, folder: Path) -> None:
        self._session, self._folder = session, folder
        self._names: dict[str, Any] = {}
        self._aliases: set[str] = set()
        self._unknown_settings = ""
        self._to_spend = Decimal(0)

    def findings(self, cells: Sequence[CodeCell]) -> Iterator[Finding]:
        for cell in cells:
            magic = cell.magic
            if magic is None:
                yield from self._python(cell.number, cell.source)
            elif magic[0] == "vidgo":
                yield from self._cell(cell.number, *magic[1:])
            elif magic[0] in PYTHON_MAGICS:
                forget(self._names, magic[1])  # %%capture NAME
                yield from self._python(cell.number, magic[2])

    # %%vidgo

    def _cell(self, number: int, line: str, body: str) -> Iterator[Finding]:
        first = next(iter(line.split()), "")
        name = first if first.isidentifier() else ""
        label = name or shown(" ".join(body.split()), 40)
        used = (names_in(line) | names_in(body)) - set(_SWEPT.findall(line))
        unknown = [each for each in used if self._names.get(each, UNKNOWN) is UNKNOWN]
        try:
            if "--dry-run" in line.split():
                yield Finding(number, label, Verdict.FREE, "a dry run")
            elif unknown:
                yield Finding(number, label, Verdict.UNKNOWABLE, f"it depends on {', '.join(sorted(unknown))}")
                self._bind(name, UNKNOWN)
            elif not (is_plain(line) and is_plain(body)):
                yield Finding(number, label, Verdict.UNKNOWABLE, "it has an expression that is more than a name")
                self._bind(name, UNKNOWN)
            else:
                options = read_cell_line(line, self._names)
                if self._unknown_settings and not options.problems:
                    yield Finding(number, label, Verdict.UNKNOWABLE, self._why_unknown())
                    self._bind(name, UNKNOWN)
                    return
                plan = plan_cell(self._session, options, body, self._names, self._for_plan)
                plan.check(skip_invalid=options.skip_invalid)
                swept = [value for each in options.sweep if each.name == "image" for value in each.values]
                images = [*options.images, *swept]
                if not options.sweep:
                    found = self._pictures(number, label, name, plan, images, options.fresh)
                elif any(self._image(image) is UNKNOWN for image in images):
                    why = "an image is made by the notebook's own code"
                    found = iter([Finding(number, label, Verdict.UNKNOWABLE, why)])
                else:
                    found = self._places(number, label, plan, options.fresh)
                yield from self._limited(found, options.max_credits)
                if options.sweep:  # later uses of its NAME count as unknown
                    self._bind(options.name or "", UNKNOWN)
        except HelpRequested:
            yield Finding(number, label, Verdict.FREE, "it prints help")
        except (RequestError, StoreError) as error:
            yield Finding(number, label, Verdict.WRONG, _one_line(error))
            self._bind(name, UNKNOWN)

    def _places(self, number: int, label: str, plan: Plan, fresh: bool) -> Iterator[Finding]:
        """What ``order`` would do with a plan that it does not refuse."""
        provider, seen = self._session.target.provider, set[str]()
        for place in plan.valid:
            if (wanted := fingerprint(place.request, provider)) not in seen:
                seen.add(wanted)
                yield self._look(number, f"{label}, {in_words(place.row)}", place.request, fresh)[0]
        for place in [] if plan.axes else plan.invalid:
            yield Finding(number, f"{label}, {in_words(place.row)}", Verdict.WRONG, "; ".join(map(str, place.problems)))

    # Python

    def _python(self, number: int, source: str) -> Iterator[Finding]:
        for name, value in _CONFIG.findall(source):
            self._configure({name: value_of(value, self._names)})
        calls: list[Call] = []
        learn(source, self._names, lambda statement: calls.extend(calls_in(statement, self._aliases, self._names)))
        for call in calls:
            yield from self._call(number, call)

    def _configure(self, settings: Mapping[str, Any]) -> None:
        settings = dict(settings)
        store = settings.get("store")
        if isinstance(store, str) and "://" not in store:  # a folder beside the notebook, where its kernel works
            settings["store"] = str(self._folder / Path(store).expanduser())
        try:
            if any(value is UNKNOWN for value in settings.values()):
                raise RequestError([])
            configure(self._session.settings, **settings)
        except LimitError:  # a run keeps the limit that was set outside the notebook, too
            return
        except RequestError:
            self._unknown_settings = ", ".join(settings)

    def _call(self, number: int, call: Call) -> Iterator[Finding]:
        label = f"vidgo.{call.function}(…)"
        if call.function == "configure":
            self._configure(dict.fromkeys(["settings"], UNKNOWN) if call.positional is None else call.named)
        elif call.positional is None or len(call.positional) != _POSITIONAL.get(call.function):
            yield Finding(number, label, Verdict.UNKNOWABLE, "its arguments cannot be read")
        else:
            try:
                if call.function == "generate":
                    label = f"vidgo.generate({shown(str(call.positional[0]), 40)})"
                yield from self._ordered(number, label, call)
            except (RequestError, StoreError) as error:
                yield Finding(number, label, Verdict.WRONG, _one_line(error))

    def _ordered(self, number: int, label: str, call: Call) -> Iterator[Finding]:
        """Each picture of ``vidgo.generate``, ``vidgo.sweep`` or ``vidgo.map``, once."""
        one = call.function == "generate"
        if self._unknown_settings or ("image" in call.named and not one):
            why = self._why_unknown() if self._unknown_settings else "it edits images"
            yield Finding(number, label, Verdict.UNKNOWABLE, why)
            self._bind(call.name, UNKNOWN)
            return
        written, first, images = dict(call.named), (call.positional or [""])[0], _flat(call.named.get("image") or ())
        if one:
            takes = written.pop("takes", None)
            called = called_generate(
                self._session, first, takes, {**written, "image": [self._for_plan(image) for image in images]}
            )
        elif call.positional:
            called = called_map(self._session, str(self._folder / first) if isinstance(first, str) else first, written)
        else:
            called = called_sweep(self._session, written)
        buying = understood_buying(called.buying, called.problems)
        called.plan.check(called.problems, skip_invalid=buying.skip_invalid)
        if one:
            found = self._pictures(number, label, call.name, called.plan, images, buying.choices.fresh)
        else:
            self._bind(call.name, UNKNOWN)
            found = self._places(number, label, called.plan, buying.choices.fresh)
        yield from self._limited(found, buying.choices.max_credits)

    # Pictures

    def _pictures(
        self, number: int, label: str, name: str, plan: Plan, given: Sequence[Any], fresh: bool
    ) -> Iterator[Finding]:
        """The takes of one request, which NAME has from now on."""
        if unknown := [str(image) for image in given if self._image(image) is UNKNOWN]:
            why = f"the image {', '.join(unknown)} is made by the notebook's own code"
            yield Finding(number, label, Verdict.UNKNOWABLE, why)
            return self._bind(name, UNKNOWN)
        found = [self._look(number, label, place.request, fresh) for place in plan.places]
        yield from (finding for finding, _ in found)
        self._bind(name, [picture for _, picture in found] if len(found) > 1 else found[0][1])
        return None

    def _why_unknown(self) -> str:
        return f"it depends on settings whose values cannot be read ({self._unknown_settings})"

    def _look(self, number: int, label: str, request: GenerationRequest, fresh: bool) -> tuple[Finding, Any]:
        label = f"{label}, take {request.take}" if request.take > 1 else label
        price = self._session.quote(request)
        cost = "at an unpublished price" if price.total is None else f"for {price}"
        pending = Reference("job", f"{number}/{request.take}", name="an earlier picture")
        if fresh:
            return Finding(number, label, Verdict.FRESH, f"--fresh buys it at each run {cost}", price.total), pending
        if request.waits:
            detail = f"nor is a picture that it is made from; {self._what_a_run_does(cost)}"
            return Finding(number, label, Verdict.MISSING, detail, price.total), pending
        readable = self._session.target.readable
        wanted = [name for provider in readable for name in fingerprints(request, provider)]
        found = Lookup(self._session, wanted).stored_here(wanted)
        if found is None:
            return Finding(number, label, Verdict.MISSING, self._what_a_run_does(cost), price.total), pending
        if not isinstance(found, Result):
            return Finding(number, label, Verdict.DAMAGED, f"the picture of digest {found.digest[:12]}…"), UNKNOWN
        kind = "a stand-in of the emulator, " if found.record.provider == EMULATOR else ""
        paid = (
            f", {self._session.settings.credit_format.text(found.record.paid)} when made" if found.record.paid else ""
        )
        unverified = f"; {note}" if (note := doubt(found.record, request)) else ""
        detail = f"{kind}digest {found.digest[:12]}… is right{paid}{unverified}"
        return Finding(number, label, Verdict.STORED, detail), found

    def _limited(self, findings: Iterator[Finding], max_credits: Decimal | None) -> Iterator[Finding]:
        """The findings of one purchase: where a limit is below its price, a run is refused."""
        found = list(findings)
        bought = [each for each in found if each.verdict in (Verdict.MISSING, Verdict.FRESH)]
        refusal = self._refusal([each.price for each in bought], max_credits) if bought else ""
        for each in found:
            yield replace(each, detail=f"a run is refused: {refusal}") if refusal and each in bought else each

    def _refusal(self, prices: Sequence[Decimal | None], max_credits: Decimal | None) -> str:
        """Why a live run would refuse these pictures, or ''; then their price counts for the cells below."""
        if self._session.target.mode != "live":
            return ""
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
        match self._session.target.mode:
            case "live":
                return f"a run would buy it {cost}"
            case "emulator":
                return f"a run would draw a stand-in, which is free; with a key it would buy it {cost}"
            case "replay":
                return f"a run in replay mode would fail; with a key and in another mode it would buy it {cost}"

    def _image(self, image: Any) -> Any:
        """The image of an option or argument, as a request takes it; paths are relative to the notebook's folder."""
        if not isinstance(image, str):
            return image
        if image in self._names:
            value = self._names[image]
            return value if value is UNKNOWN else Named(value, image)
        if is_web_url(image):
            return Word(image, "")
        return Named(self._folder / Path(image).expanduser(), image)

    def _for_plan(self, image: Any) -> Any:
        """The same, for a plan that shows what else is wrong: any picture in place of one that is not known."""
        found = self._image(image)
        return Reference("job", "unknown", name=str(image)) if found is UNKNOWN else found

    def _bind(self, name: str, value: Any) -> None:
        if name:
            self._names[name] = value


def _flat(images: Any) -> list[Any]:
    return [each for image in images for each in _flat(image)] if isinstance(images, list | tuple) else [images]


def _one_line(error: VidgoError) -> str:
    return " ".join(error.message.split("\n"))
