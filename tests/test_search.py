"""Small numbers first, simple kernels first, none twice."""

from itertools import islice
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from convalgebra.proofs.search import MOST_KERNELS, by_size, simple_kernels


def entries(kernels):
    return tuple(v for w in kernels.values() for v in w.flat)


def test_numbers_come_by_the_sum_of_their_places():
    found = [tuple(numbers.values()) for numbers in by_size({"n": range(1, 4), "k": (0, 1, -1)})]
    assert found == [(1, 0), (1, 1), (2, 0), (1, -1), (2, 1), (3, 0), (2, -1), (3, 1), (3, -1)]
    assert list(by_size({})) == [{}]


def test_values_need_no_order():
    assert len(list(by_size({"mode": ({1}, {2}), "w": ([1], None)}))) == 4


def test_each_kernel_is_an_impulse_first():
    found = list(map(entries, islice(simple_kernels({"u": (2,), "v": (2,)}), 5)))
    assert found == [(1, 0, 1, 0), (1, 0, 0, 1), (0, 1, 1, 0), (0, 1, 0, 1), (0, 0, 0, 0)]
    assert next(simple_kernels({"w": (2, 3)}))["w"].tolist() == [[1, 0, 0], [0, 0, 0]]


@given(st.dictionaries(st.sampled_from("uvw"), st.tuples(st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=2))
def test_then_kernels_come_by_the_sum_of_absolute_values(boxes):
    first = prod(map(prod, boxes.values()))
    found = [entries(kernels) for kernels in islice(simple_kernels(boxes), first, 500)]
    sums = [sum(map(abs, values)) for values in found]
    assert sums == sorted(sums)
    assert len(set(found)) == len(found)
    assert all(
        kernels[name].shape == box for kernels in islice(simple_kernels(boxes), 9) for name, box in boxes.items()
    )


def test_every_small_kernel_is_found():
    found = {entries(kernels) for kernels in simple_kernels({"w": (2,)})}
    assert found == {(a, b) for a in range(-6, 7) for b in range(-6, 7) if abs(a) + abs(b) <= 6}


def test_the_search_is_bounded_and_its_kernels_are_exact_integers():
    many = list(simple_kernels({"w": (30,)}))
    assert len(many) == 30 + MOST_KERNELS
    assert {type(v) for kernels in many[:5] for v in kernels["w"]} == {int}
    assert entries(next(simple_kernels(dict.fromkeys("uvw", (30,))))) == (0,) * 90  # too many impulses for all of them


def test_without_kernels_there_is_one_case():
    assert list(simple_kernels({})) == [{}]
