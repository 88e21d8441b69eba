"""The settings: one traitlets Configurable, with defaults from the environment.

``%config Vidgo.quality = "high"``, ``c.Vidgo.budget = 200`` in an IPython profile and
``vidgo.configure(budget=200)`` all set the traits below.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from traitlets import TraitError, TraitType, default, validate
from traitlets.config import Config, Configurable
from traitlets.config.loader import LazyConfigValue

from vidgo_notebook.app.settings import origins
from vidgo_notebook.app.settings.journal_place import usual_journal
from vidgo_notebook.app.settings.kinds import (
    Choice,
    Credits,
    Limit,
    Place,
    Presence,
    PriceList,
    Seconds,
    Text,
    Whole,
    YesNo,
)
from vidgo_notebook.app.settings.limits import LIMITS, lower, not_raised, question, within
from vidgo_notebook.app.settings.origins import Given, Origin
from vidgo_notebook.domain.arguments import amount_of_credits
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS, WITH_EXTRA, Model, Prices, know
from vidgo_notebook.domain.provider import OFFICIAL_URL, is_web_url
from vidgo_notebook.domain.wording import described, nearest
from vidgo_notebook.errors import Problem, RequestError, VidgoError
from vidgo_notebook.store.address import clean, find_store, is_url, working_folder

if TYPE_CHECKING:
    from vidgo_notebook.domain.pricing import CreditFormat

MODES = ("auto", "live", "emulator", "replay")


_VARIABLES: dict[str, tuple[str, Callable[[], Any]]] = {
    "base_url": ("VIDGO_BASE_URL", lambda: OFFICIAL_URL),
    "mode": ("VIDGO_MODE", lambda: "auto"),
    "store": ("VIDGO_STORE", lambda: str(find_store(working_folder()))),
    "journal": ("VIDGO_JOURNAL", usual_journal),
    "budget": ("VIDGO_BUDGET", lambda: None),
    "confirm_above": ("VIDGO_CONFIRM_ABOVE", lambda: Decimal(100)),
    "credit_price": ("VIDGO_CREDIT_PRICE", lambda: None),
    "attended": ("VIDGO_ATTENDED", lambda: None),
    "models_file": ("VIDGO_MODELS_FILE", lambda: None),
}
"""The settings that have a variable in the environment, and their values without it."""


def _from_environment(name: str) -> Any:
    """The default of a trait: its variable in the environment, validated, else the package's own value."""

    def value(settings: Vidgo) -> Any:
        variable, otherwise = _VARIABLES[name]
        text = os.environ.get(variable)
        found = settings.validated(name, text, variable) if text else otherwise()
        # A cell can have changed the environment since the first import.
        return lower(found, settings.outside(name).value) if name in LIMITS else found

    return default(name)(value)


