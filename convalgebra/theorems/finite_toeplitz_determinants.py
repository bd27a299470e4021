"""Chapter 10, continued: determinants, eigenvalues and inverses of zero-padded layers of few taps."""

from fractions import Fraction
from math import comb
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import identity
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.analysis.exact_spectrum import det
from convalgebra.theorems.domains import Choices, Kernel, On, Size, Sizes, Statement
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.finite_toeplitz import GOLUB, band
from convalgebra.theorems.theorem import LISTED, SAMPLED, false_sibling, theorem

One = Annotated[Any, On(1)]
Pair = Annotated[Any, On(2)]
Three = Annotated[Any, On(3)]
Lag = Annotated[Any, Sizes(1, 2)]
Places = Annotated[Any, Sizes(1, 5)]
BOETTCHER = "Boettcher and Silbermann, Introduction to Large Truncated Toeplitz Matrices"


@theorem(
    "toep-tridiagonal-spectrum",
    says=r"\det T_n(c, x, b) = \sum_j (-1)^j \binom{n - j}{j} x^{n - 2 j} (b c)^j, \qquad"
    r" \det T_n(u, u + v, v) = \sum_{i=0}^{n} u^i v^{n-i}",
    source=f"{GOLUB}; Boettcher and Grudsky, Spectral Properties of Banded Toeplitz Matrices",
    strength=LISTED,
)
def three_taps_have_the_eigenvalues_of_cosines(n: Places, x: One, b: One, c: One) -> Statement:
    """The determinant of three taps depends on the outer two by their product alone.

    With x = u + v, b c = u v it vanishes exactly for u/v a root of unity of order n + 1 other than 1, so the
    eigenvalues of the taps (c, a, b) are a + 2 sqrt(b c) cos(k pi / (n + 1)).
    """
    terms = [(-1) ** j * comb(n - j, j) * x[0] ** (n - 2 * j) * (b[0] * c[0]) ** j for j in range(n // 2 + 1)]
    roots = band(n, 1, [c[0], b[0] + c[0], b[0]])
    return (
        equal(det(band(n, 1, [c[0], x[0], b[0]])), sum(terms)),
        equal(det(roots), sum(b[0] ** i * c[0] ** (n - i) for i in range(n + 1))),
    )


@false_sibling(
    three_taps_have_the_eigenvalues_of_cosines,
    says=r"(b, c) \ne (b', c') \Rightarrow \det T_n(c, x, b) \ne \det T_n(c', x, b')",
    special=True,
)
def the_outer_taps_matter_one_by_one(n: Annotated[Any, Sizes(2, 4)], b: Pair, c: Pair) -> Statement:
    """The determinants, and with them the eigenvalues, tell the outer taps one by one."""
    dets = [det(band(n, 1, [c[k], 0, b[k]])) for k in range(2)]
    return equal((b[0], c[0]) != (b[1], c[1]) and dets[0] == dets[1], False)


@theorem(
    "toep-spectrum-vs-symbol",
    says=r"T_n(1, a, s^2) \, D = D \, T_n(s, a, s), \quad D = \mathrm{diag}(s^i)",
    source="Schmidt and Spitzer 1960; Reichel and Trefethen 1992",
    strength=LISTED,
)
def lopsided_taps_have_the_spectrum_of_even_ones(n: Places, a: One, s: One) -> Statement:
    """The taps (1, a, s^2) are similar to the symmetric taps (s, a, s): real eigenvalues within a - 2 s and a + 2 s.

    The symbol runs around an ellipse with the half axes s^2 + 1 and s^2 - 1 meanwhile.  Three taps alone are spoken of,
    not the limits of other bands, nor pseudospectra.
    """
    D = diagonal([s[0] ** i for i in range(n)])
    return band(n, 1, [1, a[0], s[0] ** 2]) @ D == D @ band(n, 1, [s[0], a[0], s[0]])


@false_sibling(lopsided_taps_have_the_spectrum_of_even_ones, says=r"\det T_n(1, 0, 4) = \det C_n(1, 0, 4)")
def the_spectrum_approaches_the_circle(n: Annotated[Any, Sizes(2, 4)]) -> Statement:
    """The eigenvalues of the taps (1, 0, 4) are those of the periodic layer: the products are equal."""
    wrapped = np.zeros(n, dtype=np.int64)
    wrapped[1] += 4
    wrapped[n - 1] += 1
    return equal(det(band(n, 1, [1, 0, 4])), det(circulant(wrapped)))


@theorem(
    "toep-szego-strong",
    says=r"a = |1 - r z|^2: \quad \det T_n(a) = \sum_{j=0}^{n} r^{2 j} = \frac{1 - r^{2 n + 2}}{1 - r^2},"
    r" \qquad G = 1, \; E = \frac{1}{1 - r^2}",
    source="Szegoe 1952; Kac; Basor, Ehrhardt and Virtanen, survey",
    strength=LISTED,
)
def the_determinant_of_one_echo_is_a_geometric_sum(n: Places, r: One) -> Statement:
    """The determinants of the symbol |1 - r z|^2 are the partial sums of 1 / (1 - r^2), to which they tend for |r| < 1.

    Szegoe's strong theorem for this symbol; for other symbols it is not claimed.
    """
    return equal(det(band(n, 1, [-r[0], 1 + r[0] ** 2, -r[0]])), sum(r[0] ** (2 * j) for j in range(n + 1)))


@false_sibling(the_determinant_of_one_echo_is_a_geometric_sum, says=r"\det T_n(|1 - \tfrac12 z|^2) = E = \tfrac43")
def the_determinant_is_its_limit(n: Places) -> Statement:
    """The determinants are equal to their limit: 4/3 for r = 1/2."""
    half = Fraction(1, 2)
    return equal(det(band(n, 1, [-half, 1 + half**2, -half])), Fraction(4, 3))


@theorem(
    "toep-borodin-okounkov",
    says=r"a = |1 - r z|^2: \quad (1 - r^2) \det T_n(a) = 1 - r^{2 n + 2}, \qquad"
    r" r^{2 n + 2} = (1 - r^2)^2 \sum_{i \ge n} \sum_{j \ge 0} r^{2 (i + j + 1)}",
    source="Geronimo and Case 1979; Borodin and Okounkov 2000",
    strength=LISTED,
)
def the_determinant_is_its_limit_times_a_small_correction(n: Places, N: Lag, r: One) -> Statement:
    """For |1 - r z|^2 the determinant is its limit times 1 - r^(2 n + 2), and that is the correction by two Hankels.

    These have the entries (1 - r^2) r^(i + j + 1), rank one: the trace of their product behind place n, cut at N
    places, is r^(2 n + 2) (1 - r^(2 N))^2.  Other symbols are not spoken of.
    """
    q = r[0] ** 2
    cut = sum(q ** (i + j + 1) for i in range(n, n + N) for j in range(N))
    return (
        equal((1 - q) * det(band(n, 1, [-r[0], 1 + q, -r[0]])), 1 - q ** (n + 1)),
        equal((1 - q) ** 2 * cut, q ** (n + 1) * (1 - q**N) ** 2),
    )


@false_sibling(the_determinant_is_its_limit_times_a_small_correction, says=r"(1 - r^2) \det T_n(|1 - r z|^2) = 1")
def there_is_no_correction(n: Places, r: One) -> Statement:
    """There is no correction."""
    return equal((1 - r[0] ** 2) * det(band(n, 1, [-r[0], 1 + r[0] ** 2, -r[0]])), 1)


@theorem(
    "toep-fisher-hartwig-zero",
    says=r"\det T_n(|1 - z|^2) = n + 1, \qquad \det T_n(|1 - z|^4) = \tfrac{1}{12} (n + 1)(n + 2)^2 (n + 3), \qquad"
    r" \det T_n(-u, 1 + u^2, -u) = \sum_{i=0}^{n} u^{2 i}",
    source=f"Fisher and Hartwig 1968; {BOETTCHER}",
    strength=LISTED,
)
def zeros_of_the_symbol_make_determinants_grow(n: Places, u: One) -> Statement:
    """Where the symbol has a zero of order 2 a the determinants grow as n^(a^2): n + 1, and a polynomial of degree 4.

    The last formula is 2 - 2 cos t - lambda on the taps for u = exp(i s), lambda = 2 cos s - 2: it vanishes for
    s = k pi / (n + 1), so the least eigenvalue of (-1, 2, -1) is 4 sin^2(pi / (2 n + 2)).
    """
    once, twice = band(n, 1, [-1, 2, -1]), band(n, 2, [1, -4, 6, -4, 1])
    moved = band(n, 1, [-u[0], 1 + u[0] ** 2, -u[0]])
    return (
        equal((det(once), det(twice)), (n + 1, Fraction((n + 1) * (n + 2) ** 2 * (n + 3), 12))),
        equal(det(moved), sum(u[0] ** (2 * i) for i in range(n + 1))),
    )


@false_sibling(zeros_of_the_symbol_make_determinants_grow, says=r"\det T_n(|1 - z|^2) \le 2 G^n = 2")
def determinants_converge_for_every_symbol(n: Places) -> Statement:
    """The determinants of (-1, 2, -1), whose geometric mean is 1, stay bounded by 2."""
    return at_most(det(band(n, 1, [-1, 2, -1])), 2)


@theorem(
    "toep-kms",
    says=r"T[i, j] = r^{|i - j|}: \quad T B = (1 - r^2) I, \quad B = T_n(-r, 1 + r^2, -r) - r^2 (e_0 e_0^\top"
    r" + e_{n-1} e_{n-1}^\top), \quad \det T = (1 - r^2)^{n-1}",
    source="Kac, Murdock and Szegoe 1953",
    strength=LISTED,
)
def the_inverse_of_a_geometric_covariance_has_three_taps(n: Places, r: One) -> Statement:
    """The matrix of powers of r by distance has a tridiagonal inverse: three taps, but for the two corners."""
    T = toeplitz(*[[r[0] ** k for k in range(n)]] * 2)
    return T @ _precision(n, r[0]) == (1 - r[0] ** 2) * identity(n), equal(det(T), (1 - r[0] ** 2) ** (n - 1))


def _precision(n: int, r: Any) -> Any:
    """(1 - r^2) times the inverse of r^|i - j|."""
    corners = np.zeros(n, dtype=object)
    corners[0] += r**2
    corners[-1] += r**2
    return band(n, 1, [-r, 1 + r**2, -r]) - diagonal(corners)


@false_sibling(the_inverse_of_a_geometric_covariance_has_three_taps, says=r"B \text{ is Toeplitz}")
def the_inverse_of_a_geometric_covariance_is_toeplitz(n: Places, r: One) -> Statement:
    """The inverse is Toeplitz."""
    B = _precision(n, r[0]).to_numpy()
    return equal(B[1:, 1:], B[:-1, :-1])


@theorem(
    "toep-levinson-schur",
    says=r"D_{n+2} D_n = D_{n+1}^2 - E^2, \quad k = E / D_{n+1}: \quad \frac{D_{n+2}}{D_{n+1}}"
    r" = \frac{D_{n+1}}{D_n} (1 - k^2)",
    source=f"Levinson 1947; Schur; {GOLUB}, section 4.7",
    strength=LISTED,
)
def minors_of_symmetric_toeplitz_matrices_shrink_by_reflection(
    n: Lag, c: Annotated[Any, On(lambda n: n + 2)]
) -> Statement:
    """Quotients of leading minors of a symmetric Toeplitz matrix shrink by 1 - k^2, k the reflection coefficient.

    So the matrix is positive definite exactly if c_0 > 0 and every |k| < 1.  E is the minor without the first row and
    the last column; k is up to sign the last entry of the predictor (Cramer).
    """
    T = toeplitz(c, c).to_numpy()
    large, middle, small = (det(toeplitz(c[:k], c[:k])) for k in (n + 2, n + 1, n))
    return equal(large * small, middle**2 - det(matrix(T[1:, :-1])) ** 2)


@false_sibling(
    minors_of_symmetric_toeplitz_matrices_shrink_by_reflection,
    says=r"c_k > 0 \text{ for all } k \Rightarrow T \succ 0",
    special=True,
)
def positive_correlations_make_positive_matrices(n: Size, c: Kernel) -> Statement:
    """Symmetric Toeplitz matrices with positive taps have no negative determinant."""
    return equal(min(c) > 0 and det(toeplitz(c, c)) < 0, False)


@theorem(
    "toep-wronski-reciprocal",
    says=r"c_n = (-1)^n a_0^{-n-1} D_n, \; D_n = \det (a_{1+i-j})_{n \times n}: \qquad"
    r" \sum_{k=0}^{n} a_{n-k} c_k = 0, \; n \ge 1",
    source="Wronski; Macdonald, Symmetric Functions and Hall Polynomials",
    strength=LISTED,
)
def taps_of_inverse_filters_are_toeplitz_minors(n: Size, a: Annotated[Any, On(lambda n: n + 1)]) -> Statement:
    """The taps of the inverse of a causal filter are determinants of Toeplitz matrices of its taps.

    Without denominators: the convolution with the filter, times a_0^(n + 1), is zero at every n >= 1.
    """
    minors = [_hessenberg(k, a) for k in range(n + 1)]
    return equal(sum((-1) ** k * a[n - k] * a[0] ** (n - k) * minors[k] for k in range(n + 1)), 0)


def _hessenberg(n: int, a: Any) -> Any:
    """det of a_{1 + i - j}, n x n."""
    return det(toeplitz(a[1 : n + 1], [a[1], a[0], *[0] * n][:n])) if n else 1


@false_sibling(taps_of_inverse_filters_are_toeplitz_minors, says=r"|c_n| \le 2 \text{ for } a = 1 - 2 z")
def inverse_filters_have_bounded_taps(n: Size) -> Statement:
    """The taps of the inverse of 1 - 2 z are bounded, by 2 say."""
    return at_most(abs(_hessenberg(n, [1, -2, *[0] * n])), 2)


def _determinants(r: int, s: int, count: int) -> list[Any]:
    """The first determinants of the band 1, 3, 7, 2, 5, ..., with s lags above the diagonal and r below."""
    taps = np.array([1, 3, 7, 2, 5][: r + s + 1], dtype=np.int64)
    whole = np.zeros(2 * max(r, s) + 1, dtype=np.int64)
    whole[max(r, s) - s : max(r, s) + r + 1] = taps
    return [det(band(n, max(r, s), whole)) for n in range(1, count + 1)]


def _order(values: list[Any]) -> int:
    """The order of the shortest linear recurrence: the rank of the Hankel matrix."""
    half = (len(values) + 1) // 2
    return elimination.rank(np.array([values[i : i + half] for i in range(half)], dtype=object))


@theorem(
    "toep-widom-band-determinant",
    says=r"\det T_n(a) = \sum_j c_j \, q_j^n \text{ over } \binom{r + s}{s} \text{ products } q_j \text{ of zeros}",
    source="Widom 1958; Baxter and Schmidt 1961; Trench",
    strength=SAMPLED,
)
def determinants_of_bands_obey_a_recurrence(
    lags: Annotated[Any, Choices(((1, 1), (2, 1), (1, 2), (2, 2)), sampled=True)],
) -> Statement:
    """The determinants of a band with r lags below and s above the diagonal obey a recurrence of order C(r + s, s).

    Shown for one kernel of each shape, by the exact rank of the Hankel matrix of its determinants.
    """
    r, s = lags
    order = comb(r + s, s)
    return equal(_order(_determinants(r, s, 2 * order + 1)), order)


@false_sibling(determinants_of_bands_obey_a_recurrence, says=r"\text{the recurrence has order } r + s")
def the_recurrence_has_the_order_of_theband(r: Lag, s: Lag) -> Statement:
    """The recurrence has the order r + s."""
    return equal(_order(_determinants(r, s, 2 * comb(r + s, s) + 1)), r + s)


@theorem(
    "toep-banded-inverse-decay",
    says=r"|A^{-1}[i, j]| \le C \lambda^{|i - j|}, \qquad \lambda = \frac{\sqrt \kappa - 1}{\sqrt \kappa + 1}, \;"
    r" C = \max \Bigl( \frac{1}{\lambda_{\min}}, \frac{(1 + \sqrt \kappa)^2}{2 \lambda_{\max}} \Bigr)",
    source="Demko, Moss and Smith 1984",
    strength=SAMPLED,
)
def inverses_of_bands_decay_exponentially(
    q: Annotated[Any, Choices((2, 3, 5), sampled=True)], n: Annotated[Any, Sizes(2, 5)]
) -> Statement:
    """The entries of the inverse of a positive definite band decay exponentially away from the diagonal, for every n.

    Shown for the taps (-1, a, -1) whose symbol lies between a - 2 and a + 2 with quotient q^2.
    """
    a = Fraction(2 * (q * q + 1), q * q - 1)
    inverse = _inverse(band(n, 1, [-1, a, -1]))
    C, rate = max(1 / (a - 2), (1 + q) ** 2 / (2 * (a + 2))), Fraction(q - 1, q + 1)
    return tuple(at_most(abs(inverse[i][j]), C * rate ** abs(i - j)) for i in range(n) for j in range(n))


def _inverse(A: Operator) -> list[list[Any]]:
    """The inverse of a symmetric matrix of rationals, by minors."""
    n, entries, whole = A.shape[0], A.to_numpy(), Fraction(det(A))
    without = [[np.delete(np.delete(entries, i, 0), j, 1) for j in range(n)] for i in range(n)]
    return [[(-1) ** (i + j) * det(matrix(without[i][j])) / whole for j in range(n)] for i in range(n)]


@false_sibling(inverses_of_bands_decay_exponentially, says=r"A^{-1}[0, n - 1] = 0 \text{ for the taps } (-1, 2, -1)")
def inverses_of_bands_are_bands(n: Annotated[Any, Sizes(3, 5)]) -> Statement:
    """The inverse of a band is a band: that of (-1, 2, -1) is zero in the corner."""
    return equal(_inverse(band(n, 1, [-1, 2, -1]))[0][n - 1], 0)


@theorem(
    "toep-fundamental-invertibility",
    says=r"T_n(1 - c z)^{-1} = L(1, c, \dots, c^{n-1}): \quad \text{bounded for all } n \iff |c| < 1"
    r" \text{, that is, } a \ne 0 \text{ on the circle and } \mathrm{wind}(a) = 0",
    source=f"Gohberg and Krein; Gohberg and Feldman; {BOETTCHER}",
    strength=LISTED,
)
def causal_filters_with_an_echo_are_stably_invertible_below_one(n: Places, c: One) -> Statement:
    """The inverse of the filter 1 - c z has the taps c^k: bounded together for all n exactly if the symbol winds not.

    The symbol 1 - c z has no zero on the circle for |c| < 1, where it does not wind around 0, and for |c| > 1, where it
    does so once.  One echo alone is spoken of; Fredholm operators and their index are not.
    """
    T, powers = band(n, 1, [0, 1, -c[0]]), [c[0] ** k for k in range(n)]
    inverse = toeplitz(powers, [1, *[0] * (n - 1)])
    return T @ inverse == identity(n), inverse @ T == identity(n)


@false_sibling(
    causal_filters_with_an_echo_are_stably_invertible_below_one,
    says=r"\|T_n(a)^{-1}\| \le \frac{1}{\min |a|}, \quad a = 1 + 2 z",
)
def symbols_without_zeros_make_stable_inverses(n: Places) -> Statement:
    """A symbol without zeros on the circle is enough: the inverses of 1 + 2 z have entries up to 1 / min |a| = 1."""
    corner = det(matrix(np.delete(np.delete(band(n + 1, 1, [0, 1, 2]).to_numpy(), 0, 0), n, 1)))
    return at_most(abs(corner), 1)


@theorem(
    "toep-caratheodory",
    says=r"T[i, j] = \sum_{m < r} \rho_m z_m^{i-j}: \quad T = V \, \mathrm{diag}(\rho) \, V', \;"
    r" \mathrm{rank} \, T = r, \quad T \, \mathrm{Full}(g) = 0, \; g(x) = \prod_m (1 - z_m x)",
    source="Caratheodory 1911; Stoica and Moses, Spectral Analysis of Signals",
    strength=LISTED,
)
def spectral_lines_are_read_off_the_null_space(
    r: Lag, extra: Lag, z: Annotated[Any, On("r")], rho: Annotated[Any, On("r")]
) -> Statement:
    """A sum of r < n spectral lines is a Toeplitz matrix of rank r, whose null vectors are shifts of one filter.

    The zeros of that filter are the lines.  Here rho stands for rho z^(1 - n), so that all is polynomial; that every
    positive semidefinite singular Toeplitz matrix is such a sum, in one way, is not claimed.
    """
    n = r + extra
    sums = [sum(c * x**k for c, x in zip(rho, z, strict=True)) for k in range(2 * n - 1)]
    T, filter_taps = toeplitz(sums[n - 1 :], sums[n - 1 :: -1]), np.array([1], dtype=object)
    for x in z:
        filter_taps = convolution_matrix([1, -x], len(filter_taps)) @ filter_taps
    left, right = ([[x**k for x in z] for k in powers] for powers in (range(n), range(n - 1, -1, -1)))
    nulls = convolution_matrix(filter_taps, extra)
    return (
        T == matrix(left) @ diagonal(rho) @ matrix(right).T,
        T @ nulls == 0 * nulls,
        equal(elimination.rank(T.to_numpy()), r),
    )


@false_sibling(spectral_lines_are_read_off_the_null_space, says=r"v v^\top \text{ is Toeplitz}")
def every_singular_positive_matrix_is_a_sum_of_lines(n: Size, v: Kernel) -> Statement:
    """Every positive semidefinite singular matrix, such as v v^T, is a sum of spectral lines, so it is Toeplitz."""
    A = (matrix(v.reshape(-1, 1)) @ matrix(v.reshape(1, -1))).to_numpy()
    return equal(A[1:, 1:], A[:-1, :-1])
