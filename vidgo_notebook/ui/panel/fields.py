"""The fields of the form. They follow the model, keep what was typed, and know nothing of rules or prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import ipywidgets as widgets

from vidgo_notebook.app.form import FormState
from vidgo_notebook.domain.catalogue import MODELS, Model
from vidgo_notebook.domain.celltext import Takes
from vidgo_notebook.domain.extra_fields import Pairs
from vidgo_notebook.domain.sizes import parse_custom
from vidgo_notebook.domain.template import OPENING
from vidgo_notebook.domain.wording import one_line
from vidgo_notebook.errors import Problem
from vidgo_notebook.render import form_text as html
from vidgo_notebook.ui.panel.image_list import ImageList
from vidgo_notebook.ui.panel.parts import CheckedChoice, box, row, sentence, show, words

_CUSTOM = "custom"
_LONGEST_PREVIEW = 600  # characters
_LONGEST_SHOWN = 3  # problems at one field
_MOST_PICTURES, _HIGHEST_TAKE = 500, 999_999


class SizeField:
    """Presets in a list; ``custom`` opens two fields, whose text stays as it was typed."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.choice = CheckedChoice("Size", self._chosen)
        self.width = widgets.Text(description="Width, pixels", placeholder="2304")
        self.height = widgets.Text(description="Height, pixels", placeholder="1536")
        self.custom = row(*(box(each, kind="vidgo-field") for each in (self.width, self.height)))
        self.limits = words()
        self.problem = words()
        self.custom_box = box(self.custom, self.limits, self.problem)
        for each in (self.width, self.height):
            each.observe(lambda _: changed(), "value")

    @property
    def value(self) -> str:
        """The size as the API names it; half typed, it is what was typed."""
        if self.choice.select.value != _CUSTOM:
            return str(self.choice.select.value)
        return f"{self.width.value.strip()}x{self.height.value.strip()}"

    @property
    def unfinished(self) -> str:
        """What is still missing of a custom size; '' if it can be judged."""
        if self.choice.select.value != _CUSTOM:
            return ""
        edges = {"width": self.width.value, "height": self.height.value}
        missing = [name for name, typed in edges.items() if not typed.strip().isdecimal()]
        if not missing:
            return ""
        numbers = "is a whole number" if len(missing) == 1 else "are whole numbers"
        return f"a custom {' and a custom '.join(missing)} {numbers} of pixels, such as 2304 × 1536."

    def follow(self, model: Model, value: str) -> None:
        """Offer what ``model`` takes, and choose ``value``."""
        edges = parse_custom(value) if model.custom_sizes else None
        options = [(size, size) for size in model.size.values]
        if model.custom_sizes:
            options.append(("custom", _CUSTOM))
        if edges:
            self.width.value, self.height.value = map(str, edges)
        self.choice.offer(options, _CUSTOM if edges else value)
        self._chosen()

    def keep(self, model: Model) -> None:
        """Offer what ``model`` takes, and keep what was chosen as far as it takes it."""
        value = str(self.choice.select.value)
        possible = value in model.size.values or (value == _CUSTOM and model.custom_sizes)
        if value == _CUSTOM and possible:
            self.choice.offer([*((size, size) for size in model.size.values),
                               ("custom", _CUSTOM)], _CUSTOM)  # fmt: skip
        else:
            self.follow(model, value if possible else model.size.default)

    def tell(self, problems: str) -> None:
        """Show what is wrong, beside the field that is in use."""
        custom = self.choice.select.value == _CUSTOM
        self.problem.value = problems if custom else ""
        self.choice.problem.value = "" if custom else problems

    def _chosen(self) -> None:
        show(self.custom_box, self.choice.select.value == _CUSTOM)
        self._changed()


