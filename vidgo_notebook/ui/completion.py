"""Tab in ``%%vidgo`` and ``%vidgo`` lines: commands, options, their values, models and job ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext

    from vidgo_notebook.domain.cell_options import OptionParser

_MAGICS = ("%vidgo", "%%vidgo")
_OF_MODEL = {"--quality": "quality", "--size": "size", "--resolution": "resolution"}


def complete_in(ipython: Any) -> Callable[[], None]:
    """Complete our lines in a shell, in the way that its IPython has; what is returned ends that."""
    from IPython.core import completer

    if decorate := getattr(completer, "context_matcher", None):
        matchers = ipython.Completer.custom_matchers
        matcher = decorate(identifier="vidgo_notebook", priority=200)(_complete_in_context)
        matchers.append(matcher)
        return lambda: matchers.remove(matcher)
    for magic in _MAGICS:  # before 8.6, as in Google Colab
        ipython.set_hook("complete_command", _complete_in_event, str_key=magic)

    def end() -> None:
        for magic in _MAGICS:
            ipython.strdispatchers["complete_command"].strs.pop(magic, None)

    return end


def _complete_in_context(context: CompletionContext) -> Any:
    """What can follow the text before the cursor, as IPython 8.6 and later take it."""
    from IPython.core.completer import SimpleCompletion

    words, fragment = _completions(context.text_until_cursor)
    if words is None:
        return {"completions": []}  # a new one each time: IPython writes into it
    return {
        "completions": [SimpleCompletion(word, type=_kind(word)) for word in words],
        "suppress": True,
        "matched_fragment": fragment,
        "ordered": True,
    }


def _complete_in_event(_: Any, event: Any) -> Sequence[str]:
    """The same for earlier versions, which replace only what follows the last ``=``, ``:`` or blank."""
    words, fragment = _completions(event.text_until_cursor)
    typed = len(fragment) - len(event.symbol)
    return [word[typed:] for word in words or ()]


def _completions(before: str) -> tuple[Sequence[str] | None, str]:
    """What can follow the text before the cursor, and the part of it that is typed already; None: no line of ours."""
    magic, _, rest = before.lstrip().partition(" ")
    if magic not in _MAGICS or magic == before.lstrip():
        return None, ""
    words = rest.split(" ")
    candidates, fragment = _candidates(magic, [word for word in words[:-1] if word], words[-1])
    return [word for word in candidates if word.startswith(fragment)], fragment


def _kind(word: str) -> str:
    """What JupyterLab writes beside a completion."""
    return "option" if word.startswith("-") else "value"


def _candidates(magic: str, words: Sequence[str], fragment: str) -> tuple[Sequence[str], str]:
    """All candidates for the place of the cursor, and the part that is typed already."""
    from vidgo_notebook.app.commands.table import commands_of
    from vidgo_notebook.domain.cell_options import cell_parser

    commands = commands_of("notebook")
    if magic == "%vidgo" and not words:
        return list(commands), fragment
    parser = cell_parser() if magic == "%%vidgo" else commands[words[0]].parser() if words[0] in commands else None
    if parser is None:
        return [], fragment
    if words and words[-1] == "--sweep":
        return _swept(fragment, words)
    flag, equals, value = fragment.partition("=")
    if flag == "--sweep" and equals:
        return _swept(value, words)
    if equals and flag.startswith("--"):
        return _values(parser, flag, words), value
    if words and (following := _values(parser, words[-1], words)):
        return following, fragment
    if magic == "%vidgo" and commands[words[0]].takes_jobs and not fragment.startswith("-"):
        from vidgo_notebook.app.process import current_session

        return list(reversed(current_session().jobs)), fragment
    return sorted(parser.flags, key=lambda name: (not name.startswith("--"), name)), fragment


def _values(parser: OptionParser, flag: str, words: Sequence[str]) -> Sequence[str]:
    """What can follow an option; nothing for a switch or for what can't be listed."""
    from vidgo_notebook.domain.catalogue import DEFAULT_MODEL, MODELS

    action = parser.action_of(flag)
    name = next((long for long in getattr(action, "option_strings", ()) if long.startswith("--")), "")
    if name == "--model":
        return list(MODELS)
    if name in _OF_MODEL:
        model = MODELS.get(_model_in(words) or "", MODELS[DEFAULT_MODEL])
        choice = model.choice(_OF_MODEL[name])
        return choice.values if choice else []
    return list(getattr(action, "choices", None) or [])


def _swept(text: str, words: Sequence[str]) -> tuple[Sequence[str], str]:
    """What may vary, with its ``=``; then its values, each once, and a comma between them."""
    from vidgo_notebook.domain.catalogue import MODELS
    from vidgo_notebook.domain.sweep import SWEPT_FIELDS

    field, equals, listed = text.partition("=")
    if not equals:
        return [f"{name}=" for name in SWEPT_FIELDS], text
    *given, fragment = listed.split(",")
    if field == "model":
        values: Sequence[str] = list(MODELS)
    else:
        named = _model_in(words)
        models = [MODELS[named]] if named in MODELS else MODELS.values()
        choices = [choice for model in models if (choice := model.choice(field))]
        values = list(dict.fromkeys(value for choice in choices for value in choice.values))
    return [value for value in values if value not in given], fragment


def _model_in(words: Sequence[str]) -> str | None:
    for before, word in pairwise(words):
        if before in ("-m", "--model"):
            return word
    return next((word.partition("=")[2] for word in words if word.startswith("--model=")), None)
