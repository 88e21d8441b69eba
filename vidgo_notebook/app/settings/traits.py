"""The settings: one traitlets Configurable, with defaults from the environment.

``%config Vidgo.quality = "high"``, ``c.Vidgo.budget = 200`` in an IPython profile and
``vidgo.configure(budget=200)`` all set the traits below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from traitlets import TraitError, default, validate
from traitlets.config import Config, Configurable
from traitlets.config.loader import LazyConfigValue

from vidgo_notebook.app.settings.environment import default_of, found_outside
from vidgo_notebook.app.settings.kinds import (
    Choice,
    Limit,
    Place,
    Presence,
    PriceList,
    Seconds,
    Text,
    Whole,
    YesNo,
)
from vidgo_notebook.app.settings.limits import lower, not_raised, question, within
from vidgo_notebook.app.settings.origins import Given, Origin
from vidgo_notebook.app.settings.value_checks import CHECKS, models_of, not_settings, wrong_value
from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS, Model, Prices
from vidgo_notebook.errors import Problem, RequestError, VidgoError

if TYPE_CHECKING:
    from vidgo_notebook.domain.pricing import CreditFormat

MODES = ("auto", "live", "emulator", "replay")


def _from_environment(name: str) -> Any:
    """The default of a trait that has a variable in the environment."""

    def value(settings: Vidgo) -> Any:
        return default_of(settings, name)

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
            raise RequestError(found, hint="Correct it before Jupyter starts, or here with %config Vidgo.name = value.")

    def update_config(self, config: Config) -> None:
        """Set what ``%config`` sets, or report the VidgoError."""
        values = config.get(type(self).__name__, {})
        problems, refused = not_settings(self, values), None
        try:
            if not problems:
                super().update_config(config)
        except VidgoError as error:
            refused = error
        except (TraitError, OverflowError) as error:
            known = self.traits(config=True)
            problems = [wrong_value(name, value, known[name], error) for name, value in values.items()]
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
            with suppress(RequestError):  # ``check`` reports what is wrong with it
                _ = self.models_file
        for name in [] if self._made else _models_first(section):
            try:
                if problems := not_settings(self, [name]):
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
            self._set_outside(name, found_outside(self, name))
        return self._outside[name]

    def _set_outside(self, name: str, given: Given) -> None:
        self._outside[name] = given
        if name == "models_file" and given.value:
            with suppress(TraitError):  # it was read a moment ago, and was deleted since
                self._prices_outside = {model.name: model.prices for model in models_of(given.value)}

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
        check = CHECKS.get(name)
        try:
            value = None if value is None and trait.allow_none else trait.validate(self, value)
            return check(value) if check else value
        except TraitError as error:
            raise RequestError([wrong_value(source, value, trait, error)]) from None

    _base_url = _from_environment("base_url")
    _mode = _from_environment("mode")
    _store = _from_environment("store")
    _journal = _from_environment("journal")
    _budget = _from_environment("budget")
    _confirm_above = _from_environment("confirm_above")
    _credit_price = _from_environment("credit_price")
    _attended = _from_environment("attended")
    _models_file = _from_environment("models_file")

    @validate(*CHECKS)
    def _checked(self, proposal: Any) -> Any:
        return CHECKS[proposal["trait"].name](proposal["value"])


def configure(settings: Vidgo, **values: Any) -> None:
    """Set traits by name, all or none. Raises RequestError with what is wrong with each, LimitError where a limit
    from outside would be raised, and StoreError where the jobs under way can't go on in the journal."""
    known = settings.traits(config=True)
    problems = not_settings(settings, values)
    before = {name: getattr(settings, name) for name in _models_first(values) if name in known}
    for name in before:
        try:
            setattr(settings, name, values[name])
        except VidgoError:  # a limit that may not be raised, a journal that can't be used
            _restore(settings, before)
            raise
        except TraitError as error:
            problems.append(wrong_value(name, values[name], known[name], error))
    if problems:
        _restore(settings, before)
        raise RequestError(problems)


def _models_first(names: Iterable[str]) -> list[str]:
    """Other settings may name a model of the file."""
    return sorted(names, key=lambda name: name != "models_file")


def _restore(settings: Vidgo, before: Mapping[str, Any]) -> None:
    for name, value in before.items():
        if getattr(settings, name) != value:  # what it names, a file, need not be valid any more
            setattr(settings, name, value)


def _raise(error: VidgoError) -> None:
    raise error
