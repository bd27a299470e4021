"""Widom's identity: proved for generic kernels, held against plain matrices, and its ranks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca


@st.composite
def kernels(draw, o=1, i=1):
    size = draw(st.integers(1, 4))
    values = draw(st.lists(st.integers(-3, 3), min_size=o * i * size, max_size=o * i * size))
    return ca.Kernel(np.reshape(values, (o, i, size)), (draw(st.integers(-3, 2)),))


def laurent(kernel, n):
    """T[i, j] = a[i - j] by the definition, channels as blocks."""
    o, i = kernel.channels
    T = np.zeros((o, n, i, n), dtype=int)
    for row in range(n):
        for col in range(n):
            t = row - col - kernel.origin[0]
            if 0 <= t < kernel.size[0]:
                T[:, row, :, col] = kernel.weight[:, :, t]
    return T.reshape(o * n, i * n)


@given(st.data(), st.integers(1, 6))
def test_both_forms_are_the_defect(data, n):
    o, m, i = (data.draw(st.integers(1, 2)) for _ in range(3))
    a, b = data.draw(kernels(o, m)), data.draw(kernels(m, i))
    found = ca.boundary_defect(a, b, n)
    plain = laurent(a * b, n) - laurent(a, n) @ laurent(b, n)
    assert np.array_equal(found.defect.to_numpy(), plain)
    assert np.array_equal(found.closed.to_numpy(), plain)
    assert np.linalg.matrix_rank(plain) <= found.rank_bound


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize(("p", "q"), [(1, 3), (3, 3), (5, 3), (5, 7)])
def test_the_identity_is_proved_for_every_kernel(n, p, q):
    found = ca.boundary_defect(ca.symbols("a", p), ca.symbols("b", q), n)
    assert ca.prove(found.claim).scope == f"n={n}, every kernel"


def test_the_defect_of_layers_is_that_of_their_collapse():
    u, v = ca.Conv(ca.symbols("u", (1, 1, 3)), padding=1), ca.Conv(ca.symbols("v", (1, 1, 3)), padding=2, dilation=2)
    report = ca.collapse([u, v], (1, 7), border="report")
    found = ca.boundary_defect(v, u, 7)
    assert bool(-found.defect == report.defect)
    assert report.rank == found.rank_bound == 2


def test_the_hankel_matrices():
    found = ca.boundary_defect(ca.symbols("a", 5), ca.symbols("b", 5), 3)
    (left, right), (turned, back) = found.near, found.far
    assert [[str(v) for v in row] for row in left.to_numpy()] == [["a3", "a4"], ["a4", "0"], ["0", "0"]]
    assert [[str(v) for v in row] for row in right.to_numpy()] == [["b1", "b0", "0"], ["b0", "0", "0"]]
    assert [[str(v) for v in row] for row in turned.to_numpy()] == [["0", "0"], ["a0", "0"], ["a1", "a0"]]
    assert [[str(v) for v in row] for row in back.to_numpy()] == [["0", "b4", "b3"], ["0", "0", "b4"]]


def test_one_sided_kernels_lose_nothing():
    found = ca.boundary_defect(ca.Kernel([[[1, 2, 3]]]), ca.Kernel([[[4, 5]]]), 6)
    assert found.rank_bound == 0
    assert bool(found.whole == found.stack)


def test_latex_shows_the_identity_and_its_matrices():
    text = ca.boundary_defect(ca.symbols("a", 3), ca.symbols("b", 3), 2).to_latex()
    assert text.startswith(r"T_{2}(ab) - T_{2}(a)\,T_{2}(b) = H(a)\,H(\tilde b) + J\,H(\tilde a)\,H(b)\,J")
    assert all(part in text for part in ("a_{2}", "b_{0}", "a_{0}", "b_{2}"))


@pytest.mark.parametrize(
    ("a", "b", "n", "kind", "message"),
    [
        ([1, 2], [1], 3, ca.ShapeError, "odd number of coefficients"),
        ([[1, 2, 3]], [1], 3, ca.ShapeError, "odd number"),
        (ca.Kernel(np.ones((1, 1, 3, 3))), [1], 3, ca.ShapeError, "on one axis, not on 2"),
        (ca.Conv(np.ones((1, 1, 3, 3)), padding=1), [1], 3, ca.ShapeError, "on one axis, not on 2"),
        (ca.Kernel(np.ones((1, 2, 3))), [1], 3, ca.ShapeError, "must take the channels"),
        (ca.Conv([[[1, 1, 1]]]), [1], 3, ca.ArgumentError, "keep the size"),
        (ca.Conv([[[1, 1, 1]]], padding=1, padding_mode="circular"), [1], 3, ca.ArgumentError, "keep the size"),
        (ca.Conv([[[1, 1, 1]]], padding=1, stride=2), [1], 3, ca.ArgumentError, "keep the size"),
        ([1], [1], 0, ca.ArgumentError, "n must be at least 1"),
        ([1], ["x"], 3, ca.EntryError, "b must be"),
    ],
)
def test_bad_input(a, b, n, kind, message):
    with pytest.raises(kind, match=message):
        ca.boundary_defect(a, b, n)


@pytest.mark.parametrize(("a", "b", "near", "far"), [
    ([1, 2, 1], [1, 2, 3, 2, 1], 1, 1), ([1, 2, 3, 2, 1], [1, 2, 1], 1, 1), ([1] * 5, [1] * 7, 2, 2),
])  # fmt: skip
def test_no_more_places_are_kept_than_both_layers_read(a, b, near, far):
    """The factors of the closed form are as narrow as the shorter reach; their widths are the bound of the rank."""
    found = ca.boundary_defect(a, b, 9)
    assert [A.shape for A in found.near] == [(9, near), (near, 9)]
    assert [A.shape for A in found.far] == [(9, far), (far, 9)]
    assert found.rank_bound == near + far
