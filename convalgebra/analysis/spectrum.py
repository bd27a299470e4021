"""All singular values of a layer: by frequency blocks where it commutes with shifts, by its true matrix elsewhere."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra.operator import Operator
from convalgebra.algebra.rings import check_memory
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.analysis import lapack
from convalgebra.analysis.device import array_module, on_device
from convalgebra.analysis.floating import shifted
from convalgebra.analysis.frequencies import LARGE, chunks, each, half, opposite, sharers
from convalgebra.analysis.symbol import Symbol, scaled
from convalgebra.errors import ArgumentError, EntryError, SizeLimitError
from convalgebra.layers.base import Layer

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array

SMALL = 2.5e-4  # below this part of the norm, squares lose too many digits: the block itself is decomposed
LONG = 2**20  # multiplications, of eigenvalues of small blocks, that are worth a second thread
MOST_WORK = 2**35  # multiplications of dense decompositions: some seconds


def singular_values(layer: Any, in_shape: Any = None, *, accurate: bool = False, scheduler: Any = None) -> Any:
    """`sigma_1 >= sigma_2 >= ...`, the square roots of the eigenvalues of `A* A`: min(rows, columns) of them.

    Where the layer commutes with shifts (circular padding, or nothing is read outside; a stride must divide the size)
    they are those of one small matrix for each frequency (Sedghi, Gupta and Long 2019); elsewhere those of the matrix.
    Groups are blocks side by side: their values are put together.  A kernel longer than a circular signal wraps around.

    Errors are below 1e-12 of the largest; `accurate=True` takes twice as long for 1e-14 (1e-15 typically).
    `scheduler` is a Dask client, or "threads", "processes" or "synchronous", for chunks of frequencies.
    A tensor of PyTorch or an array of CuPy, (out_channels, in_channels, *kernel_size), stands for its circular layer of
    stride 1, and is answered by its own library on its own device.

    >>> import convalgebra as ca
    >>> ca.singular_values(ca.Conv([[[3, 4]]], padding=(0, 1), padding_mode="circular"), (1, 4)).round(6)
    array([7., 5., 5., 1.])
    >>> ca.singular_values(ca.Conv([[[3, 4]]], padding=(0, 1)), (1, 4)).round(3)  # zeros: another matrix
    array([6.573, 5.341, 3.439, 0.671])
    """
    if array_module(layer) is not None:
        return on_device(layer, in_shape)
    operator = matrix_of(layer, in_shape)
    symbol = Symbol.of(operator)
    if symbol is None:
        check_work(1, operator.shape)
        values, exponent = scaled(operator.to_numpy())
        found = np.linalg.svd(values, compute_uv=False)
    else:
        exponent = symbol.exponent
        found = _mixed(symbol, scheduler) if symbol.rest else _by_blocks(symbol, scheduler, accurate=accurate)
    return unscaled(np.sort(found)[::-1], exponent)


def matrix_of(layer: Any, in_shape: Any) -> Operator:
    """The matrix of a linear layer on inputs of this shape; an operator is its own.

    >>> import convalgebra as ca
    >>> matrix_of(ca.Conv([[[1, 2]]]), (1, 3)).shape
    (2, 3)
    """
    if isinstance(layer, Operator):
        if not all(isinstance(n, int) for n in layer.shape):
            msg = f"the sizes of {layer!r} must be numbers before it has values; write A.subs({{n: 4}})"
            raise ArgumentError(msg)
        return layer
    if not isinstance(layer, Layer):
        msg = f"the layer must be a layer or an operator, not {type(layer).__name__}; write ca.Conv(weight)"
        raise ArgumentError(msg)
    if in_shape is None:
        msg = (
            "in_shape must be given, (channels, *sizes), since the matrix depends on it; "
            "ca.operator_norm(layer) bounds the largest value at every size"
        )
        raise ArgumentError(msg)
    return layer.matrix(in_shape)


def unscaled(values: Array, exponent: int) -> Array:
    """`values * 2^exponent`; refuses what no float can hold.

    >>> unscaled(np.array([0.75]), 2)
    array([3.])
    """
    found = shifted(np.asarray(values, dtype=np.result_type(values, np.float64)), exponent)
    if not np.isfinite(found).all():
        msg = "the singular values must fit into floats, not exceed 1.8e308; scale the weight"
        raise EntryError(msg)
    return found


def check_work(count: int, shape: tuple[int, int]) -> None:
    """Refuse to decompose so many dense matrices of this shape, where that takes more than some seconds."""
    least, most = sorted(shape)
    if count * least**2 * most > MOST_WORK:
        msg = (
            f"the matrix must be small enough to be decomposed, about 3000 x 3000, not {count} of {shape[0]} x "
            f"{shape[1]}; write ca.operator_norm(layer, in_shape), or padding_mode='circular' for a close relative"
        )
        raise SizeLimitError(msg)


def _by_blocks(symbol: Symbol, scheduler: Any, *, accurate: bool) -> Array:
    """The values of all blocks, each as often as its frequencies and copies occur."""
    check_memory(prod(symbol.grid) * symbol.copies * symbol.weight.shape[1] * min(symbol.sides), 24, "the values")
    pieces = partial(chunks, symbol, own_grid=True)
    numbers, times = half(symbol)
    side = min(symbol.sides)
    exact, large = accurate or side == 1 or symbol.lags is None, side >= LARGE
    if large:  # first, and in a part of their own, those whose blocks are real
        numbers, times = numbers[np.argsort(times, kind="stable")], np.sort(times)
    cut = int(np.count_nonzero(times == 1)) if large else 0
    parts = [*pieces(numbers[:cut]), *pieces(numbers[cut:])]
    way, threads = partial(_svd if exact else _roots, symbol), None
    if not (exact or large or scheduler is not None):
        threads = sharers() if side >= lapack.LEAST_SIDE and len(numbers) * side**3 > LONG else 1
        parts = [piece for part in parts for piece in np.array_split(part, threads)]
    found = np.concatenate(each(way, parts, scheduler, threads))
    if not exact:
        small = np.flatnonzero(found.min(axis=(1, 2)) < SMALL * found.max())
        again = each(partial(_svd, symbol), pieces(numbers[small]), scheduler)
        found[small] = np.concatenate([found[:0], *again])
    values: Array = np.repeat(found.reshape(len(found), -1), times * symbol.copies, axis=0).ravel()
    return values


def _svd(symbol: Symbol, numbers: Array) -> Array:
    blocks = _real_where_opposite(symbol, numbers, symbol.blocks(numbers))
    if min(symbol.sides) == 1:
        lengths: Array = np.linalg.norm(blocks, axis=(2, 3))[..., None]
        return lengths
    return lapack.singular_values(blocks, overwrite=True)


def _roots(symbol: Symbol, numbers: Array) -> Array:
    """The roots of the eigenvalues of `K* K`."""
    grams = _real_where_opposite(symbol, numbers, symbol.grams(numbers))
    return np.sqrt(np.maximum(lapack.eigenvalues(grams, overwrite=True), 0))


def _real_where_opposite(symbol: Symbol, numbers: Array, blocks: Array) -> Array:
    """The blocks without their imaginary parts, which are zero where every frequency is its own opposite."""
    few = symbol.real and len(numbers) <= 2 ** len(symbol.grid)  # no more are
    return blocks.real if few and np.array_equal(opposite(symbol, numbers), numbers) else blocks


def _mixed(symbol: Symbol, scheduler: Any) -> Array:
    """One matrix for each frequency of the axes that commute with shifts, and each group."""
    numbers, times = half(symbol)
    parts = [(number, group) for number in numbers.tolist() for group in range(symbol.weight.shape[1])]
    (out, inputs), rest = symbol.sides, symbol.rest
    check_work(len(parts), (out * prod(a.out for a in rest), inputs * prod(a.size for a in rest)))
    found = np.array(each(partial(_part, symbol), parts, scheduler)).reshape(len(numbers), -1)
    return np.repeat(found, times * symbol.copies, axis=0).ravel()


def _part(symbol: Symbol, part: tuple[int, int]) -> Array:
    number, group = part
    weight = symbol.blocks(np.array([number]))[0, group]
    if not symbol.grid:
        weight = weight.real if symbol.real else weight
    values: Array = np.linalg.svd(Toeplitz(weight, symbol.rest).to_numpy(), compute_uv=False)
    return values
