"""Arrays of other libraries, on their devices: the transform and the decomposition are theirs, nothing is copied."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from convalgebra.errors import EntryError, ShapeError
from convalgebra.layers.base import shape_of

if TYPE_CHECKING:
    from convalgebra.algebra.indexing import Box

LIBRARIES = ("torch", "cupy")


def array_module(values: Any) -> Any:
    """The library of a tensor or device array; None for anything else.  Nothing is imported.

    >>> array_module([1, 2]) is None
    True
    """
    name = type(values).__module__.partition(".")[0]
    library = sys.modules.get(name) if name in LIBRARIES else None
    return library if hasattr(values, "ndim") and hasattr(values, "dtype") else None


def on_device(weight: Any, in_shape: Any) -> Any:
    """The singular values of the circular layer of stride 1, descending, as an array of the weight's library.

    A real weight is transformed to half of its frequencies; the others have the same values.  Errors are those of the
    library's SVD in the precision of the weight.
    """
    library, sizes = array_module(weight), _sizes(weight, in_shape)
    if not bool(library.isfinite(weight).all()):
        msg = "the weight must be finite, not NaN or infinite"
        raise EntryError(msg)
    axes = tuple(range(2, weight.ndim))
    real = "complex" not in str(weight.dtype)
    waves = (library.fft.rfftn if real else library.fft.fftn)(weight, sizes, axes)
    blocks = library.moveaxis(waves, (0, 1), (-2, -1))
    values = (
        library.linalg.svdvals(blocks) if library.__name__ == "torch" else library.linalg.svd(blocks, compute_uv=False)
    )
    if real:  # the other half of the last axis
        again = values[..., 1 : (sizes[-1] + 1) // 2, :]
        values = library.concatenate((values.reshape(-1), again.reshape(-1)))
    ordered = library.sort(values.reshape(-1))
    return library.flip(getattr(ordered, "values", ordered), (0,))


def _sizes(weight: Any, in_shape: Any) -> Box:
    """The sizes of the signal, checked."""
    kernel = tuple(weight.shape[2:])
    if not kernel:
        msg = f"the weight must be (out_channels, in_channels, *kernel_size), not of shape {tuple(weight.shape)}"
        raise ShapeError(msg)
    _, *sizes = shape_of(in_shape, int(weight.shape[1]), len(kernel))
    if any(k > n for k, n in zip(kernel, sizes, strict=True)):
        msg = (
            f"the sizes must be at least those of the kernel {kernel} on a device, not {tuple(sizes)}; "
            "write ca.Conv(weight, padding_mode='circular', padding=...), where a longer kernel wraps around"
        )
        raise ShapeError(msg)
    return tuple(sizes)
