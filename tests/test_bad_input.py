"""Whatever a caller hands in: a correct result, or a typed error in one grammar; never a crash or a hang."""

from __future__ import annotations

import operator
import re
import time
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convalgebra as ca

HUGE = 10**12
THING = type("Thing", (), {"__repr__": lambda _: "a thing"})()  # its name is the same in every run
GRAMMAR = re.compile(
    r"\b(must|needs?|has no|differ)\b.*\b(not|write|use|without|at least|stride 1|has no)\b", re.DOTALL
)
NAN, INF = float("nan"), float("inf")
N = sympy.Symbol("n")
NONCOMMUTATIVE = sympy.Symbol("q", commutative=False)
NOT_SIZES = [0, -1, -(2**70), 2.5, 3.0, NAN, INF, "3", None, True, np.True_, [], (), {}, [2, 0], [[2]], [2.0], N, 1j,
             Fraction(3), sympy.Rational(1, 2), sympy.oo, sympy.nan, np.float64(3),
             np.array([2.5]), b"3", THING, 2**80]  # fmt: skip
NOT_ENTRIES = [[], None, "abc", [None], ["a"], [[1, 2], [3]], [NAN], [INF], [1, -INF], [sympy.oo], [sympy.nan],
               [sympy.zoo], [NONCOMMUTATIVE], [THING], {}, [{}], {1, 2}, b"ab", [complex(NAN, 0)],
               np.array(["a"]), np.array([None]), np.array([], dtype=float), np.array([1, NAN]),
               range(0), 1j * NAN]  # fmt: skip


PATIENCE = 60  # seconds after which a call hangs; a loaded machine needs some


def refused(call, *kinds):
    """The call raises one of our errors, at once, and its message reads `what must be X, not Y`."""
    started = time.perf_counter()
    with pytest.raises(kinds or ca.ConvAlgebraError) as caught:
        call()
    assert time.perf_counter() - started < PATIENCE
    assert GRAMMAR.search(str(caught.value)), str(caught.value)


SIZED = {
    "identity": ca.identity,
    "shift": lambda n: ca.shift(n, 1),
    "flip": ca.flip,
    "dft": ca.dft,
    "pad": lambda n: ca.pad(n, 1),
    "crop": lambda n: ca.crop(n, 1),
    "downsample": lambda n: ca.downsample(n, 2),
    "upsample": lambda n: ca.upsample(n, 2),
    "convolution_matrix": lambda n: ca.convolution_matrix([1, 2], n),
    "symbols": lambda n: ca.symbols("w", n),
    "output_size": lambda n: ca.output_size(n, 1),
    "matrix of a layer": lambda n: ca.Conv([[[1]]]).matrix((1, n)),
    "output_shape of a layer": lambda n: ca.Conv([[[1]]]).output_shape((1, n)),
    "factors of a layer": lambda n: ca.Conv([[[1]]]).factors((1, n)),
    "affine of a layer": lambda n: ca.Conv([[[1]]], [1]).affine((1, n)),
    "explain of a layer": lambda n: ca.Conv([[[1]]]).explain((1, n)),
}


@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize("size", NOT_SIZES, ids=repr)
def test_what_is_no_size_is_refused(name, size):
    refused(lambda: SIZED[name](size))


COUNTED = {
    "downsample": lambda s: ca.downsample(6, s),
    "upsample": lambda s: ca.upsample(6, s),
    "stride": lambda s: ca.Conv([[[1]]], stride=s),
    "dilation": lambda s: ca.Conv([[[1]]], dilation=s),
    "groups": lambda s: ca.Conv([[[1]]], groups=s),
    "kernel_size": lambda s: ca.output_size(6, s),
    "stride of output_size": lambda s: ca.output_size(6, 2, s),
    "dilation of output_size": lambda s: ca.output_size(6, 2, dilation=s),
    "dilate": lambda s: ca.Kernel([[[1, 2]]]).dilate(s),
}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("step", NOT_SIZES, ids=repr)
def test_what_is_no_step_is_refused(name, step):
    refused(lambda: COUNTED[name](step))


