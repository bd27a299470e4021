"""Chapter 18, counts: symbols and entries of explicit matrices, counted."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, permutations, product
from math import ceil

import numpy as np
import pytest
from hypothesis import assume, find, given, settings
from hypothesis import strategies as st

import convalgebra as ca

sizes, taps, channels = st.integers(1, 12), st.integers(1, 5), st.integers(1, 3)


def taps_of(n, K, s=1, p=0, C=1, D=1, g=1):
    """The matrix of a layer on n places whose entries are 1 + the number of the weight, 0 where there is none."""
    o = (n + 2 * p - K) // s + 1
    A = np.zeros((D, o, C, n), dtype=np.int64)
    for d, i, c, a in product(range(D), range(o), range(C // g), range(K)):
        j = s * i + a - p
        if 0 <= j < n:
            A[d, i, d // (D // g) * (C // g) + c, j] = 1 + (d * (C // g) + c) * K + a
    return A.reshape(D * o, C * n)


@given(sizes, taps, channels, channels, channels)
def test_parameters_are_the_symbols_of_the_matrix(n, K, a, b, g):
    """C_out (C_in / g) K different weights stand in the matrix of a layer without padding."""
    assume(K <= n)
    A = taps_of(n, K, C=a * g, D=b * g, g=g)
    assert len(np.unique(A[A > 0])) == b * g * a * K


@given(sizes, st.integers(0, 4))
def test_products_are_entries(n, r):
    """Zeros of radius r <= n leave n K - r (r + 1) products of the nominal n K."""
    assume(r <= n)
    K = 2 * r + 1
    assert (
        np.count_nonzero(taps_of(n, K, p=r))
        == n * K - r * (r + 1)
        == ca.Conv([[[1] * K]], padding=r).matrix((1, n)).nnz
    )


@given(sizes, taps)
def test_sharing_and_locality_save_parameters(n, K):
    """n o weights in a dense layer, K o in a locally connected one, K in a convolution."""
    assume(K <= n)
    A = taps_of(n, K)
    assert A.size >= np.count_nonzero(A) == (n - K + 1) * K >= len(np.unique(A[A > 0])) == K


@given(taps, channels, st.integers(1, 9))
def test_a_separable_layer_costs_the_sum_of_two_reciprocals(K, C, D):
    """(C K^2 + C D) / (C D K^2) = 1/D + 1/K^2."""
    depth, point, full = ca.abstract((C, 1, K, K)), ca.abstract((D, C)), ca.abstract((D, C, K, K))
    separable = ca.depthwise_separable(depth, point).parameters
    assert Fraction(separable, full.size) == Fraction(1, D) + Fraction(1, K * K)


@given(channels, channels, channels, taps)
def test_groups_divide_weights_and_products(g, a, b, K):
    """g groups divide the entries of the matrix by g."""
    n = K + 2
    grouped, full = taps_of(n, K, C=a * g, D=b * g, g=g), taps_of(n, K, C=a * g, D=b * g)
    assert g * np.count_nonzero(grouped) == np.count_nonzero(full)


@given(sizes, sizes, taps)
def test_a_stride_divides_outputs_and_products(h, w, s):
    """Under SAME ceil(h/s) ceil(w/s) of h w outputs are left."""
    layer = ca.Conv(ca.abstract((1, 1, 3, 3)), stride=s, padding="same_upper")
    assert layer.output_shape((1, h, w)) == (1, ceil(Fraction(h, s)), ceil(Fraction(w, s)))


@given(sizes, taps, taps, st.integers(0, 3), st.integers(0, 2**32))
def test_each_gradient_costs_a_forward_pass(n, K, s, p, seed):
    """y = A x, A^T g and the gradient of w sum over the same triples: <g, A x> = <A^T g, x> = <w', w>."""
    assume(K <= n + 2 * p)
    named, random = taps_of(n, K, s, p), np.random.default_rng(seed)
    w, x, g = (random.integers(-9, 9, size) for size in (K, n, len(named)))
    A = np.concatenate([[0], w])[named]
    gradient = np.array([g @ (named == 1 + a) @ x for a in range(K)], dtype=np.int64)
    assert g @ (A @ x) == (A.T @ g) @ x == gradient @ w
    assert sum(np.count_nonzero(named == 1 + a) for a in range(K)) == np.count_nonzero(named)


@given(sizes, taps, taps)
def test_im2col_stores_every_window(n, K, s):
    """o windows of K values are stored."""
    assume(K <= n)
    stored = np.lib.stride_tricks.sliding_window_view(np.arange(n), K)[::s]
    assert np.array_equal(ca.Unfold(K, stride=s)(np.arange(n)[None]).reshape(K, -1).T, stored)


def test_the_counts_of_the_literature():
    """VGG-16 has 138357544 parameters; LeNet-5, with its partial third layer, 60000."""
    vgg, channels_of = 0, [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    for C, D in pairwise(channels_of):
        vgg += D * (9 * C + 1)
    for C, D in [(512 * 49, 4096), (4096, 4096), (4096, 1000)]:
        vgg += D * (C + 1)
    assert vgg == 138_357_544 == ca.parameters(ca.models.vgg16())


@given(st.integers(2, 4), st.sampled_from(["Z_n", "S_n"]))
def test_equivariance_leaves_a_weight_for_each_orbit(n, group):
    """The pairs of points fall into n orbits of Z_n and two of S_n."""
    cyclic = [tuple((k + a) % n for k in range(n)) for a in range(n)]
    elements = cyclic if group == "Z_n" else list(permutations(range(n)))
    orbits = {frozenset((g[i], g[j]) for g in elements) for i, j in product(range(n), repeat=2)}
    assert len(orbits) == (n if group == "Z_n" else 2)


FALSE = {
    "the matrix holds every tap": (st.integers(1, 4), lambda r: len(np.unique(taps_of(1, 2 * r + 1, p=r))) > 2 * r),
    "padding costs products": (
        st.integers(1, 4),
        lambda r: np.count_nonzero(taps_of(5, 2 * r + 1, p=r)) == 5 * (2 * r + 1),
    ),
    "a separable layer is always smaller": (taps, lambda K: K * K + 1 <= K * K),
    "a stride divides products by its square": (st.integers(2, 4), lambda s: ceil(Fraction(3, s)) ** 2 * s * s == 9),
    "im2col stores the input": (taps, lambda K: (8 - K + 1) * K == 8),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    """Each false sibling is found out by drawing."""
    drawn, holds = FALSE[name]
    assert not holds(find(drawn, lambda case: not holds(case), settings=settings(max_examples=1000, database=None)))
