"""Entries that are too long for a cell have a name, and a line that tells it."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convalgebra as ca
from convalgebra.display.label import Label, entry_text
from convalgebra.display.naming import LINE_WIDTH, LINES, shortened
from convalgebra.display.scene import Text
from convalgebra.errors import RefutedError

C, D = (ca.circulant(ca.symbols(name, 4)) for name in "cd")
PRODUCT = C @ D
LONG = ca.collapse([ca.Conv(ca.symbols(n, (1, 1, 3, 3)), padding=1, padding_mode="circular") for n in "uv"])


def legend(figure):
    """Name and formula of each line below the picture."""
    texts = [mark.label.text for panel in figure.scene.panels for mark in panel.over if isinstance(mark, Text)]
    return dict(text.split(" = ") for text in texts if re.match(r"[a-z]_\{.* = ", text))


def cell_labels(figure):
    return {mark.label.text for panel in figure.scene.panels for mark in panel.cells if mark.label}


def test_each_name_in_a_cell_is_told_below():
    figure = PRODUCT.figure()
    told = legend(figure)
    assert told == {f"p_{{{k}}}": entry_text(PRODUCT[k, 0]) for k in range(4)}
    assert cell_labels(figure) == told.keys()
    figure.check()


def test_every_emitter_writes_the_lines():
    figure = PRODUCT.figure()
    assert "$p_{0} = c_{0} d_{0} + c_{1} d_{3}" in figure.tikz()
    assert re.sub(r"<[^>]*>", "", figure.svg()).count("p0 = c0") == 1
    assert figure.typst().count('v("p", "0") + " = " + v("c", "0")') == 1


def test_a_cell_with_the_name_of_another_is_noticed():
    figure = PRODUCT.figure()
    look = figure.drawing.looks[0]
    look.stand_ins.update(zip(look.stand_ins, reversed(look.stand_ins.values()), strict=True))
    with pytest.raises(RefutedError, match="must show"):
        figure.check()


def test_the_lines_lie_under_the_picture():
    figure = PRODUCT.figure()
    *above, below = figure.scene.panels
    assert min(y for _, y in (mark.at for mark in below.over)) > above[0].bounds[3]


def test_names_are_letters_that_are_not_used():
    figure = ca.figure_composition(*(ca.circulant(ca.symbols(name, 4)) for name in "pq"))
    assert cell_labels(figure) & {"r_{0}"} == {"r_{0}"} == legend(figure).keys() & {"r_{0}"}


def test_matrices_side_by_side_have_names_of_their_own():
    told = legend(ca.figure_composition(PRODUCT, ca.circulant(ca.symbols("a", 4))))
    assert len({name[0] for name in told}) == 2


def test_a_value_has_one_name_in_all_terms():
    figure = ca.figure_composition(PRODUCT @ ca.identity(4), PRODUCT)
    told = legend(figure)
    assert len(told) == len(set(told.values()))


def test_weights_that_meet_are_named_together():
    op = ca.Conv(LONG.weight[:, :, 0], padding=2, padding_mode="reflect").matrix((1, 5))
    assert {"p_{1+3}", "p_{2}"} <= cell_labels(op.figure())


def test_sums_of_short_weights_have_their_stripes():
    op = ca.Conv(ca.symbols("w", (1, 1, 5, 5)), padding=2, padding_mode="reflect").matrix((1, 4, 4))
    assert legend(op.figure()) == {}
    assert "Σ" in cell_labels(op.figure())


def test_entries_without_a_kernel_are_counted():
    F = ca.matrix([[Fraction(123456789012, 98765432101), 1], [Fraction(5, 7), Fraction(3**30, 5**17)]])
    assert legend(F.figure()) == {"p_{0}": "123456789012/98765432101", "p_{1}": "205891132094649/762939453125"}


def test_many_names_of_a_kernel_are_told_in_part_and_those_of_other_entries_not_at_all():
    figure = LONG.figure((1, 5, 5), "arithmetic")
    assert len(legend(figure)) == LINES - 1 < len(next(look for look in figure.drawing.looks if look).stand_ins)
    assert "p_{43}" in legend(figure)
    many = ca.matrix([[Fraction(10**12 + 5 * i, 10**11 + j) for j in range(4)] for i in range(4)])
    assert cell_labels(many.figure()) == {"10"}


@pytest.mark.parametrize("figure", [LONG.matrix((1, 5, 5)).figure(labels="taps"), C.figure()])
def test_taps_and_short_entries_need_no_names(figure):
    assert legend(figure) == {}


def test_grid_and_matrix_tell_the_names_once():
    row = ca.Conv(LONG.weight[:, :, 1], padding=2, padding_mode="circular")
    texts = [m.label.text for p in row.figure((1, 6)).scene.panels for m in p.over if isinstance(m, Text)]
    assert sum(" = " in text for text in texts) == len({text for text in texts if " = " in text}) > 0


def test_a_kernel_too_long_for_its_grid_is_told_too():
    assert "p_{11}" in legend(ca.figure_kernel(LONG)).keys() & cell_labels(ca.figure_kernel(LONG))


@given(st.lists(st.sampled_from(["a", "b*c", "(a + b)*c", "f(x - y)", "2*x**2"]), min_size=1, max_size=40))
def test_a_shortened_sum_keeps_whole_terms_and_its_ends(terms):
    text = " + ".join(terms)
    if Label.math(text).width > LINE_WIDTH:
        head, tail = shortened(text).split(" + ⋯ + ")
        assert text.startswith(head + " + ")
        assert tail == terms[-1]
        assert Label.math(shortened(text)).width <= LINE_WIDTH


@pytest.mark.parametrize("text", ["x" * 10_000, "f(" + " + ".join("ab" * 9 for _ in range(9)) + ")", "a + " + "b" * 99])
def test_what_is_no_sum_is_cut(text):
    short = shortened(text)
    assert Label.math(short).width <= LINE_WIDTH
    assert text.startswith(short.removesuffix("…"))
    assert short.endswith("…")
