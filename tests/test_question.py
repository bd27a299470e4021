"""Claims read as sums of terms, and the points at which they are matrices."""

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.proofs.calculus.question import LONGEST, MOST_PLACES, SIDE, Question, Statement, entries_at
from convalgebra.proofs.calculus.sizes import UnsupportedError

n, m, k = ca.size("n"), ca.size("m"), ca.integer("k")
w, M = ca.kernel("w", n), ca.unknown("M", n, n)
S, C = ca.shift(n, k), ca.circulant(w)
GOAL = M == 1 * M


def test_a_claim_is_two_sums_over_common_places():
    statement = Statement.of(C @ S == S @ C)
    assert [size for _, size in statement.free] == [n, n]
    assert statement.text == "C_w S_k = S_k C_w"
    assert set(statement.kernels) == {"w"}
    assert {x.name for x in statement.symbols} == {"n", "k"}


def test_the_finer_boxes_count():
    statement = Statement.of(ca.shift(m * n, n) == ca.shift((m, n), (1, 0)))
    assert [size for _, size in statement.free] == [m, n, m, n]


def test_the_symbols_of_hypotheses_count_too():
    question = Question.of(GOAL.given(M @ ca.shift(n, k) == ca.shift(n, k) @ M))
    assert {x.name for x in question.symbols} == {"n", "k"}
    with pytest.raises(UnsupportedError, match="two symbols of one name"):
        Question.of(GOAL.given(M @ ca.shift(n, ca.integer("n")) == M))


def test_points_satisfy_the_hypotheses():
    question = Question.of(GOAL.given(M @ ca.shift(n) == ca.shift(n) @ M))
    points = list(question.points(question.goal.sides, 2, 3))
    assert len(points) == 3
    for point in points:
        matrix = entries_at(M, point)
        assert (np.roll(matrix, (1, 1), (0, 1)) == matrix).all()
        assert len(np.unique(matrix)) > 1


def test_a_kernel_and_its_conjugate_are_one_to_be_chosen():
    question = Question.of(C.H == C)
    assert set(question.kernels) == {"w"}
    assert "conj is an involution" in question.needs[0]
    assert Question.of(C.T == C).needs == ()


def test_instances_are_small_but_no_smaller_than_the_numbers_of_the_claim():
    question = Question.of(C == 1 * C)
    assert all(v <= SIDE for numbers in question.instances(0, 50) for v in numbers.values())
    long = ca.kernel("w", 15)
    wide = Question.of(ca.circulant(long) @ ca.shift(15, k) == ca.shift(15, k) @ ca.circulant(long))
    assert SIDE < wide.side <= LONGEST
    assert len(list(wide.instances(0, 3))) == 3
    huge = Question.of(ca.shift(10**6, k) == ca.shift(10**6, k))
    assert list(huge.instances(0, 5)) == []
    box = Question.of(ca.identity((n, m, n, m)) == ca.identity((n, m, n, m)))
    for numbers in box.instances(0, 100):
        assert np.prod([int(size.value(numbers)) for _, size in box.goal.free]) <= MOST_PLACES


def test_a_huge_claim_is_decided_without_its_matrix():
    proof = ca.decide(ca.shift(10**6, k) @ ca.shift(10**6, -k) == ca.shift(10**6, 0 * k))
    assert isinstance(proof, ca.Proof)
    assert proof.replayed == 0
