"""A request as code: the ``%%vidgo`` cell, or the Python call, that requests the same pictures.

Every field is spelled out, so that the code does not depend on the user's settings. Parsed again by
``cell_options.read_cell_line`` and ``template.render`` it gives the same fingerprint.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vidgo_notebook.domain.catalogue import CHOICE_FIELDS, MODELS
from vidgo_notebook.domain.extra_fields import in_words
from vidgo_notebook.domain.request import GenerationRequest

# Text that a cell's prompt must escape: double braces, the mark of a block, and the prompts that IPython
# removes at the beginning of a line (``>>> ``, ``... ``, ``In [1]: ``). IPython's lines end where those of
# ``str.splitlines`` end.
_LINE_START = "(?:^|(?<=[\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]))"
_PROMPT_OF_IPYTHON = _LINE_START + r"[ \t]*(?:>>>|\.\.\.+:?|In \[\d+\]:)"
_SPECIAL_IN_PROMPT = re.compile(r"\{\{|\{?\ue000|" + _PROMPT_OF_IPYTHON)
_SPECIAL_IN_TEMPLATE = re.compile(_PROMPT_OF_IPYTHON)
_BRACES = re.compile(r"\{\{|\{?\ue000")
_SPECIAL_IN_LINE = re.compile(r"\{\{|[\ue000\ue001]")
_BARE_WORD = re.compile(r"[^\s\"'#][^\s\"']*")  # a word that begins with # would begin a comment
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


def as_template(prompt: str) -> str:
    """A prompt as a template that gives it back."""
    return _BRACES.sub(lambda match: _literal(match[0]), prompt)


def cell_text(
    request: GenerationRequest, images: Sequence[ImageSource] = (), takes: Takes | None = None, template: str = ""
) -> str:
    """The ``%%vidgo`` cell of a valid request; ``images`` says how each of its references is written, and ``template``
    is what its prompt was made from, if it is to be so again."""
    takes = takes or Takes(request.take, only=True)
    words = [_option(name, value) for name, value in _fields(request)]
    if request.extra:
        words += [_option("set", text) for text in in_words(request.extra)]
    for image in images:
        like_a_name = image.text.isidentifier()
        if image.is_expression:
            words.append(f"--image {image.text}" if like_a_name else f"--image {{{{ {image.text} }}}}")
        else:  # a path that is a valid variable name gets "./", so that it is read as a path
            words.append(_option("image", f"./{image.text}" if like_a_name else image.text))
    if takes.number > 1:
        words.append(f"--take {takes.number}" if takes.only else f"--takes {takes.number}")
    if request.callback_url:
        words.append(_option("callback-url", request.callback_url))
    special, text = (_SPECIAL_IN_TEMPLATE, template) if template else (_SPECIAL_IN_PROMPT, request.prompt)
    prompt = special.sub(lambda match: _literal(match[0]), text)
    return f"%%vidgo {' '.join(words)}\n{prompt}"


def python_text(request: GenerationRequest, images: Sequence[ImageSource] = (), takes: Takes | None = None) -> str:
    """The same request as a call of ``vidgo.generate``."""
    takes = takes or Takes(request.take, only=True)
    prompt = repr(request.prompt)
    if "\n" in request.prompt and len(request.prompt) > _WIDEST_LINE:  # one literal for each line
        prompt = "".join(f"        {line!r}\n" for line in request.prompt.splitlines(keepends=True))
        prompt = f"(\n{prompt}    )"
    arguments = [prompt, *(f"{name}={value!r}" for name, value in _fields(request))]
    if request.extra:
        arguments.append(f"extra={dict(request.extra)!r}")
    if images:
        sources = ", ".join(image.text if image.is_expression else repr(image.text) for image in images)
        arguments.append(f"image=[{sources}]")
    if takes.number > 1:
        arguments.append(f"take={takes.number}" if takes.only else f"takes={takes.number}")
    if request.callback_url:
        arguments.append(f"callback_url={request.callback_url!r}")
    name = "jobs" if takes.number > 1 and not takes.only else "job"
    body = "".join(f"    {argument},\n" for argument in arguments)
    return f"import vidgo_notebook as vidgo\n\n{name} = vidgo.generate(\n{body})"


def _fields(request: GenerationRequest) -> Iterator[tuple[str, str]]:
    """Model, quality, size and resolution: the requested value, else the model's default."""
    yield "model", request.model
    for name in CHOICE_FIELDS:
        choice = MODELS[request.model].choice(name)
        if choice:
            given = getattr(request, name)
            yield name, choice.default if given is None else given


def _option(name: str, text: str) -> str:
    """An option with its value as one word: bare, quoted, or as an expression where quoting is not enough.

    ``=`` joins them where the value would look like another option.
    """
    if not text.isprintable() or _SPECIAL_IN_LINE.search(text):
        word = _literal(text)
    else:
        word = text if _BARE_WORD.fullmatch(text) else shlex.quote(text)
    return f"--{name}{'=' if text.startswith('-') else ' '}{word}"


def _literal(text: str) -> str:
    """``{{ "…" }}``, which evaluates to ``text``; braces that could end the expression are escaped."""
    if text == "{{":
        return '{{ "{{" }}'
    return '{{ "' + "".join(map(_spelled, text)) + '" }}'


def _spelled(character: str) -> str:
    if character.isprintable() and _BARE_IN_LITERAL.fullmatch(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
