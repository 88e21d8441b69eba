"""A request as text to run: the ``%%vidgo`` cell, or the Python call, that asks for the same pictures.

Every field is spelled out, so that the text means the same under anybody's settings. Read back by
``options.read_cell_line`` and ``template.render`` it gives the same fingerprint.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.request import GenerationRequest

# What a cell's prompt can't hold as it is: double braces, the mark of a block, and what IPython takes
# for a prompt of its own at the beginning of a line (``>>> ``, ``... ``, ``In [1]: ``) and removes.
# IPython's lines end where ``str.splitlines`` ends them.
_LINE_START = "(?:^|(?<=[\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]))"
_SPECIAL_IN_PROMPT = re.compile(r"\{\{|\{?\ue000|" + _LINE_START + r"[ \t]*(?:>>>|\.\.\.+:?|In \[\d+\]:)")
_SPECIAL_IN_LINE = re.compile(r"\{\{|[\ue000\ue001]")
_BARE_WORD = re.compile(r"[^\s\"']+")
_BARE_IN_LITERAL = re.compile(r"[^\\\"{}\ue000-\uf8ff]")
_WIDEST_LINE = 88


@dataclass(frozen=True, slots=True)
class ImageSource:
    """How a reference image is written: a URL or a path, or an expression over the notebook's variables."""

    text: str
    is_expression: bool = False


@dataclass(frozen=True, slots=True)
class Takes:
    """Takes 1 to ``number``, or only take ``number``."""

    number: int = 1
    only: bool = False

    @property
    def numbers(self) -> tuple[int, ...]:
        """The takes themselves."""
        return (self.number,) if self.only else tuple(range(1, self.number + 1))


def cell_text(request: GenerationRequest, images: Sequence[ImageSource] = (), takes: Takes | None = None) -> str:
    """The ``%%vidgo`` cell of a valid request; ``images`` says how each of its references is written."""
    takes = takes or Takes(request.take, only=True)
    words = [_option(name, value) for name, value in _fields(request)]
    words += [_image_option(image) for image in images]
    if takes.number > 1:
        words.append(f"--take {takes.number}" if takes.only else f"--takes {takes.number}")
    if request.callback_url:
        words.append(_option("callback-url", request.callback_url))
    return f"%%vidgo {' '.join(words)}\n{_escaped(request.prompt)}"


def python_text(request: GenerationRequest, images: Sequence[ImageSource] = (), takes: Takes | None = None) -> str:
    """The same as a call of ``vidgo.generate``."""
    takes = takes or Takes(request.take, only=True)
    arguments = [_python_prompt(request.prompt), *(f"{name}={value!r}" for name, value in _fields(request))]
    if images:
        arguments.append(f"image=[{', '.join(_python_image(image) for image in images)}]")
    if takes.number > 1:
        arguments.append(f"take={takes.number}" if takes.only else f"takes={takes.number}")
    if request.callback_url:
        arguments.append(f"callback_url={request.callback_url!r}")
    name = "jobs" if takes.number > 1 and not takes.only else "job"
    body = "".join(f"    {argument},\n" for argument in arguments)
    return f"import vidgo_notebook as vidgo\n\n{name} = vidgo.generate(\n{body})"


def _fields(request: GenerationRequest) -> Iterator[tuple[str, str]]:
    """Model, quality, size and resolution: what was said, else the model's default."""
    yield "model", request.model
    for name in CHOICE_FIELDS:
        choice = MODELS[request.model].choice(name)
        if choice:
            said = getattr(request, name)
            yield name, choice.default if said is None else said


def _image_option(image: ImageSource) -> str:
    if not image.is_expression:
        # A path that could be a variable's name is told apart from it.
        return _option("image", f"./{image.text}" if image.text.isidentifier() else image.text)
    return f"--image {image.text}" if image.text.isidentifier() else f"--image {{{{ {image.text} }}}}"


def _option(name: str, text: str) -> str:
    """An option with its value; joined by ``=`` where the value would look like another option."""
    return f"--{name}{'=' if text.startswith('-') else ' '}{_word(text)}"


def _word(text: str) -> str:
    """A value as one word of the first line: bare, quoted, or an expression where quotes are not enough."""
    if not text.isprintable() or _SPECIAL_IN_LINE.search(text):
        return _literal(text)
    return text if _BARE_WORD.fullmatch(text) else shlex.quote(text)


def _escaped(prompt: str) -> str:
    return _SPECIAL_IN_PROMPT.sub(lambda match: _literal(match[0]), prompt)


def _literal(text: str) -> str:
    """``{{ "…" }}``, which gives ``text``; braces are spelled out where they could end the expression."""
    if text == "{{":
        return '{{ "{{" }}'
    return '{{ "' + "".join(map(_spelled, text)) + '" }}'


def _spelled(character: str) -> str:
    if character.isprintable() and _BARE_IN_LITERAL.fullmatch(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _python_prompt(prompt: str) -> str:
    """A literal, on several lines where the prompt has them."""
    if "\n" not in prompt or len(prompt) <= _WIDEST_LINE:
        return repr(prompt)
    lines = "".join(f"        {line!r}\n" for line in prompt.splitlines(keepends=True))
    return f"(\n{lines}    )"


def _python_image(image: ImageSource) -> str:
    return image.text if image.is_expression else repr(image.text)
