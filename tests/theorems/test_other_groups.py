"""Chapter 8, convolution on other groups: by multiplication tables, permutation matrices and NumPy."""

from __future__ import annotations

from itertools import permutations, product
from math import gcd

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from textbook import circulant, circulant2, found, images, kernels, rank, same, shift, vectors

S3 = list(permutations(range(3)))
TABLES = {
    **{f"Z_{n}": [[(g + h) % n for h in range(n)] for g in range(n)] for n in range(1, 6)},
    "Z_2^2": [[g ^ h for h in range(4)] for g in range(4)],
    "S_3": [[S3.index(tuple(g[i] for i in h)) for h in S3] for g in S3],
}
ABELIAN = set(TABLES) - {"S_3"}
groups = st.sampled_from(sorted(TABLES))


def on_group(count):
    """A group's name and so many functions on it."""
    return groups.flatmap(lambda name: st.tuples(st.just(name), *[vectors(len(TABLES[name]))] * count))


def eye(n):
    return np.eye(n, dtype=np.int64)


def left(G, g):
    """The column of h has its one at g h."""
    return eye(len(G))[:, np.argsort(G[g])]


def right(G, g):
    """The column of h has its one at h g^-1: the place k with k g = h."""
    return eye(len(G))[[row[g] for row in G]]


def convolution(G, f):
    """sum over k of f[k] x -> x * delta_k: right translations."""
    return sum(f[k] * right(G, k).T for k in range(len(G)))


def star(G, x, w):
    """Every product of two elements, added up where it lands."""
    y = np.zeros_like(x)
    for a, b in product(range(len(G)), repeat=2):
        y[G[a][b]] += x[a] * w[b]
    return y


@given(on_group(2))
def test_group_convolutions_are_the_equivariant_maps(case):
    """(L_g x) * f = L_g (x * f), and no other map commutes with all L_g."""
    name, f, x = case
    G = TABLES[name]
    assert same(convolution(G, f) @ x, star(G, x, f))
    assert all(same(convolution(G, f) @ left(G, g), left(G, g) @ convolution(G, f)) for g in range(len(G)))
    equations = [np.kron(left(G, g).T, eye(len(G))) - np.kron(eye(len(G)), left(G, g)) for g in range(len(G))]
    assert len(G) ** 2 - np.linalg.matrix_rank(np.vstack(equations)) == len(G)


@given(on_group(2))
def test_group_convolutions_multiply_backwards(case):
    """C_f C_k = C_{k * f}."""
    name, f, k = case
    G = TABLES[name]
    assert same(convolution(G, f) @ convolution(G, k), convolution(G, star(G, k, f)))
    if name in ABELIAN:
        assert same(convolution(G, f) @ convolution(G, k), convolution(G, k) @ convolution(G, f))


@given(on_group(2))
def test_each_side_has_its_convolution(case):
    """x -> k * x commutes with right translations, and with every x -> x * f."""
    name, f, k = case
    G = TABLES[name]
    B = np.stack([star(G, k, e) for e in eye(len(G))], axis=1)
    assert all(same(B @ right(G, g), right(G, g) @ B) for g in range(len(G)))
    assert same(B @ convolution(G, f), convolution(G, f) @ B)


def characters(name):
    """The real and complex characters of an abelian group, as rows."""
    n = len(TABLES[name])
    return np.kron(np.fft.fft(eye(2)), np.fft.fft(eye(2))) if name == "Z_2^2" else np.fft.fft(eye(n))


def plane(g):
    """The rotations and reflections of a triangle, for an element of S_3."""
    corners = np.array([[np.cos(t), np.sin(t)] for t in 2 * np.pi / 3 * np.arange(3)]).T
    return corners[:, list(g)] @ np.linalg.pinv(corners)


def sign(g):
    return np.linalg.det(eye(3)[list(g)])


@given(on_group(1))
def test_the_group_determinant_factors_by_representations(case):
    """det C_f is the product of sum f(g) rho(g) over the characters; on S_3 a square of a 2 x 2 determinant enters."""
    name, f = case
    if name in ABELIAN:
        wanted = np.prod(characters(name) @ f)
    else:
        block = sum(a * plane(g) for a, g in zip(f, S3, strict=True))
        wanted = f.sum() * (f @ [sign(g) for g in S3]) * np.linalg.det(block) ** 2
    assert np.isclose(np.linalg.det(convolution(TABLES[name], f)), wanted, rtol=1e-6, atol=1e-3)


@given(vectors(6))
def test_one_basis_makes_all_convolutions_block_diagonal(f):
    """On S_3 the entries of the representations, an orthogonal basis, make C_f block diagonal: blocks 1, 1, 2, 2."""
    planes = np.array([plane(g) for g in S3])
    U = np.vstack([np.ones(6), [sign(g) for g in S3], planes.reshape(6, 4).T * np.sqrt(2)]) / np.sqrt(6)
    assert np.allclose(U @ U.T, eye(6))
    blocks = U @ convolution(TABLES["S_3"], f) @ U.T
    block = sum(a * plane(g) for a, g in zip(f, S3, strict=True)).T
    assert np.allclose(blocks[:2, :2], np.diag([f.sum(), f @ [sign(g) for g in S3]]))
    assert np.allclose(blocks[2:, 2:], np.kron(eye(2), block))
    assert np.allclose(blocks[:2, 2:], 0)
    assert np.allclose(blocks[2:, :2], 0)


