"""Reads the file that the setting ``models_file`` names."""

from __future__ import annotations

from pathlib import Path

from vidgo_notebook.domain.catalogue import Model
from vidgo_notebook.domain.own_models import MAX_BYTES, ModelsFileError, models_in
from vidgo_notebook.store.results.plain_files import PlainFileError, read_plain

_INSTEAD = "write the path of a TOML file of models"


def read_models(path: str) -> list[Model]:
    """The models of a file. Raises ModelsFileError with everything that is wrong with it."""
    try:
        content = read_plain(Path(path), MAX_BYTES)
    except PlainFileError as error:  # its advice is about files of a store
        raise ModelsFileError(f"{error.message.rstrip('.')}; {_INSTEAD}") from None
    except OSError as error:
        raise ModelsFileError(f"{path} can't be read: {error.strerror or error}; {_INSTEAD}") from None
    return models_in(content, path)