WIDE = {
    "pad": lambda w: ca.pad(6, w),
    "crop": lambda w: ca.crop(6, w),
    "padding": lambda w: ca.Conv([[[1]]], padding=w),
    "lo": lambda w: ca.output_size(6, 2, lo=w),
    "hi": lambda w: ca.output_size(6, 2, hi=w),
    "shift": lambda w: ca.shift(6, w),
    "shift of a kernel": lambda w: ca.Kernel([[[1]]]).shift(w),
    "origin": lambda w: ca.Kernel([[[1]]], (w,)),
}


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("width", [2.5, 3.0, NAN, INF, "3", None, True, {}, (1, 2, 3), ((1, 2, 3),), [[1, 2.5]],
                                   (1, None),
                                   ((1, 2), (3, 4)), N, 1j, THING, np.array([1.5])], ids=repr)  # fmt: skip
def test_what_is_no_width_is_refused(name, width):
    refused(lambda: WIDE[name](width))


def test_negative_widths():
    for call in (lambda: ca.pad(6, -1), lambda: ca.crop(6, -1), lambda: ca.crop(6, (1, -1)),
                 lambda: ca.Conv([[[1]]], padding=-1),
                 lambda: ca.pad((6, 6), (-1, 1))):  # fmt: skip
        refused(call)
    assert (ca.pad(6, (-1, -2)) @ range(6)).tolist() == [1, 2, 3]
    refused(lambda: ca.pad(6, (-3, -3)), ca.ShapeError)
    refused(lambda: ca.crop(6, (3, 3)), ca.ShapeError)


FILLED = {
    "circulant": ca.circulant,
    "toeplitz": ca.toeplitz,
    "first row of toeplitz": lambda v: ca.toeplitz([1], v) if v is not None else refuse_none(),
    "convolution_matrix": lambda v: ca.convolution_matrix(v, 5),
    "diagonal": ca.diagonal,
    "matrix": ca.matrix,
    "permutation": ca.permutation,
    "weight of a layer": ca.Conv,
    "bias of a layer": lambda v: ca.Conv([[[1]]], v) if v is not None else refuse_none(),
    "weight of a kernel": ca.Kernel,
    "scalar": lambda v: ca.identity(3) * v,
    "scalar on the left": lambda v: v * ca.identity(3),
    "divisor": lambda v: ca.identity(3) / v,
    "vector": lambda v: ca.identity(3) @ v,
    "row vector": lambda v: v @ ca.identity(3),
    "input of a layer": ca.Conv([[[1]]]),
    "inputs of a layer": lambda v: ca.Conv([[[1]]]).map(v),
}


def refuse_none():
    msg = "None must be a default here, not a value"
    raise ca.ArgumentError(msg)


@pytest.mark.parametrize("name", FILLED)
@pytest.mark.parametrize("values", NOT_ENTRIES, ids=lambda v: str(type(v).__name__) + repr(v)[:20])
def test_what_is_no_entry_is_refused(name, values):
    if "scalar" in name and isinstance(values, str | bytes | dict | set | range | None):
        with pytest.raises((ca.ConvAlgebraError, TypeError)):
            FILLED[name](values)
        return
    refused(lambda: FILLED[name](values))


CHOSEN = {
    "mode of pad": lambda x: ca.pad(5, 1, x),
    "padding_mode": lambda x: ca.Conv([[[1]]], padding_mode=x),
    "op": lambda x: ca.Conv([[[1]]], op=x),
    "op of circulant": lambda x: ca.circulant([1], x),
    "op of convolution_matrix": lambda x: ca.convolution_matrix([1], 3, op=x),
    "mode of convolution_matrix": lambda x: ca.convolution_matrix([1], 3, x),
    "norm": lambda x: ca.dft(3, x),
    "rounding": lambda x: ca.output_size(5, 2, rounding=x),
    "rounding of a layer": lambda x: ca.Conv([[[1]]], rounding=x),
    "layout": lambda x: ca.Conv([[[1]]], layout=x),
}


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize(
    "word",
    [
        "",
        "zero padding",
        "SAME",
        "wrap",
        None,
        3,
        True,
        [],
        ["zeros"],
        THING,
        "O",
        "OO*",
        "OI**",
        "O*",
        b"zeros",
        "OIxy",
    ],
)
def test_what_is_no_option_is_refused(name, word):
    refused(lambda: CHOSEN[name](word))


