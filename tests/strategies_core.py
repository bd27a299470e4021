"""Operators beside their matrices: each matrix is built from the definition by plain loops over Python numbers.

Nothing here reads the library's tap tables: `place` bounces a position back into the signal step by step.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import sympy
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra.indexing import Axis
from convalgebra.algebra.selection import Selection
from convalgebra.algebra.toeplitz import Toeplitz
from convalgebra.testing import strategies

MODES = ("zeros", "circular", "reflect", "symmetric", "replicate")
SYMBOLS = sympy.symbols("a b c d")

# Dyadic floats: their sums and products are exact, so that floats too are compared by ==.
ENTRIES = {
    "int": st.integers(-9, 9),
    "big": st.integers(-(2**70), 2**70),
    "fraction": st.builds(Fraction, st.integers(-9, 9), st.integers(1, 5)),
    "dyadic": st.builds(Fraction, st.integers(-9, 9), st.sampled_from((1, 2, 4))),
    "symbol": st.sampled_from((0, 1, 2, *SYMBOLS, SYMBOLS[0] + 1, SYMBOLS[0] * SYMBOLS[1])),
    "float": st.integers(-20, 20).map(lambda k: k / 4),
    "complex": st.builds(lambda a, b: complex(a / 2, b / 4), st.integers(-9, 9), st.integers(-9, 9)),
}
KINDS = ("int", "big", "fraction", "symbol", "float", "complex")


def array(shape, values):
    """An object array of this shape with these values in C order."""
    result = np.empty(shape, dtype=object)
    result.reshape(-1)[:] = list(values)
    return result


def arrays(kind, shape):
    count = prod(shape)
    return st.lists(ENTRIES[kind], min_size=count, max_size=count).map(lambda values: array(shape, values))


def filled(kind, shape, start=1):
    """Distinct non-zero entries of a kind, the same on every run."""
    values = {
        "int": lambda k: k * (-1) ** k,
        "big": lambda k: 2**64 + k,
        "fraction": lambda k: Fraction(k, 7),
        "symbol": lambda k: sympy.Symbol(f"w{k}"),
        "float": lambda k: k / 4,
        "complex": lambda k: complex(k / 4, 1 - k),
    }[kind]
    return array(shape, (values(start + k) for k in range(prod(shape))))


# --- comparing --------------------------------------------------------------------------------------------------------


def zero(value):
    """Is the exact value zero, expanded?"""
    return sympy.expand(value) == 0 if isinstance(value, sympy.Basic) else value == 0


def equal(found, wanted):
    """Exactly equal arrays; SymPy entries after expansion; native numbers of any kind by their values."""
    found, wanted = np.asarray(found, dtype=object), np.asarray(wanted, dtype=object)
    return found.shape == wanted.shape and all(map(_same, found.flat, wanted.flat))


def _same(a, b):
    a, b = (v.item() if isinstance(v, np.generic) else v for v in (a, b))
    if not (isinstance(a, sympy.Basic) or isinstance(b, sympy.Basic)):
        return bool(a == b)
    return zero(_sympy(a) - _sympy(b))


def _sympy(value):
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, float):
        return sympy.Rational(value)
    return sympy.sympify(value)


# --- the definitions, by loops ----------------------------------------------------------------------------------------


def place(j, n, mode):
    """The place of 0..n-1 that the extended signal shows at j; None for a padding zero."""
    if 0 <= j < n:
        return j
    if mode == "zeros":
        return None
    if mode == "replicate":
        return 0 if j < 0 else n - 1
    if mode == "circular":
        return place(j + n if j < 0 else j - n, n, mode)
    if mode == "symmetric":
        return place(-1 - j if j < 0 else 2 * n - 1 - j, n, mode)
    return 0 if n == 1 else place(-j if j < 0 else 2 * n - 2 - j, n, mode)


def box(*sizes):
    return list(product(*map(range, sizes)))


def convolution(weight, sizes, stride, dilation, pads, mode="zeros", groups=1, op="correlation"):  # noqa: PLR0917  # the parameters of a layer
    """The matrix of `y[o, i] = sum of w[o, c, t] x[group(o) + c, s*i + d*t - lo]`, entry by entry."""
    outputs, depth, *taps = weight.shape
    ahead = range(len(sizes))
    out = [(sizes[a] + sum(pads[a]) - dilation[a] * (taps[a] - 1) - 1) // stride[a] + 1 for a in ahead]
    rows, cols = box(outputs, *out), box(depth * groups, *sizes)
    where = {col: k for k, col in enumerate(cols)}
    A = array((len(rows), len(cols)), [0] * (len(rows) * len(cols)))
    for r, (o, *i) in enumerate(rows):
        first = o // (outputs // groups) * depth
        for c, *t in box(depth, *taps):
            read = [place(stride[a] * i[a] + dilation[a] * t[a] - pads[a][0], sizes[a], mode) for a in ahead]
            if None not in read:
                tap = [taps[a] - 1 - t[a] for a in ahead] if op == "convolution" else t
                A[r, where[first + c, *read]] += weight[(o, c, *tap)]
    return A, (outputs, *out)


def times(A, B):
    """The product of two matrices by the double sum."""
    (m, n), p = A.shape, B.shape[1]
    return array((m, p), (sum((A[i, k] * B[k, j] for k in range(n)), 0) for i in range(m) for j in range(p)))


def kron(A, B):
    (m, n), (p, q) = A.shape, B.shape
    return array((m * p, n * q), (A[i // p, j // q] * B[i % p, j % q] for i in range(m * p) for j in range(n * q)))


def selected(index, n):
    return array((len(index), n), (int(index[i] == j) for i in range(len(index)) for j in range(n)))


def circulated(c):
    """`C[i, j] = c[(i - j) mod n]` on the box of c."""
    places = box(*c.shape)
    index = ((tuple((a - b) % n for a, b, n in zip(i, j, c.shape, strict=True))) for i in places for j in places)
    return array((c.size, c.size), (c[k] for k in index))


def conjugated(A):
    return array(A.shape, (v.conjugate() for v in A.flat))


# --- drawn operators --------------------------------------------------------------------------------------------------

SQUARE_ATOMS = ("Dense", "Selection", "Toeplitz", "Circulant", "Diagonal")
ATOMS = SQUARE_ATOMS[:3]
COMBINATORS = ("Product", "Sum", "Scaled", "Transpose", "Kronecker", "Block")


@st.composite
def axes(draw, size, out):
    """An axis from `size` places to `out`, with any stride, dilation, padding (negative too) and mode."""
    taps, stride, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    lo = draw(st.integers(-1, 3))
    hi = stride * (out - 1) + dilation * (taps - 1) + 1 - size - lo
    return Axis(size, taps, stride, dilation, lo, hi, draw(st.sampled_from(MODES)))


@st.composite
def atoms(draw, m, n, kind="int", name=None):
    """An atom of this shape and its matrix."""
    name = name or draw(st.sampled_from(SQUARE_ATOMS if m == n else ATOMS))
    if name == "Dense":
        A = draw(arrays(kind, (m, n)))
        return ca.matrix(A), A
    if name == "Selection":
        index = draw(st.lists(st.integers(-1, n - 1), min_size=m, max_size=m))
        return Selection(np.array(index, dtype=np.int64), ((m,), (n,))), selected(index, n)
    if name == "Toeplitz":
        axis = draw(axes(n, m))
        w = draw(arrays(kind, (1, 1, axis.taps)))
        pads = [(axis.lo, axis.hi)]
        A, _ = convolution(w, [n], [axis.stride], [axis.dilation], pads, axis.mode)
        return Toeplitz(rings_entries(w), (axis,), channels=False), A
    c = draw(arrays(kind, (n,)))
    if name == "Circulant":
        return ca.circulant(c), circulated(c)
    return ca.diagonal(c), array((n, n), (c[i] if i == j else 0 for i in range(n) for j in range(n)))


def rings_entries(values):
    from convalgebra.algebra.rings import entries

    return entries(values)


@st.composite
def operators(draw, m, n, kind="int", depth=2, name=None):  # noqa: PLR0917  # the parameters of a layer
    """An operator of this shape, nested up to `depth` combinators, and its matrix."""
    if depth == 0:
        return draw(atoms(m, n, kind))
    name = name or draw(st.sampled_from((*COMBINATORS, "atom")))
    if name == "atom":
        return draw(atoms(m, n, kind))
    below = {"kind": kind, "depth": depth - 1}
    if name == "Product":
        inner = draw(st.integers(1, 4))
        (A, a), (B, b) = draw(operators(m, inner, **below)), draw(operators(inner, n, **below))
        return A @ B, times(a, b)
    if name == "Sum":
        (A, a), (B, b) = draw(operators(m, n, **below)), draw(operators(m, n, **below))
        return (A - B, a - b) if draw(st.booleans()) else (A + B, a + b)
    if name == "Scaled":
        (A, a), scalar = draw(operators(m, n, **below)), draw(ENTRIES[kind])
        return (scalar * A, scalar * a) if draw(st.booleans()) else (A * scalar, a * scalar)
    if name == "Transpose":
        A, a = draw(operators(n, m, **below))
        return (A.T, a.T) if draw(st.booleans()) else (A.H, conjugated(a.T))
    if name == "Kronecker":
        p = draw(st.sampled_from([k for k in range(1, m + 1) if m % k == 0]))
        q = draw(st.sampled_from([k for k in range(1, n + 1) if n % k == 0]))
        (A, a), (B, b) = draw(operators(p, q, **below)), draw(operators(m // p, n // q, **below))
        return ca.kron(A, B), kron(a, b)
    return draw(blocks(m, n, **below))


@st.composite
def blocks(draw, m, n, kind, depth):
    """Up to two by two blocks; the lower left one may be missing."""
    heights, widths = draw(parts(m)), draw(parts(n))
    grid = [[draw(operators(h, w, kind, depth)) for w in widths] for h in heights]
    shown = [[A for A, _ in line] for line in grid]
    full = [[a for _, a in line] for line in grid]
    if len(heights) == len(widths) == 2 and draw(st.booleans()):
        shown[1][0], full[1][0] = None, array((heights[1], widths[0]), [0] * (heights[1] * widths[0]))
    return ca.block(shown), np.vstack([np.hstack(line) for line in full])


@st.composite
def parts(draw, n):
    first = draw(st.integers(1, n))
    return [first, n - first] if first < n else [n]


@st.composite
def layers(draw, kind="int", axes=None):
    """(Conv, input shape, its matrix, its output shape), over everything in the signature of Conv but the bias."""
    layer = draw(strategies.convs(axes, kind=kind, bias=None))
    in_shape = draw(strategies.shapes(layer))
    A, out = convolution(
        layer.weight.astype(object), in_shape[1:], layer.stride, layer.dilation, layer.padding, layer.padding_mode,
        layer.groups, layer.op,
    )  # fmt: skip
    return layer, in_shape, A, out
