"""Operators as Unicode text."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

import numpy as np
import pytest
import sympy

import convalgebra as ca
from convalgebra.display.excerpt import source_of
from convalgebra.display.text import LINE_WIDTH, repr_text


def cells(text):
    """The table between the brackets, as strings."""
    return [line.strip("⎡⎢⎣⎤⎥⎦[]").split() for line in text.splitlines()[1:]]


def test_a_toeplitz_matrix_reads_as_on_paper():
    op = ca.convolution_matrix(ca.symbols("w", 3), 5, mode="valid", op="correlation")
    assert repr_text(op) == ("3 x 5 operator\n⎡w0  w1  w2   ·   ·⎤\n⎢ ·  w0  w1  w2   ·⎥\n⎣ ·   ·  w0  w1  w2⎦")


def test_repr_is_this_text():
    op = ca.circulant([1, 2])
    assert repr(op) == repr_text(op) == "2 x 2 operator\n⎡1  2⎤\n⎣2  1⎦"


@pytest.mark.parametrize(
    "op",
    [
        ca.circulant([1, 2, 3]),
        ca.convolution_matrix([4, 5], 6),
        ca.Conv(np.arange(1, 10).reshape(1, 1, 3, 3), padding=1, padding_mode="symmetric").matrix((1, 3, 4)),
        ca.identity(7),
    ],
)
def test_numbers_read_back(op):
    dense = op.to_numpy()
    assert cells(repr_text(op)) == [[str(v) if v else "·" for v in row] for row in dense.tolist()]


def test_weights_that_are_zero_differ_from_structural_zeros():
    assert cells(repr_text(ca.convolution_matrix([1, 0, 2], 2)))[1] == ["0", "1"]
    assert cells(repr_text(ca.convolution_matrix([1, 0, 2], 2)))[0] == ["1", "·"]


def test_a_single_row_has_square_brackets():
    assert repr_text(ca.matrix([[1, 2]])) == "1 x 2 operator\n[1  2]"


def test_boxes_are_told_where_there_are_several_axes():
    assert repr_text(ca.Conv(np.ones((2, 3, 1, 1))).matrix((3, 2, 2))).startswith(
        "8 x 12 operator, (2, 2, 2) from (3, 2, 2)"
    )


@pytest.mark.parametrize("n", [8, 100, 10**4, 10**6])
def test_any_size_fits_on_the_screen(n):
    text = repr_text(ca.convolution_matrix(ca.symbols("w", 3), n))
    assert max(map(len, text.splitlines())) <= LINE_WIDTH
    assert len(text.splitlines()) <= 14
    assert ("⋱" in text) == (n > 12)


def test_long_entries_are_cut_and_keep_the_columns_straight():
    x = sympy.Symbol("x")
    text = repr_text(ca.matrix([[x**k + sum(x**j for j in range(20)) for k in range(5)]] * 5))
    assert len({len(line) for line in text.splitlines()[1:]}) == 1
    assert "…" in text


def test_long_numbers_show_their_ends_and_how_long_they_are():
    text = repr_text(ca.matrix([[2**100, -(10**5000)], [Fraction(10**30, 7), 1]]))
    assert "1267…5376 (31 digits)" in text
    assert "-1000…0000 (5001 digits)" in text
    assert "1000…0000 (31 digits)/7" in text


def test_numbers_that_look_alike_keep_apart():
    op = ca.matrix([[10**5000, 10**5000 + 10**2000], [10**5000, 1]])
    first, other, again = (source_of(op).entries([i], [j])[i, j].keys for i, j in ((0, 0), (0, 1), (1, 0)))
    assert first == again != other


def test_wide_entries_leave_fewer_columns():
    text = repr_text(ca.matrix([[10**9 + k * j for k in range(1, 40)] for j in range(40)]))
    assert 5 < max(map(len, text.splitlines())) <= LINE_WIDTH
    assert len(text.splitlines()) == 9


def test_no_entry_can_break_the_lines():
    text = repr_text(ca.matrix([[sympy.Symbol("a\nb"), 1]]))
    assert len(text.splitlines()) == 2


def test_what_is_too_large_to_read_is_said():
    text = repr_text(ca.dft(2 * 10**9))
    assert text.startswith("2000000000 x 2000000000 operator, entries not shown: ")


def test_a_bar_over_a_letter_takes_no_column():
    lines = repr_text(ca.toeplitz(ca.symbols("a", 3))).splitlines()[1:]
    widths = [sum(not unicodedata.combining(c) for c in line) for line in lines]
    assert "a\N{COMBINING MACRON}1" in lines[0]
    assert len({*widths}) == 1
