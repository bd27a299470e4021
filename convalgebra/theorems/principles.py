"""Chapter 0, why a finite computation can be a proof: each principle is checked as a theorem itself."""

from fractions import Fraction
from math import gcd
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.algebra.blocks import kron
from convalgebra.algebra.cyclotomic import cyclotomic
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.analysis.commutant import commutant
from convalgebra.layers.conv import Conv
from convalgebra.proofs.symbolic_conv import convolve
from convalgebra.theorems.domains import Choices, Integer, Kernel, On, Size, Sizes, Square, Statement, Step, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Matrix = Annotated[Any, On("m", "n")]
Triple = Annotated[Any, On(3)]


@theorem(
    "meta-multilinear-basis",
    says=r"f(w, x) = \sum_{i,j} w_i x_j \, f(e_i, e_j)",
    source="linear algebra",
    strength=LISTED,
)
def a_bilinear_form_is_known_on_units(m: Step, n: Step, f: Matrix, w: Annotated[Any, On("m")], x: Kernel) -> Statement:
    """What is linear in each argument is known when its values on all tuples of unit vectors are."""
    units = identity(m).to_numpy(), identity(n).to_numpy()
    values = {(i, j): units[0][i] @ f @ units[1][j] for i in range(m) for j in range(n)}
    return equal(w @ f @ x, sum(w[i] * x[j] * value for (i, j), value in values.items()))


@false_sibling(a_bilinear_form_is_known_on_units, says=r"f(w, x) = \sum_i w_i x_i \, f(e_i, e_i)")
def equal_units_are_enough(n: Size, f: Annotated[Any, On("n", "n")], w: Kernel, x: Kernel) -> Statement:
    """The values on pairs of equal unit vectors are enough."""
    return equal(w @ f @ x, sum(w[i] * x[i] * f[i, i] for i in range(n)))


@theorem(
    "meta-integer-identity-all-rings",
    says=r"(A + B)^2 = A^2 + 2 A B + B^2, \qquad (A + B)(A - B) = A^2 - B^2, \qquad A = C_u, \; B = C_v",
    source="the universal property of polynomials with integer coefficients",
)
def identities_hold_for_commuting_matrices(n: Size, u: Kernel, v: Kernel) -> Statement:
    """An identity of integer polynomials holds in every commutative ring, that of the circulants for one."""
    A, B = circulant(u), circulant(v)
    return (A + B) @ (A + B) == A @ A + 2 * (A @ B) + B @ B, (A + B) @ (A - B) == A @ A - B @ B


@false_sibling(identities_hold_for_commuting_matrices, says=r"A B = B A \text{ for matrix-valued taps}")
def identities_hold_for_all_matrices(n: Size, A: Square, B: Square) -> Statement:
    """It holds for taps that are any matrices, as with many channels."""
    return A @ B == B @ A


Weight = Annotated[Any, On(1, 1, "K")]
Weights = Annotated[Any, On(1, 1, "L")]


def _wrapped(w: Any, K: Any, n: Any) -> Any:
    """The periodic layer of a kernel of any length."""
    return Conv(w, padding=((0, K - 1),), padding_mode="circular").matrix((1, n))


@theorem(
    "meta-laurent-all-n",
    says=r"w = u * v \Rightarrow C_w = C_u C_v, \; V(w) = V(u) V(v) \text{ for every } n",
    source="the quotient by z^n - 1",
    machine_checked="Layer.compose",
)
def an_identity_of_kernels_holds_at_every_size(n: Size, m: Size, K: Step, L: Step, u: Weight, v: Weights) -> Statement:
    """An identity of kernels holds for periodic layers of every size, even below the kernel's, and for valid ones."""
    w, N = convolve(u, v), K + L + m
    return (
        _wrapped(w, K + L - 1, n) == _wrapped(u, K, n) @ _wrapped(v, L, n),
        Conv(w).matrix((1, N)) == Conv(u).matrix((1, N - L + 1)) @ Conv(v).matrix((1, N)),
    )


@false_sibling(an_identity_of_kernels_holds_at_every_size, says=r"C_u = C_v \text{ at one } n \Rightarrow u = v")
def one_size_is_enough(n: Size, K: Step) -> Statement:
    """Two kernels with the same periodic layer at one size are the same: the first and the last impulse, say."""
    first, last = ([[[int(t == place) for t in range(K)]]] for place in (0, K - 1))
    layers = [_wrapped(w, K, n).to_numpy().tolist() for w in (first, last)]
    return equal(layers[0] == layers[1], first == last)


