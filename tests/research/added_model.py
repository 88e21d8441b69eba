"""Run by test_added_model: a model more in the catalogue, before anything else is loaded, is looked for everywhere."""

from __future__ import annotations

import json
import sys
from decimal import Decimal

from vidgo_notebook.domain import catalogue
from vidgo_notebook.domain.catalogue import MODELS, Choice, Model, Prices, References

DOC = "the documents of Tiny"

# What CONTRIBUTING.md asks for: a few lines of data.
MODELS["tiny-1"] = Model(
    "tiny-1", "Tiny 1", "tiny-1", References(0, 0, DOC, count_binding=True),
    size=Choice(("1:1", "2:1"), "2:1", DOC), resolution=Choice(("1K",), "1K", DOC),
    quality=Choice(("draft", "fine"), "draft", DOC, always_sent=True),
    prices=Prices({"draft": Decimal(1), "fine": Decimal(5)}, {"1K": 1}, DOC), prompt_limit=20, source=DOC,
)  # fmt: skip
assert not [name for name in sys.modules if name.startswith("vidgo_notebook.") and "domain" not in name]


def main() -> None:
    """Print what each room makes of it, as JSON."""
    from IPython.core.completer import provisionalcompleter
    from IPython.core.interactiveshell import InteractiveShell

    import vidgo_notebook as vidgo
    from vidgo_notebook.app import status as reports
    from vidgo_notebook.app.process import current_session
    from vidgo_notebook.ui.panel.panel import Panel

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "vidgo_notebook")

    def completed(line: str) -> list[str]:
        with provisionalcompleter():
            return [completion.text for completion in shell.Completer.completions(line, len(line))]

    panel = Panel(current_session(), {}, lambda job: None)
    panel.form.model.select.value = "tiny-1"
    panel.form.prompt.value = "A fine drawing"
    panel.form.quality.select.value = "fine"
    problems = ""
    try:
        vidgo.generate("A prompt that is too long", model="tiny-1", quality="high", size="3:1")
    except vidgo.VidgoError as error:
        problems = str(error)
    result = vidgo.generate("A fine drawing", model="tiny-1", quality="fine").result(60)
    vidgo.configure(model="tiny-1")
    told = {
        "problems": problems,
        "quote": str(vidgo.quote("A fine drawing", model="tiny-1", quality="fine")),
        "models": completed("%%vidgo --model ti"),
        "qualities": completed("%%vidgo --model tiny-1 --quality "),
        "sizes": completed("%%vidgo --model tiny-1 --size "),
        "panel": [panel.price_box.generate.description, list(panel.form.quality.select.options)],
        "listed": [row for row in reports.models()[1] if row[0] == "tiny-1"],
        "picture": [result.record.provider, result.image.width, result.image.height, result.record.charged],
        "openapi": "tiny-1" in json.dumps(_openapi()),
        "default": vidgo.quote("A drawing").model,
        "catalogue": catalogue.MODELS is MODELS,
    }
    print(json.dumps(told))


def _openapi() -> object:
    import asyncio

    from vidgo_notebook.emulator import IN_KERNEL_URL, Emulator, transport_to

    async def asked() -> object:
        import httpx2 as httpx

        async with httpx.AsyncClient(transport=transport_to(Emulator()), base_url=IN_KERNEL_URL) as client:
            return (await client.get("/openapi.json")).json()

    return asyncio.run(asked())


main()
