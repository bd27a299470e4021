"""Kernels of symbols: products side by side and products added up are the same as the definition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.algebra import kernel_symbols, rings
from convalgebra.algebra.kernel import convolve
from convalgebra.algebra.kernel_symbols import Packed
from convalgebra.algebra.polynomial import Polynomial

A, B, C, D = ca.symbols("packed", 4)
ENTRIES = st.sampled_from([0, 1, -2, 2**70, Fraction(1, 3), A, B, A + B, A * B - 1, A**2, 3 * C, C * D, sympy.sin(A)])


def by_definition(u, v):
    """One coefficient after another, in SymPy."""
    size = [a + b - 1 for a, b in zip(u.shape[2:], v.shape[2:], strict=True)]
    total = np.full((len(u), v.shape[1], *size), sympy.Integer(0), dtype=object)
    for o, m, *s in np.ndindex(*u.shape):
        for i, *t in np.ndindex(*v.shape[1:]):
            total[(o, i, *map(sum, zip(s, t, strict=True)))] += sympy.sympify(u[(o, m, *s)]) * v[(m, i, *t)]
    return total


def same(found, expected):
    return all(sympy.expand(a - b) == 0 for a, b in zip(rings.public(found).flat, expected.flat, strict=True))


@st.composite
def kernels(draw, out, into, ndim):
    size = draw(st.lists(st.integers(1, 2), min_size=ndim, max_size=ndim))
    weight = np.empty((out, into, *size), dtype=object)
    weight.reshape(-1)[:] = [draw(ENTRIES) for _ in range(weight.size)]
    return weight


@given(st.data())
def test_any_product_is_the_definition(data):
    o, m, i, ndim = (data.draw(st.integers(1, 2)) for _ in range(4))
    u, v = data.draw(kernels(o, m, ndim)), data.draw(kernels(m, i, ndim))
    assert same(convolve(u, v), by_definition(u, v))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("scale", [1, Fraction(2, 3), 2**40, 0])
def test_symbols_of_their_own_stand_side_by_side(groups, twice, scale):
    """Also through several layers, with coefficients of every kind, and where a symbol stands at two places."""
    u = ca.symbols("side_u", (2, 2 // groups, 2)).astype(object)
    v = ca.symbols("side_v", (2, 2 // groups, 3)) * scale
    w = ca.symbols("side_w", (2, 2 // groups, 2))
    if twice:
        u[0, 0, 1] = u[0, 0, 0]
    dense = [ca.Kernel(kernel_of(x, groups)) for x in (w, u, v)]
    found = convolve(w, convolve(u, v, groups), groups)
    assert ca.Kernel(kernel_of(found, groups)) == dense[0] * dense[1] * dense[2]
    assert all([*m] == sorted(m) for p in found.flat for m in Polynomial.of(p).terms)
    if groups == 1:
        whole = by_definition(w, by_definition(u, v))
        assert same(found, whole)


def kernel_of(weight, groups):
    full = np.zeros((len(weight), weight.shape[1] * groups, *weight.shape[2:]), dtype=object)
    o, i = len(weight) // groups, weight.shape[1]
    for g in range(groups):
        full[g * o : (g + 1) * o, g * i : (g + 1) * i] = weight[g * o : (g + 1) * o]
    return full


def test_only_distinct_products_are_packed():
    u, v = (ca.symbols(name, (1, 1, 2)) for name in ("pu", "pv"))
    packed = [isinstance(p.terms, Packed) for p in convolve(u, v).flat]
    assert packed == [True] * 3
    assert not any(isinstance(p.terms, Packed) for p in convolve(u, u).flat)
    repeated = np.array([[[u[0, 0, 0], u[0, 0, 0]]]], dtype=object)
    for found in (convolve(repeated, v), convolve(v + 1, u)):
        assert not any(isinstance(getattr(p, "terms", None), Packed) for p in found.flat)


def test_packed_terms_are_a_mapping():
    found = Packed(np.array([[0, 1], [2, 3]]), np.array([5, 2**70], dtype=object))
    assert dict(found) == {(0, 1): 5, (2, 3): 2**70} == found
    assert (len(found), list(found), found.get((9, 9)), bool(Packed(np.zeros((0, 2)), np.zeros(0)))) == (
        2,
        [(0, 1), (2, 3)],
        None,
        False,
    )
    assert hash(Polynomial(found)) == hash(Polynomial(dict(found)))
    assert Polynomial(found) == Polynomial(dict(found))
    assert Polynomial(dict(found)) == Polynomial(found)
    assert (Polynomial(found) - Polynomial(dict(found))).terms == {}


def test_huge_products_are_refused_beforehand(monkeypatch):
    u, v = (ca.symbols(name, (1, 1, 30)) for name in ("hu", "hv"))
    check = rings.check_memory
    monkeypatch.setattr(kernel_symbols.rings, "check_memory", lambda n, size, what: check(n, size, what, 100_000))
    with pytest.raises(ca.SizeLimitError, match="the terms of the composed kernel"):
        convolve(u, v)
