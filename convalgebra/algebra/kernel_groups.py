"""Weights in groups: (out, in/groups, *taps), where the outputs of a group read the inputs of that group alone."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from convalgebra.algebra import rings

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array


def divided(weight: Array, groups: int = 1) -> tuple[Array, int]:
    """The same weight in as many groups as its blocks of zeros allow, and their number.

    >>> divided(np.array([[[5], [0]], [[0], [7]]]))
    (array([[[5]],
    <BLANKLINE>
           [[7]]]), 2)
    """
    outputs, depth = weight.shape[:2]
    if not _may_divide(weight):
        return weight, groups
    alive = rings.nonzero(weight).reshape(outputs, depth, -1).any(axis=2)
    rows, columns = np.nonzero(alive)
    columns += depth * (rows * groups // outputs)
    most = gcd(outputs, depth * groups)
    found = next(
        g for g in range(most, 0, -1)
        if most % g == 0 and (rows * g // outputs == columns * g // (depth * groups)).all()
    )  # fmt: skip
    if found <= groups:
        return weight, groups
    row, narrow = np.arange(outputs)[:, None], depth * groups // found
    first = row * found // outputs * narrow - row * groups // outputs * depth
    return weight[row, first + np.arange(narrow)], found


def _may_divide(weight: Array) -> bool:
    """In further groups the first output reads not the last input of its group: one look for most weights."""
    return weight.shape[1] > 1 and not rings.nonzero(weight[0, -1]).any()


def exchanged(weight: Array, groups: int) -> Array:
    """Outputs and inputs exchanged within each group: (out, in/groups, ...) to (in, out/groups, ...).

    >>> exchanged(np.array([[[1], [2]], [[3], [4]]]), 1)[..., 0]
    array([[1, 3],
           [2, 4]])
    """
    blocks = weight.reshape(groups, len(weight) // groups, *weight.shape[1:]).swapaxes(1, 2)
    return blocks.reshape(groups * blocks.shape[1], *blocks.shape[2:])