def _defect(n: int, u: Any, v: Any) -> Any:
    """How far two zero-padded layers of three taps are from one of five."""
    whole = Conv([[convolution_matrix(u, 3) @ v]], padding=2)
    parts = Conv([[u]], padding=1).matrix((1, n)) @ Conv([[v]], padding=1).matrix((1, n))
    return (whole.matrix((1, n)) - parts).to_numpy()


@theorem(
    "meta-stable-range",
    says=r"T_n(u v) - T_n(u) T_n(v) = \text{the same corners for all } n \ge 2",
    source="band matrices",
    strength=LISTED,
)
def the_border_does_not_depend_on_the_size(n: Annotated[Any, Sizes(2, 6)], u: Triple, v: Triple) -> Statement:
    """What two zero-padded layers miss sits in the corners and is the same for every size that is large enough."""
    here, there = _defect(n, u, v), _defect(n + 1, u, v)
    inside = here.copy()
    inside[0, 0] = inside[-1, -1] = 0
    return equal([here[0, 0], here[-1, -1]], [there[0, 0], there[-1, -1]]), equal(inside, np.zeros((n, n), dtype=int))


@false_sibling(the_border_does_not_depend_on_the_size, says=r"N^2 N^\top = N")
def the_smallest_sizes_are_enough(n: Size) -> Statement:
    """Checking the smallest sizes is enough: two steps ahead and one back are one step ahead."""
    N = crop(n + 1, (0, 1)) @ pad(n, (1, 0))
    return N @ N @ N.T == N


