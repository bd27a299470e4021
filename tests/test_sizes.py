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


def test_remainders_of_sums_and_numbers():
    assert (n * k + 3 * n + 5 - k).mod(n) == 5 - k
    assert ((n + 1) * k + i).mod(n + 1) == i
    assert (n * k).mod(n + 1) == (-k).mod(n + 1)
    assert (7 * k - 3).mod(Size.of(4)) == 3 * k + 1
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


def test_fractions_are_factors_and_no_indices():
    assert n * n.inverse() == ONE
    assert (n * Fraction(1, 2)).value({N: 4}) == 2
    assert not (n * Fraction(1, 2)).is_integral
    assert not n.inverse().is_integral
    assert (n * k - 3).is_integral
    with pytest.raises(UnsupportedError):
        (n + 1).inverse()


def test_sizes_print_as_on_paper():
    assert [str(e) for e in (ZERO, n - 1, -k, 2 * n * n - m, s * 0 + 7)] == ["0", "n - 1", "-k", "2*n^2 - m", "7"]
