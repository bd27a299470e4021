"""Chapter 9, determinants and ranks of circulants: exact, over the integers, by cyclotomic polynomials."""

from functools import reduce
from itertools import combinations
from itertools import product as choices
from math import gcd, prod
from operator import matmul
from typing import Annotated, Any

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.cyclotomic import cyclotomic
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.polynomial import Polynomial
from convalgebra.algebra.selection import crop, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.analysis.eigenvalues import eigenvalues
from convalgebra.analysis.elimination import det
from convalgebra.analysis.exact_spectrum import rank
from convalgebra.analysis.unity import remainder
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Integer, Kernel, On, Size, Sizes, Statement, Step
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

DAVIS = "Davis, Circulant Matrices"
PRIME = {"n is prime": lambda n: n > 1 and all(n % d for d in range(2, n))}


def _spectrum(n: int, w: Any) -> Any:
    """F w, exact."""
    return list((dft(n) @ matrix([[v] for v in w])).to_sympy())


@theorem(
    "spec-determinant",
    says=r"\det C_w = \prod_k \hat w[k]: \qquad a^2 - b^2, \quad a^3 + b^3 + c^3 - 3 a b c, \quad \ldots",
    source=f"{DAVIS}, section 3.2; Stern; Catalan",
    strength=LISTED,
    machine_checked="circ_det",
)
def the_determinant_is_the_product_of_the_spectrum(n: Size, w: Kernel) -> Statement:
    """The determinant of a circulant is the product of the values of its polynomial at the roots of unity."""
    a, b, c = (*w, 0, 0)[:3]
    known = {1: a, 2: a**2 - b**2, 3: a**3 + b**3 + c**3 - 3 * a * b * c}
    found = det(matrix(circulant(w).to_numpy()))
    return equal(found, prod(_spectrum(n, w))), equal(found, known.get(n, found))


@false_sibling(
    the_determinant_is_the_product_of_the_spectrum, says=r"\det C_w = \prod_k |\hat w[k]| \ge 0", special=True
)
def the_determinant_is_the_product_of_magnitudes(n: Size, w: Kernel) -> Statement:
    """The determinant of a circulant is the product of magnitudes, never negative."""
    return at_most(0, det(circulant(w)))


@theorem(
    "spec-integer-determinants",
    says=r"n = p \text{ prime}: \ \det C_w \equiv \sum_i w_i^p \equiv \sum_i w_i \pmod p, \qquad C_v C_w = C_{v * w}",
    source="Newman 1980; Laquer 1980",
    strength=LISTED,
    given=PRIME,
)
def determinants_of_prime_size_are_sums_modulo_it(n: Annotated[Any, Sizes(2, 5)], v: Kernel, w: Kernel) -> Statement:
    """For a prime n all mixed terms of the determinant are multiples of n, and by Fermat what is left is the sum.

    Products of circulants are circulants, so the determinants of integer kernels are closed under products.
    """
    mixed = det(matrix(circulant(w).to_numpy())) - sum(x**n for x in w)
    return (
        equal([c % n for c in Polynomial.of(mixed).terms.values() if c % n], []),
        circulant(v) @ circulant(w) == circulant(circulant(v) @ w),
    )


@false_sibling(
    determinants_of_prime_size_are_sums_modulo_it,
    says=r"\det C_w \equiv \sum_i w_i \pmod n \text{ for every } n",
    special=True,
)
def determinants_are_sums_modulo_the_size(n: Size, w: Kernel) -> Statement:
    """The determinant of an integer circulant is the sum of its taps modulo any size."""
    return equal((det(circulant(w)) - sum(w)) % n, 0)


def _cyclotomic(n: int, orders: Any) -> Any:
    """The circulant of the product of these cyclotomic polynomials, folded on n places."""
    parts = [circulant([sum(cyclotomic(d)[i::n]) for i in range(n)]) for d in orders]
    return reduce(matmul, parts, identity(n))