class Vidgo(Configurable):
    """Settings of vidgo_notebook. Each default comes from the environment variable it names."""

    model = Choice(cast("Sequence[str]", MODELS), "gpt-image-2", help="Model when a cell names none.").tag(config=True)
    quality = Text(None, allow_none=True, help="Quality when a cell names none.").tag(config=True)
    size = Text(None, allow_none=True, help="Size when a cell names none.").tag(config=True)
    resolution = Text(None, allow_none=True, help="Resolution when a cell names none.").tag(config=True)

    base_url = Text(help="Address of the API, for later requests (VIDGO_BASE_URL).").tag(config=True)
    mode = Choice(MODES, help="auto: live with a key, else the emulator; for later requests (VIDGO_MODE).").tag(
        config=True
    )
    store = Place(help="Folder of later results, or a URL such as s3://bucket/results (VIDGO_STORE).").tag(config=True)
    journal = Place(
        help="SQLite file of jobs and charges, at once for jobs under way too, but not while a cluster has some "
        "(VIDGO_JOURNAL)."
    ).tag(config=True)
    budget = Limit(allow_none=True, help="Credits that this session may spend (VIDGO_BUDGET).").tag(config=True)
    confirm_above = Limit(help="Ask when more live credits than this add up (VIDGO_CONFIRM_ABOVE).").tag(config=True)
    credit_price = Text(
        None, allow_none=True, help="What one credit costs, as '0.005 USD', for later quotes (VIDGO_CREDIT_PRICE)."
    ).tag(config=True)
    attended = Presence(allow_none=True, help="Is a person there? None: find out (VIDGO_ATTENDED).").tag(config=True)
    prices = PriceList(help="Credits per picture of models without a published price.").tag(config=True)
    models_file = Place(
        None, allow_none=True, help="TOML file of further models, known until the kernel ends (VIDGO_MODELS_FILE)."
    ).tag(config=True)
    preview = Whole(768, min=16, max=4096, help="Longest side in pixels of embedded previews.").tag(config=True)
    concurrency = Whole(8, min=1, max=64, help="Requests under way at a time, for any number of jobs.").tag(config=True)
    cluster_concurrency = Whole(
        32, min=3, max=1000, help="Requests under way at a time, of all workers of a cluster together."
    ).tag(config=True)
    cache_mb = Whole(
        2000, min=0, max=10**9, help="Most megabytes of a remote store's pictures that are kept on this machine."
    ).tag(config=True)
    keep_references = YesNo(
        True, help="Keep one's own reference images as they are sent, beside the pictures made from them."
    ).tag(config=True)
    timeout = Seconds(1800.0, help="Seconds until a job is no longer watched; on a cluster, as set when it began.").tag(
        config=True
    )

    def __init__(self, **values: Any) -> None:
        # Puts a yes-or-no question to the person; no is the answer where no person is there.
        self.ask: Callable[[str], bool] = lambda _: False
        # Reports what %config may not set: it would log an error that is raised.
        self.refuse: Callable[[VidgoError], None] = _raise
        # What the person should know about how the settings were loaded.
        self.notices: list[str] = []
        self._by_program = frozenset(values)  # the program that makes the settings is outside the notebook
        self._outside: dict[str, Given] = {}
        self._agreed: dict[str, Given] = {}
        self._prices_outside: dict[str, Prices | None] = {}
        self._made = False
        self._of_store: Mapping[str, Any] | None = None
        super().__init__(**values)
        for name in self._by_program.intersection(self.traits()):
            self._set_outside(name, Given(getattr(self, name), Origin.PACKAGE))
        self._made = True

    def check(self) -> None:
        """Read the environment, once: a later ``chdir`` changes nothing.

        Raises RequestError with every variable whose value is invalid.
        """
        found: list[Problem] = []
        for name in self.traits(config=True):
            try:
                getattr(self, name)
                self.outside(name)
            except RequestError as error:
                found += error.problems
        if found:
            raise RequestError(found, hint="Set it before Jupyter starts, or here with %config Vidgo.name = value.")

    def update_config(self, config: Config) -> None:
        """Set what ``%config`` sets, or report the VidgoError."""
        values = config.get(type(self).__name__, {})
        problems, refused = _unknown(self, values), None
        try:
            if not problems:
                super().update_config(config)
        except VidgoError as error:
            refused = error
        except (TraitError, OverflowError) as error:
            known = self.traits(config=True)
            problems = [_wrong_value(name, value, known[name], error) for name, value in values.items()]
        if problems or refused:
            self._take_back(list(values))
            self.refuse(refused or RequestError(problems))

    def _take_back(self, names: Iterable[str]) -> None:
        """``%config`` has put the values into the shell's configuration too, which the next loading reads."""
        section = getattr(self.parent, "config", {}).get(type(self).__name__, {})
        for name in names:
            section.pop(name, None)
            with suppress(RequestError):  # its variable has no valid value, and is named where it is used
                if name in self.traits(config=True):
                    section[name] = getattr(self, name)

    def _load_config(self, cfg: Config, section_names: Any = None, traits: Any = None) -> None:
        """Called by traitlets. While the settings are made, a value that is not valid is left out, with a notice:
        the extension must load all the same."""
        section = cfg.get(type(self).__name__, {})
        if not self._made and "models_file" not in section:
            with suppress(RequestError):  # what is wrong with it is said where the settings are checked
                _ = self.models_file
        for name in [] if self._made else _models_first(section):
            try:
                if problems := _unknown(self, [name]):
                    raise RequestError(problems)
                if not isinstance(section[name], LazyConfigValue):
                    self.validated(name, section[name], f"c.Vidgo.{name}")
            except RequestError as error:
                self.notices += map(str, error.problems)
                section = type(section)({key: value for key, value in section.items() if key != name})
        if not self._made:
            cfg = Config({**cfg, type(self).__name__: section})
        super()._load_config(cfg, section_names, traits)

    @property
    def credit_format(self) -> CreditFormat:
        """Writes credits as text, with the currency where ``credit_price`` is set."""
        from vidgo_notebook.domain.pricing import CreditFormat  # late: no price is shown while the extension loads

        return CreditFormat.of(self.credit_price)

    def outside(self, name: str) -> Given:
        """What was set outside the notebook: by a profile, the environment, or else the package."""
        if name not in self._outside:
            self._set_outside(name, self._found_outside(name))
        return self._outside[name]

    def _set_outside(self, name: str, given: Given) -> None:
        self._outside[name] = given
        if name == "models_file" and given.value:
            with suppress(TraitError):  # it has just been read, and is gone
                self._prices_outside = {model.name: model.prices for model in _models_of(given.value)}

    def origin_of(self, name: str) -> Origin:
        """Where the value comes from that a setting has now. Raises RequestError if its variable is not valid."""
        given = self.outside(name)
        return given.origin if getattr(self, name) == given.value else Origin.NOTEBOOK

    def sets_price(self, model: Model) -> bool:
        """Whether a file of further models that was set outside the notebook says what a model costs."""
        self.outside("models_file")
        return model.name in self._prices_outside and self._prices_outside[model.name] == model.prices

    def follow_store(self, defaults: Mapping[str, Any] | None) -> None:
        """Ask for what a frozen store was recorded under, in place of the reader's own defaults; None: for these
        again. What the notebook sets stays."""
        if defaults == self._of_store:
            return
        self._of_store = defaults
        for name in ("model", *CHOICE_FIELDS):
            is_own = self.origin_of(name) is Origin.NOTEBOOK
            self._outside.pop(name, None)
            if defaults is not None:
                self._outside[name] = Given(self._default_of_store(name, defaults.get(name)), Origin.STORE)
            if not is_own:
                setattr(self, name, self.outside(name).value)

    def _default_of_store(self, name: str, value: Any) -> Any:
        """A frozen store's default; the package's own for one that is not valid: the store may be a stranger's."""
        if isinstance(value, str):
            with suppress(RequestError):
                return self.validated(name, value, "frozen.json")
        return self.trait_defaults(name)

    def ceiling(self, name: str) -> Given:
        """The highest value of a limit that needs no question: set outside, or agreed to by the person."""
        return self._agreed.get(name) or self.outside(name)

    def limit(self, name: str) -> Decimal | None:
        """The limit that holds now: the setting, and never more than its ceiling."""
        value, ceiling = getattr(self, name), self.ceiling(name).value
        return value if value == ceiling else lower(value, ceiling)

    def allowed(self, name: str, value: Decimal | None) -> Decimal | None:
        """A new value of a limit, unless it is above the ceiling: then the person is asked. Raises LimitError."""
        ceiling = self.ceiling(name)
        if within(value, ceiling.value) or (name in self._by_program and not self._made):
            return value
        refusal = not_raised(name, value, ceiling, self.credit_format)
        if not self._made:  # from a configuration that a cell changed, while the extension is loaded
            self.notices.append(f"{refusal.message} {refusal.hint}")
            return cast("Decimal | None", ceiling.value)
        if not self.ask(question(name, value, ceiling, self.credit_format)):
            raise refusal
        self._agreed[name] = Given(value, Origin.NOTEBOOK)
        return value

    def validated(self, name: str, value: Any, source: str) -> Any:
        """A value for a trait as its assignment would make it: traitlets does not validate defaults by itself.

        Raises RequestError, naming the ``source``.
        """
        trait: Any = self.traits()[name]
        check = self._valid_choice if name in CHOICE_FIELDS else getattr(self, f"_valid_{name}", None)
        try:
            value = None if value is None and trait.allow_none else trait.validate(self, value)
            return check({"value": value, "trait": trait}) if check else value
        except TraitError as error:
            raise RequestError([_wrong_value(source, value, trait, error)]) from None

    def _found_outside(self, name: str) -> Given:
        variable, otherwise = _VARIABLES.get(name, ("", lambda: self.trait_defaults(name)))
        given = []
        try:
            if name in origins.outside.profile:
                value = self.validated(name, origins.outside.profile[name], f"c.Vidgo.{name}")
                given.append(Given(value, Origin.PROFILE))
            for text in filter(None, (environment.get(variable) for environment in _environments(name))):
                given.append(Given(self.validated(name, text, variable), Origin.ENVIRONMENT))
        except RequestError:  # reported when it is used; until it is mended, a limit allows nothing by itself
            return Given(Decimal(0) if name in LIMITS else otherwise(), Origin.ENVIRONMENT)
        given = given or [Given(otherwise(), Origin.PACKAGE)]
        if name in LIMITS:
            given.sort(key=lambda each: Decimal("inf") if each.value is None else each.value)
        return given[0]

    _base_url = _from_environment("base_url")
    _mode = _from_environment("mode")
    _store = _from_environment("store")
    _journal = _from_environment("journal")
    _budget = _from_environment("budget")
    _confirm_above = _from_environment("confirm_above")
    _credit_price = _from_environment("credit_price")
    _attended = _from_environment("attended")
    _models_file = _from_environment("models_file")

    @validate("base_url")
    def _valid_base_url(self, proposal: Any) -> str:
        url = str(proposal["value"]).rstrip("/")
        if "@" in url:  # every record, and this message, would show it
            raise TraitError("write it without a user name and password; a key goes in VIDGO_API_KEY")
        if not is_web_url(url):
            raise TraitError(f"{url!r} is not an address such as {OFFICIAL_URL}")
        return url

    @validate("store")
    def _valid_store(self, proposal: Any) -> str:
        address = _absolute(proposal["value"])
        if is_url(address) and "?" in address:
            raise TraitError("a store's URL has no options; set them in the configuration of fsspec")
        return address

    @validate("models_file")
    def _valid_models_file(self, proposal: Any) -> str | None:
        """An absolute path, whose models are known from now on: settings that follow may name them."""
        if proposal["value"] is None:
            return None
        path = _absolute(proposal["value"])
        know(_models_of(path))
        return path

    @validate("journal")
    def _valid_journal(self, proposal: Any) -> str:
        address = _absolute(proposal["value"])
        if is_url(address) and address.partition(":")[0] not in ("postgresql", "postgres"):
            raise TraitError(f"{address!r} is not the path of a file, and not postgresql://user@host/database")
        return address

    @validate("credit_price")
    def _valid_credit_price(self, proposal: Any) -> str | None:
        text: str | None = proposal["value"]
        if text is None:
            return None
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)? [A-Za-z]{3}", text) or not re.search("[1-9]", text):
            raise TraitError(f"{text!r} is not an amount above 0 and a currency such as '0.005 USD'")
        return text.upper()

    @validate(*CHOICE_FIELDS)
    def _valid_choice(self, proposal: Any) -> str | None:
        """What some model takes: which one a cell names is not known yet."""
        from vidgo_notebook.domain.plain_values import plain_choice
        from vidgo_notebook.domain.request import GenerationRequest  # late: not needed for loading the extension
        from vidgo_notebook.domain.rules import problems
        from vidgo_notebook.domain.sizes import loose_pair

        name: str = proposal["trait"].name
        value: Any = proposal["value"]
        if value is None:
            return None
        value = next((plain for each in MODELS.values() if (plain := plain_choice(name, value, each)) != value), value)
        requests = [GenerationRequest("a picture", model, **{name: value}) for model in MODELS]
        found = [[each for each in problems(request) if each.field == name] for request in requests]
        if name == "size" and loose_pair(value) is None:  # a model that takes any size takes a ratio or pixels
            found = [each for each, model in zip(found, MODELS.values(), strict=True) if model.size.binding]
        if all(found):
            raise TraitError(f"{found[0][0].message} Write {found[0][0].suggestion}")
        return str(value)

    @validate("prices")
    def _valid_prices(self, proposal: Any) -> dict[str, Decimal]:
        amounts = {}
        for name, price in proposal["value"].items():
            model = MODELS.get(name.removesuffix(WITH_EXTRA)) if isinstance(name, str) else None
            if model is None:
                raise TraitError(f"{described(name)} is not a model; there are {', '.join(MODELS)}")
            if model.prices and model.name == name:
                raise TraitError(
                    f"the price of {name} is published: it can't be set (with --set it can: '{name} --set')"
                )
            if (amount := amount_of_credits(price)) is None:
                raise TraitError(f"{described(price)} is not an amount of credits such as 6 or '0.5' for {name}")
            amounts[name] = amount
        return amounts


