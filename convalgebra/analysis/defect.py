"""What two zero-padded layers lose at the border: `T_n(ab) - T_n(a) T_n(b)` in closed form, as two Hankel products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.blocks import kron
from convalgebra.algebra.indexing import Axis, integer
from convalgebra.algebra.kernel import Kernel, dilated, ungrouped
from convalgebra.algebra.operator import compose
from convalgebra.algebra.selection import flip, identity
from convalgebra.algebra.toeplitz import Toeplitz, sized
from convalgebra.errors import ArgumentError, ShapeError
from convalgebra.layers.conv import Conv

if TYPE_CHECKING:
    from convalgebra.algebra.operator import Claim, Operator


@dataclass(frozen=True, eq=False)
class BoundaryDefect:
    """`T_n(ab) - T_n(a) T_n(b) = H(a) H(b~) + J H(a~) H(b) J`, with T(a)[i, j] = a[i - j], H(a)[i, j] = a[i + j + 1].

    a~(z) = a(1/z), and J turns the n places around.  The first product counts what one layer of a*b reads before the
    signal, the second what it reads behind it; their ranks do not grow with n.  Widom 1976.

    >>> import convalgebra as ca
    >>> d = ca.boundary_defect([1, 2, 3], [4, 5, 6], 3)
    >>> d.near[0].to_numpy().T, d.near[1].to_numpy()
    (array([[3, 0, 0]]), array([[4, 0, 0]]))
    >>> d.defect.to_numpy()
    array([[12,  0,  0],
           [ 0,  0,  0],
           [ 0,  0,  6]])
    """

    a: Kernel
    b: Kernel
    n: int

    @property
    def whole(self) -> Operator:
        """`T_n(ab)`, the single layer."""
        return _toeplitz(self.a * self.b, self.n, self.n)

    @property
    def stack(self) -> Operator:
        """`T_n(a) T_n(b)`, one layer after the other."""
        return compose(_toeplitz(self.a, self.n, self.n), _toeplitz(self.b, self.n, self.n))

    @property
    def defect(self) -> Operator:
        """`T_n(ab) - T_n(a) T_n(b)`."""
        return self.whole - self.stack

    @property
    def near(self) -> tuple[Operator, Operator]:
        """(H(a), H(b~)): what is read before the signal."""
        depth = max(min(_reach(self.a), _reach(self.b.flip())), 1)
        return _hankel(self.a, self.n, depth), _hankel(self.b.flip(), depth, self.n)

    @property
    def far(self) -> tuple[Operator, Operator]:
        """(J H(a~), H(b) J): what is read behind the signal."""
        depth = max(min(_reach(self.a.flip()), _reach(self.b)), 1)
        left, right = _hankel(self.a.flip(), self.n, depth), _hankel(self.b, depth, self.n)
        return compose(_turn(self.a.channels[0], self.n), left), compose(right, _turn(self.b.channels[1], self.n))

    @property
    def closed(self) -> Operator:
        """`H(a) H(b~) + J H(a~) H(b) J`."""
        return compose(*self.near) + compose(*self.far)

    @property
    def claim(self) -> Claim:
        """Both forms are equal; `ca.prove` decides it."""
        claim: Claim = self.defect == self.closed
        return claim

    @property
    def rank_bound(self) -> int:
        """The most that the rank of the defect can be, for every n: the channels times the places read outside.

        >>> import convalgebra as ca
        >>> ca.boundary_defect([1, 2, 1], [1, 2, 1], 100).rank_bound
        2
        """
        depths = min(_reach(self.a), _reach(self.b.flip())) + min(_reach(self.a.flip()), _reach(self.b))
        return self.a.channels[1] * depths

    def to_latex(self) -> str:
        """The identity and its matrices."""
        n, (left, right), (turned, back) = self.n, self.near, self.far
        return (
            f"T_{{{n}}}(ab) - T_{{{n}}}(a)\\,T_{{{n}}}(b) = H(a)\\,H(\\tilde b) + J\\,H(\\tilde a)\\,H(b)\\,J\n"
            f"= {left.to_latex()} {right.to_latex()} + {turned.to_latex()} {back.to_latex()}"
        )


def boundary_defect(a: Any, b: Any, n: int) -> BoundaryDefect:
    """`T_n(ab) - T_n(a) T_n(b) = H(a) H(b~) + J H(a~) H(b) J` on n places, b acting first.

    a and b are kernels on one axis, `Conv` layers that keep the size by zero padding, or vectors of an odd number of
    coefficients with the power 0 in the middle.

    Errors: `ArgumentError` for other layers, `ShapeError` for kernels on more axes or channels that do not fit.

    >>> import convalgebra as ca
    >>> d = ca.boundary_defect(ca.symbols("a", 3), ca.symbols("b", 3), 4)
    >>> d.defect.to_numpy()
    array([[a2*b0, 0, 0, 0],
           [0, 0, 0, 0],
           [0, 0, 0, 0],
           [0, 0, 0, a0*b2]], dtype=object)
    >>> ca.prove(d.claim).scope
    'n=4, every kernel'
    """
    left, right = _symbol(a, "a"), _symbol(b, "b")
    if left.channels[1] != right.channels[0]:
        msg = f"a must take the channels that b gives, not {left.channels[1]} where b gives {right.channels[0]}"
        raise ShapeError(msg)
    return BoundaryDefect(left, right, integer(n, "n", 1))


def _symbol(value: Any, name: str) -> Kernel:
    """The kernel with `T[i, j] = a[i - j]`."""
    if isinstance(value, Conv):
        return _of_layer(value, name)
    if isinstance(value, Kernel):
        kernel = value
    else:
        array = rings.entries(value, name)
        if array.ndim != 1 or array.size % 2 == 0:
            msg = (
                f"{name} must be a kernel or a vector of an odd number of coefficients, not of shape {array.shape}; "
                "write ca.Kernel(w[None, None], origin)"
            )
            raise ShapeError(msg)
        kernel = Kernel(array[None, None], (-(array.size // 2),))
    if len(kernel.size) != 1:
        msg = f"{name} must be a kernel on one axis, not on {len(kernel.size)}; in more axes the border has corners"
        raise ShapeError(msg)
    return kernel


def _of_layer(layer: Conv, name: str) -> Kernel:
    """A layer that keeps the size: output i reads i + d*t - lo, the power lo - d*t."""
    if layer.spatial != 1:
        msg = f"{name} must be a layer on one axis, not on {layer.spatial}; in more axes the border has corners"
        raise ShapeError(msg)
    ((k, s, d),) = layer._windows
    ((lo, hi),), extent = layer._sides((d * k,)), d * (k - 1)
    if layer.padding_mode != "zeros" or s > 1 or lo + hi != extent:
        msg = f"{name} must keep the size by padding zeros, not {layer}; write ca.Conv(weight, padding='same')"
        raise ArgumentError(msg)
    weight = dilated(np.flip(ungrouped(layer._taps, layer.groups), 2), (d,))
    return Kernel(weight, (lo - extent,))


def _reach(kernel: Kernel) -> int:
    """The highest power, if it is positive."""
    return max(kernel.origin[0] + kernel.size[0] - 1, 0)


def _toeplitz(kernel: Kernel, rows: int, cols: int) -> Operator:
    """`T[i, j] = a[i - j]`."""
    axis = Axis(cols, kernel.size[0], lo=kernel.origin[0] + kernel.size[0] - 1)
    weight = np.ascontiguousarray(kernel.weight[..., ::-1])
    return Toeplitz(weight, (sized(axis, rows),), channels=kernel.channels != (1, 1))


def _hankel(kernel: Kernel, rows: int, cols: int) -> Operator:
    """`H[i, j] = a[i + j + 1]`: a Toeplitz matrix with its columns turned around."""
    return compose(_toeplitz(kernel.shift(-cols), rows, cols), _turn(kernel.channels[1], cols))


def _turn(channels: int, n: int) -> Operator:
    """The places of every channel in reverse order."""
    return kron(identity(channels), flip(n)) if channels > 1 else flip(n)
