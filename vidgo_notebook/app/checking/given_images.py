"""The images that cells and calls of a notebook give, found without running its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from vidgo_notebook.app.checking.notebook_settings import NotebookSettings
from vidgo_notebook.app.checking.symbols import BatchOf, Opened
from vidgo_notebook.app.checking.values import UNKNOWN, is_known
from vidgo_notebook.app.request.images import Named, Word
from vidgo_notebook.domain.odd_metadata import opened
from vidgo_notebook.domain.provider import is_web_url
from vidgo_notebook.domain.request import Reference
from vidgo_notebook.engine.handles.result import Result
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain

_PICTURE_BYTES = 64 * 1024 * 1024


class GivenImages:
    """The images of one notebook, which is in ``folder`` and has the variables ``names``."""

    def __init__(self, folder: Path, names: Mapping[str, Any], settings: NotebookSettings) -> None:
        self._folder, self._names, self._settings = folder, names, settings

    def find(self, image: Any) -> Any:
        """The image of an option or argument, as a request takes it; paths are relative to the notebook's folder."""
        if not isinstance(image, str):
            return self._value_of_image(image)
        if image in self._names:
            value = self._value_of_image(self._names[image])
            return value if value is UNKNOWN else Named(value, image)
        if is_web_url(image):
            return Word(image, "")
        path = Path(image).expanduser()
        return UNKNOWN if self._settings.moved and not path.is_absolute() else Named(self._folder / path, image)

    def _value_of_image(self, value: Any) -> Any:
        value = value.pictures if isinstance(value, BatchOf) else value
        if isinstance(value, Opened):
            with suppress(PlainFileError, OSError, ValueError, SyntaxError):
                return opened(read_plain(self._folder / value.path, _PICTURE_BYTES))
            return UNKNOWN
        return value if is_picture(value) or is_known(value) else UNKNOWN

    def for_plan(self, image: Any) -> Any:
        """The same, for a plan that shows what else is wrong: any picture in place of one that is not known."""
        found = self.find(image)
        return Reference("job", "unknown", name=str(image)) if found is UNKNOWN else found

    def why_unknown(self, given: Sequence[Any]) -> str:
        """Why images that were given cannot be known, or ''."""
        unknown = [image for image in given if self.find(image) is UNKNOWN]
        names = ", ".join(image for image in unknown if isinstance(image, str))
        made = f"the image {names} is" if names else "an image is"
        return f"{made} made by the notebook's own code" if unknown else ""


def is_picture(value: Any) -> bool:
    """Whether a value is a job, or takes of one."""
    if isinstance(value, list):
        return bool(value) and all(map(is_picture, value))
    return isinstance(value, Result | Reference)


def flat(images: Any) -> list[Any]:
    """The images of an argument, which may be one, a list, or lists in a list."""
    if isinstance(images, BatchOf):
        return images.pictures
    return [each for image in images for each in flat(image)] if isinstance(images, list | tuple) else [images]
