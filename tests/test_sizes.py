from fractions import Fraction
from itertools import product

import pytest
from brute_force import K, M, N, i, k, m, n, s
from hypothesis import given
from hypothesis import strategies as st

from convalgebra.proofs.calculus.sizes import ONE, ZERO, Size, Symbol, UnsupportedError, common

SYMBOLS = [N, M, K]
MONOMIALS = st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 2), max_size=2).map(
    lambda d: tuple(sorted(d.items()))
)
POLYNOMIALS = st.lists(st.tuples(MONOMIALS, st.integers(-4, 4)), max_size=4).map(Size.sum)
NUMBERS = [dict(zip(SYMBOLS, values, strict=True)) for values in product((1, 2, 5), (1, 3, 4), (-3, 0, 2))]
PLUS = Symbol("p", "size", 0)


@given(POLYNOMIALS, POLYNOMIALS)
def test_arithmetic_is_that_of_the_values(a, b):
    for at in NUMBERS:
        u, v = a.value(at), b.value(at)
        assert ((a + b).value(at), (a - b).value(at), (a * b).value(at)) == (u + v, u - v, u * v)


@given(POLYNOMIALS)
def test_equal_polynomials_are_equal_objects(a):
    assert a - a == ZERO
    assert (a + k) * (a - k) == a * a - k * k
    assert hash(a + k - k) == hash(a)


@given(POLYNOMIALS, POLYNOMIALS.filter(bool))
def test_division_leaves_a_canonical_rest(a, b):
    rest = a.mod(b)
    quotient = (a - rest).over(b)
    assert quotient is not None
    assert quotient * b + rest == a
    assert (a + b * k).mod(b) == rest


def test_remainders_of_fractions_of_a_leading_number():
    assert (3 * n).mod(2 * n) == n
    assert (-3 * n).mod(2 * n) == n
    assert (2 * n * n * m).over(n) == 2 * n * m
    assert (n * n).mod(n * m) == n * n
    assert (k * k * n + m).mod(k + 5) == (25 * n + m).mod(k + 5)


def test_remainders_of_sums_and_numbers():
    assert (n * k + 3 * n + 5 - k).mod(n) == 5 - k
    assert ((n + 1) * k + i).mod(n + 1) == i
    assert (n * k).mod(n + 1) == (-k).mod(n + 1)
    assert (7 * k - 3).mod(Size.of(4)) == 1 - k
    assert (6 * k - 3).mod(Size.of(4)) == 2 * k + 1
    assert (k + 3).mod(ZERO) == k + 3


def test_a_quotient_is_an_integer_polynomial_or_none():
    assert (n * m * 2).over(2 * m) == n
    assert (n * m).over(2 * m) is None
    assert n.over(m) is None
    assert ONE.over(n) is None
    assert (n * n - 1).over(n + 1) == n - 1


def test_splitting_needs_linearity():
    assert (n * i + m * i + 3).split(Symbol("i", "index")) == (n + m, Size.of(3))
    with pytest.raises(UnsupportedError, match="not linear in i"):
        (i * i).split(Symbol("i", "index"))


def test_a_symbol_is_replaced():
    assert (n * i + m).put(Symbol("i", "index"), k + 1) == n * k + n + m
    assert m.put(N, ZERO) == m


def test_signs_are_seen_from_the_least_values():
    p = Size.named(PLUS)
    assert (n - 1).is_nonnegative
    assert (n * m - n - m + 1).is_nonnegative  # (n - 1)(m - 1)
    assert not (n - 2).is_nonnegative
    assert not (p - 1).is_nonnegative
    assert p.is_nonnegative
    assert not p.is_positive
    assert n.is_positive


def test_the_sign_of_any_integer_or_index_is_unknown():
    assert not k.is_nonnegative
    assert not (k * k).is_nonnegative  # true, but not seen
    assert not i.is_nonnegative
    assert not n.inverse().is_nonnegative


def test_common_factors_are_at_least_one():
    p = Size.named(PLUS)
    assert common(n * m * 4, n * k * 6) == 2 * n
    assert common(p * 2, p * 4) == Size.of(2)  # p may be 0
    assert common(k, k * 3) == ONE  # k may be 0 or negative
    assert common(2 * Size.named(Symbol("t", "index", 1)), 4 * Size.named(Symbol("t", "index", 1))) == Size.of(2)


def test_fractions_are_factors_and_no_indices():
    assert n * n.inverse() == ONE
    assert (n * Fraction(1, 2)).value({N: 4}) == 2
    assert not (n * Fraction(1, 2)).is_integral
    assert not n.inverse().is_integral
    assert (n * k - 3).is_integral
    with pytest.raises(UnsupportedError):
        (n + 1).inverse()


def test_a_root_squared_is_the_size():
    root = (4 * n * m * m).root()
    assert root * root == 4 * n * m * m
    assert root == 2 * m * n.root()
    assert n.root() * n.root() * n.root() == n * n.root()
    assert n.root().inverse() * n.root() == ONE
    assert (n.root() * n.inverse()) * n.root() == ONE
    assert not n.root().is_integral
    assert not (2 * n.root()).is_nonnegative  # no claim about its sign
    for bad in (n + 1, 2 * n, ZERO):
        with pytest.raises(UnsupportedError, match="sqrt"):
            bad.root()


def test_sizes_are_formulas():
    K1 = Size.named(Symbol("K1", "size", 1))
    assert (2 * n * n - K1 + 1).latex == "2 n^{2} + 1 - K_{1}"
    assert (n.root() * m).latex == r"m \sqrt{n}"
    assert str(n.root()) == "sqrt(n)"


def test_sizes_above_one_are_seen():
    large = Size.named(Symbol("L", "size", 3))
    assert (large - 3).is_nonnegative
    assert not (large - 4).is_nonnegative
    assert (large * n - 3 * n).is_nonnegative
    assert (large * large - 9).is_nonnegative
    assert not (large * large - 10).is_nonnegative


def test_sizes_print_as_on_paper():
    assert [str(e) for e in (ZERO, n - 1, -k, 2 * n * n - m, s * 0 + 7)] == ["0", "n - 1", "-k", "2*n^2 - m", "7"]
