"""Each assertion passes for what is true, and fails for the usual mistakes with the place and both values."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.testing import (
    assert_adjoint,
    assert_affine,
    assert_equivariant,
    assert_linear,
    assert_same_map,
    strategies,
)

W = [[[1, 2, 4]]]
CONV = ca.Conv(W, [3], stride=2, padding=1)


def by_loops(w, bias=0, stride=1, padding=1, *, flip=False, late=0):
    """One channel, zeros outside; `late` reads one place too far."""

    def apply(x):
        taps = w[::-1] if flip else w
        n, k = len(x[0]), len(w)
        out = (n + 2 * padding - k) // stride + 1
        read = [[stride * i + t - padding + late for t in range(k)] for i in range(out)]
        return [[bias + sum(c * x[0, j] for c, j in zip(taps, line, strict=True) if 0 <= j < n) for line in read]]

    return apply


def fails(call, *args, **options):
    with pytest.raises(AssertionError) as caught:
        call(*args, **options)
    return str(caught.value)


# --- one map ----------------------------------------------------------------------------------------------------------


def test_a_layer_is_its_loop():
    assert_same_map(CONV, by_loops([1, 2, 4], 3, 2), (1, 7))
    assert_same_map(by_loops([1, 2, 4], 3, 2), CONV, [1, 7])


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({"flip": True}, r"entry \(0, 1\) is 4 in f and 1 in g"),
        ({"late": 1}, r"entry \(0, 0\) is 2 in f and 1 in g"),
        ({"late": -1}, r"entry \(0, 0\) is 2 in f and 4 in g"),
        ({"bias": 4}, r"entry 0 of the offset is 3 in f and 4 in g"),
        ({"stride": 1}, r"of \(1, 7\), f makes \(1, 4\) and g makes \(1, 7\)"),
        ({"padding": 0}, r"of \(1, 7\), f makes \(1, 4\) and g makes \(1, 3\)"),
    ],
)
def test_the_usual_mistakes_of_a_convolution(broken, place):
    message = fails(assert_same_map, CONV, by_loops([1, 2, 4], **({"bias": 3, "stride": 2} | broken)), (1, 7))
    assert re.search(place, message), message
    assert message.startswith("f and g differ: ")


def test_small_matrices_are_printed_and_large_ones_are_not():
    small = fails(assert_same_map, ca.shift(4), ca.shift(4, -1), 4)
    assert small.splitlines()[:3] == [
        "f and g differ: entry (0, 1) is 0 in f and 1 in g", "matrix of f: 4 x 4 operator", "⎡·  ·  ·  1⎤",
    ]  # fmt: skip
    assert "matrix of g" in small
    assert fails(assert_same_map, ca.shift(40), ca.shift(40, -1), 40).count("\n") == 0


def test_integers_are_compared_exactly():
    huge = 2**53
    assert_same_map(lambda x: huge * x, ca.matrix([[huge]]), 1)
    assert "9007199254740993" in fails(assert_same_map, lambda x: huge * x, ca.matrix([[huge + 1]]), 1)
    fails(assert_same_map, ca.matrix([[Fraction(1, 3)]]), ca.matrix([[Fraction(10**9, 3 * 10**9 + 1)]]), 1)


def test_symbols_are_compared_for_every_value():
    u, v = ca.symbols("u", 3), ca.symbols("v", 2)
    net = ca.Sequential(ca.Conv(u[None, None]), ca.Conv(v[None, None]))
    assert_same_map(net, ca.collapse(net), (1, 9))
    message = fails(assert_same_map, net, ca.Sequential(*net.layers[::-1][:1], ca.Conv(u[None, None, ::-1])), (1, 5))
    assert "entry (0, 0) is u0*v0 in f and u2*v0 in g" in message


def test_floats_have_a_stated_bound():
    w = np.array([0.1, 0.2, 0.7])
    layer = ca.Conv(w[None, None])
    assert_same_map(layer, lambda x: np.correlate(x[0], w)[None], (1, 9))
    close = ca.Conv([[[0.1, 0.2, 0.7 + 1e-13]]])
    message = fails(assert_same_map, layer, close, (1, 20))
    assert re.search(r"entry \(0, 2\) is 0\.7 in f and .* in g, beyond 1\.2e-14$", message)
    assert_same_map(layer, close, (1, 9), tolerance=1e-12)
    single = lambda x: np.correlate(x[0].astype(np.float32), w.astype(np.float32))[None]  # noqa: E731
    assert_same_map(layer, single, (1, 9))
    fails(assert_same_map, ca.Conv((w + 1e-4)[None, None]), single, (1, 9))


def test_large_layers_and_a_tolerance_of_nothing():
    rng = np.random.default_rng(1)
    layer = ca.Conv(rng.normal(size=(2, 3, 3, 3)), padding=1)
    assert_same_map(layer, layer, (3, 200, 200), tolerance=0)
    changed = ca.Conv(np.nextafter(layer.weight, 9), padding=1)
    assert_same_map(layer, changed, (3, 20, 20))
    assert fails(assert_same_map, layer, changed, (3, 200, 200), tolerance=0).startswith(
        "f and g differ: entry (0, 0) is"
    )


def test_floats_beside_symbols_are_exact():
    w = ca.symbols("w", (1, 1, 2))
    assert_same_map(ca.Conv(w, [0.5]), ca.Conv(w, [Fraction(1, 2)]), (1, 3))
    message = fails(assert_same_map, ca.Conv(w, [0.5]), ca.Conv(w, [Fraction(1, 3)]), (1, 3))
    assert "entry 0 of the offset is 0.5 in f and 1/3 in g" in message


def test_other_fields():
    assert_same_map(ca.dft(6), np.fft.fft, 6)
    fails(assert_same_map, ca.dft(6), np.fft.ifft, 6)


def test_boxes_must_agree_but_for_axes_of_length_one_and_flat_vectors():
    assert_same_map(ca.convolution_matrix([1, 2], 3), lambda x: np.convolve(x, [1, 2])[None, :, None], 3)
    assert_same_map(ca.Flatten(), lambda x: x, (2, 3))
    assert "(2, 3) and g makes (3, 2)" in fails(assert_same_map, lambda x: x, lambda x: x.reshape(3, 2), (2, 3))


def test_maps_that_are_not_affine_are_compared_by_values():
    net = ca.Sequential(ca.Conv(W, padding=1), ca.ReLU(), ca.MaxPool(2))
    assert_same_map(net, net.__call__, (1, 6))
    message = fails(assert_same_map, net, ca.Sequential(*net.layers[:2], ca.AvgPool(2)), (1, 4))
    assert message.splitlines() == [
        "f and g differ at x = [[1, 0, 0, 0]]:", "f = [[2, 0]]", "g = [[Fraction(3, 2), 0]]",
    ]  # fmt: skip
    assert "differ at x = [-1,  0,  0]:" in fails(assert_same_map, ca.ReLU(), ca.Identity(), 3)
    assert "at x = " in fails(assert_same_map, ca.Identity(), np.abs, 3)
    fails(assert_same_map, lambda x: x[x >= 0], ca.Identity(), 3)


@given(strategies.networks(), st.data())
def test_every_network_is_the_function_that_it_computes(net, data):
    shape = data.draw(strategies.shapes(net, most=1))
    assert_same_map(net, net.__call__, shape)


@given(strategies.convs(axes=1), st.data())
def test_a_changed_weight_is_seen(layer, data):
    shape = data.draw(strategies.shapes(layer))
    A = layer.matrix(shape).to_numpy()
    place = data.draw(st.tuples(*(st.integers(0, n - 1) for n in A.shape)))
    A[place] += 1
    b = layer.offset(shape)
    message = fails(assert_same_map, layer, lambda x: (A @ x.reshape(-1) + b).reshape(layer.output_shape(shape)), shape)
    assert f"entry {place} is {A[place] - 1} in f and {A[place]} in g" in message


# --- equivariance -----------------------------------------------------------------------------------------------------


def test_circular_layers_commute_with_shifts():
    circular = {"padding": 1, "padding_mode": "circular"}
    assert_equivariant(ca.Conv(W, [5], **circular), 3, (1, 8))
    assert_equivariant(ca.Conv(ca.symbols("w", (1, 1, 3)), **circular), 1, (1, 8))
    assert_equivariant(ca.Conv(np.arange(9).reshape(1, 1, 3, 3), **circular), (1, 2), (1, 4, 5))
    assert_equivariant(np.cumsum, 0, 4)
    assert_equivariant(lambda x: np.roll(x, 1) ** 2, 2, 5)
    assert_equivariant(ca.GlobalAvgPool(), 1, (2, 5))
    assert_equivariant(lambda x: x * np.array([[1], [2]]), (0, 1), (2, 4))


def test_a_stride_divides_the_shift():
    layer = ca.Conv(W, stride=2, padding=1, padding_mode="circular")
    assert_equivariant(layer, 2, (1, 8))
    message = fails(assert_equivariant, layer, 1, (1, 8))
    assert message == "f is not equivariant: (1, 8) becomes (1, 4), where a shift by (0, 1) is no whole shift"


@pytest.mark.parametrize(
    ("f", "shift", "shape"),
    [
        (ca.Conv(W, padding=1), 1, (1, 4)),
        (ca.Conv(W, padding=1), 1, (1, 40)),
        (ca.Conv(W), 1, (1, 8)),
        (np.cumsum, 1, 4),
        (lambda x: x + np.arange(4), 1, 4),
        (ca.MaxPool(2, stride=1, padding=((0, 1),)), 1, (1, 4)),
        (ca.Sequential(ca.ReLU(), ca.Conv(W, padding=1)), 1, (1, 4)),
    ],
)
def test_borders_do_not_commute(f, shift, shape):
    message = fails(assert_equivariant, f, shift, shape)
    assert "f is not equivariant" in message or "f(S x) and S' f(x) differ at x = " in message


def test_other_symmetries_are_operators():
    even = ca.Conv([[[1, 2, 1]]], padding=1, padding_mode="symmetric")
    assert_equivariant(even, ca.flip((1, 5)), (1, 5))
    fails(assert_equivariant, ca.Conv(W, padding=1), ca.flip((1, 5)), (1, 5))
    assert_equivariant(ca.downsample(6, 2), (ca.shift(6, 2), ca.shift(3, 1)), 6)
    fails(assert_equivariant, ca.downsample(6, 2), (ca.shift(6, 1), ca.shift(3, 1)), 6)


# --- adjoints, linear and affine maps ---------------------------------------------------------------------------------


def test_the_transposed_layer_is_the_adjoint():
    layer = ca.Conv(W, stride=2, padding=1)
    assert_adjoint(layer, layer.T, (1, 7), (1, 4))
    assert_adjoint(by_loops([1, 2, 4], 0, 2), layer.T, (1, 7), (1, 4))
    assert_adjoint(ca.dft(4), lambda y: 4 * np.fft.ifft(y), 4, 4)


@given(strategies.convs(axes=1), st.data())
def test_every_layer_and_the_transpose_of_its_matrix(layer, data):
    shape = data.draw(strategies.shapes(layer))
    A = layer.matrix(shape)
    assert_adjoint(A, lambda y: y @ A, A.shape[1], A.shape[0])


def test_what_is_no_adjoint():
    layer = ca.Conv(W, stride=2, padding=1)
    flipped = ca.ConvTranspose(np.flip(W, 2), stride=2, padding=1)
    assert "entry (1, 0) is 4 in f.H and 1 in g" in fails(assert_adjoint, layer, flipped, (1, 7), (1, 4))
    assert "f makes (1, 4) of (1, 7), not (1, 5)" in fails(assert_adjoint, layer, layer.T, (1, 7), (1, 5))
    assert "f is not linear: f(0) has 3 at output (0, 0), not 0" in fails(assert_adjoint, CONV, CONV.T, (1, 7), (1, 4))
    assert "f.H" in fails(assert_adjoint, ca.dft(4), ca.dft(4), 4, 4)  # the conjugate is not forgotten
    assert "g is not linear" in fails(assert_adjoint, ca.identity(3), np.abs, 3, 3)


def test_linear_and_affine():
    assert_linear(lambda x: x[::-1], 4)
    assert_linear(ca.Conv(W), (1, 4))
    assert_affine(CONV, (1, 4))
    assert fails(assert_linear, CONV, (1, 4)) == "f is not linear: f(0) has 3 at output (0, 0), not 0"
    assert "f is not linear: at x = " in fails(assert_linear, np.square, 2)
    assert "f is not affine: at x = " in fails(assert_affine, np.maximum.accumulate, 3)
    assert "f is not affine: at x = " in fails(assert_affine, ca.MaxPool(2), (1, 4))


def test_a_layer_that_is_not_linear_is_not_taken_for_one_where_it_looks_so():
    net = ca.Sequential(ca.Conv([[[1]]], [10**9]), ca.ReLU())
    assert fails(assert_affine, net, (1, 3)) == "f is not affine: it holds a layer that is not linear"


# --- errors of the caller ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: assert_same_map(3, np.abs, 4), ca.ArgumentError, "f must be a function, a layer or an operator"),
        (lambda: assert_same_map(np.abs, [[1]], 4), ca.ArgumentError, "write ca.matrix(array)"),
        (lambda: assert_linear(np.abs, 0), ca.ArgumentError, "in_shape must be at least 1, not 0"),
        (lambda: assert_linear(ca.shift(4), 5), ca.ShapeError, "in_shape must have the 4 places that f takes, not 5"),
        (lambda: assert_linear(lambda x: x, 5000), ca.SizeLimitError, "at most 4096 places, to try f on each, not"),
        (lambda: assert_linear(lambda x: x[9], 4), ca.ArgumentError, "f must accept arrays of shape (4,), not raise I"),
        (lambda: assert_linear(lambda x: x / 0.0, 2), ca.EntryError, "the values of f must be finite"),
        (lambda: assert_linear(lambda x: x[:0], 2), ca.ShapeError, "f must give at least one value"),
        (lambda: assert_linear(lambda x: x[x == 0], 2), ca.ShapeError, "f must give values of one shape, not (2,)"),
        (lambda: assert_linear(str, 2), ca.EntryError, "not '[0 0]' (str)"),
        (lambda: assert_equivariant(np.flip, 1.5, 4), ca.ArgumentError, "shift must be an integer, not 1.5"),
        (lambda: assert_equivariant(np.flip, (1, 2), 4), ca.ArgumentError, "one for each of the 1 spatial axes"),
        (lambda: assert_equivariant(np.flip, (ca.shift(4), 1), 4), ca.ArgumentError, "or a pair of operators"),
        (lambda: assert_equivariant(ca.Flatten(), 1, (2, 4)), ca.ShapeError, "write shift=(S, S')"),
        (lambda: assert_equivariant(np.flip, ca.shift(5), 4), ca.ShapeError, "the shift of the input must be 4 x 4"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_errors_say_what_to_write(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call()


def test_what_cannot_be_decided_is_no_failure():
    a = sympy.Symbol("a")
    with pytest.raises(ca.UndecidedError):
        assert_same_map(ca.matrix([[sympy.sin(a) ** 2 + sympy.cos(a) ** 2]]), ca.matrix([[1]]), 1)


def test_inputs_are_not_shared_with_the_function():
    def spoils(x):
        x[...] = 0
        return x

    assert "entry (0, 0) is 0 in f and 1 in g" in fails(assert_same_map, spoils, ca.identity(2), 2)
