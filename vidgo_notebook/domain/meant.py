"""What people mean by an option that does not exist here: the option of the same meaning, else the one most alike.

A suggestion by letters alone misleads where another program has an option of that name, so these are listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vidgo_notebook.domain.wording import nearest

_OF_OTHERS = {
    "takes": ("n", "num", "number", "count", "num_images", "batch_size", "samples", "n_iter", "images_per_prompt"),
    "size": (
        "aspect",
        "aspect_ratio",
        "ratio",
        "ar",
        "width",
        "height",
        "h",
        "w",
        "dimensions",
        "dims",
        "shape",
        "image_size",
    ),
    "resolution": ("res", "megapixels"),
    "image": ("images", "ref", "refs", "reference", "references", "init_image", "input", "input_image", "file", "url"),
    "save": ("output", "out", "o", "path", "filename", "dest", "to", "outdir"),
    "max_credits": ("budget", "limit", "max_cost", "max_price", "cost", "price"),
    "fresh": ("force", "refresh", "no_cache", "again", "rerun", "nocache"),
    "dry_run": ("dry", "preview_only", "estimate", "quote", "check"),
    "wait": ("sync", "block", "blocking"),
    "no_wait": ("async", "background", "bg", "nowait"),
    "format": ("output_format", "filetype", "ext"),
    "model": ("engine", "checkpoint", "ckpt"),
    "callback_url": ("webhook", "webhook_url", "callback"),
}
_MEANT = {other: ours for ours, others in _OF_OTHERS.items() for other in others}
_NOT_HERE = {
    **dict.fromkeys(("steps", "num_inference_steps", "sampler", "scheduler"), "the API has no steps and no samplers"),
    **dict.fromkeys(("cfg", "cfg_scale", "guidance", "guidance_scale"), "the API has no guidance scale"),
    **dict.fromkeys(("negative", "negative_prompt", "neg"), "the API has no negative prompt: say it in the prompt"),
    **dict.fromkeys(("style", "stylize"), "the API has no styles: say it in the prompt"),
    **dict.fromkeys(
        ("strength", "denoise", "denoising_strength", "mask"), "the API has no such field: say it in words"
    ),
    **dict.fromkeys(("hd", "upscale"), "quality and resolution say how fine a picture is"),
    "seed": "the API has no seeds, and each take is another picture",
}


def meant_by(name: str, options: Collection[str], likeness: float = 0.6) -> str:
    """The option that ``name`` means, in the spelling of ``options``; '' if none does.

    >>> meant_by("n", ["no-wait", "takes"]), meant_by("qualty", ["quality"]), meant_by("steps", ["takes"])
    ('takes', 'quality', '')
    """
    known = {_plain(option): option for option in options}
    given = _plain(name)
    if given in known:
        return known[given]
    if given in _NOT_HERE:
        return ""
    if given in _MEANT:
        return known.get(_MEANT[given], "")
    begun = [option for plain, option in known.items() if given and plain.startswith(given)]
    return begun[0] if begun else nearest(name, list(options), likeness)


def why_not_here(name: str) -> str:
    """Why there is no such option, for one that programs of this kind often have; '' for others."""
    return _NOT_HERE.get(_plain(name), "")


def listed(near: str, options: Iterable[str]) -> str:
    """Options for a message, the one that was meant first."""
    return ", ".join(sorted(options, key=lambda option: option != near))


def _plain(name: str) -> str:
    return name.strip().lstrip("-").replace("-", "_").casefold()
