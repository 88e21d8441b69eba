"""What is said where a picture can't be bought, and the store does not have it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from vidgo_notebook.app.purchase.approval import PurchaseChoices
from vidgo_notebook.domain.request import GenerationRequest
from vidgo_notebook.domain.wording import counted, shown
from vidgo_notebook.errors import ReplayError
from vidgo_notebook.render.card import headline
from vidgo_notebook.store.results.result_store import ResultStore

_NAMED = 10  # requests that a message lists one by one; it counts the rest


def not_replayed(
    store: ResultStore, missing: Mapping[str, GenerationRequest], of: int, choices: PurchaseChoices, *, frozen: bool
) -> ReplayError:
    """Every request, by its fingerprint, that the store has no picture for, and what is nearest; ``of`` were asked
    for."""
    from vidgo_notebook.app.plan.near import nearest  # late: what the store has is shown without it

    wanted, first = next(iter(missing.items()))
    why = "The store is frozen" if frozen else "Replay mode answers from the store only"
    if choices.fresh:
        end = "run %vidgo thaw" if frozen else "set another mode: %config Vidgo.mode = 'auto'"
        return ReplayError(
            f"{why}, so it can't buy a fresh picture for {shown(first.prompt)}.",
            hint=f"Leave out --fresh to see what the store has, or {end}.",
        )
    hint = "Record {} by running the cell once in live or emulator mode, and keep the .vidgo folder."
    if frozen and (mark := store.frozen):
        hint = str(mark.fault) if mark.fault else "%vidgo thaw ends that; then what is missing can be bought."
    only = f"{why}, and it has no picture for"
    near = [f": {each}" if each else "" for each in nearest(store, list(islice(missing.values(), _NAMED)))]
    if of == 1:
        text = f"{only} {shown(first.prompt)} (fingerprint {wanted[:12]}…){near[0]}."
        return ReplayError(text, fingerprint=wanted, hint=hint.format("it"))
    lines = [
        f"  {shown(request.prompt)} · {headline(request)} (fingerprint {name[:12]}…){beside}"
        for (name, request), beside in zip(missing.items(), near, strict=False)
    ]
    more = [f"  and {len(missing) - _NAMED:,} more"] if len(missing) > _NAMED else []
    text = "\n".join([f"{only} {len(missing):,} of {counted(of, 'request')}:", *lines, *more])
    return ReplayError(text, fingerprint=wanted, hint=hint.format("them"))
