"""The tables of a network against the products of generic kernels: what they say of every kernel is true."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis.leaves import Spot, tree
from convalgebra.analysis.reach import BOTH, failing_size, reach, suspects


def generic(name, taps, **options):
    return ca.Conv(ca.symbols(name, (1, 1, taps)), **options)


def node_of(layers, n=None):
    return tree(ca.Sequential(*layers), Spot(1, 1, None if n is None else (n,)))


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "replicate", "symmetric"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("p", "q"), [(0, 1), (1, 0), (1, 1), (2, 1)])
def test_the_suspects_are_the_rows_of_generic_symbols_that_differ(mode, stride, p, q):
    for n in range(3, 9):
        layers = [
            generic("u", 3, padding=p, padding_mode=mode, stride=stride),
            generic("v", 3, padding=q, padding_mode=mode),
        ]
        try:
            shape = layers[1].output_shape(layers[0].output_shape((1, n)))
        except ca.ShapeError:
            continue
        node = node_of(layers, n)
        product = layers[1].matrix(layers[0].output_shape((1, n))) @ layers[0].matrix((1, n))
        single = node.single.layer()
        differ = (product - single.matrix((1, n))).to_numpy()
        wrong = np.array([any(v != 0 for v in row) for row in differ])
        assert len(wrong) == shape[1]
        assert np.array_equal(suspects(node, node.single, (n,))[0], wrong)


def test_the_tables_multiply():
    found = reach(node_of([generic("u", 2), generic("v", 2, stride=2)]), 0, 5)
    assert (found.stride, found.rate, found.offsets.tolist()) == (2, 1, [0, 1, 2])
    assert found.reads.tolist() == [[0, 2], [1, 3], [2, 4]]


def test_ways_that_disagree_are_marked():
    found = reach(node_of([generic("u", 3, padding=1), generic("v", 3, padding=1)]), 0, 3)
    assert found.offsets.tolist() == [-2, -1, 0, 1, 2]
    assert found.reads.T.tolist() == [[-1, -1, BOTH, 1, 2], [-1, 0, 1, 2, -1], [0, 1, BOTH, -1, -1]]


def test_windows_that_do_not_fit_have_no_table():
    assert reach(node_of([generic("u", 3)]), 0, 2) is None


def test_a_bias_is_lost_where_a_later_layer_reads_padding():
    layers = [ca.Conv([[[1]]], [5]), generic("v", 3, padding=1)]
    assert reach(node_of(layers), 0, 4).lost.tolist() == [True, False, False, True]
    assert not reach(node_of([ca.Conv([[[1]]], [0]), layers[1]]), 0, 4).lost.any()


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        ([generic("u", 3, padding=1), generic("v", 3)], None),
        ([generic("u", 3, padding=1), generic("v", 3, padding=1)], 1),
        ([generic("u", 3, stride=2, padding=1), generic("v", 3, stride=2, padding=1)], 2),
        ([generic("u", 3, padding=1, padding_mode="circular")] * 3, None),
        ([generic("u", 3, padding=1, padding_mode="circular", stride=2)] * 2, 1),
        ([generic("u", 1), generic("v", 3, padding=1, padding_mode="reflect")], None),
        ([generic("u", 3, padding=1, padding_mode="reflect"), generic("v", 3, padding=1, padding_mode="reflect")], 3),
    ],
)
def test_the_smallest_size_that_fails(layers, size):
    node = node_of(layers)
    found = failing_size(node, node.single, 0)
    assert (found is None) == (size is None)
    if found is not None:
        assert suspects(node, node.single, (found,))[0].any()
        assert not any(suspects(node, node.single, (n,))[0].any() for n in range(1, found))


def test_what_is_said_of_all_sizes_holds_beyond_the_sizes_looked_at():
    node = node_of([generic("u", 3, padding=1, padding_mode="circular")] * 3)
    assert not any(suspects(node, node.single, (n,))[0].any() for n in range(1, 200))


def test_too_many_sizes_are_not_looked_at():
    wide = ca.Conv(np.ones((1, 1, 3)), dilation=5000, padding=5000, padding_mode="reflect")
    node = node_of([generic("u", 1), wide])
    assert failing_size(node, node.single, 0) == -1
    with pytest.raises(ca.NotAConvolutionError, match="pass in_shape"):
        ca.collapse([generic("u", 1), wide])


CIRCLE = ca.Conv([[[1, 1, 1]]], padding=1, padding_mode="circular")


@pytest.mark.parametrize(
    "layers",
    [
        (CIRCLE, ca.Conv([[[1, 1, 1]]], padding=1)),
        (ca.Conv([[[1, 1, 1]]], padding=1), CIRCLE),
        (ca.Conv([[[1, 1]]]), ca.Conv([[[1, 1]]], padding=((0, 1),))),
        (ca.Conv([[[1, 1]]]), ca.Conv([[[1, 1]]], padding=((1, 0),))),
    ],
    ids=["circle, zeros", "zeros, circle", "one place after", "one place before"],
)
def test_one_later_layer_that_reads_padding_is_enough(layers):
    """All layers must turn the circle, or none of the later ones read beyond the signal, to compose at every size."""
    with pytest.raises(ca.NotAConvolutionError, match="padding between"):
        ca.collapse(ca.Sequential(*layers))
    assert ca.collapse(ca.Sequential(CIRCLE, CIRCLE)).weight.tolist() == [[[1, 2, 3, 2, 1]]]
