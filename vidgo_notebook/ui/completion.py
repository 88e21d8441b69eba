"""Tab in ``%%vidgo`` and ``%vidgo`` lines: commands, options, their values, models and job ids."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

if TYPE_CHECKING:
    from vidgo_notebook.domain.cell_options import OptionParser

_OF_MODEL = {"--quality": "quality", "--size": "size", "--resolution": "resolution"}


@context_matcher(identifier="vidgo_notebook", priority=200)  # type: ignore[untyped-decorator]
def complete_vidgo(context: CompletionContext) -> Any:
    """What can follow the text before the cursor; nothing for lines that are not ours."""
    text = context.text_until_cursor.lstrip()
    magic, _, rest = text.partition(" ")
    if magic not in ("%vidgo", "%%vidgo") or magic == text:
        return {"completions": []}  # a new one each time: IPython writes into it
    words = rest.split(" ")
    fragment, words = words[-1], [word for word in words[:-1] if word]
    candidates, fragment = _candidates(magic, words, fragment)
    return {
        "completions": [SimpleCompletion(word, type=_kind(word)) for word in candidates if word.startswith(fragment)],
        "suppress": True,
        "matched_fragment": fragment,
        "ordered": True,
    }


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
