"""Finite Toeplitz matrices against their symbol: sections T_n(a), nearest circulants, Szego's limits as tables of data.

`T_n(a)[i, j] = a[i - j]` for a Laurent polynomial `a(z) = sum of a_k z^k`, a `ca.Kernel` with one channel.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings, views
from convalgebra.algebra.indexing import choice, integer
from convalgebra.algebra.kernel import Kernel
from convalgebra.algebra.rational import divided
from convalgebra.algebra.selection import shift
from convalgebra.algebra.toeplitz import Toeplitz, circulant, toeplitz
from convalgebra.analysis.commutant import project
from convalgebra.analysis.periodic import check_square
from convalgebra.analysis.table import Table
from convalgebra.errors import ArgumentError, EntryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convalgebra.algebra.operator import Operator
    from convalgebra.algebra.rings import Array

FINE = 2**9  # frequencies of the symbol in a figure
GRID = 2**14  # frequencies of a mean over the circle: for a smooth function the error falls exponentially in them


@dataclass(frozen=True)
class Convergence(Table):
    """A table of what happens as n grows; `figure()` draws it, from `curves` as {"name": (xs, ys)}.

    >>> import convalgebra as ca
    >>> ca.szego(ca.Kernel([[[-2, 5, -2]]], origin=-1), (4, 16)).figure().scene.title
    'Curves: eigenvalues, symbol'
    """

    curves: Mapping[str, tuple[Any, Any]] = field(default_factory=dict, repr=False, compare=False)
    axes: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def figure(self, **options: Any) -> Any:
        """The curves as a picture; options as for `ca.figure_curves`."""
        from convalgebra.display.curve_figure import figure_curves  # noqa: PLC0415  # door

        return figure_curves(self.curves, **{**self.axes, **options})


def toeplitz_section(kernel: Kernel, n: int) -> Operator:
    """`T_n(a)[i, j] = a[i - j]`: the zero-padded convolution with a Laurent polynomial, on n places.

    >>> import convalgebra as ca
    >>> ca.toeplitz_section(ca.Kernel([[[5, 1, 2]]], origin=-1), 3).to_numpy()
    array([[1, 5, 0],
           [2, 1, 5],
           [0, 2, 1]])
    """
    size, band = integer(n, "n", 1), _band(kernel)
    return toeplitz([band.get(k, 0) for k in range(size)], [band.get(-k, 0) for k in range(size)])


def _band(kernel: Kernel) -> dict[int, Any]:
    if not isinstance(kernel, Kernel) or len(kernel.size) > 1 or kernel.channels != (1, 1):  # type: ignore[redundant-expr]
        msg = "the kernel must be a ca.Kernel with one channel and one axis; write ca.Kernel(w[None, None], origin=-1)"
        raise ArgumentError(msg)
    return {kernel.origin[0] + t: v for t, v in enumerate(kernel.weight[0, 0].tolist())}


def nearest_circulant(T: Operator, how: str = "chan") -> Operator:
    """The circulant that stands in for T: T. Chan's, nearest in the Frobenius norm, or Strang's copy of diagonals.

    `c[k] = ((n - k) a[k] + k a[k - n]) / n` for "chan", the mean along each wrapped diagonal of any square T on any
    box; `c[k] = a[k]` for k < n/2 and `a[k - n]` beyond for "strang", of a Toeplitz matrix (at n/2 the mean of both).
    Sources: T. Chan 1988; Strang 1986.

    >>> import convalgebra as ca
    >>> T = ca.toeplitz([2, -1, 0, 0])
    >>> ca.nearest_circulant(T, "strang").c
    array([ 2, -1,  0, -1])
    >>> ca.nearest_circulant(T).c
    array([2, Fraction(-3, 4), 0, Fraction(-3, 4)], dtype=object)
    """
    check_square(T, "T")
    if choice(how, "how", ("chan", "strang")) == "strang":
        return _strang(T)
    box = T.boxes[0]
    steps = [tuple(int(a == b) for b in range(len(box))) for a in range(len(box))]
    means = project(T, [shift(box, step) for step in steps])
    return circulant((means @ np.eye(T.shape[0], 1, dtype=np.int64)[:, 0]).reshape(box))


def _strang(T: Operator) -> Operator:
    if not isinstance(T, Toeplitz) or T.channels or len(T.axes) > 1 or T.axes[0].mode != "zeros":
        msg = 'T must be a Toeplitz matrix for how="strang", not any matrix; write ca.toeplitz(c, r), or how="chan"'
        raise ArgumentError(msg)
    n = T.shape[0]
    first = np.eye(n, 1, dtype=np.int64)[:, 0]
    column, row = rings.addable((rings.entries(T @ first), rings.entries(T.T @ first)))
    wrapped = np.concatenate([column[:1], row[:0:-1]])
    taps = np.arange(n)
    chosen = np.where(2 * taps < n, column, wrapped)
    if n % 2 == 0:
        middle = divided(column[n // 2 : n // 2 + 1] + wrapped[n // 2 : n // 2 + 1], 2)
        chosen, middle = rings.addable((chosen, rings.entries(middle)))
        chosen = np.where(2 * taps == n, middle, chosen)
    return circulant(rings.public(rings.tidy(chosen)))


def squared_distance(A: Operator, B: Operator) -> Any:
    """`sum of |A[i, j] - B[i, j]|^2`, the squared Frobenius distance, exact for exact entries.

    A banded Toeplitz matrix is as far from Strang's circulant at every size: `sum of |k| |a_k|^2`.

    >>> import convalgebra as ca
    >>> [ca.squared_distance(T := ca.toeplitz([2, -1, *[0] * n]), ca.nearest_circulant(T, "strang")) for n in (2, 20)]
    [2, 2]
    """
    return _squared(A - B)


def _squared(A: Operator) -> Any:
    values = rings.objects(A.pattern().entries()[2])
    total = (values * rings.objects(rings.conjugate(rings.public(rings.tidy(values))))).sum(initial=0)
    return rings.public(rings.tidy(rings.filled((1,), [total]))).tolist()[0]


def szego(kernel: Kernel, sizes: Sequence[int], f: Callable[[Array], Array] = np.log) -> Convergence:
    """Szego's limit as data: the mean of f over the eigenvalues of T_n against its mean over the symbol.

    `1/n sum of f(lambda_i(T_n)) -> 1/(2 pi) integral of f(a(e^(i theta)))` for a real symbol, that is
    `a[-k] = conj(a[k])`; with f = log it is the growth of the determinant.  Eigenvalues within `n eps |a|`; the
    integral is the mean at 2^14 frequencies.  Source: Szego 1915; Gray, Toeplitz and Circulant Matrices, theorem 4.2.

    >>> import convalgebra as ca
    >>> table = ca.szego(ca.Kernel([[[-2, 5, -2]]], origin=-1), (4, 16, 64))
    >>> [(n, round(difference, 4)) for n, *_, difference in table.rows]
    [(4, 0.0717), (16, 0.018), (64, 0.0045)]
    """
    _check_hermitian(kernel)
    limit = float(np.mean(f(symbol(kernel, GRID).real)))
    counts = _sizes(sizes)
    means = [float(np.mean(f(np.linalg.eigvalsh(_floats(kernel, n))))) for n in counts]
    columns = ("n", "mean over eigenvalues", "mean over the symbol", "difference")
    curves = {"eigenvalues": (counts, means), "symbol": (_ends(counts), (limit, limit))}
    rows = tuple((n, m, limit, m - limit) for n, m in zip(counts, means, strict=True))
    return Convergence(columns, rows, (), curves, {"up": "mean", "doubling": True})


def _sizes(sizes: Any) -> tuple[int, ...]:
    """The sizes, at least one."""
    if not isinstance(sizes, Iterable) or not (counts := tuple(integer(n, "each of the sizes", 1) for n in sizes)):
        msg = f"the sizes must be at least one int, not {sizes!r}; write (8, 32, 128)"
        raise ArgumentError(msg)
    return counts


def _ends(counts: tuple[int, ...]) -> tuple[int, int]:
    return min(counts), max(counts)


def symbol_convergence(kernel: Kernel, sizes: Sequence[int]) -> Convergence:
    """The sorted singular values of T_n against |a| at n frequencies: the mean difference goes to 0, not the largest.

    Single singular values may stay away from the symbol: T_n of 1 + 2 z has one near 0 while |a| >= 1.  The last column
    is the squared Frobenius distance to the circulant of a.  Singular values within `n eps |a|`.  The figure shows both
    for each size, the k-th of n values at (k + 1/2) / n.
    Source: Avram 1988; Parter 1986.

    >>> import convalgebra as ca
    >>> table = ca.symbol_convergence(ca.Kernel([[[1, 2]]]), (8, 32))
    >>> [(n, round(mean, 4), round(largest, 4), distance) for n, mean, largest, distance in table.rows]
    [(8, 0.25, 1.1363, 4), (32, 0.0625, 1.0096, 4)]
    """
    band = _band(kernel)
    fine = np.sort(np.abs(symbol(kernel, FINE)))[::-1]
    rows, curves = [], {"symbol": ((np.arange(FINE) + 0.5) / FINE, fine)}
    for n in _sizes(sizes):
        found = np.linalg.svd(_floats(kernel, n), compute_uv=False)
        wanted = np.sort(np.abs(symbol(kernel, n)))[::-1]
        apart = np.abs(found - wanted)
        distance = squared_distance(toeplitz_section(kernel, n), circulant(rings.public(rings.tidy(_wrapped(band, n)))))
        rows.append((n, float(apart.mean()), float(apart.max()), distance))
        curves[f"n = {n}"] = ((np.arange(n) + 0.5) / n, found)
    columns = ("n", "mean difference", "largest difference", "to the circulant")
    return Convergence(columns, tuple(rows), (), curves, {"across": "k/n", "up": "σ_k"})


def circulant_distances(kernel: Kernel, sizes: Sequence[int]) -> Convergence:
    """`|T_n - C|^2 / |T_n|^2` in the Frobenius norm for Strang's and T. Chan's circulants: both fall like 1/n.

    The distances themselves stay bounded for a band, `sum of |k| |a_k|^2` for Strang's from n > 2 * bandwidth on, while
    |T_n|^2 grows with n: sections and circulants are asymptotically equivalent.  Exact for exact entries.
    Source: Gray, Toeplitz and Circulant Matrices, section 4.

    >>> import convalgebra as ca
    >>> print(ca.circulant_distances(ca.Kernel([[[-1, 2, -1]]], origin=-1), (4, 16)))
     n  |T - Strang|^2  |T - Chan|^2  Strang's part  Chan's part
     4               2  3/2           0.0909091      0.0681818
    16               2  15/8          0.0212766      0.0199468
    """
    columns = ("n", "|T - Strang|^2", "|T - Chan|^2", "Strang's part", "Chan's part")
    _numbers([*_band(kernel).values()])
    counts, rows = _sizes(sizes), []
    for n in counts:
        T = toeplitz_section(kernel, n)
        apart = [squared_distance(T, nearest_circulant(T, how)) for how in ("strang", "chan")]
        rows.append((n, *apart, *(_part(d, _squared(T)) for d in apart)))
    curves = {"Strang": (counts, [r[3] for r in rows]), "T. Chan": (counts, [r[4] for r in rows])}
    return Convergence(columns, tuple(rows), (), curves, {"up": "|T_n − C|^2 / |T_n|^2", "doubling": True})


def _part(squared: Any, whole: Any) -> float:
    """The ratio of two sums of squares, 0 of 0; exact numbers of any size are divided before they are rounded."""
    exact = all(isinstance(v, int | Fraction) for v in (squared, whole))
    top, bottom = (squared, Fraction(whole)) if exact else (abs(squared), abs(whole))
    return float(top / bottom) if bottom else 0.0


def _wrapped(band: dict[int, Any], n: int) -> Array:
    kernel = rings.objects(rings.entries([*band.values()]))
    total = np.zeros(n, dtype=object)
    np.add.at(total, np.array([*band], dtype=np.int64) % n, kernel)
    return total


def symbol(kernel: Kernel, count: int) -> Array:
    """`a(e^(i theta))` at `theta = 2 pi (k + 1/2) / count`, as complex floats within `16 eps sum |a_k|`."""
    band = _band(kernel)
    lags, values = np.array([*band], dtype=np.int64), _numbers([*band.values()])
    turns = (2 * np.arange(count)[:, None] + 1) * lags % (2 * count)
    found: Array = np.exp(1j * np.pi * turns / count) @ values
    return found


def _numbers(values: list[Any]) -> Array:
    array = rings.entries(values)
    if rings.is_symbolic(array):
        msg = "the kernel must hold numbers, not symbols; write ca.Kernel of the substituted weight"
        raise EntryError(msg)
    return array if array.dtype.kind == "c" else array.astype(np.float64)


def _floats(kernel: Kernel, n: int) -> Array:
    return _numbers(views.to_numpy(toeplitz_section(kernel, n)).ravel().tolist()).reshape(n, n)


def _check_hermitian(kernel: Kernel) -> None:
    band = _band(kernel)
    numbers = dict(zip(band, _numbers([*band.values()]).tolist(), strict=True))
    if any(numbers.get(-k, 0) != v.conjugate() for k, v in numbers.items()):
        msg = "the symbol must be real, a[-k] = conj(a[k]); write ca.symbol_convergence(kernel, sizes) for others"
        raise ArgumentError(msg)
