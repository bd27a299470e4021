"""The worked examples of the lecture notes: the numbers, matrices and equations that the lectures print."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
import sympy
from oracles import claim

import convalgebra as ca


def size(case, padding=0, **options):
    """The output size of a case's window, `padding` places on each side."""
    at = case["attrs"]
    return ca.output_size(at["W"], at["K"], at["S"], lo=padding, hi=padding, **options)


def layer(out, depth, kernel, bias=0, **options):
    weight = np.zeros((out, depth, *kernel), dtype=np.int64)
    return ca.Conv(weight, np.zeros(out, dtype=np.int64) if bias else None, **options)


def stays(claim):
    """The claim is proved, or `prove` raises."""
    assert "every kernel" in ca.prove(claim).scope


@claim("seeds", "conv2d")
def test_printed_images(case):
    convolution = ca.Conv([[case["w"]]], **{k: case["attrs"][k] for k in ("stride", "padding")})
    assert np.array_equal(convolution([case["x"]]), [case["expected"]])


@claim("seeds", "conv1d_matrix_symbolic")
def test_printed_toeplitz_matrix(case):
    w = ca.symbols("w", len(case["attrs"]["kernel"]), start=1)
    printed = sympy.Matrix([[sympy.sympify(entry) for entry in row] for row in case["expected"]])
    n = case["attrs"]["n"]
    assert ca.convolution_matrix(w, n, mode="valid", op="correlation").to_sympy() == printed
    assert ca.Conv([[w]]).matrix((1, n)).to_sympy() == printed


@claim("seeds", "circular_convolution")
def test_both_readings_of_the_circulant(case):
    x, w, expected = case["x"], case["w"], case["expected"]
    for op, printed in (("convolution", "convolution_eq9"), ("correlation", "correlation_printed_matrix")):
        assert np.array_equal(ca.circulant(w, op) @ x, expected[printed])
    sums = [sum(x[j] * w[(i - j) % 5] for j in range(5)) for i in range(5)]
    assert sums == expected["convolution_eq9"]


@claim("seeds", "shift_matrix")
def test_shift_matrices_in_both_directions(case):
    assert np.array_equal(ca.shift(5, -2).to_numpy(), case["expected"]["matrix_n5_k2"])
    for k in range(5):
        e_k = np.eye(5, dtype=np.int64)[k]
        assert ca.shift(5, k) == ca.circulant(e_k)
        assert ca.shift(5, -k) == ca.circulant(e_k, op="correlation")
        assert np.array_equal(ca.shift(5, -k) @ np.arange(5), (np.arange(5) + k) % 5)
    assert ca.shift(5, 0) == ca.identity(5)


@claim("seeds", "output_size")
def test_output_sizes(case):
    if case["attrs"]["P"] != "?":
        assert size(case, case["attrs"]["P"]) == case["expected"]
        return
    fits = []
    for padding in range(9):
        try:
            size(case, padding, rounding="exact")
        except ca.ArgumentError:
            continue
        fits.append(padding)
    assert fits == case["expected"]["exact_P"]
    assert size(case, 2) == 16


def test_seven_by_seven_at_stride_three_does_not_fit():
    with pytest.raises(ca.ArgumentError, match="doesn't fit"):
        ca.output_size(7, 3, 3, rounding="exact")
    assert [ca.output_size(7, 3, 3, rounding=r) for r in ("floor", "ceil")] == [2, 3]
    with pytest.raises(ca.ArgumentError, match="doesn't fit"):
        layer(1, 1, (3, 3), stride=3, rounding="exact").output_shape((1, 7, 7))


@claim("seeds", "size_formula")
def test_total_padding_is_both_sides_together(case):
    assert case["expected"]["formula"] == "(W + P - K)/S + 1"
    for W, K, S, lo, hi in product(range(3, 9), (1, 2, 3), (1, 2, 3), range(3), range(3)):
        assert ca.output_size(W, K, S, lo=lo, hi=hi) == (W + (lo + hi) - K) // S + 1


@claim("seeds", "same_padding")
def test_half_the_kernel_keeps_the_size(case):
    F = case["attrs"]["F"]
    padding = case["attrs"].get("P", case["expected"])
    assert padding == (F - 1) // 2
    for n in (1, 7, 56):
        assert ca.output_size(n, F, lo=padding, hi=padding) == n
        assert layer(1, 1, (F, F), padding="same").output_shape((1, n, n)) == (1, n, n)


