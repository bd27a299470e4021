"""Where a tap stands in its kernel."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.display.taps import Kernel, folded, joined, kernel_of


def box(*sizes, channels=(1, 1)):
    return Kernel((*channels, *sizes), tuple(tuple(range(k)) for k in sizes))


def test_rows_give_hues_and_columns_tints():
    kernel = box(2, 3)
    assert kernel.grid == (2, 3)
    assert [kernel.place(t) for t in range(6)] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_a_short_list_has_a_hue_each_and_a_long_one_is_folded():
    assert box(3).grid == (3, 1)
    assert [box(3).place(t) for t in range(3)] == [(0, 0), (1, 0), (2, 0)]
    assert box(9).grid == (2, 5)
    assert box(9).place(7) == (1, 2)
    assert folded(7) == (7, 1)


def test_three_axes_lay_their_rows_in_one_list():
    assert box(2, 3, 4).grid == (6, 4)
    assert box(2, 3, 4).place(23) == (5, 3)


def test_channels_share_the_colours_of_their_places():
    kernel = box(3, 3, channels=(2, 4))
    assert kernel.place(5) == kernel.place(9 + 5) == kernel.place(7 * 9 + 5) == (1, 2)
    assert kernel.index(7 * 9 + 5) == "13,12"
    assert kernel.count == 72


def test_the_rows_of_a_kernel_are_a_kernel():
    assert box(3, 3).outer.grid == (3, 1)
    assert box(3, channels=(2, 4)).outer.grid == (2, 4)
    assert box(3, channels=(2, 4)).outer.place(6) == (1, 2)


def test_places_never_coincide_within_a_kernel():
    for kernel in (box(3, 3), box(5, 5), box(12), box(2, 2, 2)):
        places = [kernel.place(t) for t in range(kernel.count)]
        assert len({*places}) == kernel.count
        assert all(0 <= r < kernel.grid[0] and 0 <= c < kernel.grid[1] for r, c in places)


def test_ambiguous_indices_take_commas():
    assert joined((1, 12), (5, 20)) == "1,12"
    assert joined((1, 2), (10, 10)) == "12"


def test_a_circulant_counts_its_taps_from_the_widest_gap():
    kernel = kernel_of(ca.circulant([5, 6, 0, 0, 0, 0, 0, 7]))
    assert kernel.axes == ((7, 0, 1),)
    assert [kernel.place(t) for t in (7, 0, 1)] == [(0, 0), (1, 0), (2, 0)]
    assert kernel_of(ca.circulant([1, 2, 3])).axes == (range(3),)
    assert kernel_of(ca.circulant([0, 0])).count == 0


def test_which_operators_have_a_kernel():
    w = ca.symbols("w", 3)
    layer = ca.Conv(w[None, None], padding=1, stride=2)
    D, T, P = layer.factors((1, 6))
    for op in (T, T.T, D @ T, T @ P, D @ T @ P, layer.matrix((1, 6)), layer.matrix((1, 6)).T):
        assert kernel_of(op).shape == (1, 1, 3)
    for op in (ca.identity(3), ca.dft(3), ca.matrix([[1, 2]]), ca.kron(ca.identity(2), ca.circulant(w)), T @ P + T @ P):
        assert kernel_of(op) is None


def test_taps_of_a_known_kernel_stay_inside_it():
    w = ca.symbols("w", (3, 3))
    for op in (ca.circulant(w), ca.convolution_matrix(w, (4, 4)), ca.circulant(w).T):
        assert op.pattern().taps.max() < np.prod(kernel_of(op).shape)


@pytest.mark.parametrize("tap", [0, 4, 8])
def test_the_index_of_a_tap_is_its_place_in_the_kernel(tap):
    assert box(3, 3).index(tap) == f"{tap // 3}{tap % 3}"


@pytest.mark.parametrize("op", ["correlation", "convolution"])
def test_counted_weights_have_the_names_that_symbols_have(op):
    symbols = [ca.Conv(ca.symbols("w", (1, 1, 2, 3)), op=op), ca.Conv(ca.symbols("w", (1, 1, 2, 3)), op=op).T]
    counted = [ca.Conv(ca.abstract((1, 1, 2, 3)), op=op), ca.Conv(ca.abstract((1, 1, 2, 3)), op=op).T]
    for named, bare in zip(symbols, counted, strict=True):
        text = str(bare.matrix((1, 3, 4))).replace("{", "").replace("}", "").replace("w_", "w00")
        assert text.split() == str(named.matrix((1, 3, 4))).split()


def test_a_counted_kernel_is_drawn_as_it_slides():
    assert kernel_of(ca.convolution_matrix(ca.abstract(3), 4)).index(0) == "2"
    assert kernel_of(ca.Conv(ca.abstract((2, 1, 3))).matrix((1, 4))).index(0) == "00,0"


@pytest.mark.parametrize("options", [{}, {"stride": 2}, {"dilation": 2}, {"groups": 2}, {"padding": 1}])
@pytest.mark.parametrize("shape", [(2, 2, 2, 2), (4, 3, 2), (2, 1, 3)])
@pytest.mark.parametrize("make", [
    lambda w, **o: ca.ConvTranspose(w, **o).matrix((len(w), *(6,) * (w.ndim - 2))),
    lambda w, **o: ca.Conv(w, **o).T.matrix((len(w), *(6,) * (w.ndim - 2))),
    lambda w, **o: ca.Conv(w, op="convolution", **o).matrix((w.shape[1] * o.get("groups", 1), *(6,) * (w.ndim - 2))).T,
], ids=["ConvTranspose", "Conv.T", "convolution"])  # fmt: skip
def test_counted_weights_have_the_names_of_symbols(make, shape, options):
    """Also where channels are exchanged: w_{co,t} is weight[c, o, t] of the layer, in the matrix and its transpose."""
    counted, named = make(ca.abstract(shape), **options), make(ca.symbols("w", shape), **options)
    kernel, lines = kernel_of(counted), counted.pattern()
    names = ["w" + kernel.index(tap).replace(",", "") for tap in lines.taps.tolist()]
    assert names == [str(w) for w in named.to_numpy()[lines.rows, lines.cols]]
