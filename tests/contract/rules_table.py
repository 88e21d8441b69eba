"""Requests and what the service's documents say of them, written by hand.

Nothing here comes from the package: every verdict, tier and total was worked out on paper from the
rule named beside it. GPT is the document of GPT Image 2, FLUX that of Flux 2, HOOKS that of webhooks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

GPT = "GPT Image 2"
FLUX = "Flux 2"
HOOKS = "webhooks"

NOT_PUBLISHED = None


@dataclass(frozen=True)
class Row:
    """One request: either the fields with a ``wrong`` value, or the tier and total credits of a right one."""

    rule: str
    model: str = "gpt-image-2"
    quality: str | None = None
    size: str | None = None
    resolution: str | None = None
    prompt_length: int = 10
    images: int = 0
    callback_url: str | None = None
    pictures: int = 1
    wrong: frozenset[str] = field(default_factory=frozenset)
    tier: str = ""
    total: int | None = None

    def __str__(self) -> str:
        said = [self.model, self.quality, self.size, self.resolution]
        return "/".join(str(word) for word in said) + f" ({self.rule})"


def right(rule: str, tier: str, total: int | None, **said: object) -> Row:
    """A request that the documents allow, made in ``tier`` for ``total`` credits."""
    return Row(rule, tier=tier, total=total, **said)  # type: ignore[arg-type]


def wrong(rule: str, *fields: str, **said: object) -> Row:
    """A request that the documents forbid because of these fields."""
    return Row(rule, wrong=frozenset(fields), **said)  # type: ignore[arg-type]


EDIT = "gpt-image-2-edit"

# GPT: the billing table, at a ratio that exists in all three resolutions.
BILLING = [
    right("billing table, low 1K", "1K", 2, quality="low", size="16:9", resolution="1K"),
    right("billing table, low 2K", "2K", 4, quality="low", size="16:9", resolution="2K"),
    right("billing table, low 4K", "4K", 8, quality="low", size="16:9", resolution="4K"),
    right("billing table, medium 1K", "1K", 3, quality="medium", size="16:9", resolution="1K"),
    right("billing table, medium 2K", "2K", 6, quality="medium", size="16:9", resolution="2K"),
    right("billing table, medium 4K", "4K", 12, quality="medium", size="16:9", resolution="4K"),
    right("billing table, high 1K", "1K", 12, quality="high", size="16:9", resolution="1K"),
    right("billing table, high 2K", "2K", 24, quality="high", size="16:9", resolution="2K"),
    right("billing table, high 4K", "4K", 48, quality="high", size="16:9", resolution="4K"),
    right("edit as generation, low 1K", "1K", 2, model=EDIT, images=1, size="1:1", resolution="1K"),
    right(
        "edit as generation, medium 2K", "2K", 6, model=EDIT, images=1, quality="medium", size="1:1", resolution="2K"
    ),
    right("edit as generation, high 4K", "4K", 48, model=EDIT, images=1, quality="high", size="9:16", resolution="4K"),
]

# GPT: low is the default quality; one request makes one picture, so N pictures cost N times the table.
QUALITY = [
    right("quality defaults to low", "2K", 4, size="3:2", resolution="2K"),
    right("3 pictures are 3 requests", "1K", 6, size="1:1", resolution="1K", pictures=3),
    right("4 pictures are 4 requests", "4K", 192, quality="high", size="21:9", resolution="4K", pictures=4),
    right("2 pictures are 2 requests", "2K", 12, quality="medium", size="4:5", resolution="4K", pictures=2),
    wrong("three qualities only", "quality", quality="best"),
    wrong("qualities are lower case", "quality", quality="High"),
    wrong("an empty quality is none of the three", "quality", quality=""),
    wrong("standard is another service's quality", "quality", quality="standard"),
]

# GPT: without a size, or with auto, everything is 1K whatever the resolution says.
NO_SIZE = [
    right("size omitted, resolution omitted", "1K", 12, quality="high"),
    right("size omitted, 1K", "1K", 12, quality="high", resolution="1K"),
    right("size omitted, 2K is ignored", "1K", 12, quality="high", resolution="2K"),
    right("size omitted, 4K is ignored", "1K", 12, quality="high", resolution="4K"),
    right("auto, resolution omitted", "1K", 3, quality="medium", size="auto"),
    right("auto, 1K", "1K", 3, quality="medium", size="auto", resolution="1K"),
    right("auto, 2K is ignored", "1K", 3, quality="medium", size="auto", resolution="2K"),
    right("auto, 4K is ignored", "1K", 3, quality="medium", size="auto", resolution="4K"),
    right("nothing but a prompt", "1K", 2),
    wrong("an ignored resolution must still be one of the three", "resolution", size="auto", resolution="8K"),
]

# GPT: of the ten ratios only 16:9, 9:16 and 21:9 exist in true 4K; the others fall to 2K.
RATIOS = [
    right("4K at 1:1 is 2K", "2K", 24, quality="high", size="1:1", resolution="4K"),
    right("4K at 2:3 is 2K", "2K", 24, quality="high", size="2:3", resolution="4K"),
    right("4K at 3:2 is 2K", "2K", 24, quality="high", size="3:2", resolution="4K"),
    right("4K at 3:4 is 2K", "2K", 24, quality="high", size="3:4", resolution="4K"),
    right("4K at 4:3 is 2K", "2K", 24, quality="high", size="4:3", resolution="4K"),
    right("4K at 4:5 is 2K", "2K", 24, quality="high", size="4:5", resolution="4K"),
    right("4K at 5:4 is 2K", "2K", 24, quality="high", size="5:4", resolution="4K"),
    right("true 4K at 16:9", "4K", 48, quality="high", size="16:9", resolution="4K"),
    right("true 4K at 9:16", "4K", 48, quality="high", size="9:16", resolution="4K"),
    right("true 4K at 21:9", "4K", 48, quality="high", size="21:9", resolution="4K"),
    right("2K at 1:1", "2K", 24, quality="high", size="1:1", resolution="2K"),
    right("1K at 21:9", "1K", 12, quality="high", size="21:9", resolution="1K"),
    wrong("9:21 is not listed", "size", size="9:21", resolution="1K"),
    wrong("16:10 is not listed", "size", size="16:10", resolution="1K"),
    wrong("3:1 is a limit for custom sizes, no size", "size", size="3:1", resolution="2K"),
    wrong("a ratio has no spaces", "size", size="16 : 9", resolution="1K"),
    wrong("Auto is not auto", "size", size="Auto"),
    wrong("a resolution is no size", "size", size="4K"),
    wrong("resolutions have a capital K", "resolution", size="16:9", resolution="2k"),
    wrong("no 3K", "resolution", size="16:9", resolution="3K"),
    wrong("an empty resolution is none of the three", "resolution", size="16:9", resolution=""),
]

# GPT: custom sizes. A 3840-pixel edge makes 4K real; every other custom size in 4K falls to 2K.
CUSTOM = [
    right("custom in 2K", "2K", 6, quality="medium", size="2304x1536", resolution="2K"),
    right("custom in 4K without a 3840 edge is 2K", "2K", 6, quality="medium", size="2304x1536", resolution="4K"),
    wrong("custom in 1K", "resolution", size="2304x1536", resolution="1K"),
    wrong("custom without a resolution", "resolution", size="2304x1536"),
    right("3840 wide in 4K", "4K", 48, quality="high", size="3840x2160", resolution="4K"),
    right("3840 high in 4K", "4K", 48, quality="high", size="2160x3840", resolution="4K"),
    wrong("3840 edge in 2K", "resolution", size="3840x2160", resolution="2K"),
    wrong("3840 high in 2K", "resolution", size="2160x3840", resolution="2K"),
    wrong("3840 edge in 1K", "resolution", size="3840x2160", resolution="1K"),
    wrong("3840 edge without a resolution", "resolution", size="3840x2160"),
    right("one step below a 3840 edge in 2K", "2K", 4, size="3824x2160", resolution="2K"),  # 8,259,840 pixels
    right("one step below a 3840 edge in 4K is 2K", "2K", 4, size="3824x2160", resolution="4K"),
]

# GPT: limits of custom sizes, on both sides of each.
CUSTOM_LIMITS = [
    right("divisible by 16", "2K", 4, size="1600x1200", resolution="2K"),  # 100 × 16 by 75 × 16
    wrong("width not divisible by 16", "size", size="1608x1200", resolution="2K"),  # 100.5 × 16
    wrong("height not divisible by 16", "size", size="1600x1201", resolution="2K"),
    wrong("neither divisible by 16", "size", size="1000x1000", resolution="2K"),
    right("longest edge 3840", "4K", 8, size="3840x1600", resolution="4K"),
    wrong("longest edge 3856", "size", size="3856x1600", resolution="4K"),  # 2.41:1 and 6,169,600 pixels are fine
    wrong("height 3856", "size", size="1600x3856", resolution="4K"),
    right("3:1 wide", "2K", 4, size="1440x480", resolution="2K"),  # 691,200 pixels
    right("1:3 high", "2K", 4, size="480x1440", resolution="2K"),
    wrong("just over 3:1 wide", "size", size="1456x480", resolution="2K"),  # 3.03:1, 698,880 pixels
    wrong("just over 1:3 high", "size", size="480x1456", resolution="2K"),
    right("3:1 at the longest edge", "4K", 8, size="3840x1280", resolution="4K"),
    wrong("over 3:1 at the longest edge", "size", size="3840x1264", resolution="4K"),  # 3.04:1
    right("655,360 pixels", "2K", 4, size="1024x640", resolution="2K"),
    right("655,360 pixels, other edges", "2K", 4, size="512x1280", resolution="2K"),
    wrong("654,336 pixels", "size", size="1136x576", resolution="2K"),
    wrong("638,976 pixels", "size", size="1024x624", resolution="2K"),
    right("655,872 pixels", "2K", 4, size="976x672", resolution="2K"),
    right("8,294,400 pixels, square", "2K", 4, size="2880x2880", resolution="2K"),
    right("8,294,400 pixels, 3840 edge", "4K", 8, size="3840x2160", resolution="4K"),
    wrong("8,297,472 pixels", "size", size="3504x2368", resolution="2K"),
    wrong("8,340,480 pixels", "size", size="2896x2880", resolution="2K"),
    wrong("8,355,840 pixels, 3840 edge", "size", size="3840x2176", resolution="4K"),
    wrong("no pixels", "size", "resolution", size="0x0"),
    wrong("capital X", "size", size="1024X1024", resolution="2K"),
    wrong("multiplication sign", "size", size="1024×1024", resolution="2K"),
    wrong("spaces in a custom size", "size", size="1024 x 1024", resolution="2K"),
    wrong("one edge only", "size", size="1024", resolution="2K"),
    wrong("a line end behind a custom size", "size", size="1024x1024\n", resolution="2K"),
    wrong("digits of another script", "size", size="1\u066024x1024", resolution="2K"),  # ٠, an Arabic 0
    wrong("negative edges", "size", size="-1024x-1024", resolution="2K"),
]

# GPT: the prompt, the images, and the name of the model.
PROMPT_AND_IMAGES = [
    right("4,000 characters", "1K", 2, prompt_length=4000),
    wrong("4,001 characters", "prompt", prompt_length=4001),
    right("4,000 characters to edit", "1K", 2, model=EDIT, images=1, prompt_length=4000),
    wrong("4,001 characters to edit", "prompt", model=EDIT, images=1, prompt_length=4001),
    right("1 character", "1K", 2, prompt_length=1),
    wrong("a prompt is required", "prompt", prompt_length=0),
    wrong("generation takes no images", "image", images=1),
    wrong("editing needs an image", "image", model=EDIT),
    right("editing one image", "1K", 2, model=EDIT, images=1),
    right("editing nine images: no limit is given", "1K", 2, model=EDIT, images=9),
    wrong("no such model", "model", model="gpt-image-3"),
    wrong("names are lower case", "model", model="GPT-Image-2"),
    wrong("no model", "model", model=""),
]

# FLUX: no published price; up to 2K; up to 8 images. Which sizes exist it does not say, so none is refused.
FLUX_ROWS = [
    right("pro in 1K", "1K", NOT_PUBLISHED, model="flux-2-pro", size="1:1", resolution="1K"),
    right("pro in 2K", "2K", NOT_PUBLISHED, model="flux-2-pro", size="16:9", resolution="2K"),
    wrong("pro in 4K", "resolution", model="flux-2-pro", size="16:9", resolution="4K"),
    right("flex in 2K", "2K", NOT_PUBLISHED, model="flux-2-flex", size="4:3", resolution="2K"),
    wrong("flex in 4K", "resolution", model="flux-2-flex", size="4:3", resolution="4K"),
    right("pro edit, 1 image", "1K", NOT_PUBLISHED, model="flux-2-pro-edit", images=1, size="1:1", resolution="1K"),
    right("pro edit, 8 images", "1K", NOT_PUBLISHED, model="flux-2-pro-edit", images=8, size="1:1", resolution="1K"),
    wrong("pro edit, 9 images", "image", model="flux-2-pro-edit", images=9, size="1:1", resolution="1K"),
    right("flex edit, 8 images", "2K", NOT_PUBLISHED, model="flux-2-flex-edit", images=8, size="auto", resolution="2K"),
    wrong("flex edit, 9 images", "image", model="flux-2-flex-edit", images=9, size="auto", resolution="2K"),
    wrong("edit in 4K", "resolution", model="flux-2-pro-edit", images=2, size="1:1", resolution="4K"),
    wrong("Flux has no quality", "quality", model="flux-2-pro", quality="high", size="1:1", resolution="1K"),
    right("any prompt", "1K", NOT_PUBLISHED, model="flux-2-pro", prompt_length=4001, size="1:1", resolution="1K"),
    wrong("a prompt is required", "prompt", model="flux-2-pro", prompt_length=0, size="1:1", resolution="1K"),
    right("5 of unknown price", "1K", NOT_PUBLISHED, model="flux-2-flex", size="1:1", resolution="1K", pictures=5),
    # Only a sister service says so: advice, no reason to refuse.
    right("pro with an image", "1K", NOT_PUBLISHED, model="flux-2-pro", images=1, size="1:1", resolution="1K"),
    right("edit without an image", "1K", NOT_PUBLISHED, model="flux-2-pro-edit", size="1:1", resolution="1K"),
    right("21:9", "1K", NOT_PUBLISHED, model="flux-2-pro", size="21:9", resolution="1K"),
    right("a custom size", "1K", NOT_PUBLISHED, model="flux-2-pro", size="1024x768", resolution="1K"),
]  # fmt: skip

_AT_2048 = "https://example.com/" + "a" * 2028  # 20 + 2,028 characters

# HOOKS: https, public, at most 2,048 characters.
CALLBACKS = [
    right("an https address", "1K", 2, callback_url="https://example.com/hook"),
    right("2,048 characters", "1K", 2, callback_url=_AT_2048),
    wrong("2,049 characters", "callback_url", callback_url=_AT_2048 + "a"),
    wrong("plain http", "callback_url", callback_url="http://example.com/hook"),
    wrong("this machine by name", "callback_url", callback_url="https://localhost/hook"),
    wrong("this machine by number", "callback_url", callback_url="https://127.0.0.1/hook"),
    wrong("this machine by IPv6 number", "callback_url", callback_url="https://[::1]/hook"),
    wrong("a private network, 10", "callback_url", callback_url="https://10.0.0.8/hook"),
    wrong("a private network, 172.16", "callback_url", callback_url="https://172.16.0.1/hook"),
    wrong("a private network, 192.168", "callback_url", callback_url="https://192.168.1.5/hook"),
    wrong("a cloud's metadata address", "callback_url", callback_url="https://169.254.169.254/latest"),
    wrong("an internal name", "callback_url", callback_url="https://jupyter.internal/hook"),
    wrong("a private network in short", "callback_url", callback_url="https://10.1/hook"),
    wrong("an internal name with its final dot", "callback_url", callback_url="https://jupyter.internal./hook"),
    right("a scheme is the same in capitals", "1K", 2, callback_url="HTTPS://example.com/hook"),
    wrong("a control character", "callback_url", callback_url="https://exa\x07mple.com/hook"),
    wrong("no address", "callback_url", callback_url="hook"),
    wrong("another scheme", "callback_url", callback_url="ftp://example.com/hook"),
]

# Everything that is wrong is named in one go.
TOGETHER = [
    wrong(
        "five fields at once", "prompt", "quality", "size", "resolution", "image",
        model=EDIT, prompt_length=4001, quality="best", size="1000x1000", resolution="1K",
    ),
    wrong("unknown model and no prompt", "model", "prompt", model="dall-e-3", prompt_length=0),
    wrong("two fields of Flux", "quality", "resolution", model="flux-2-flex", quality="low", resolution="4K"),
    wrong("image and callback", "image", "callback_url", images=2, callback_url="http://example.com"),
]  # fmt: skip

ROWS = [
    *BILLING, *QUALITY, *NO_SIZE, *RATIOS, *CUSTOM, *CUSTOM_LIMITS,
    *PROMPT_AND_IMAGES, *FLUX_ROWS, *CALLBACKS, *TOGETHER,
]  # fmt: skip
