import pytest
from synthetic_tour import story

from convalgebra.tour.gallery import STATEMENTS, document, eigenvalues


@pytest.mark.parametrize("name", sorted(story().drawn))
def test_each_figure_tells_the_truth(name):
    drawn = story().drawn[name]
    drawn.matrix.figure(highlight_rows=drawn.rows).check()
    assert drawn.svg(name).startswith("<svg")
    assert f'id="{name}-title"' in drawn.svg(name)
    assert r"\documentclass" in drawn.tikz()
    assert drawn.latex() == f"{drawn.name} = {drawn.matrix.to_latex()}"


def test_the_drawn_factors_are_factors():
    A, D, T, P = (story().drawn[name].matrix for name in ("matrix", "keep", "slide", "extend"))
    assert bool(D @ T @ P == A)


def test_the_drawn_product_is_the_product():
    second, first, product = (story().drawn[name].matrix for name in ("second", "first", "product"))
    assert bool(second @ first == product)
    assert product.to_numpy()[0].tolist() == [1, 4, 6, 4, 1, 0, 0]


def test_the_marked_rows_are_those_where_the_borders_differ():
    circular, zeros = story().drawn["circular"], story().drawn["zeros"]
    differs = (circular.matrix.to_numpy() != zeros.matrix.to_numpy()).any(axis=1)
    assert tuple(differs.nonzero()[0]) == zeros.rows == (0, 5)


def test_the_document_holds_every_formula_once():
    text = document(story().drawn, story().diagonalised)
    assert sorted(name for names in STATEMENTS.values() for name in names) == sorted(story().drawn)
    assert all(text.count(drawn.latex()) >= 1 for drawn in story().drawn.values())
    assert text.count(eigenvalues(story().diagonalised)) == 1
    assert text.count("{") == text.count("}")
    assert text.endswith("\\end{document}\n")


def test_there_is_a_line_for_each_eigenvalue():
    lines = eigenvalues(story().diagonalised).splitlines()
    assert len(lines) == 10
    assert lines[1].startswith(r"\lambda_{0} &= w_{0} + w_{1} + w_{2}")
