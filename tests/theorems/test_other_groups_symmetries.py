"""Chapter 8, rotations, lifting, cosets, averages: images turned by NumPy's rot90 and roll, cosets listed."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textbook import circulant, flip, found, kernels, same, shift, sizes, vectors

import convalgebra as ca

few, odd = st.integers(1, 3), st.sampled_from([1, 3, 5])
S3 = list(permutations(range(3)))
groups_of_three = st.lists(st.sampled_from(S3), min_size=1, max_size=2)


def eye(n):
    return np.eye(n, dtype=np.int64)


def turned(x):
    """The image turned by a quarter about its place (0, 0), on the torus: y[i, j] = x[j, -i]."""
    return np.roll(np.rot90(x, 1, (1, 0))[:, ::1], 1, axis=1)


def correlated(x, w):
    """y[t] = sum over u of x[u] w[u - t], on the torus."""
    return sum(w[u] * np.roll(x, (-u[0], -u[1]), (0, 1)) for u in np.ndindex(*w.shape))


def lifted(x, w):
    """Four correlations, with the kernel and its quarter turns."""
    outputs = []
    for _ in range(4):
        outputs.append(correlated(x, w))
        w = turned(w)
    return np.array(outputs)


def squares(count, most=4):
    return st.integers(1, most).flatmap(lambda n: st.tuples(*[vectors(n, n)] * count))


@given(odd, st.booleans())
def test_rotations_leave_a_weight_for_each_orbit_of_taps(K, mirrored):
    """Classes of taps that turns, and perhaps reflections, exchange: (K^2 + 3) / 4, or (K + 1)(K + 3) / 8."""
    taps = np.arange(K * K).reshape(K, K)
    images = [np.rot90(t, k) for k in range(4) for t in ((taps, taps.T) if mirrored else (taps,))]
    classes = {frozenset(places) for places in zip(*(t.reshape(-1) for t in images), strict=True)}
    assert len(classes) == ((K + 1) * (K + 3) // 8 if mirrored else (K * K + 3) // 4)


@given(squares(2), st.integers(0, 3), st.integers(0, 3))
def test_four_turned_copies_of_any_kernel_are_equivariant(case, a, b):
    """A turn of the image turns the four outputs and exchanges them in a cycle; shifts shift them."""
    x, w = case
    y = lifted(x, w)
    assert same(lifted(turned(x), w), np.roll([turned(v) for v in y], 1, axis=0))
    assert same(lifted(np.roll(x, (a, b), (0, 1)), w), np.roll(y, (a, b), (1, 2)))
    assert same(lifted(turned(x), w).sum(axis=0), turned(y.sum(axis=0)))


def after(g, h):
    return tuple(g[i] for i in h)


def generated(generators):
    elements = {(0, 1, 2)}
    while True:
        more = elements | {after(g, h) for g in elements for h in generators}
        if more == elements:
            return sorted(elements)
        elements = more


def cosets(H):
    return sorted({tuple(sorted(after(g, h) for h in H)) for g in S3})


def maps_of_cosets(H, K):
    """The orbits of S_3 on pairs of cosets."""
    move = lambda g, coset: tuple(sorted(after(g, x) for x in coset))  # noqa: E731
    return len({frozenset((move(g, a), move(g, b)) for g in S3) for a in cosets(H) for b in cosets(K)})


@given(groups_of_three.map(generated), groups_of_three.map(generated))
def test_maps_between_cosets_are_counted_by_double_cosets(H, K):
    """Orbits of pairs of cosets are double cosets K g H."""
    double = {frozenset(after(after(k, g), h) for k in K for h in H) for g in S3}
    assert maps_of_cosets(H, K) == len(double)


@given(groups_of_three.map(generated), vectors(3))
def test_pooling_over_an_orbit_is_invariant(group, x):
    """Sums and maxima over an orbit do not change; linear invariants have a basis of such sums."""
    for orbit in {frozenset(places) for places in zip(*group, strict=True)}:
        chosen = sorted(orbit)
        assert {tuple(sorted(x[list(g)][chosen])) for g in group} == {tuple(sorted(x[chosen]))}
    functionals = np.vstack([eye(3)[list(g)] - eye(3) for g in group])
    assert 3 - np.linalg.matrix_rank(functionals) == len({frozenset(places) for places in zip(*group, strict=True)})


@given(kernels(1))
def test_a_sign_under_reversal_makes_kernels_antisymmetric(case):
    """J C_w J = -C_w for w less its reversal; such kernels have dimension ceil(n / 2) - 1."""
    (w,) = case
    n, J = len(w), flip(len(w))
    reverse = np.roll(eye(n)[::-1], 1, axis=0)
    C = circulant(w - reverse @ w)
    assert same(J @ C @ J, -C)
    assert np.linalg.matrix_rank(eye(n) - reverse) == (n + 1) // 2 - 1


def mean(group, A):
    """The mean of P A P^T, with fractions."""
    return sum(A[np.ix_(g, g)].astype(object) for g in map(list, group)) * Fraction(1, len(group))


@given(groups_of_three.map(generated), vectors(3, 3), vectors(3, 3))
def test_averaging_over_a_group_projects_onto_equivariant_maps(group, A, B):
    """Twice is once, the mean is equivariant, the projection orthogonal, its trace the number of orbits of pairs."""
    R = mean(group, A)
    assert same(mean(group, R), R)
    assert all(same(R[np.ix_(g, g)], R) for g in map(list, group))
    assert (R * B).sum() == (A * mean(group, B)).sum()
    units = [np.outer(eye(3)[i], eye(3)[j]) for i, j in product(range(3), repeat=2)]
    orbits = {frozenset((g[i], g[j]) for g in group) for i, j in product(range(3), repeat=2)}
    assert sum((mean(group, E) * E).sum() for E in units) == len(orbits)
    assert same(ca.project(A, [ca.permutation(g) for g in group]).to_numpy(), R)


FALSE = {
    "turning the outputs is enough": (
        squares(2), lambda x, w: same(lifted(turned(x), w), [turned(v) for v in lifted(x, w)]),
    ),
    "lifted kernels are symmetric too": (squares(1), lambda w: same(w, turned(w))),
    "maps between cosets are counted by a quotient": (
        st.tuples(groups_of_three.map(generated), groups_of_three.map(generated)),
        lambda H, K: maps_of_cosets(H, K) * len(H) * len(K) == 6,
    ),
    "pooling over any set is invariant": (kernels(1), lambda x: (shift(len(x)) @ x)[0] == x[0]),
    "equivariance always ties equal weights": (
        kernels(1), lambda w: same(circulant(w) - circulant(w).T, circulant(w).T - circulant(w)),
    ),
    "averaging over generators is enough": (
        sizes.flatmap(lambda n: st.tuples(vectors(n, n))),
        lambda A: same(np.roll(A, (2, 2), (0, 1)), A),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None