@pytest.mark.parametrize(
    "call",
    [
        lambda: ca.Conv([1, 2]),
        lambda: ca.Conv([[1, 2]]),
        lambda: ca.Conv(np.zeros((1, 0, 3))),
        lambda: ca.Conv(np.zeros((0, 1, 3))),
        lambda: ca.Conv(np.zeros((1, 1, 0))),
        lambda: ca.Conv(np.ones((3, 1, 3)), groups=2),
        lambda: ca.Conv(np.ones((2, 1, 3)), groups=4),
        lambda: ca.Conv(np.ones((2, 1, 3)), [1]),
        lambda: ca.Conv(np.ones((2, 1, 3)), [[1, 2]]),
        lambda: ca.Conv(np.ones((2, 1, 3)), 1),
        lambda: ca.Conv(np.ones((1, 1, 3)), stride=(1, 2)),
        lambda: ca.Conv(np.ones((1, 1, 3, 3)), stride=(1, 2, 3)),
        lambda: ca.Conv(np.ones((1, 1, 3, 3)), dilation=(1,)),
        lambda: ca.Conv(np.ones((1, 1, 3, 3)), padding=(1, 2, 3)),
        lambda: ca.Conv(np.ones((1, 1, 3)), stride=2, padding="same"),
        lambda: ca.Conv(np.ones((1, 1, 3)), padding="SAME"),
        lambda: ca.Conv(np.ones((1, 1, 3))).matrix((1, 2)),
        lambda: ca.Conv(np.ones((1, 1, 3)), dilation=2).matrix((1, 4)),
        lambda: ca.Conv(np.ones((1, 1, 3)), padding=((-1, -1),)).matrix((1, 4)),
        lambda: ca.Conv(np.ones((1, 1, 3))).matrix((2, 5)),
        lambda: ca.Conv(np.ones((1, 1, 3))).matrix((5,)),
        lambda: ca.Conv(np.ones((1, 1, 3))).matrix(5),
        lambda: ca.Conv(np.ones((1, 1, 3))).matrix((1, 5, 5)),
        lambda: ca.Conv(np.ones((1, 2, 3)), groups=1).matrix((1, 5)),
        lambda: ca.Conv(np.ones((1, 1, 3)), stride=3, rounding="exact").matrix((1, 7)),
        lambda: ca.Conv(np.ones((1, 1, 3)))([1, 2, 3]),
        lambda: ca.Conv(np.ones((1, 1, 3)))([[1, 2]]),
        lambda: ca.Conv(np.ones((1, 1, 3)))([[[[1, 2, 3]]]]),
        lambda: ca.Conv(np.ones((1, 1, 3)))(5),
        lambda: ca.Conv(np.ones((1, 1, 3))).map(5),
        lambda: ca.Conv(np.ones((1, 1, 3))).map([1, 2, 3]),
        lambda: ca.Conv(np.ones((1, 1, 3))).explain(5),
        lambda: ca.matrix([1, 2]),
        lambda: ca.matrix([[[1]]]),
        lambda: ca.matrix(3),
        lambda: ca.matrix([[]]),
        lambda: ca.matrix(scipy.sparse.csr_array((0, 3))),
        lambda: ca.matrix(scipy.sparse.csr_array([[np.nan]])),
        lambda: ca.toeplitz([[1, 2]]),
        lambda: ca.toeplitz([1], [[1, 2]]),
        lambda: ca.toeplitz(3),
        lambda: ca.circulant(3),
        lambda: ca.diagonal(3),
        lambda: ca.convolution_matrix([1, 2], (3, 3)),
        lambda: ca.convolution_matrix([[1, 2]], 3),
        lambda: ca.convolution_matrix(np.ones((3, 2)), (2, 3), "valid"),
        lambda: ca.permutation([0, 0]),
        lambda: ca.permutation([1, 2]),
        lambda: ca.permutation([0, -1]),
        lambda: ca.permutation([0.0, 1.0]),
        lambda: ca.permutation([[0, 1]]),
        lambda: ca.permutation([0, 2**70]),
        lambda: ca.permutation(3),
        lambda: ca.shift((3, 3), 1),
        lambda: ca.shift(3, (1, 1)),
        lambda: ca.identity(3) @ ca.identity(4),
        lambda: ca.identity(3) + ca.identity(4),
        lambda: ca.identity(3) - ca.identity(4),
        lambda: ca.identity(3) == ca.identity(4),
        lambda: ca.identity(3) * ca.identity(3),
        lambda: ca.identity(3) * [1, 2, 3],
        lambda: np.array([1, 2, 3]) * ca.identity(3),
        lambda: ca.identity(3) / 0,
        lambda: ca.identity(3) / 0.0,
        lambda: ca.identity(3) / 0j,
        lambda: ca.identity(3) / sympy.Add(N, -N, evaluate=False),
        lambda: ca.identity(3) / NAN,
        lambda: ca.identity(3) @ [1, 2],
        lambda: ca.identity(3) @ np.ones((2, 3)),
        lambda: ca.identity(3) @ np.ones((3, 2, 2)),
        lambda: ca.identity(3) @ 3,
        lambda: [1, 2] @ ca.identity(3),
        lambda: np.ones((3, 2)) @ ca.identity(3),
        lambda: np.float64(3) @ ca.identity(3),
        lambda: ca.identity(3)[3, 0],
        lambda: ca.identity(3)[0, -4],
        lambda: ca.identity(3)[0],
        lambda: ca.identity(3)[0, 1, 2],
        lambda: ca.identity(3)[0.5, 1],
        lambda: ca.identity(3)[0, "a"],
        lambda: ca.identity(3)[0, :],
        lambda: ca.identity(3)[True, 0],
        lambda: ca.identity(3)[None, 0],
        lambda: ca.identity(3)[2**70, 0],
        lambda: bool(ca.identity(3)),
        lambda: ca.identity(3).subs({"a": 1}),
        lambda: ca.identity(3).subs({N: "x"}),
        lambda: ca.identity(3).subs([(N, 1)]),
        lambda: ca.identity(3).subs(None),
        lambda: ca.circulant([N]).subs({N: "x"}),
        lambda: ca.circulant([N]).subs({N: sympy.oo}),
        lambda: ca.circulant([1 / N]).subs({N: 0}),
        lambda: np.array(ca.identity(3), copy=False),
        ca.kron,
        lambda: ca.kron(ca.identity(2), 3),
        lambda: ca.kron([ca.identity(2)]),
        lambda: ca.block([]),
        lambda: ca.block([[]]),
        lambda: ca.block([[None]]),
        lambda: ca.block([[ca.identity(2)], [ca.identity(3)]]),
        lambda: ca.block([[ca.identity(2), ca.identity(3)]]),
        lambda: ca.block([[ca.identity(2)], [ca.identity(2), None]]),
        lambda: ca.block([[ca.identity(2), None], [None, None]]),
        lambda: ca.block([[1, 2], [3, 4]]),
        lambda: ca.block(ca.identity(2)),
        lambda: ca.block([ca.identity(2)]),
        lambda: ca.block(None),
        lambda: ca.decide(True),
        lambda: ca.prove(None),
        lambda: ca.output_size(7, 3, 3, rounding="exact"),
        lambda: ca.output_size(2, 3),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(call):
    refused(call)


def test_operators_among_other_things():
    for other in ("x", None, THING, [[1, 0], [0, 1]]):
        with pytest.raises(TypeError):
            ca.identity(2) + other
        with pytest.raises(TypeError):
            other - ca.identity(2)
        if not isinstance(other, list):
            assert (ca.identity(2) == other) is False
            assert (ca.identity(2) != other) is True
    for compare in (operator.eq, operator.ne):
        refused(lambda: compare(ca.identity(2), [[1, 0], [0, 1]]))  # noqa: B023
    assert sum([ca.identity(2), ca.flip(2)]).to_numpy().tolist() == [[1, 1], [1, 1]]


def product(high, low):
    return high.matrix((1, HUGE)) @ low.matrix((1, HUGE + 1))


def outer(n):
    return ca.matrix(np.ones((n, 1))) @ ca.matrix(np.ones((1, n)))


HUGE_CALLS = {
    "identity": lambda: ca.identity(HUGE),
    "shift": lambda: ca.shift(HUGE),
    "flip": lambda: ca.flip(HUGE),
    "pad": lambda: ca.pad(HUGE, 1),
    "padding": lambda: ca.pad(3, HUGE),
    "crop": lambda: ca.crop(HUGE, 1),
    "downsample": lambda: ca.downsample(HUGE, 2),
    "upsample": lambda: ca.upsample(HUGE, 2),
    "upsampling step": lambda: ca.upsample(3, HUGE),
    "a box": lambda: ca.identity((10**6, 10**6)),
    "a longer box": lambda: ca.pad((10**5, 10**5, 10**5), 1),
    "dft": lambda: ca.dft(HUGE).to_numpy(),
    "row of dft": lambda: ca.dft(HUGE)[0, 0],
    "dft applied": lambda: ca.dft(10**6) @ np.ones(10**6),
    "conv": lambda: ca.Conv([[[1, 2]]]).matrix((1, HUGE)).to_numpy(),
    "conv sparse": lambda: ca.Conv([[[1, 2]]]).matrix((1, HUGE)).to_sparse(),
    "conv pattern": lambda: ca.Conv([[[1, 2]]]).matrix((1, HUGE)).pattern(),
    "conv nnz": lambda: ca.Conv([[[1, 2]]]).matrix((1, HUGE)).nnz,
    "conv sympy": lambda: ca.Conv([[[1, 2]]]).matrix((1, HUGE)).to_sympy(),
    "conv factors": lambda: ca.Conv([[[1, 2]]]).factors((1, HUGE)),
    "conv affine": lambda: ca.Conv([[[1, 2]]], [1]).affine((1, HUGE)),
    "conv padding": lambda: ca.Conv([[[1, 2]]], padding=HUGE).matrix((1, 3)).to_numpy(),
    "conv applied": lambda: ca.Conv([[[1, 2]]], padding=HUGE)([[1, 2, 3]]),
    "conv decided": lambda: ca.decide(ca.Conv([[[1, 2]]]).matrix((1, HUGE)) == ca.Conv([[[1, 3]]]).matrix((1, HUGE))),
    "convolution_matrix": lambda: ca.convolution_matrix([1, 2], HUGE).to_numpy(),
    "toeplitz product": lambda: product(ca.Conv([[[1, 2]]], dilation=10**11), ca.Conv([[[1, 2]]])),
    "symbols": lambda: ca.symbols("w", HUGE),
    "symbols in a box": lambda: ca.symbols("w", (10**6, 10**6)),
    "dilate": lambda: ca.Kernel([[[1, 2]]]).dilate(HUGE),
    "kernel sum": lambda: ca.Kernel([[[1]]]) + ca.Kernel([[[1]]], (HUGE,)),
    "kernel equality": lambda: ca.Kernel([[[1]]]) == ca.Kernel([[[1]]], (HUGE,)),
    "kron dense": lambda: ca.kron(ca.circulant(range(1000)), ca.circulant(range(1000))).to_numpy(),
    "kron sparse": lambda: ca.kron(ca.circulant(range(1000)), ca.circulant(range(1000))).to_sparse(),
    "product sparse": lambda: outer(20000).to_sparse(),
    "product nnz": lambda: outer(20000).nnz,
    "diagonal dense": lambda: ca.diagonal(np.ones(10**6)).to_numpy(),
    "circulant dense": lambda: ca.circulant(np.ones(10**5)).to_numpy(),
    "circulant sparse": lambda: ca.circulant(np.ones(10**5)).to_sparse(),
    "circulant nnz": lambda: ca.circulant(np.ones(10**5)).nnz,
    "circulant applied": lambda: ca.circulant(np.ones(10**5)).to_linear_operator() @ np.ones(10**5),
}  # fmt: skip
MAY_ANSWER = {
    "row of dft",
    "conv nnz",
    "circulant nnz",
    "dft applied",
    "circulant applied",
    "kernel equality",
    "conv affine",
}


@pytest.mark.parametrize("name", HUGE_CALLS)
def test_huge_results_are_refused_before_memory_is_taken(name):
    import tracemalloc

    tracemalloc.start()
    started = time.perf_counter()
    try:
        if name in MAY_ANSWER:
            with suppress(ca.SizeLimitError):
                HUGE_CALLS[name]()
        else:
            refused(HUGE_CALLS[name], ca.SizeLimitError)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**28
    assert time.perf_counter() - started < PATIENCE


def test_sizes_beyond_int64_are_refused():
    for size in (2**41, 2**63, 2**64, 10**30):
        for call in (ca.identity, ca.dft, ca.flip, lambda n: ca.Conv([[[1]]]).matrix((1, n)), lambda n: ca.pad(3, n)):
            refused(lambda call=call, size=size: call(size))


def test_numpy_integers_are_integers():
    for kind in (np.int8, np.int32, np.uint8, np.uint64):
        three = kind(3)
        assert ca.identity(three).shape == (3, 3)
        assert ca.shift(three, kind(1))[1, 0] == 1
        assert ca.Conv([[[1, 2]]], stride=kind(2), padding=kind(1)).output_shape((kind(1), three)) == (1, 2)
        assert ca.output_size(three, kind(2)) == 2
        assert (ca.identity(3) * kind(5))[0, 0] == 5
        assert isinstance(ca.output_size(three, kind(2)), int)
        assert (ca.circulant(np.array([100, 100], dtype=kind)) @ np.array([100, 100], dtype=kind)).tolist() == [
            20000
        ] * 2


def test_small_integers_are_widened():
    w = np.full((1, 1, 3), 100, dtype=np.int8)
    layer = ca.Conv(w, padding=1, padding_mode="reflect")
    x = np.full((1, 4), 100, dtype=np.int8)
    assert layer(x).tolist() == [[30000] * 4]
    assert layer.matrix((1, 4)).to_sparse().dtype == np.int64
    assert (layer.matrix((1, 4)) @ x[0]).tolist() == [30000] * 4
    assert (x[0] @ layer.matrix((1, 4))).sum() == 120000
    assert ca.diagonal(np.array([200], dtype=np.uint8)) @ np.array([200], dtype=np.uint8) == 40000


def test_large_integers_never_wrap_around():
    big = 2**62
    layer = ca.Conv([[[big, big, big]]], [big], padding=1, padding_mode="replicate")
    wanted = 3 * big * big + big
    assert layer([[big, big, big]]).tolist() == [[wanted] * 3]
    assert layer.map([[[big, big, big]]]).tolist() == [[[wanted] * 3]]
    A = layer.matrix((1, 3))
    assert (
        (A @ [big] * 1).tolist() == [3 * big * big] * 3
        if False
        else (A @ [big, big, big]).tolist() == [3 * big * big] * 3
    )
    assert ((A + A) @ [big, 0, 0])[0] == 4 * big * big
    assert ((A @ A) @ [1, 0, 0])[0] == sum(A[0, k] * A[k, 0] for k in range(3))
    assert (A * big)[0, 0] == 2 * big * big
    assert (-A)[0, 0] == -2 * big
    assert (A.T @ [big, big, big])[0] == sum(A[k, 0] for k in range(3)) * big
    U = np.array([2**64 - 1], dtype=np.uint64)
    assert (ca.circulant(U) @ U).tolist() == [(2**64 - 1) ** 2]
    assert (U @ ca.circulant(U)).tolist() == [(2**64 - 1) ** 2]
    assert (ca.identity(1) @ U).tolist() == [2**64 - 1]
    smallest = np.array([-(2**63)])
    assert (ca.circulant(smallest) @ smallest).tolist() == [2**126]
    assert (ca.identity(1) * -1 @ smallest).tolist() == [2**63]
    assert (-ca.diagonal(smallest)).to_numpy().tolist() == [[2**63]]
    assert ca.kron(ca.circulant([big]), ca.circulant([big])).to_numpy().tolist() == [[big * big]]
    assert (ca.diagonal([big]) @ ca.diagonal([big])).to_numpy().tolist() == [[big * big]]
    assert (ca.Conv([[[big, big]]]).matrix((1, 3)) @ ca.Conv([[[big, big]]]).matrix((1, 4)))[0, 1] == 2 * big * big


def test_floats_that_leave_their_range_are_not_passed_off_as_numbers():
    with pytest.raises(ca.ConvAlgebraError, match="must be"):
        ca.circulant([1e308]).to_numpy() @ ca.circulant([1.0, "x"])
    with pytest.raises((ca.ConvAlgebraError, OverflowError)):
        ca.circulant([10**400, 0.5])


# --- anything at all, at every public constructor --------------------------------------------------------------------

SCALARS = (
    st.integers(-4, 9) | st.integers(-300, 300) | st.integers(10**11)
    | st.sampled_from([-(10**11), HUGE, 2**62, 2**63, -(2**63), 2**100])
    | st.floats() | st.booleans() | st.none()
    | st.sampled_from(["", "zeros", "same", "full", "valid", "reflect", "circular", "convolution", "ortho", "w", "OI*"])
    | st.fractions(max_denominator=9) | st.complex_numbers()
    | st.sampled_from([N, N + 1, sympy.pi, sympy.oo, sympy.nan, sympy.zoo, sympy.I, sympy.Rational(1, 3),
                       sympy.Integer(3), NONCOMMUTATIVE,
                       sympy.true, sympy.Float(0.5), sympy.sqrt(2), sympy.Matrix([[1, N]]), np.int8(3),
                       np.uint64(2**63), np.float32(0.5), np.nan,
                       np.datetime64("2020-01-01"), b"x", object, len, Ellipsis, slice(3), {1: 2}, {1}, range(3)])
)  # fmt: skip
LISTS = st.lists(SCALARS, max_size=4) | st.lists(st.integers(-9, 9), min_size=1, max_size=5)
NESTED = st.recursive(LISTS, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
ARRAYS = st.builds(
    lambda shape, kind, seed: np.random.default_rng(seed).integers(0, 99, shape).astype(kind),
    st.lists(st.integers(0, 3), max_size=4),
    st.sampled_from(["int8", "uint8", "int64", "uint64", "float32", "float64", "complex64", "bool", "object", "U3"]),
    st.integers(0, 99),
)
OPERATORS = st.sampled_from([ca.identity(2), ca.circulant([1, 2, 3]), ca.Conv([[[1, N]]]).matrix((1, 3)), ca.dft(2)])
ANYTHING = SCALARS | LISTS | LISTS.map(tuple) | NESTED | ARRAYS | OPERATORS

CALLS = {
    "identity": ca.identity, "shift": ca.shift, "flip": ca.flip, "pad": ca.pad, "crop": ca.crop,
    "downsample": ca.downsample,
    "upsample": ca.upsample, "permutation": ca.permutation, "circulant": ca.circulant, "toeplitz": ca.toeplitz,
    "convolution_matrix": ca.convolution_matrix, "dft": ca.dft, "matrix": ca.matrix,
    "diagonal": ca.diagonal, "kron": ca.kron,
    "block": ca.block, "symbols": ca.symbols, "output_size": ca.output_size, "Kernel": ca.Kernel, "decide": ca.decide,
    "prove": ca.prove, "Conv": ca.Conv,
}  # fmt: skip
MOST = {"identity": 1, "flip": 1, "permutation": 1, "matrix": 1, "diagonal": 1, "decide": 1, "prove": 1, "block": 1}
KEYWORDS = {
    "Conv": ("stride", "padding", "dilation", "groups", "padding_mode", "op", "layout", "rounding"),
    "output_size": ("lo", "hi", "dilation", "rounding"),
}


@pytest.mark.parametrize("name", CALLS)
def test_anything_gives_a_result_or_our_error(name):
    most = MOST.get(name, 2)
    keywords = (
        st.dictionaries(st.sampled_from(KEYWORDS[name]), ANYTHING, max_size=2) if name in KEYWORDS else st.just({})
    )
    required = (
        2 if name in {"pad", "crop", "downsample", "upsample", "convolution_matrix", "symbols", "output_size"} else 1
    )
    first = st.just("w") | ANYTHING if name == "symbols" else ANYTHING
    rest = st.lists(ANYTHING, min_size=required - 1, max_size=max(most - 1, required - 1))

    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(first, rest, keywords)
    def holds(head, tail, named):
        sane(answered(lambda: CALLS[name](head, *tail, **named)))

    holds()


def answered(call):
    """The result, or None where one of our errors was raised."""
    started = time.perf_counter()
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # floats overflow as IEEE says
            return call()
    except ca.ConvAlgebraError as error:
        assert str(error)  # noqa: PT017  # any number of them may be raised
        return None
    finally:
        assert time.perf_counter() - started < PATIENCE


def sane(thing):
    """The shape, the entries and a product of what came out."""
    if isinstance(thing, ca.Operator):
        m, n = thing.shape
        assert m >= 1
        assert n >= 1
        if m * n < 1000:
            dense = answered(thing.to_numpy)
            assert dense is None or dense.shape == (m, n)
            y = answered(lambda: thing @ np.arange(n))
            assert y is None or y.shape == (m,)
    elif isinstance(thing, ca.Conv):
        assert thing.weight.ndim == thing.spatial + 2
        sizes = [6] * thing.spatial
        if thing.spatial < 3:
            y = answered(lambda: thing(np.ones((thing.channels[1], *sizes), dtype=int)))
            assert y is None or y.shape == thing.output_shape((thing.channels[1], *sizes))


WELL_FORMED = st.sampled_from(
    [[[[1, 2]]], [[[1, N], [2, 3]]], np.ones((2, 2, 2, 2)), np.ones((4, 1, 3), dtype=np.int8)]
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(WELL_FORMED, st.dictionaries(st.sampled_from(KEYWORDS["Conv"]), ANYTHING, max_size=3), ANYTHING, ANYTHING)
def test_layers_of_anything(weight, options, bias, in_shape):
    layer = answered(lambda: ca.Conv(weight, **options))
    sane(layer)
    sane(answered(lambda: ca.Conv(weight, bias)))
    if layer is not None:
        for call in (layer.matrix, layer.output_shape, layer, layer.map, layer.explain, layer.factors, layer.affine):
            answered(lambda call=call: call(in_shape))


@settings(max_examples=200)
@given(OPERATORS, ANYTHING)
def test_operators_with_anything(A, other):
    for call in (lambda: A @ other, lambda: A * other, lambda: A / other, lambda: A[other], lambda: A[other, 0],
                 lambda: A.subs(other),
                 lambda: A.subs({N: other}), lambda: ca.kron(A, other), lambda: ca.block([[A, other]])):  # fmt: skip
        sane(answered(call))
    for call in (lambda: A + other, lambda: A - other, lambda: other @ A, lambda: other * A, lambda: other == A):
        try:
            sane(answered(call))
        except TypeError as error:  # Python's or NumPy's own, where neither side knows the other
            assert re.search("unsupported operand|can't multiply|does not support ufuncs", str(error))  # noqa: PT017  # any number of them may be raised
        except sympy.matrices.exceptions.ShapeError:  # a SymPy matrix takes the operator for an array
            assert isinstance(other, sympy.MatrixBase)
