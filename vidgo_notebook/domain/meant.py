"""What people mean by an option that does not exist here: the option of the same meaning, else the one most alike.

A suggestion by letters alone misleads where another program has an option of that name, so these are listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vidgo_notebook.domain.wording import nearest

_PIXELS = ("width", "height", "w", "h")
_OF_OTHERS = {
    "takes": (
        *("n", "num", "number", "count", "num_images", "batch_size", "samples", "n_iter", "images_per_prompt"),
        *("num_images_per_prompt", "num_samples", "n_samples", "batch_count", "variations", "variants", "repeat"),
    ),
    "size": (
        *("aspect", "aspect_ratio", "ratio", "ar", "dimensions", "dims", "shape", "image_size"),
        *_PIXELS,
    ),
    "resolution": ("res", "megapixels"),
    "image": (
        *("images", "ref", "refs", "reference", "references", "init_image", "input", "input_image", "file", "url"),
        *("img", "image_url", "source", "src", "sref", "cref", "oref", "control_image"),
    ),
    "save": ("output", "out", "o", "path", "filename", "dest", "to", "outdir", "output_dir", "save_path", "save_as"),
    "max_credits": ("budget", "limit", "max_cost", "max_price", "cost", "price"),
    "fresh": ("force", "refresh", "no_cache", "again", "rerun", "nocache", "overwrite", "regenerate"),
    "dry_run": ("dry", "preview_only", "estimate", "quote", "check", "simulate", "pretend"),
    "wait": ("sync", "block", "blocking"),
    "no_wait": ("async", "bg", "nowait"),
    "format": ("output_format", "filetype", "ext"),
    "model": ("engine", "checkpoint", "ckpt", "v", "version"),
    "callback_url": ("webhook", "webhook_url", "callback"),
    "prompt": ("text", "description", "caption", "prompts"),
}
_MEANT = {other: ours for ours, others in _OF_OTHERS.items() for other in others}
_NO_STEPS = ("steps", "num_inference_steps", "num_steps", "sampler", "sampler_name", "sampling_method", "scheduler")
_NO_FIELD = (
    *("strength", "denoise", "denoising_strength", "mask", "iw", "image_weight", "chaos", "weird", "vary", "remix"),
    *("lora", "loras", "vae", "controlnet", "ip_adapter", "clip_skip", "eta", "tile", "tiling", "zoom", "pan"),
)
_NOT_HERE = {
    **dict.fromkeys(_NO_STEPS, "the API has no steps and no samplers"),
    **dict.fromkeys(("cfg", "cfg_scale", "guidance", "guidance_scale", "scale"), "the API has no guidance scale"),
    **dict.fromkeys(
        ("negative", "negative_prompt", "neg_prompt", "neg", "no", "exclude"),
        "the API has no negative prompt: say it in the prompt",
    ),
    **dict.fromkeys(("style", "stylize", "style_preset", "niji", "raw"), "the API has no styles: say it in the prompt"),
    **dict.fromkeys(_NO_FIELD, "the API has no such field: say it in words"),
    **dict.fromkeys(
        ("background", "transparent", "transparency"), "the API has no transparency: say the background in the prompt"
    ),
    **dict.fromkeys(
        ("user", "moderation", "safety_checker", "nsfw", "stream", "response_format", "output_compression"),
        "the API has no such field: leave it out",
    ),
    **dict.fromkeys(
        ("hd", "upscale", "upscaler", "hires", "hires_fix", "enhance"),
        "quality and resolution say how fine a picture is",
    ),
    **dict.fromkeys(
        ("prompt", "p", "text", "description", "caption", "prompts"), "the prompt is the text below the first line"
    ),
    **dict.fromkeys(("api_key", "apikey", "key", "token"), "a key does not belong here: use %vidgo key"),
    **dict.fromkeys(("verbose", "debug", "log"), "the logger 'vidgo_notebook' tells what is sent"),
    **dict.fromkeys(("quiet", "silent"), "nothing is shown but a picture and its card"),
    "timeout": "%config Vidgo.timeout = 1800 sets how long a job is watched",
    "seed": "the API has no seeds, and each take is another picture",
}
_FORMS = {"size": (_PIXELS, "WIDTHxHEIGHT")}
"""The form of a value of ours, after options of others whose own values mean less."""


def meant_by(name: str, options: Collection[str], likeness: float = 0.6) -> str:
    """The option that ``name`` means, in the spelling of ``options``; '' if none does.

    >>> meant_by("n", ["no-wait", "takes"]), meant_by("qualty", ["quality"]), meant_by("steps", ["takes"])
    ('takes', 'quality', '')
    """
    known = {_plain(option): option for option in options}
    given = _plain(name)
    if given in known:
        return known[given]
    if (ours := _MEANT.get(given, "")) in known:
        return known[ours]
    if ours or given in _NOT_HERE:
        return ""
    begun = [option for plain, option in known.items() if given and plain.startswith(given)]
    return begun[0] if begun else nearest(name, list(options), likeness)


def why_not_here(name: str) -> str:
    """Why there is no such option, for one that programs of this kind often have; '' for others."""
    return _NOT_HERE.get(_plain(name), "")


def form_of(name: str, option: str) -> str:
    """How a value of ``option`` is written, where one that was given as ``name`` can't be taken over; '' for others.

    >>> form_of("width", "size"), form_of("ar", "size")
    ('WIDTHxHEIGHT', '')
    """
    names, form = _FORMS.get(_plain(option), ((), ""))
    return form if _plain(name) in names else ""


def listed(near: str, options: Iterable[str]) -> str:
    """Options for a message, the one that was meant first."""
    return ", ".join(sorted(options, key=lambda option: option != near))


def _plain(name: str) -> str:
    return name.strip().lstrip("-").replace("-", "_").casefold()
