"""Every product rule is a theorem: each is held against plain matrix multiplication of what it multiplies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_core import KINDS, MODES, arrays, atoms, equal, filled, kron, layers, operators, rings_entries, times

import convalgebra as ca
from convalgebra.algebra import dense, fourier, selection, toeplitz
from convalgebra.algebra.indexing import Axis
from convalgebra.algebra.operator import PRODUCTS
from convalgebra.algebra.toeplitz import Toeplitz


@st.composite
def same_atoms(draw, name, kind):
    """Two square atoms of one kind that fit."""
    n = draw(st.integers(1, 5))
    return draw(atoms(n, n, kind, name))[0], draw(atoms(n, n, kind, name))[0]


@st.composite
def selection_pairs(draw, kind):  # noqa: ARG001  # its entries are 0 and 1
    m, n, p = (draw(st.integers(1, 5)) for _ in range(3))
    return draw(atoms(m, n, name="Selection"))[0], draw(atoms(n, p, name="Selection"))[0]


@st.composite
def circulant_pairs(draw, kind):
    box = draw(st.sampled_from([(1,), (3,), (5,), (2, 3), (3, 1), (2, 2, 2)]))
    return ca.circulant(draw(arrays(kind, box))), ca.circulant(draw(arrays(kind, box)))


@st.composite
def toeplitz_pairs(draw, kind):
    """Layers on top of one another: any stride, dilation and padding, channels and groups, one or two axes."""
    ndim = draw(st.integers(1, 2))
    low_groups, high_groups = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    middle = low_groups * high_groups
    kind_of_axes = draw(st.sampled_from(("periodic", "unpadded", "any")))
    right_axes = tuple(draw(placed_axes(None, kind_of_axes)) for _ in range(ndim))
    left_axes = tuple(draw(placed_axes(a, kind_of_axes)) for a in right_axes)
    taps = [tuple(a.taps for a in side) for side in (left_axes, right_axes)]
    depth, outputs = draw(st.integers(1, 2)), draw(st.integers(1, 2)) * high_groups
    left = Toeplitz(
        rings_entries(draw(arrays(kind, (outputs, middle // high_groups, *taps[0])))), left_axes, high_groups
    )
    right = Toeplitz(rings_entries(draw(arrays(kind, (middle, depth, *taps[1])))), right_axes, low_groups)
    return left, right


@st.composite
def placed_axes(draw, below, kind):
    """An axis on an input of its own choice, or on top of another one."""
    size = below.out if below else draw(st.integers(1, 6))
    periodic = kind == "periodic"
    taps, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    stride = draw(st.sampled_from([s for s in (1, 2, 3) if not periodic or size % s == 0]))
    extent, lo = dilation * (taps - 1) + 1, draw(st.integers(-1, 2))
    if periodic:
        lo = draw(st.integers(-4, 4))
        return Axis(size, taps, stride, dilation, lo, size - stride + extent - size - lo, "circular")
    if kind == "unpadded" and below and extent <= size:
        return Axis(size, taps, stride, dilation, draw(st.integers(extent - size, 0)), 0)
    hi = draw(st.integers(max(-1, extent - size - lo), max(0, extent - size - lo) + 2))
    return Axis(size, taps, stride, dilation, lo, hi, draw(st.sampled_from(MODES)))


ROOMS = (dense, fourier, selection, toeplitz)  # rules register where their atoms live


@st.composite
def fourier_pairs(draw, kind):  # noqa: ARG001  # its entries are roots of unity
    n, norm = draw(st.integers(1, 6)), st.sampled_from(fourier.NORMS)
    F, G = ca.dft(n, draw(norm)), ca.dft(n, draw(norm))
    return F, draw(st.sampled_from([G, G.H]))


DRAWN = {
    ("Fourier", "Fourier"): fourier_pairs,
    ("Selection", "Selection"): selection_pairs,
    ("Diagonal", "Diagonal"): lambda kind: same_atoms("Diagonal", kind),
    ("Circulant", "Circulant"): circulant_pairs,
    ("Toeplitz", "Toeplitz"): toeplitz_pairs,
}


def test_the_table_and_the_drawn_pairs_cover_each_other():
    assert {(left.__name__, right.__name__) for left, right in PRODUCTS} == DRAWN.keys()


@pytest.mark.parametrize("pair", DRAWN, ids=" @ ".join)
@pytest.mark.parametrize("kind", ["int", "big", "fraction", "symbol"])
def test_the_rule_is_plain_matrix_multiplication(pair, kind):
    applied = []

    @settings(max_examples=60 if kind == "int" else 24)
    @given(DRAWN[pair](kind))
    def holds(operators_):
        left, right = operators_
        merged = PRODUCTS[type(left), type(right)](left, right)
        if merged is None:
            assert pair in {("Toeplitz", "Toeplitz"), ("Circulant", "Circulant"), ("Fourier", "Fourier")}
            merged = left @ right
        else:
            applied.append(merged)
            assert type(left @ right) is type(merged)
            assert type(merged) is type(left) or pair == ("Fourier", "Fourier")
        if pair == ("Fourier", "Fourier"):
            assert np.allclose(merged.to_numpy().astype(complex), left.to_numpy() @ right.to_numpy(), atol=1e-12)
            return
        wanted = times(left.to_numpy().astype(object), right.to_numpy().astype(object))
        assert merged.boxes == (left.boxes[0], right.boxes[1])
        assert equal(merged.to_numpy(), wanted)

    holds()
    assert len(applied) > 5


@pytest.mark.parametrize("rule", PRODUCTS.values(), ids=lambda rule: rule.__name__)
def test_a_rule_is_a_theorem_in_its_docstring(rule):
    assert rule.__doc__
    assert len(rule.__name__.split("_")) >= 2


@settings(max_examples=300)
@given(toeplitz_pairs("int"))
def test_layers_multiply(pair):
    left, right = pair
    wanted = times(left.to_numpy().astype(object), right.to_numpy().astype(object))
    assert equal((left @ right).to_numpy(), wanted)


# --- where the hypothesis of a rule fails -----------------------------------------------------------------------------


def merges(left, right):
    return PRODUCTS[Toeplitz, Toeplitz](left, right) is not None


def conv(weight, size, **options):
    return ca.Conv(weight, **options).matrix((len(weight[0]), size))


W = np.array([[[1, 2, 3]]])


def test_two_unpadded_layers_are_one():
    assert merges(conv(W, 5), conv(W, 7))
    assert (conv(W, 5) @ conv(W, 7))[0, 2] == 3 + 4 + 3


def test_a_padded_layer_on_top_is_refused_but_below_is_merged():
    assert not merges(conv(W, 7, padding=1), conv(W, 7, padding=1))
    assert not merges(conv(W, 7, padding=(0, 1)), conv(W, 7, padding=1))
    assert not merges(conv(W, 7, padding=(1, 0)), conv(W, 7, padding=1))
    assert merges(conv(W, 7), conv(W, 7, padding=1))
    assert merges(conv(W, 7, padding=(-1, -1)), conv(W, 7, padding=1, padding_mode="reflect"))


def test_padding_that_the_stride_does_not_reach_is_no_padding():
    assert merges(conv(W, 6, padding=(0, 1), stride=3), conv(W, 8))


def test_periodic_layers_are_one_when_the_stride_divides():
    circular = {"padding": 1, "padding_mode": "circular"}
    assert merges(conv(W, 6, **circular), conv(W, 6, **circular))
    assert merges(conv(W, 3, **circular), conv(W, 6, stride=2, **circular))
    assert not merges(conv(W, 4, **circular), conv(W, 7, stride=2, **circular))
    assert not merges(conv(W, 6, **circular), conv(W, 6, padding=1))
    assert not merges(conv(W, 6, padding=1, padding_mode="reflect"), conv(W, 6, **circular))


def test_circulants_on_different_boxes_are_not_merged():
    left, right = ca.circulant(np.arange(6).reshape(2, 3)), ca.circulant(np.arange(1, 7))
    wanted = left.to_numpy() @ right.to_numpy()
    assert equal((left @ right).to_numpy(), wanted)
    assert PRODUCTS[type(left), type(right)](left, right) is None


# --- products, sums and multiples keep their kind -----------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["Circulant", "Toeplitz"])
def test_sums_and_multiples_of_one_kind_stay_of_that_kind(kind, name):
    a = filled(kind, (3,))
    b, build = (
        filled(kind, (3,), 5),
        {"Circulant": ca.circulant, "Toeplitz": lambda v: ca.Conv(v[None, None]).matrix((1, 5))}[name],
    )
    A, B = build(a), build(b)
    assert type(A + B).__name__ == type(A - B).__name__ == type(A * 3).__name__ == name
    assert equal((A + B).to_numpy(), build(a + b).to_numpy())
    assert equal((A - B).to_numpy(), build(a - b).to_numpy())
    assert equal(
        (A * 3 - A / 2).to_numpy(),
        build(a * 5).to_numpy() / 2 if kind in {"float", "complex"} else (A * 5 / 2).to_numpy(),
    )


def test_layers_of_unlike_axes_are_added_as_matrices():
    A, B = conv(W, 7, padding=1), conv(W, 7, padding=1, padding_mode="circular")
    assert type(A + B).__name__ == "Sum"
    assert equal((A + B).to_numpy(), A.to_numpy() + B.to_numpy())
    C = ca.circulant(np.arange(4).reshape(2, 2)) + ca.circulant(np.arange(4))
    assert equal(
        C.to_numpy(), ca.circulant(np.arange(4).reshape(2, 2)).to_numpy() + ca.circulant(np.arange(4)).to_numpy()
    )


@given(st.data())
def test_products_are_associative(data):
    m, n, p, q = (data.draw(st.integers(1, 4)) for _ in range(4))
    (A, a), (B, b), (C, c) = (data.draw(operators(*s, depth=1)) for s in ((m, n), (n, p), (p, q)))
    wanted = times(times(a, b), c)
    assert equal(((A @ B) @ C).to_numpy(), wanted)
    assert equal((A @ (B @ C)).to_numpy(), wanted)
    assert equal((2 * (A @ B) @ (-C)).to_numpy(), -2 * wanted)


@given(layers(axes=1), st.data())
def test_selections_around_a_layer(case, data):
    """Extend, slide, keep: the factors stand around the kernel and are not multiplied out."""
    layer, in_shape, wanted, _ = case
    A = layer.matrix(in_shape)
    D, d = data.draw(atoms(3, A.shape[0], name="Selection"))
    P, p = data.draw(atoms(A.shape[1], 3, name="Selection"))
    assert equal((D @ A @ P).to_numpy(), times(times(d, wanted), p))
    assert equal((P.T @ A.T @ D.T).to_numpy(), times(times(d, wanted), p).T)


def test_the_mixed_product_of_kronecker_products():
    a, b, c, d = (filled("int", (2, 2), k) for k in (1, 3, 5, 8))
    A, B, C, D = map(ca.matrix, (a, b, c, d))
    assert equal((ca.kron(A, B) @ ca.kron(C, D)).to_numpy(), kron(times(a, c), times(b, d)))