def _environments(name: str) -> list[Mapping[str, str]]:
    """Those that count as outside for a setting. A cell can change ``os.environ`` before the first import: of a limit
    both count, and of the address that gets the key, the mode in which a frozen store or a test pays, and the file that
    has prices, only the one that the process was started with."""
    outside = origins.outside
    if name in ("base_url", "mode", "models_file"):
        return [outside.environment if outside.at_start is None else outside.at_start]
    return [outside.environment, *([outside.at_start] if name in LIMITS and outside.at_start else [])]


def _absolute(place: str) -> str:
    """An absolute path, so that a later chdir changes nothing; a URL without its password."""
    if not place.strip():  # as a path it would be the working directory itself
        raise TraitError("it is empty: write the path of a file or folder, or a URL")
    try:
        return clean(place)
    except (OSError, RuntimeError, ValueError) as error:  # an unknown ~user, a NUL, or a password that breaks its URL
        shown = "it" if is_url(place) else repr(place)
        raise TraitError(f"{shown} is not a valid path or URL: {error}") from None


def configure(settings: Vidgo, **values: Any) -> None:
    """Set traits by name, all or none. Raises RequestError with what is wrong with each, LimitError where a limit
    from outside would be raised, and StoreError where the jobs under way can't go on in the journal."""
    known = settings.traits(config=True)
    problems = _unknown(settings, values)
    before = {name: getattr(settings, name) for name in _models_first(values) if name in known}
    for name in before:
        try:
            setattr(settings, name, values[name])
        except VidgoError:  # a limit that may not be raised, a journal that can't be used
            _restore(settings, before)
            raise
        except TraitError as error:
            problems.append(_wrong_value(name, values[name], known[name], error))
    if problems:
        _restore(settings, before)
        raise RequestError(problems)


def _unknown(settings: Vidgo, names: Iterable[str]) -> list[Problem]:
    known = settings.traits(config=True)
    return [Problem(name, "is not a setting.", nearest(name, list(known))) for name in names if name not in known]


def _models_of(path: str) -> list[Model]:
    from vidgo_notebook.app.settings.models_file import ModelsFileError, read_models  # late: few have such a file

    try:
        return read_models(path)
    except ModelsFileError as error:
        raise TraitError(str(error)) from None


def _models_first(names: Iterable[str]) -> list[str]:
    """Other settings may name a model of the file."""
    return sorted(names, key=lambda name: name != "models_file")


def _restore(settings: Vidgo, before: Mapping[str, Any]) -> None:
    for name, value in before.items():
        if getattr(settings, name) != value:  # what it names, a file, need not be valid any more
            setattr(settings, name, value)


def _wrong_value(name: str, value: Any, trait: TraitType[Any, Any], error: Exception) -> Problem:
    instead = "200" if isinstance(trait, Credits) else ""
    if isinstance(trait, Choice) and isinstance(value, str):
        instead = nearest(value, list(trait.values or ()))
    return Problem(name, f"{str(error).rstrip('.')}.", instead)


def _raise(error: VidgoError) -> None:
    raise error