@theorem(
    "spec-nullity-gcd",
    says=r"\begin{gathered} \dim \ker C_w = \deg \gcd(w, z^n - 1) = \#\{k : \hat w[k] = 0\}, \\"
    r"\mathrm{rank}\, C_w = n - \sum \{\varphi(d) : d \mid n, \; \Phi_d \mid w\} \text{ over the"
    r" rationals} \end{gathered}",
    source="Ingleton 1956",
    strength=LISTED,
)
def the_nullity_is_the_degree_of_a_common_divisor(n: Annotated[Any, Sizes(1, 6)]) -> Statement:
    """A product of cyclotomic polynomials, one for each of some divisors d of n, has as many zeros as their degrees.

    These are all divisors of z^n - 1 over the rationals, and every rational kernel is its greatest common divisor
    with z^n - 1 times an invertible one: so this tells the ranks of all of them. Kernels over other fields are not
    claimed.
    """
    orders = [d for d in range(1, n + 1) if n % d == 0]
    chosen = [part for r in range(len(orders) + 1) for part in combinations(orders, r)]
    found = [_cyclotomic(n, part) for part in chosen]
    degrees = [sum(len(cyclotomic(d)) - 1 for d in part) for part in chosen]
    return (
        equal([rank(matrix(C.to_numpy())) for C in found], [n - degree for degree in degrees]),
        equal([len(eigenvalues(C).zeros) for C in found], degrees),
        equal(sum(len(cyclotomic(d)) - 1 for d in orders), n),
    )


@false_sibling(
    the_nullity_is_the_degree_of_a_common_divisor,
    says=r"\sum w \ne 0 \Rightarrow C_w \text{ is invertible}",
    special=True,
)
def a_kernel_with_a_sum_is_invertible(n: Size, w: Kernel) -> Statement:
    """A kernel whose taps do not sum to zero is invertible."""
    return equal(rank(circulant(w)) if sum(w) else n, n)


