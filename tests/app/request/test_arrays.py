"""NumPy arrays and Matplotlib figures as images."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tests.app.request.test_pil_images import reference, sent
from tests.fixtures.pil_images import decoded, noise
from vidgo_notebook.app.request.images import references_of
from vidgo_notebook.errors import RequestError


def why_not(array: Any) -> str:
    with pytest.raises(RequestError) as refused:
        references_of(array)
    (problem,) = refused.value.problems
    return problem.message


@pytest.mark.parametrize(("shape", "mode"), [((4, 6), "L"), ((4, 6, 3), "RGB"), ((4, 6, 4), "RGBA")])
def test_an_array_of_bytes_is_the_picture_that_it_shows(shape: tuple[int, ...], mode: str) -> None:
    array = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(np.asarray(sent(array).convert(mode)), array)
    assert reference(array).identity == reference(array.copy()).identity


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, ">f8"])
@pytest.mark.parametrize("shape", [(1, 3), (1, 1, 3)])
def test_floats_from_0_to_1_are_rounded_to_bytes(shape: tuple[int, ...], kind: Any) -> None:
    array = np.array([0.0, 0.5, 1.0], dtype=kind).reshape(shape)  # 127.5 rounds to the even 128
    assert list(np.asarray(sent(array)).ravel())[:1] == [0]
    assert sorted(set(np.asarray(sent(array)).ravel().tolist())) == [0, 128, 255]


def test_the_same_picture_as_image_and_array_is_one_image() -> None:
    held = noise("RGB")
    array = np.asarray(held)
    assert reference(array).identity == reference(held).identity
    assert reference(array / 255).identity == reference(held).identity


def test_views_and_arrays_that_lie_differently_in_memory_show_the_same() -> None:
    array = np.asarray(noise("RGB", (6, 6)))
    upright = np.ascontiguousarray(array[::-1, ::2])
    assert reference(array[::-1, ::2]).identity == reference(upright).identity
    assert reference(np.asfortranarray(array)).identity == reference(array).identity
    assert reference(array).identity != reference(array.transpose(1, 0, 2)).identity


@pytest.mark.parametrize("shape", [(), (3,), (4, 6, 2), (4, 6, 5), (3, 4, 6), (1, 4, 6, 3), (0, 6), (4, 0, 3)])
def test_an_array_of_another_shape_is_refused_with_the_shapes_that_are_images(shape: tuple[int, ...]) -> None:
    said = why_not(np.zeros(shape, dtype=np.uint8))
    assert f"an array of shape {'×'.join(map(str, shape))} is not an image: it has to be H×W, H×W×3 or H×W×4" in said


@pytest.mark.parametrize("kind", ["int8", "uint16", "int64", "complex128", "object", "datetime64[s]"])
def test_an_array_of_another_type_is_refused_with_the_types_that_are_images(kind: str) -> None:
    said = why_not(np.zeros((2, 2), dtype=kind))
    assert f"an array of {np.dtype(kind).name} is not an image: it has to be uint8, or floats in 0 to 1" in said


@pytest.mark.parametrize("value", [-0.01, 1.01, 255.0, np.inf, -np.inf])
def test_floats_beyond_0_to_1_are_refused_with_a_remedy(value: float) -> None:
    remedy = "subtract its least value, then divide by" if value < 0 else "divide it by"
    assert f"outside 0 to 1: {remedy} its largest value" in why_not(np.array([[0.5, value]]))


def test_an_array_with_gaps_is_refused_as_such() -> None:
    assert "an array with NaN" in why_not(np.array([[0.5, np.nan]]))


def test_an_array_that_changes_afterwards_changes_nothing_that_was_asked() -> None:
    array = np.zeros((2, 2), dtype=np.uint8)
    asked = reference(array)
    array[:] = 255
    assert decoded(asked.payload.prepared().data).convert("L").getextrema() == (0, 0)  # type: ignore[attr-defined]


def test_neither_numpy_nor_matplotlib_is_imported_for_a_users_images() -> None:
    """A library that is not installed is not needed, and one that is not used is not loaded."""
    code = (
        "import sys; from PIL import Image; from vidgo_notebook.app.request.images import references_of; "
        "references_of([Image.new('RGB', (2, 2))]); print({'numpy', 'matplotlib'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


def test_a_figure_is_the_picture_that_it_draws() -> None:
    figures = pytest.importorskip("matplotlib.figure", reason="Matplotlib is not installed")
    figure = figures.Figure(figsize=(2, 1), dpi=50)
    figure.add_subplot().plot([1, 2, 3])
    found = reference(figure)
    assert (found.kind, found.name) == ("pixels", "a figure")
    assert sent(figure).size == (100, 50)
    assert "matplotlib.pyplot" not in sys.modules


class Drawing:
    """Draws itself into files, as figures do."""

    def savefig(self, file: Any, format: str) -> None:
        noise("RGBA", (8, 6)).save(file, format)


def test_whatever_draws_itself_like_a_figure_is_one() -> None:
    assert sent(Drawing()).size == (8, 6)
    assert reference(Drawing()).identity == reference(noise("RGBA", (8, 6))).identity


def test_a_mask_is_black_and_white_and_one_channel_is_grey() -> None:
    mask = np.array([[False, True]])
    for array in (mask, mask[:, :, None], mask[:, :, None].astype(np.uint8) * 255):
        assert list(decoded(reference(array).payload.prepared().data).convert("L").tobytes()) == [0, 255]  # type: ignore[attr-defined]


def test_channels_that_come_first_are_named_with_the_way_to_put_them_last() -> None:
    assert ".transpose(1, 2, 0) puts them last" in why_not(np.zeros((3, 40, 60), dtype=np.uint8))


class Tensor:
    """What is not an array, and gives one, as tensors of other libraries do."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __array__(self) -> Any:
        if self._array is None:
            raise RuntimeError("Can't call numpy() on a tensor that requires grad.")
        return self._array


def test_a_tensor_is_the_array_that_it_gives() -> None:
    array = np.random.default_rng(1).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    assert reference(Tensor(array)).value == reference(array).value
    assert "requires grad" in why_not(Tensor(None))