class Form:
    """Model, prompt, quality, size, resolution, takes, images. ``changed`` is called at every change."""

    def __init__(self, images: ImageList, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._silent = False
        self._callback_url: str | None = None
        self._extra: Pairs = ()  # not shown as fields, and kept
        self._opened_with_images = self._opened_with_take = False
        self.images = images
        self.model = CheckedChoice("Model", self._model_changed)
        self.prompt = widgets.Textarea(description="Prompt", placeholder="Say what the picture should show.")
        self.counter, self.preview, self.prompt_problem = words(), words(), words()
        self.quality, self.resolution = CheckedChoice("Quality", self._any), CheckedChoice("Resolution", self._any)
        self.size = SizeField(self._any)
        self.number = _whole_number("Number of pictures", _MOST_PICTURES)
        self.take = _whole_number("Take", _HIGHEST_TAKE)
        self.take_box = box(self.take, kind="vidgo-field")
        self.number_problem = words()
        self.other = words()
        self.model.offer([(f"{model.title} ({model.name})", model.name) for model in MODELS.values()], "gpt-image-2")
        for widget in (self.prompt, self.number, self.take):
            widget.observe(lambda _: self._any(), "value")
        self.box = self._laid_out()

    @property
    def chosen_model(self) -> Model:
        """The model of the form."""
        return MODELS[str(self.model.select.value)]

    @property
    def has_images(self) -> bool:
        """Whether images belong to the request: the model takes them, or the request that opened the form
        had some all the same. A model that is chosen then shows images only if it takes them."""
        return self.chosen_model.edits or self._opened_with_images

    def read(self) -> FormState:
        """What the form holds; images that the model does not take are left out, not lost."""
        model = self.chosen_model
        choices = {"size": self.size.value}
        if model.resolution:
            choices["resolution"] = str(self.resolution.select.value)
        if model.quality:
            choices["quality"] = str(self.quality.select.value)
        several = self.number.value > 1
        takes = Takes(self.number.value) if several else Takes(self.take.value, only=True)
        images = tuple(self.images.picked) if self.has_images else ()
        return FormState(self.prompt.value, model.name, choices, images, takes, self._callback_url, extra=self._extra)

    def fill(self, state: FormState) -> None:
        """Show a request."""
        self._silent, model = True, MODELS[state.model]
        self._opened_with_images = bool(state.images)
        self.model.select.value, self.prompt.value = state.model, state.prompt
        self._offer(model, state.choices)
        self.size.follow(model, state.choices["size"])
        one, number = state.takes.only, state.takes.number
        self.number.value, self.take.value = (1, number) if one else (number, 1)
        self._opened_with_take = self.take.value > 1
        self._follow_takes()
        self._callback_url, self._extra = state.callback_url, state.extra
        self.images.replace(state.images)
        self._silent = False
        self._any()

    def own(self, problems: Sequence[Problem]) -> list[Problem]:
        """The problems of this form: a custom size that is half typed is not checked against the rules yet,
        and an image of an earlier request may be gone."""
        if unfinished := self.size.unfinished:
            problems = [Problem("size", unfinished), *(each for each in problems if each.field != "size")]
        return [*problems, *(self.images.missing if self.has_images else ())]

    def tell(self, problems: Sequence[Problem], sent: str) -> None:
        """Show each problem beside its field, and what of the prompt would be ``sent``."""
        by_field: dict[str, list[str]] = defaultdict(list)
        for problem in problems:
            by_field[problem.field].append(sentence(problem))
        self._count(sent)
        wrong = by_field.pop("prompt", ())
        self.prompt_problem.value = _messages(wrong if self.prompt.value.strip() else ())  # Generate says so
        self.model.problem.value = _messages(by_field.pop("model", ()))
        self.quality.problem.value = _messages(by_field.pop("quality", ()))
        self.size.tell(_messages(by_field.pop("size", ())))
        self.resolution.problem.value = _messages(by_field.pop("resolution", ()))
        self.images.problem.value = _messages(by_field.pop("image", ()))
        self.number_problem.value = _messages(by_field.pop("take", ()))
        self.other.value = _messages(f"{name}: {text}" for name, texts in by_field.items() for text in texts)

    def add_image_model(self) -> None:
        """Change to the editing sibling, where the model takes no images."""
        if not self.chosen_model.edits and self.chosen_model.sibling:
            self.model.select.value = self.chosen_model.sibling

    def _count(self, sent: str) -> None:
        """The length of the prompt, and the prompt itself where variables are put into it."""
        filled = OPENING in self.prompt.value and sent != self.prompt.value.strip()
        self.preview.value = html.muted(f"Sent: {one_line(sent, _LONGEST_PREVIEW)}" if filled else "")
        self.counter.value = html.counter(len(sent), self.chosen_model.prompt_limit)

    def _follow_takes(self) -> None:
        """One take of its own, of a form that was opened with it; several pictures are takes from 1 on."""
        show(self.take_box, self._opened_with_take and self.number.value == 1)

    def _any(self) -> None:
        if not self._silent:
            self._follow_takes()
            self._changed()

    def _model_changed(self) -> None:
        if self._silent:
            return
        self._silent, model = True, self.chosen_model
        self._opened_with_images = False
        kept = {"quality": self.quality.select.value, "resolution": self.resolution.select.value}
        self._offer(model, {name: str(value) for name, value in kept.items() if value and _takes(model, name, value)})
        self.size.keep(model)
        self._silent = False
        self._any()

    def _offer(self, model: Model, chosen: Mapping[str, str]) -> None:
        """What the model takes, with what was chosen or its default; the rest is hidden."""
        for name, field in {"quality": self.quality, "resolution": self.resolution}.items():
            choice = model.choice(name)
            show(field.box, choice is not None)
            if choice:
                field.offer([(value, value) for value in choice.values], chosen.get(name, choice.default))
        show(self.images.box, self.has_images)
        limits = model.custom_sizes
        self.size.limits.value = html.muted(
            f"Multiples of {limits.multiple}, at most {limits.max_edge} a side and {limits.max_ratio}:1, "
            f"{limits.min_pixels:,} to {limits.max_pixels:,} pixels in all."
            if limits
            else ""
        )

    def _laid_out(self) -> widgets.VBox:
        prompt = box(self.prompt, self.counter, self.preview, self.prompt_problem, kind="vidgo-field")
        prompt.add_class("vidgo-prompt")
        number = box(self.number, self.number_problem, kind="vidgo-field")
        choices = (self.quality.box, self.size.choice.box, self.resolution.box)
        fields = box(*choices, number, self.take_box, kind="vidgo-fields")
        return box(self.model.box, prompt, fields, self.size.custom_box, self.images.box, self.other)


def _whole_number(label: str, most: int) -> widgets.BoundedIntText:
    return widgets.BoundedIntText(1, description=label, min=1, max=most, continuous_update=True)


def _takes(model: Model, name: str, value: str) -> bool:
    choice = model.choice(name)
    return choice is not None and value in choice.values


def _messages(messages: Iterable[str]) -> str:
    return html.wrong(list(messages)[:_LONGEST_SHOWN])
