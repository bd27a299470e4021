"""Weights that are only counted: every count is that of a layer with values, and no value is ever given."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.errors import ArgumentError, ConvAlgebraError, EntryError, SizeLimitError


def ones(shape):
    return np.ones(shape, dtype=np.int64)


LAYERS = {
    "conv": (lambda w: ca.Conv(w((6, 2, 3, 2)), w(6), stride=2, padding=(1, 0), groups=2), (4, 7, 6)),
    "flipped": (lambda w: ca.Conv(w((6, 4, 3)), op="convolution", padding_mode="reflect", padding=1), (4, 7)),
    "HWIO": (lambda w: ca.Conv(w((3, 3, 2, 5)), layout="HWIO", padding="same_upper", stride=3), (2, 7, 7)),
    "transpose": (lambda w: ca.ConvTranspose(w((4, 3, 3)), w(3), stride=2, output_padding=1), (4, 5)),
    "linear": (lambda w: ca.Linear(w((3, 8)), w(3)), (8,)),
    "norm": (lambda w: ca.BatchNorm(*map(w, [4] * 4)), (4, 3, 2)),
    "norm of vectors": (lambda w: ca.BatchNorm(*map(w, [4] * 4)), (4,)),
    "local": (lambda w: ca.LocallyConnected(w((3, 6, 2, 4)), w(3)), (2, 9)),
    "depthwise": (lambda w: ca.depthwise(w((3, 3, 4, 2)), layout="*CM"), (4, 5, 5)),
    "separable": (lambda w: ca.depthwise_separable(w((4, 1, 3)), w((5, 4)), w(5)), (4, 9)),
    "causal": (lambda w: ca.causal(w((2, 1, 3)), dilation=2), (1, 9)),
    "network": (
        lambda w: ca.Sequential(
            ca.Conv(w((4, 3, 3, 3)), w(4), padding=1), ca.ReLU(), ca.MaxPool(2), ca.BatchNorm(*map(w, [4] * 4)),
            ca.Parallel(ca.Conv(w((2, 4, 1, 1))), ca.Identity(), ca.AvgPool(3, stride=1, padding=1)),
            ca.Flatten(), ca.Linear(w((5, 90))),
        ),
        (3, 6, 6),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_counts_as_a_layer_with_values(name):
    make, in_shape = LAYERS[name]
    counted, full = make(ca.abstract), make(ones)
    assert counted.parameters == full.parameters
    assert counted.output_shape(in_shape) == full.output_shape(in_shape)
    assert counted.explain(in_shape) == full.explain(in_shape)
    assert counted.spatial == full.spatial
    if name in {"network", "separable"}:
        return
    A, B = counted.matrix(in_shape), full.matrix(in_shape)
    assert (A.shape, A.nnz, A.T.nnz) == (B.shape, B.nnz, B.nnz)
    if isinstance(full, ca.Conv | ca.ConvTranspose | ca.AvgPool):
        assert [(f.shape, f.nnz) for f in counted.factors(in_shape)] == [
            (f.shape, f.nnz) for f in full.factors(in_shape)
        ]


@pytest.mark.parametrize("name", [n for n in LAYERS if n not in {"linear", "norm of vectors"}])
def test_receptive_field(name):
    make, in_shape = LAYERS[name]
    assert ca.receptive_field(make(ca.abstract), in_shape) == ca.receptive_field(make(ones), in_shape)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("kind", [np.int64, np.float64, np.complex128, object])
def test_values_are_refused(name, kind):
    make, in_shape = LAYERS[name]
    layer = make(ca.abstract)
    with pytest.raises(EntryError, match=r"must have values here, not be ca\.abstract"):
        layer(np.ones(in_shape, dtype=kind))
    if name != "network":
        with pytest.raises(EntryError, match="must have values here"):
            np.asarray(layer.matrix(in_shape))


VIEWS = {
    "to_numpy": lambda A: A.to_numpy(),
    "to_sparse": lambda A: A.to_sparse(),
    "to_sympy": lambda A: A.to_sympy(),
    "to_linear_operator": lambda A: A.to_linear_operator(),
    "apply": lambda A: A @ np.ones(A.shape[1]),
    "entry": lambda A: A[0, 0],
    "ring": lambda A: A.ring,
    "scaled": lambda A: 2 * A,
    "summed": lambda A: A + A,
    "composed": lambda A: A @ ca.Conv([[[1, 2]]]).matrix((1, 6)),
    "composed in groups": lambda A: ca.Conv(ca.abstract((2, 1, 2)), groups=2, dilation=2).matrix((2, 3)) @ A,
    "composed, conjugated": lambda A: A.H @ A,
    "subs": lambda A: A.subs({}),
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_are_refused(view):
    A = ca.Conv(ca.abstract((2, 1, 3))).matrix((1, 5))
    with pytest.raises(EntryError, match="only counted; write the layer with numbers"):
        VIEWS[view](A).to_numpy()


def test_a_large_layer_takes_no_memory():
    tracemalloc.start()
    layer = ca.Linear(ca.abstract((4096, 25088)), ca.abstract(4096))
    A = layer.matrix((25088,))
    assert (layer.parameters, A.shape, A.nnz) == (4096 * 25089, (4096, 25088), 4096 * 25088)
    assert ca.Conv(ca.abstract((2**20, 2**20, 3))).matrix((2**20, 8)).nnz == 6 * 3 * 2**40
    assert tracemalloc.get_traced_memory()[1] < 2**17
    tracemalloc.stop()


def test_nothing_is_proved_of_weights_that_are_only_counted():
    """A flipped view shares the memory of the weight: equal tables must not make it the same kernel."""
    w = ca.abstract((4, 4, 3))
    claim = ca.Conv(w).matrix((4, 5)) == ca.Conv(w, op="convolution").matrix((4, 5))
    with pytest.raises(EntryError, match="only counted"):
        ca.decide(claim)
    with pytest.raises(ConvAlgebraError):
        bool(claim)


def test_a_bias_or_a_mean_alone():
    with pytest.raises(EntryError, match=r"ca\.abstract\(\(1,\)\)"):
        ca.Conv([[[1, 2]]], ca.abstract(1))([[1, 1]])
    norm = ca.BatchNorm(ca.abstract(2), [1, 1], eps=0)
    assert norm.matrix((2, 3)).to_numpy().trace() == 6
    with pytest.raises(EntryError, match="only counted"):
        norm.offset((2, 3))
    with pytest.raises(EntryError, match="only counted"):
        ca.Conv([[[1, 2]]])(ca.abstract((1, 5)))


def test_figures_show_taps():
    layer = ca.Conv(ca.abstract((1, 1, 3)), padding=1)
    assert layer.matrix((1, 6)).figure(labels="taps").scene.panels
    assert layer.figure((1, 6)).scene.panels
    assert layer.figure((1, 6), "factors").scene.panels


@pytest.mark.parametrize(
    ("shape", "error"),
    [((), ArgumentError), (0, ArgumentError), ((2, -1), ArgumentError), ("ab", ArgumentError), (2.5, ArgumentError),
     ((2**40, 2**40), SizeLimitError), (None, ArgumentError)],
)  # fmt: skip
def test_bad_shapes(shape, error):
    with pytest.raises(error):
        ca.abstract(shape)


def test_says_what_it_is():
    w = ca.abstract((2, 3))
    assert repr(w) == str(w) == "ca.abstract((2, 3))"
    assert repr(w.reshape(3, 2)) == "ca.abstract((3, 2))"
    assert ca.abstract(4).shape == (4,)
    assert w.copy() is w
    with pytest.raises(ValueError, match="read-only"):
        w[0, 0] = ()