@theorem(
    "spec-prime-rational-rank",
    says=r"n = p \text{ prime}, \; w \text{ rational}: \quad \mathrm{rank}\, C_w \in \{0, 1, p - 1, p\}, \qquad"
    r" w \bmod \Phi_p = (w_i - w_{p - 1})_{i < p - 1}",
    source="the irreducibility of the cyclotomic polynomial",
    strength=LISTED,
    given=PRIME,
)
def rational_circulants_of_prime_size_have_four_ranks(n: Annotated[Any, Sizes(2, 7)], w: Kernel) -> Statement:
    """Over the rationals the bins k != 0 are conjugate and vanish together, exactly where all taps are equal.

    That is when w leaves no remainder modulo the cyclotomic polynomial. So the rank is 0 for w = 0, 1 for a
    constant, n - 1 where the sum alone vanishes, n otherwise: counted for all kernels of zeros and ones up to n = 5.
    """
    shown = [*choices((0, 1), repeat=n)] if n < 6 else []
    ranks = [rank(circulant(list(e))) for e in shown]
    steps = rank(circulant([1, -1, *[0] * (n - 2)]))
    return (
        equal(remainder(w, n), w[:-1] - w[-1]),
        equal(ranks, [n if 0 < sum(e) < n else sum(e) // n for e in shown]),
        equal(steps, n - 1),
    )


@false_sibling(
    rational_circulants_of_prime_size_have_four_ranks,
    says=r"\mathrm{rank}\, C_w \in \{0, 1, n - 1, n\} \text{ for every } n",
    special=True,
)
def rational_circulants_have_four_ranks(n: Size, w: Kernel) -> Statement:
    """Rational circulants of every size have one of the ranks 0, 1, n - 1, n."""
    return equal(rank(circulant(w)) in {0, 1, n - 1, n}, True)


@theorem(
    "spec-tap-count-zeros",
    says=r"\begin{gathered} K + 1 \text{ taps}, \; w_0 \ne 0: \; \bigl(C_w[i, j]\bigr)_{i, j < n - K} \text{ is"
    r" triangular}, \; \mathrm{rank}\, C_w \ge n - K; \\"
    r"\textstyle\sum_{t < s} S_t (1 \otimes d) = (\sum d) 1 \text{ on } s p \text{ places} \end{gathered}",
    source="a polynomial has at most as many roots as its degree",
)
def few_taps_have_few_zeros(
    K: Step, p: Step, q: Step, s: Step, w: Annotated[Any, On(lambda K: K + 1)], d: Annotated[Any, On("s")]
) -> Statement:
    """A corner of the circulant is a full convolution cut short: first entry w_0, and its last p places by themselves.

    So it is triangular with w_0 on the diagonal. A kernel other than 0 can be shifted until w_0 is not 0. A box of s
    taps attains the bound: it maps the signals of period s with sum 0, a space of dimension s - 1, to 0.
    """
    m = p + q
    cut = lambda size: crop(K + size, (0, K)) @ convolution_matrix(w, size)  # noqa: E731
    corner, last = crop(K + m, (0, K)), pad(p, (q, 0))
    first = lambda n: as_matrix(impulse(n)).T  # noqa: E731
    return (
        corner @ circulant(pad(K + 1, (0, m - 1)) @ w) @ corner.T == cut(m),
        cut(m) @ last == last @ cut(p),
        first(m) @ cut(m) @ first(m).T == first(K + 1) @ as_matrix(w),
        sum_over(s, lambda t: shift(s * p, t)) @ kron(as_matrix(ones(p)), as_matrix(d))
        == kron(as_matrix(ones(s)).T @ as_matrix(d), as_matrix(ones(s * p))),
    )


@false_sibling(few_taps_have_few_zeros, says=r"\mathrm{rank}\, C_w \ge n - \#\{i : w_i \ne 0\} + 1", special=True)
def few_nonzero_taps_have_few_zeros(n: Size, w: Kernel) -> Statement:
    """Only taps that are not zero count: with c of them, not all zero, the rank is at least n - c + 1."""
    count = sum(1 for v in w if v)
    return at_most(n - count + 1 if count else 0, rank(circulant(w)))


def _multiplier(n: Any, m: Any) -> Any:
    """(P x)[m j] = x[j], for a unit m; otherwise the sum of the x[j] that meet."""
    return sum_over(n, lambda j: as_matrix(impulse(n, m * j)) @ as_matrix(impulse(n, j)).T)


@theorem(
    "spec-multiplier-isospectral",
    says=r"P e_j = e_{m j}: \qquad P C_w = C_{P w} P, \qquad \widehat{P w}[k] = \hat w[m k];"
    r" \qquad \gcd(m, n) = 1 \Rightarrow C_{P w} = P C_w P^{-1}",
    source=f"{DAVIS}, section 5.2; Adam 1967",
)
def multiplying_places_by_a_unit_permutes_eigenvalues(n: Size, m: Integer, w: Kernel) -> Statement:
    """Multiplying places by m carries convolutions over, and reads bins m apart.

    For a unit modulo n it permutes the places: the circulants are similar, with the same bins in another order.
    """
    P, F = _multiplier(n, m), dft(n)
    return P @ circulant(w) == circulant(P @ w) @ P, F @ P == P.T @ F


@false_sibling(
    multiplying_places_by_a_unit_permutes_eigenvalues,
    says=r"\mathrm{spec}\, C_u = \mathrm{spec}\, C_v \Rightarrow v = P u \text{ for a unit}",
    special=True,
)
def equal_spectra_come_from_units(n: Size, u: Kernel, v: Kernel) -> Statement:
    """Two circulants have the same eigenvalues, so the same sums of their powers, only by a unit of the places."""
    turned = [(_multiplier(n, m) @ u).tolist() for m in range(1, n + 1) if gcd(m, n) == 1]
    return equal(_power_sums(u) == _power_sums(v) and v.tolist() not in turned, False)


def _power_sums(w: Any) -> list[Any]:
    """tr C^k / n for k = 1, ..., n, which tell the eigenvalues."""
    powers = [w]
    while len(powers) < len(w):
        powers.append(circulant(w) @ powers[-1])
    return [power[0] for power in powers]
