"""What an entry may be, and when two entries are equal."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
import sympy
from hypothesis import given
from hypothesis import strategies as st
from strategies_core import ENTRIES, array, equal

import convalgebra as ca
from convalgebra.algebra import points, rings
from convalgebra.algebra.polynomial import Polynomial

A, B = sympy.symbols("a b")
INT64 = 2**63 - 1


@pytest.mark.parametrize(
    ("values", "dtype", "shown"),
    [
        ([1, 2], "int64", [1, 2]),
        ([True, False], "int64", [1, 0]),
        (np.array([True, False]), "int64", [1, 0]),
        (np.array([-128, 127], dtype=np.int8), "int64", [-128, 127]),
        (np.array([255], dtype=np.uint8), "int64", [255]),
        (np.array([2**32 - 1], dtype=np.uint32), "int64", [2**32 - 1]),
        (np.array([5], dtype=np.uint64), "int64", [5]),
        (np.array([2**64 - 1, 1], dtype=np.uint64), "object", [2**64 - 1, 1]),
        ([INT64, -INT64], "int64", [INT64, -INT64]),
        ([2**63], "object", [2**63]),
        ([0, 2**63 + 1], "object", [0, 2**63 + 1]),
        (np.array([0.5], dtype=np.float32), "float64", [0.5]),
        (np.array([0.5], dtype=np.float16), "float64", [0.5]),
        (np.array([1j], dtype=np.complex64), "complex128", [1j]),
        ([1, 0.5], "float64", [1.0, 0.5]),
        ([1, 0.5, 1j], "complex128", [1, 0.5, 1j]),
        ([Fraction(1, 2), 1], "object", [Fraction(1, 2), 1]),
        ([sympy.Integer(3), np.int8(4)], "int64", [3, 4]),
        ([sympy.Rational(1, 2)], "object", [Fraction(1, 2)]),
        ([sympy.Float(0.5)], "float64", [0.5]),
        ([A, 1], "object", [A, 1]),
        (np.array([A, np.int64(2**40)], dtype=object), "object", [A, 2**40]),
        (7, "int64", 7),
        (A, "object", A),
        ([], "int64", []),
    ],
)
def test_entries_by_kind(values, dtype, shown):
    found = rings.entries(values)
    assert found.dtype == dtype
    assert found.tolist() == shown
    assert not any(isinstance(v, np.generic) for v in found.astype(object).flat)


def test_sympy_matrices_are_arrays():
    assert rings.entries(sympy.Matrix([[1, A], [0, 2]])).tolist() == [[1, A], [0, 2]]
    assert rings.entries(sympy.eye(2)).dtype == np.int64


@pytest.mark.parametrize(
    "bad",
    [
        [np.nan], [np.inf], [-np.inf], [1, np.nan], [complex(0, np.inf)], np.array([np.nan], dtype=np.float32),
        [A, float("nan")], [A, complex(np.inf, 0)], [sympy.nan], [sympy.oo], [-sympy.oo], [sympy.zoo], [sympy.oo * A],
        ["1"], "abc", [None], None, [Ellipsis], [{}], {1: 2}, [Decimal(1)], [b"1"], np.array(["a"]),
        np.array([1], dtype="datetime64[s]"), np.array([(1,)], dtype=[("a", int)]),
        [[1, 2], [3]], [[1], 2], [1, [2, 3]], [sympy.Symbol("n", commutative=False)],
        [sympy.Mul(0, sympy.oo, evaluate=False)], [sympy.AccumBounds(0, 1)], [sympy.Lambda(A, A)],
        [sympy.Symbol("i", infinite=True)], [sympy.true], [sympy.Eq(A, B)],
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_entry_is_refused(bad):
    with pytest.raises(ca.EntryError, match="must be"):
        rings.entries(bad, "the weights")


@pytest.mark.skipif(np.dtype(np.longdouble).itemsize <= 8, reason="long doubles are doubles on this platform")
def test_long_doubles_are_refused():
    with pytest.raises(ca.EntryError, match="up to 64 bits"):
        rings.entries(np.array([1], dtype=np.longdouble))


def test_exactness_and_symbols():
    kinds = {name: rings.entries(v) for name, v in {"int": [1], "half": [Fraction(1, 2)], "a": [A], "x": [0.5]}.items()}
    assert {name: rings.is_exact(v) for name, v in kinds.items()} == {"int": True, "half": True, "a": True, "x": False}
    assert {name: rings.is_symbolic(v) for name, v in kinds.items()} == {
        "int": False, "half": False, "a": True, "x": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([1], "ZZ"), ([2**70], "ZZ"), ([Fraction(1, 2), 1], "QQ"), ([0.5], "RR"), ([1j], "CC"), ([A, 1], "ZZ[a]"),
        ([A / 2, B], "QQ[a, b]"), ([A + sympy.sqrt(2)], "ZZ[a, sqrt(2)]"),
    ],
)  # fmt: skip
def test_ring_names(values, name):
    assert rings.ring_name(rings.entries(values)) == name


# --- int64 is never left silently -------------------------------------------------------------------------------------

EDGES = st.sampled_from([0, 1, -1, 2**31, 2**32 - 1, 2**62, -(2**62), INT64, -INT64, 2**63, 2**64, -(2**64)])
WILD = st.integers(-(2**66), 2**66) | EDGES


@given(st.lists(WILD, min_size=1, max_size=5), st.lists(WILD, min_size=1, max_size=5))
def test_products_and_sums_of_integers_never_overflow(u, v):
    left, right = rings.entries(u), rings.entries(v)
    a, b = rings.multipliable(left[:, None], right[None])
    assert equal(a * b, array((len(u), len(v)), (x * y for x in u for y in v)))
    c, d = rings.addable((left[:, None], right[None]))
    assert equal(c + d, array((len(u), len(v)), (x + y for x in u for y in v)))


@given(st.lists(WILD, min_size=1, max_size=6))
def test_a_dot_product_of_integers_never_overflows(u):
    n = len(u)
    a, b = rings.multipliable(rings.entries(u), rings.entries(u[::-1]), n)
    assert int(a @ b) == sum(x * y for x, y in zip(u, u[::-1], strict=True))


def test_the_borders_of_int64_exactly():
    def kind(u, v, count=1):
        return rings.multipliable(rings.entries([u]), rings.entries([v]), count)[0].dtype.kind

    assert kind(INT64, 1) == "i"
    assert kind(2**62, 2) == "O"
    assert kind(-(2**62), 2) == "O"
    assert kind(2**62, 1, 2) == "O"
    assert kind(2**61, 1, 2) == "i"
    assert [a.dtype.kind for a in rings.addable([rings.entries([2**62]), rings.entries([2**62])])] == ["O", "O"]
    assert [a.dtype.kind for a in rings.addable([rings.entries([2**62]), rings.entries([2**62 - 1])])] == ["i", "i"]
    assert rings.entries([-(2**63)]).dtype == object
    assert rings.entries(np.array([-(2**63)])).tolist() == [-(2**63)]


def test_the_smallest_int64_has_no_absolute_value_inside():
    smallest = np.array([-(2**63)])
    assert rings.magnitude(smallest) == 2**63
    assert (ca.circulant(smallest) * -1).to_numpy().tolist() == [[2**63]]
    assert (ca.identity(1) - ca.circulant(smallest)).to_numpy().tolist() == [[2**63 + 1]]


def test_mixing_kinds():
    ints, floats = rings.entries([2]), rings.entries([0.5])
    halves, symbols, cplx = rings.entries([Fraction(1, 2)]), rings.entries([A]), rings.entries([1j])
    assert [x.dtype.kind for x in rings.multipliable(ints, floats)] == ["f", "f"]
    assert [x.dtype.kind for x in rings.multipliable(halves, floats)] == ["f", "f"]
    assert [x.dtype.kind for x in rings.multipliable(cplx, floats)] == ["c", "c"]
    assert [x.dtype.kind for x in rings.addable([symbols, floats, ints])] == ["O"] * 3
    assert [x.dtype.kind for x in rings.addable([halves, floats, cplx])] == ["c"] * 3
    product = np.multiply(*rings.multipliable(symbols, floats))
    assert rings.public(product)[0] == A / 2


def test_tidy_gives_the_smallest_kind():
    assert rings.tidy(array((2,), [Polynomial.of(2), Fraction(4, 2)])).dtype == np.int64
    assert rings.tidy(array((1,), [Polynomial.of(2**70)])).dtype == object
    assert rings.tidy(array((1,), [Polynomial({})])).tolist() == [0]
    assert rings.public(array((1,), [Polynomial.of(A)]))[0] == A
    ints = np.array([1, 2])
    assert rings.tidy(ints) is ints


def test_conjugates():
    assert rings.conjugate(rings.entries([1j])).tolist() == [-1j]
    assert rings.conjugate(rings.entries([A, sympy.I, 2])).tolist() == [sympy.conjugate(A), -sympy.I, 2]
    assert rings.conjugate(rings.entries([3])).tolist() == [3]


def test_known_zeros():
    assert rings.nonzero(rings.entries([0, 1, A, Fraction(0)])).tolist() == [False, True, True, False]
    assert rings.nonzero(array((2,), [Polynomial({}), Polynomial.of(A)])).tolist() == [False, True]


# --- equality ---------------------------------------------------------------------------------------------------------

X = sympy.Symbol("x", positive=True)
ZEROS = [
    (A**2 - 1) / (A - 1) - (A + 1),
    (A + B) ** 2 - A**2 - 2 * A * B - B**2,
    1 / A - B / (A * B),
    (A**3 - B**3) / (A - B) - (A**2 + A * B + B**2),
    sympy.sqrt(2) * sympy.sqrt(3) - sympy.sqrt(6),
    sympy.sqrt(2) ** 2 - 2,
    (1 + sympy.sqrt(5)) ** 2 / 4 - (3 + sympy.sqrt(5)) / 2,
    sympy.sqrt(5 + 2 * sympy.sqrt(6)) - sympy.sqrt(2) - sympy.sqrt(3),
    sympy.I**2 + 1,
    1 / (1 + sympy.I) - (1 - sympy.I) / 2,
    sum(sympy.exp(2 * sympy.I * sympy.pi * k / 7) for k in range(7)),
    sympy.cos(2 * sympy.pi / 5) - (sympy.sqrt(5) - 1) / 4,
    sympy.Add(A, -A, evaluate=False),
    ((A + 1) ** 2 - A**2 - 2 * A - 1) * B,
]
K = sympy.Symbol("k", integer=True)
HIDDEN = [  # zero, but beyond what is decided here
    sympy.sin(A) ** 2 + sympy.cos(A) ** 2 - 1,
    sympy.sin(2 * A) - 2 * sympy.sin(A) * sympy.cos(A),
    sympy.log(X**2) - 2 * sympy.log(X),
    sympy.exp(A) * sympy.exp(B) - sympy.exp(A + B),
    sympy.sqrt(X) ** 2 - X,
    sympy.Abs(A) ** 2 - A * sympy.conjugate(A),
    sympy.gamma(A + 1) - A * sympy.gamma(A),
    sympy.exp(sympy.log(A)) - A,
    sympy.sqrt(K**2 + 2 * K + 1) - sympy.Abs(K + 1),
]
NONZEROS = [
    A, A - 1, A - B, sympy.sqrt(2), sympy.sqrt(2) - 1, sympy.I, 1 + sympy.I, 1 / A, (A + 1) / (A - 1), sympy.sin(A),
    sympy.exp(2 * sympy.I * sympy.pi / 5), sympy.sqrt(2) + sympy.sqrt(3) - sympy.sqrt(10), sympy.pi, sympy.E - 2,
    (A**2 - 1) / (A - 1) - (A + 2), A * (B + 1) - A * B,
    sympy.sqrt(2) - sympy.Rational(665857, 470832),
    sympy.sqrt(A**2 * B**2) - sympy.sqrt(A**2) * sympy.sqrt(B**2),  # at a = b = i
]  # fmt: skip


@pytest.mark.parametrize("value", ZEROS, ids=str)
def test_zero_in_another_spelling_is_proved(value):
    assert rings.is_zero(value) is True


@pytest.mark.parametrize("value", HIDDEN, ids=str)
def test_a_hidden_zero_is_never_called_nonzero(value):
    assert rings.is_zero(value) is not False


@pytest.mark.parametrize("value", NONZEROS, ids=str)
def test_nonzero_is_seen(value):
    assert rings.is_zero(value) is False


@pytest.mark.parametrize("value", NONZEROS, ids=str)
def test_a_witness_makes_the_value_a_nonzero_number(value):
    witness = next(points.witnesses(value))
    number = sympy.N(sympy.sympify(value).subs(witness), 30)
    assert number.is_number
    assert abs(number) > 1e-15
    assert all(sympy.sympify(v).is_number for v in witness.values())


def test_a_witness_keeps_the_assumptions_of_its_symbols():
    n = sympy.Symbol("n", negative=True)
    even = sympy.Symbol("e", even=True, positive=True)
    for value in (n + 1, even - 2, n * even):
        for _, witness in zip(range(3), points.witnesses(value), strict=False):
            assert all(v < 0 for s, v in witness.items() if s == n)
            assert all(v > 0 and v % 2 == 0 for s, v in witness.items() if s == even)


def test_what_is_zero_for_all_admissible_values_is_not_refuted_by_others():
    p = sympy.Symbol("p", positive=True)
    assert rings.is_zero(sympy.Abs(p) - p) is True
    assert list(zip(range(2), points.witnesses(sympy.sqrt(A**2) - A), strict=False))  # negative a


def test_a_vanishing_denominator_is_no_zero():
    assert rings.is_zero(1 / ((A + 1) ** 2 - A**2 - 2 * A - 1)) is None


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_polynomials_are_decided_both_ways(p, q):
    value = (A + p) * (A + q) - (A**2 + (p + q) * A + p * q)
    assert rings.is_zero(value) is True
    assert rings.is_zero(value + 1) is False
    assert rings.is_zero(Fraction(p, 7)) is (p == 0)


# --- memory -----------------------------------------------------------------------------------------------------------


def test_the_memory_limit_is_a_limit():
    rings.check_memory(10, 8, "it", 80)
    rings.check_memory(10**30, 8, "it", None)
    with pytest.raises(ca.SizeLimitError, match="it must fit into"):
        rings.check_memory(11, 8, "it", 87)


@given(st.lists(st.sampled_from(sorted(ENTRIES)).flatmap(lambda k: ENTRIES[k]), max_size=6))
def test_any_mixture_of_numbers_keeps_its_values(values):
    kept = rings.entries(values)
    floating = any(isinstance(v, float | complex) for v in values)
    symbolic = any(isinstance(v, sympy.Basic) for v in values)
    if not floating or (symbolic and not any(isinstance(v, complex) for v in values)):
        assert equal(kept, array((len(values),), values))
    elif not symbolic:
        assert kept.tolist() == [complex(v) if kept.dtype.kind == "c" else float(v) for v in values]


def test_sparse_matrices_are_no_entries():
    with pytest.raises(ca.EntryError):
        rings.entries(scipy.sparse.csr_array(np.eye(2)))


class Parameter:
    """A tensor that is trained: it is an array only once it is detached."""

    def detach(self):
        return np.array([1.0, 2.0])

    def __array__(self, dtype=None, copy=None):
        raise AssertionError


def test_a_weight_that_is_trained_is_read_as_it_stands():
    assert ca.toeplitz(Parameter()).to_numpy().tolist() == [[1.0, 2.0], [2.0, 1.0]]


@pytest.mark.parametrize(("most", "text"), [(1, "1 bytes, not 32 bytes"), (31, "31 bytes, not 32 bytes")])
def test_small_sizes_are_told_in_bytes(most, text):
    with pytest.raises(ca.SizeLimitError, match=f"must fit into {text}"):
        ca.toeplitz([1, 1]).to_numpy(max_bytes=most)