@claim("seeds", "layer_shape")
def test_layer_shapes(case):
    if case["id"] == "seed_channels_64_32":
        expected = case["expected"]
        pointwise = layer(expected["cout"], expected["cin"], expected["kernel"])
        assert pointwise.output_shape((64, 9, 8)) == (32, 9, 8)
        return
    if case["id"] == "seed_pool_depth":
        for F, S in ((2, 2), (3, 2)):
            assert ca.MaxPool(F, stride=S).output_shape((6, 29, 15)) == (6, (29 - F) // S + 1, (15 - F) // S + 1)
        return
    at = case["attrs"]
    height, width, depth = at["input"]
    convolution = layer(at["filters"], depth, (at["kernel"],) * 2, stride=at["stride"], padding=at["padding"])
    *places, channels = case["expected"]
    assert convolution.output_shape((depth, height, width)) == (channels, *places)


@claim("seeds", "layer_chain")
def test_sizes_through_lenet(case):
    at, sizes = case["attrs"], case["expected"]["sizes"]
    windows = {"CONV": (at["kernel"], at["conv_stride"]), "POOL": (at["pool"], at["pool_stride"])}
    reached = sizes[:1]
    for part in at["architecture"].split("-")[:-1]:
        reached.append(ca.output_size(reached[-1], *windows[part], rounding="exact"))
    assert reached == sizes


@claim("seeds", "params")
def test_parameter_counts(case):
    at, expected = case["attrs"], case["expected"]
    counts = {
        "seed_params_5x5_vs_two_3x3": lambda: {
            "one_5x5": layer(1, 1, (5, 5), bias=1).parameters,
            "two_3x3": 2 * layer(1, 1, (3, 3), bias=1).parameters,
        },
        "seed_params_logistic_1024": lambda: {
            "exact_weights": layer(1, at["input"][2], at["input"][:2]).parameters,
            "approx": "3M",
        },
    }
    if case["id"] in counts:
        assert counts[case["id"]]() == expected
        return
    bias = at.get("bias", False)
    convolution = layer(at["cout"], at["cin"], at["kernel"], bias=bias)
    assert convolution.parameters == expected.get("total", expected.get("weights"))
    per_filter = prod(expected["filter_shape"]) if "filter_shape" in expected else expected["per_filter"]
    assert layer(1, at["cin"], at["kernel"], bias=bias).parameters == per_filter


@claim("seeds", "matrix_sparsity")
def test_an_inner_input_reaches_as_many_outputs_as_the_kernel_has_taps(case):
    matrix = layer(1, 1, (case["attrs"]["kernel"],)).matrix((1, 9))
    columns = np.bincount(matrix.pattern().cols, minlength=9)
    assert columns.tolist() == [1, 2, *[case["expected"]["nonzeros_per_inner_column"]] * 5, 2, 1]


@claim("seeds", "receptive_field")
def test_receptive_fields(case):
    if case["id"] == "seed_rf_definition":
        for O, K, S in product(range(1, 6), range(1, 6), range(1, 4)):  # noqa: E741  # the letters of the lecture
            smallest = (O - 1) * S + K
            assert [ca.output_size(smallest + more, K, S) for more in (0, S - 1, S)] == [O, O, O + 1]
            assert smallest == K or ca.output_size(smallest - 1, K, S) == O - 1
        return
    for k in (1, 2, 3):
        u, v = (ca.symbols(name, 2 * k + 1) for name in "uv")
        two = ca.Conv([[v]]).matrix((1, 2 * k + 1)) @ ca.Conv([[u]]).matrix((1, 4 * k + 1))
        assert two.nnz == 4 * k + 1


@claim("seeds", "equivariance_example")
def test_a_shifted_pattern_moves_the_output_and_does_not_keep_it(case):
    expected = case["expected"]
    kernel = [Fraction(weight) for weight in expected["linear_width3_kernel"]]
    matrix = ca.convolution_matrix(kernel, 5, mode="valid", op="correlation")
    assert list(matrix @ expected["x"]) == expected["y"]
    moved = list(matrix @ expected["x_shifted"])
    assert moved == [Fraction(value) for value in expected["that_kernel_on_shifted"]]
    assert moved != expected["y_if_invariant"]


def test_no_linear_two_tap_layer_does_what_lecture_004_prints_but_a_relu_layer_does():
    a, b = sympy.symbols("a b")
    outputs = ca.convolution_matrix([a, b], 5, mode="valid", op="correlation") @ [0, 3, 2, 0, 0]
    assert sympy.solve([y - want for y, want in zip(outputs, [0, 1, 0, 0], strict=True)], [a, b]) == []
    with_bias = ca.Conv([[[3, 2]]], [-12])
    for x, y in (([0, 3, 2, 0, 0], [0, 1, 0, 0]), ([0, 0, 3, 2, 0], [0, 0, 1, 0])):
        assert np.maximum(with_bias([x]), 0).tolist() == [y]


PROPERTIES = {}


def about(name):
    def register(check):
        PROPERTIES[name] = check
        return check

    return register


@claim("seeds", "property")
def test_properties(case):
    PROPERTIES[case["id"]]()


@about("seed_circulants_commute")
def circulants_commute():
    for n in range(1, 9):
        u, v = (ca.circulant(ca.symbols(name, n)) for name in "uv")
        stays(u @ v == v @ u)


@about("seed_compose")
def two_layers_are_one_with_a_longer_kernel():
    for k, m in product((1, 2, 3), (1, 2, 3)):
        u, v = ca.symbols("u", k), ca.symbols("v", m)
        one = ca.Conv([[np.convolve(u, v)]])
        assert one.kernel_size == (k + m - 1,)
        stays(ca.Conv([[v]]).matrix((1, 8 - k + 1)) @ ca.Conv([[u]]).matrix((1, 8)) == one.matrix((1, 8)))


@about("seed_conv_infinite")
def the_double_sum_of_two_signals():
    f, g = np.arange(1, 7).reshape(2, 3), np.array([[2, -1], [0, 5], [3, 1]])
    places = product(range(4), range(4))
    sums = [
        sum(f[n] * g[x - n[0], y - n[1]] for n in np.ndindex(2, 3) if 0 <= x - n[0] < 3 and 0 <= y - n[1] < 2)
        for x, y in places
    ]
    assert (ca.convolution_matrix(g, (2, 3)) @ f.reshape(-1)).tolist() == sums
    assert (ca.convolution_matrix(g, (2, 3), op="correlation") @ f.reshape(-1)).tolist() != sums


@about("seed_global_pool")
def the_mean_of_all_places_does_not_see_a_circular_shift():
    box = (2, 3, 4)
    mean = ca.GlobalAvgPool().matrix(box)
    x = np.arange(24).reshape(box)
    assert list(mean @ x.reshape(-1)) == [Fraction(int(x[c].sum()), 12) for c in range(2)]
    for k in product(range(3), range(4)):
        assert mean @ ca.shift(box, (0, *k)) == mean


@about("seed_periodic_index")
def periodic_signals_repeat():
    for n in (1, 2, 5):
        assert (ca.pad(n, (7, 8), "circular") @ np.arange(n)).tolist() == [k % n for k in range(-7, n + 8)]


@pytest.mark.parametrize("n", range(1, 8))
def test_equations_9_to_14_at_a_size(n):
    w, x = ca.symbols("w", n), ca.symbols("x", n)
    C = ca.circulant(w)
    assert ca.matrix((C @ x)[:, None]) == ca.matrix((ca.circulant(x) @ w)[:, None])  # (9), (13): x * w = w * x
    stays(ca.dft(n) @ C == ca.diagonal(ca.dft(n) @ w) @ ca.dft(n))  # (10)
    for k in range(n):
        assert ca.shift(n, -k) == ca.shift(n, k).T  # (11), the lecture's direction is the transpose
        stays(C @ ca.shift(n, k) == ca.shift(n, k) @ C)
        stays(C.T @ ca.shift(n, -k) == ca.shift(n, -k) @ C.T)  # the printed matrix and its shift
    assert ca.shift(n, 0) == ca.identity(n)  # (12)
    V = ca.circulant(ca.symbols("v", n))
    stays(C @ V == V @ C)  # (14)


def test_the_printed_circulant_and_the_printed_definition_are_transposes():
    w = [*ca.symbols("w", 3), 0, 0]
    w0, w1, w2 = w[:3]
    printed = [[w0, w1, w2, 0, 0], [0, w0, w1, w2, 0], [0, 0, w0, w1, w2], [w2, 0, 0, w0, w1], [w1, w2, 0, 0, w0]]
    defined = [[w[(i - j) % 5] for j in range(5)] for i in range(5)]
    assert ca.circulant(w, op="correlation").to_sympy() == sympy.Matrix(printed)
    assert ca.circulant(w).to_sympy() == sympy.Matrix(defined)
    assert ca.circulant(w, op="correlation") == ca.circulant(w).T
    assert isinstance(ca.decide(ca.circulant(w) == ca.circulant(w, op="correlation")), ca.Refutation)
