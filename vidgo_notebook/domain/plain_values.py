"""Values of fields that are written otherwise than the API writes them, and have one plain meaning: ``HIGH``, ``4k``,
``16/9``, ``1024 × 1024``, ``GPT Image 2``. Whatever else is wrong stays as it is, for the rules to name."""

from __future__ import annotations

import re
import unicodedata

from vidgo_notebook.domain.catalogue import MODELS, Model
from vidgo_notebook.domain.sizes import parse_custom
from vidgo_notebook.domain.wording import nearest

_RATIO = re.compile(r"\s*(\d{1,2})\s*[:：∶/xX×*]\s*(\d{1,2})\s*")
_EDGES = re.compile(r"\s*([1-9]\d{2,4})\s*(?:px)?\s*[xX×*]\s*([1-9]\d{2,4})\s*(?:px)?\s*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def plain_model(given: str) -> str:
    """The name of a model, by the letters and digits of its name or its title; who made it may stand before it.

    >>> plain_model("GPT Image 2"), plain_model("FLUX_2_PRO"), plain_model("openai/gpt-image-2")
    ('gpt-image-2', 'flux-2-pro', 'gpt-image-2')
    """
    if given in MODELS:
        return given
    letters = _letters(given.rpartition("/")[2])
    return next((name for name in MODELS if _letters(name) == letters), given)


def near_models(given: str) -> str:
    """The model that ``given`` is most like, or those of its family that make pictures from a prompt; '' if there are
    none.

    >>> near_models("gpt-image-1"), near_models("flux.1-dev"), near_models("dall-e")
    ('gpt-image-2', 'flux-2-pro or flux-2-flex', '')
    """
    if near := nearest(given, list(MODELS)):
        return near
    family = re.match(r"[a-z]*", _letters(given))
    letters = family[0] if family else ""
    return " or ".join(name for name, model in MODELS.items() if not model.edits and name.partition("-")[0] == letters)


def plain_choice(field: str, given: str, model: Model) -> str:
    """A quality, a size or a resolution as the API writes it.

    >>> plain_choice("resolution", "4k", MODELS["gpt-image-2"]), plain_choice("size", "16/9", MODELS["gpt-image-2"])
    ('4K', '16:9')
    """
    choice = model.choice(field)
    if choice is None or given in choice.values:
        return given
    text = unicodedata.normalize("NFKC", given).strip(" \t,;.")
    if field == "size" and (size := _plain_size(_THOUSANDS.sub("", text), model)):
        return size
    folded = text.casefold()
    return next((value for value in choice.values if value.casefold() == folded), given)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _plain_size(given: str, model: Model) -> str:
    """A ratio that the model has, or edges in pixels where it takes those; '' for anything else."""
    if (ratio := _RATIO.fullmatch(given)) and (written := f"{ratio[1]}:{ratio[2]}") in model.size.values:
        return written
    if (edges := _EDGES.fullmatch(given)) and model.custom_sizes:
        return f"{edges[1]}x{edges[2]}"
    return ""


def option_of(word: str) -> str:
    """The field that has a word among its values, for any model; '' for other words."""
    if plain_model(word) in MODELS:
        return "model"
    for model in MODELS.values():
        for field in ("resolution", "size", "quality"):
            plain, choice = plain_choice(field, word, model), model.choice(field)
            if choice and (plain in choice.values or (field == "size" and parse_custom(plain))):
                return field
    return ""