@given(images(2), st.data())
def test_products_of_circles_are_grids(case, data):
    """C_u (x) C_v is the block circulant of the outer product, and all block circulants commute."""
    w, x = case
    u, v = data.draw(vectors(w.shape[0])), data.draw(vectors(w.shape[1]))
    assert same(np.kron(circulant(u), circulant(v)), circulant2(np.outer(u, v)))
    F = np.kron(*(np.fft.fft(eye(n)) for n in w.shape))
    assert np.allclose(F @ circulant2(w), np.fft.fft2(w).reshape(-1, 1) * F)
    assert same(circulant2(w) @ circulant2(x), circulant2(x) @ circulant2(w))


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_a_circle_of_coprime_sides_is_a_grid(m, n, data):
    """i -> (i mod m, i mod n) turns circular convolution of one axis into that of two, for gcd(m, n) = 1."""
    assume(gcd(m, n) == 1)
    w = data.draw(vectors(m * n))
    P = np.zeros((m * n, m * n), dtype=np.int64)
    for i in range(m * n):
        P[i % m * n + i % n, i] = 1
    assert same(P @ circulant(w) @ P.T, circulant2((P @ w).reshape(m, n)))


def dyadic(w):
    return np.array([[w[i ^ j] for j in range(len(w))] for i in range(len(w))])


@given(st.integers(0, 3).flatmap(lambda k: vectors(2**k)))
def test_dyadic_convolutions_are_diagonal_in_the_hadamard_basis(w):
    """H W H = n diag(H w)."""
    H = np.array([[1]])
    while len(H) < len(w):
        H = np.kron(np.array([[1, 1], [1, -1]]), H)
    assert same(H @ dyadic(w) @ H, len(w) * np.diag(H @ w))


def eigenvalues_on_the_circle(n, steps):
    """How many eigenvalues of a walk with equal steps have modulus one."""
    f = np.bincount([s % n for s in steps], minlength=n) / len(steps)
    return int((np.abs(np.fft.fft(f)) > 1 - 1e-9).sum())


@given(st.integers(1, 8), st.sets(st.integers(0, 7), min_size=1))
def test_random_walks_on_a_circle_mix_unless_their_steps_share_a_period(n, steps):
    """gcd(differences of steps, n) eigenvalues have modulus one."""
    first, *_ = steps
    assert eigenvalues_on_the_circle(n, steps) == gcd(n, *(s - first for s in steps))


@given(st.integers(1, 5), st.integers(1, 4), st.data())
def test_sums_over_a_subgroup_are_sums_over_its_annihilator(m, s, data):
    """sum over the multiples of s of f = 1/s times the sum of its spectrum over the multiples of m."""
    f = data.draw(vectors(s * m))
    assert np.isclose(s * f[::s].sum(), np.fft.fft(f)[::m].sum())


def commuting(name):
    """Do the left translations commute?"""
    G = TABLES[name]
    pairs = product(range(len(G)), repeat=2)
    return all(same(left(G, g) @ left(G, h), left(G, h) @ left(G, g)) for g, h in pairs)


FALSE = {
    "left translations commute": (groups, commuting),
    "group convolutions commute": (
        on_group(2), lambda name, f, k: same(star(TABLES[name], f, k), star(TABLES[name], k, f)),
    ),
    "both formulas are equivariant": (
        on_group(2),
        lambda name, f, x: same(star(TABLES[name], f, left(TABLES[name], 1 % len(f)) @ x),
                                left(TABLES[name], 1 % len(f)) @ star(TABLES[name], f, x)),
    ),
    "block circulants have circulant blocks": (
        st.tuples(st.integers(1, 3), kernels(1, 3)),
        lambda h, d: same(np.kron(eye(h), np.diag(d[0])) @ np.kron(eye(h), shift(len(d[0]))),
                          np.kron(eye(h), shift(len(d[0]))) @ np.kron(eye(h), np.diag(d[0]))),
    ),
    "reading a grid by rows makes a circle": (images(1), lambda w: same(circulant2(w), circulant(w.reshape(-1)))),
    "dyadic convolutions are circular": (
        st.integers(0, 3).flatmap(lambda k: st.tuples(vectors(2**k))), lambda w: same(dyadic(w), circulant(w)),
    ),
    "steps that reach every place mix": (st.integers(1, 8), lambda n: eigenvalues_on_the_circle(n, [1]) == 1),
    "sums over a coset need no phase": (
        st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 3)).flatmap(
            lambda c: st.tuples(st.just(c), vectors(c[0] * c[1]))),
        lambda c, f: np.isclose(c[1] * np.roll(f, c[2])[:: c[1]].sum(), np.fft.fft(f)[:: c[0]].sum()),
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", FALSE)
def test_it_is_false_that(statement):
    assert found(*FALSE[statement]) is not None


def test_the_quadratic_factor_of_the_symmetric_group_is_irreducible():
    """det of the 2 x 2 block of S_3 is a quadratic form of rank 4; a product of two linear ones has rank 2 at most."""
    dets = np.linalg.det(np.array([[plane(a) + plane(b) for a in S3] for b in S3]))
    form = np.round(2 * (dets - np.add.outer(*[np.array([sign(g) for g in S3])] * 2))).astype(np.int64)
    assert rank(form) == 4
