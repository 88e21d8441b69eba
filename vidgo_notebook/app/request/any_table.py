"""Whatever holds a table: a list of dicts, a dict of lists, a file, or the frame of any library that narwhals knows."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from vidgo_notebook.app.request.rows import Table, an, bad_table, check_number, checked_table, of_columns, of_dicts
from vidgo_notebook.app.request.table_file import table_in
from vidgo_notebook.domain.arguments import MOST_PLACES
from vidgo_notebook.domain.wording import described, one_line
from vidgo_notebook.errors import RequestError

_FRAME_OF_ROWS = "vidgo.map(pandas.DataFrame(table), …) reads tuples, arrays and dataclasses."
_KINDS = "give a list of dicts, a dict of lists, a DataFrame of any library, or the path of a CSV or JSON Lines file"


def read_table(given: Any) -> Table:
    """The rows of a table, in order. RequestError for what is not a table, for no rows and for too many."""
    if isinstance(given, (str, os.PathLike)):
        return table_in(given)
    if isinstance(given, Mapping):
        return of_columns(given)
    if isinstance(given, (list, tuple)):
        return _of_rows(given)
    if (table := _of_frame(given)) is not None:
        return table
    if isinstance(given, Iterable) and not isinstance(given, (bytes, bytearray)):
        return _of_rows(list(islice(given, MOST_PLACES + 1)), at_least=True)
    raise bad_table(f"{described(given)} is not a table: {_KINDS}.")


def _of_rows(rows: Sequence[Any], *, at_least: bool = False) -> Table:
    check_number(len(rows), at_least=at_least)
    if not rows:
        raise bad_table("has no rows.")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            hint = "Prompts alone are vidgo.sweep(prompt=[…])." if isinstance(row, str) else _FRAME_OF_ROWS
            raise bad_table(f"row {number:,} is {an(row)}, not a dict with a value for each column.", hint)
    return of_dicts(rows)


def _of_frame(given: Any) -> Table | None:
    """The table in a frame of any library; None for what is not a frame."""
    import narwhals as nw  # late: cells read no tables

    try:
        if nw.dependencies.is_pandas_dataframe(given):
            given = _with_index(given)
        frame = nw.from_native(given, pass_through=True, allow_series=True)
        if isinstance(frame, nw.LazyFrame):
            frame = frame.head(MOST_PLACES + 1).collect()
        if isinstance(frame, nw.Series):
            raise bad_table(f"{an(given)} is a single column: give a frame, such as .to_frame().")
        if not isinstance(frame, nw.DataFrame):
            if not hasattr(given, "__arrow_c_stream__"):
                return None
            frame = nw.from_arrow(given, backend="pyarrow")
        check_number(len(frame))
        return checked_table(
            [str(name) for name in frame.columns], [_cells(frame[:, place]) for place in range(frame.shape[1])]
        )
    except RequestError:
        raise
    except nw.exceptions.DuplicateError:
        raise bad_table("has several columns of one name: rename all but one.") from None
    except Exception as error:  # noqa: BLE001  whatever the library of a user's table raises
        raise bad_table(f"{an(given)} can't be read: {one_line(str(error), 200)}.") from None


def _with_index(frame: Any) -> Any:
    """A pandas frame with the named levels of its index as columns: ``set_index("id")`` hides none."""
    levels = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=levels) if levels else frame


def _cells(series: Any) -> list[Any]:
    """The values of a column of a frame."""
    import narwhals as nw

    values: list[Any] = series.to_list()
    return [_shortest(value) for value in values] if series.dtype == nw.Float32 else values


def _shortest(value: float | None) -> float | None:
    """The shortest number that 32 bits hold as this one: 0.1, not 0.10000000149."""
    if value is None or value != value:  # noqa: PLR0124  NaN
        return None
    kept = struct.pack("f", value)
    texts = (float(f"{value:.{digits}g}") for digits in range(6, 10))
    return next((text for text in texts if struct.pack("f", text) == kept), value)