@theorem(
    "meta-residue-period",
    says=r"f(n + s) = f(n) + 1, \; g(n + s) = g(n) + 1: \quad f = g \text{ on } 0..s-1 \iff f = g",
    source="quasi-linear functions",
    strength=LISTED,
)
def one_period_is_enough(s: Size, a: Integer, b: Integer) -> Statement:
    """Two formulas with floors that grow alike over s places agree everywhere when they agree on s places."""
    agree = [(n + a) // s == -((b - n) // s) for n in range(-3 * s, 4 * s)]
    growth = [(n + s + a) // s - (n + a) // s for n in range(s)]
    return equal(all(agree[3 * s : 4 * s]), all(agree)), equal(growth, [1] * s)


@false_sibling(one_period_is_enough, says=r"\max(\lfloor \tfrac{n - 4}{s} \rfloor + 1, 0) = 0")
def one_period_is_enough_where_values_are_clamped(s: Size) -> Statement:
    """Agreement at n = 1..s is enough where values are clamped at zero."""
    agree = [max((n - 4) // s + 1, 0) == 0 for n in range(1, 5 * s)]
    return equal(all(agree[:s]), all(agree))


def _powers(points: int, degree: int) -> Any:
    """The values of 1, z, ..., z^degree."""
    return matrix([[x**j for j in range(degree + 1)] for x in range(points)])


@theorem(
    "meta-schwartz-zippel",
    says=r"\mathrm{rank}\,(x^i y^j)_{x \le D, \, y \le E} = (D + 1)(E + 1)",
    source="Schwartz; Zippel; Alon's Nullstellensatz",
    strength=LISTED,
)
def a_grid_determines_a_polynomial(D: Width, E: Width) -> Statement:
    """A polynomial of degree at most D and E that vanishes on a grid of (D + 1)(E + 1) points is zero."""
    grid = kron(_powers(D + 1, D), _powers(E + 1, E))
    return equal(elimination.rank(grid.to_numpy()), (D + 1) * (E + 1))


@false_sibling(a_grid_determines_a_polynomial, says=r"\mathrm{rank}\,(x^i)_{x < D} = D + 1")
def as_many_points_as_the_degree_are_enough(D: Size) -> Statement:
    """D points are enough for a polynomial of degree D."""
    return equal(elimination.rank(_powers(D, D).to_numpy()), D + 1)


@theorem(
    "meta-cyclotomic-exact",
    says=r"\Phi_n(\omega^f) = 0 \iff \gcd(f, n) = 1",
    source="the irreducibility of cyclotomic polynomials",
    strength=LISTED,
)
def cyclotomic_remainders_decide_roots_of_unity(n: Annotated[Any, Sizes(2, 8)]) -> Statement:
    """The n-th cyclotomic polynomial vanishes at the primitive roots alone: remainders by it decide sums of roots."""
    column = [[c] for c in (*cyclotomic(n), *[0] * n)[:n]]
    values = (dft(n) @ matrix(column)).to_sympy()
    return equal([rings.is_zero(v) for v in values], [gcd(f, n) == 1 for f in range(n)])


@false_sibling(cyclotomic_remainders_decide_roots_of_unity, says=r"1 + \omega + \dots + \omega^{n-1} \ne 0")
def remainders_by_z_to_the_n_minus_1_decide(n: Size) -> Statement:
    """Remainders by z^n - 1 decide: what is not zero as a kernel is not zero at a root."""
    return equal(rings.is_zero((dft(n) @ matrix([[1]] * n)).to_sympy()[1 % n]), False)


@theorem(
    "meta-generic-rank",
    says=r"\mathrm{rank}\, A(p) \le \mathrm{rank}\, A, \quad = \min(m, n) \text{ at a suitable point}",
    source="semicontinuity of the rank",
    strength=LISTED,
)
def the_rank_at_a_point_is_a_lower_bound(m: Step, n: Step, A: Matrix) -> Statement:
    """The rank at one integer point is at most the generic rank, and reaches it somewhere."""
    generic = elimination.rank(matrix(A).to_numpy())
    points = [[(i + 1) ** j for j in range(n)] for i in range(m)], [[0] * n for _ in range(m)]
    ranks = [elimination.rank(matrix(point).to_numpy()) for point in points]
    return equal(max(ranks), generic), at_most(min(ranks), generic)


@false_sibling(the_rank_at_a_point_is_a_lower_bound, says=r"\mathrm{rank}\,(x) = 1")
def the_rank_at_a_point_is_the_generic_rank(x: Annotated[Any, Choices((1, 0))]) -> Statement:
    """The rank at any one point is the generic rank."""
    return equal(elimination.rank(matrix([[x]]).to_numpy()), 1)


@theorem(
    "meta-commutant-nullspace",
    says=r"\dim \{A : A P = P A\} = n^2 - \mathrm{rank}\,(P \otimes I - I \otimes P^\top)",
    source="Finzi, Welling and Wilson 2021",
    strength=LISTED,
)
def equivariant_maps_are_a_null_space(n: Size, k: Integer) -> Statement:
    """The maps that commute with a matrix are the solutions of linear equations: a rank counts them exactly."""
    P, I = shift(n, k), identity(n)  # noqa: E741  # as on paper
    equations = kron(P, I) - kron(I, P.T)
    return equal(len(commutant(P)), n * n - elimination.rank(equations.to_numpy()))


@false_sibling(equivariant_maps_are_a_null_space, says=r"\dim \{A : A P = P A\} = n, \quad P = I")
def finding_some_is_finding_all(n: Size) -> Statement:
    """Because the n shifts commute with the generator, nothing else does."""
    return equal(len(commutant(identity(n))), n)


@theorem(
    "meta-exact-versus-float",
    says=r"\tfrac1n + \dots + \tfrac1n = 1",
    source="IEEE 754 against the rationals",
    strength=LISTED,
)
def fractions_are_exact(n: Annotated[Any, Sizes(1, 12)]) -> Statement:
    """In exact arithmetic n times 1/n is 1, and equal kernels make equal layers."""
    return equal(sum([Fraction(1, n)] * n), 1), circulant([Fraction(1, n)] * n) * n == circulant([1] * n)


@false_sibling(fractions_are_exact, says=r"|A - B| \le 10^{-8} \Rightarrow A = B")
def closeness_proves_equality(e: Annotated[Any, Choices((1, 0, Fraction(1, 10**12)))]) -> Statement:
    """Two layers whose entries agree to eight digits are equal."""
    left, right = (np.asarray(circulant([1, v]).to_numpy(), dtype=float) for v in (0, e))
    return equal(bool(np.allclose(left, right)), e == 0)


@theorem(
    "meta-counterexample-minimality",
    says=r"A B = B A \text{ for symmetric Toeplitz matrices up to } n = 2",
    source="shrinking in property-based testing",
    given={"n <= 2": lambda n: n <= 2},
    strength=LISTED,
)
def symmetric_toeplitz_matrices_commute_up_to_two(n: Size, a: Kernel, b: Kernel) -> Statement:
    """Symmetric Toeplitz matrices of size 1 and 2 commute, so size 3 is the smallest counterexample."""
    return toeplitz(a, a) @ toeplitz(b, b) == toeplitz(b, b) @ toeplitz(a, a)


@false_sibling(symmetric_toeplitz_matrices_commute_up_to_two, says=r"A B = B A \text{ for all } n")
def two_passing_sizes_prove_all(n: Size, a: Kernel, b: Kernel) -> Statement:
    """What holds at the two smallest sizes holds at all: symmetric Toeplitz matrices commute."""
    return toeplitz(a, a) @ toeplitz(b, b) == toeplitz(b, b) @ toeplitz(a, a)
