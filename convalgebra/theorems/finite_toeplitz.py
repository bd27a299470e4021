"""Chapter 10, layers that pad with zeros: Toeplitz matrices, what they keep, and circulants around them."""

from itertools import product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.dense import matrix
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import crop, flip, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.analysis.exact_spectrum import det
from convalgebra.proofs.constructors import impulse
from convalgebra.theorems.domains import Kernel, On, Size, Sizes, Square, Statement
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, STATED, false_sibling, theorem

Few = Annotated[Any, Sizes(1, 3)]
Lags = Annotated[Any, On(lambda n: 2 * n - 1)]
GOLUB = "Golub and Van Loan, Matrix Computations"


def _delay(n: Any) -> Any:
    """The shift by one that fills with zeros."""
    return crop(n + 1, (0, 1)) @ pad(n, (1, 0))


def band(n: Any, m: Any, a: Any) -> Any:
    """`T_n(a)[i, j] = a[m + i - j]`, of 2 m + 1 taps, the lag 0 in the middle."""
    return crop(n + 2 * m, (m, m)) @ convolution_matrix(a, n)


def _causal(n: Any, u: Any) -> Any:
    """`L(u)[i, j] = u[i - j]`: the lower triangular Toeplitz matrix of its first column."""
    return crop(2 * n - 1, (0, n - 1)) @ convolution_matrix(u, n)


@theorem(
    "toep-persymmetric",
    says=r"J T J = T^\top, \quad T \, (J B^\top J) = J (B T)^\top J \text{ for every } B, \quad"
    r" T = T^\top \Rightarrow J T J = T",
    source=f"{GOLUB}, section 4.7",
)
def toeplitz_matrices_are_persymmetric(n: Size, a: Lags, c: Kernel, B: Square) -> Statement:
    """Reversing both sides of a Toeplitz matrix transposes it, and its inverse: for B T = I, T (J B^T J) = I."""
    T, even, J = band(n, n - 1, a), toeplitz(c, c), flip(n)
    return J @ T @ J == T.T, T @ J @ B.T @ J == J @ (B @ T).T @ J, J @ even @ J == even


@false_sibling(toeplitz_matrices_are_persymmetric, says=r"J A J = A^\top \Rightarrow A \text{ is Toeplitz}")
def persymmetric_matrices_are_toeplitz(n: Size, A: Square) -> Statement:
    """Every persymmetric matrix, such as A + J A^T J, is Toeplitz."""
    return _is_toeplitz(A + flip(n) @ A.T @ flip(n))


def _is_toeplitz(A: Operator) -> Any:
    """The entries are equal along the diagonals."""
    entries = A.to_numpy()
    return equal(entries[1:, 1:], entries[:-1, :-1])


@theorem(
    "toep-triangular-algebra",
    says=r"L(u) L(v) = L(L(u) v) = L(v) L(u), \quad L(u) e_0 = u, \quad \text{so } L(u)^{-1} = L(v) \iff L(u) v = e_0",
    source="Bini and Pan, Polynomial and Matrix Computations",
)
def causal_convolutions_are_truncated_series(n: Size, u: Kernel, v: Kernel) -> Statement:
    """Lower triangular Toeplitz matrices multiply as power series modulo z^n, so they commute and so do inverses.

    The determinant is that of every triangular matrix, u[0]^n.
    """
    U, V = _causal(n, u), _causal(n, v)
    return U @ V == _causal(n, U @ v), U @ V == V @ U, equal(U @ impulse(n), u)


@false_sibling(causal_convolutions_are_truncated_series, says=r"L(1, -a) L(1, a) = I")
def causal_filters_have_finite_inverses(n: Size, a: Annotated[Any, On(1)]) -> Statement:
    """The inverse of a causal filter of two taps has two taps."""
    left, right = (np.array([1, t, *[0] * n], dtype=object)[:n] for t in (-a[0], a[0]))
    return _causal(n, left) @ _causal(n, right) == identity(n)


@theorem(
    "toep-circulant-embedding",
    says=r"T_n = P^\top C_u P, \quad u = (a_0, \dots, a_{n-1}, *, \dots, *, a_{1-n}, \dots, a_{-1})",
    source=f"{GOLUB}, section 4.7; Strang",
)
def every_toeplitz_matrix_is_a_block_of_a_circulant(n: Size, q: Size, a: Lags, f: Annotated[Any, On("q")]) -> Statement:
    """A Toeplitz matrix is the leading block of a circulant of 2 n - 1 or more places; those between are free."""
    N, P, closest = 2 * n - 1 + q, pad(n, (0, n + q - 1)), pad(n, (0, n - 1))
    u = pad(2 * n - 1, (0, q)) @ a + pad(q, (2 * n - 1, 0)) @ f
    return (
        P.T @ circulant(shift(N, 1 - n) @ u) @ P == band(n, n - 1, a),
        closest.T @ circulant(shift(2 * n - 1, 1 - n) @ a) @ closest == band(n, n - 1, a),
    )


@false_sibling(
    every_toeplitz_matrix_is_a_block_of_a_circulant, says=r"T_2 \succeq 0 \Rightarrow C \succeq 0", special=True
)
def the_circulant_around_a_positive_matrix_is_positive(c: Annotated[Any, On(2)]) -> Statement:
    """The smallest circulant around a positive semidefinite matrix [[a, b], [b, a]] has no negative eigenvalue."""
    positive = c[0] >= abs(c[1])
    return equal(positive and min(c[0] + 2 * c[1], c[0] - c[1]) < 0, False)


@theorem(
    "toep-sum-circulant-skew",
    says=r"2 T = C_u + K_v, \quad u_k = a_k + a_{k-n}, \; v_k = a_k - a_{k-n}",
    source="Pustylnikov 1984; Ng, Iterative Methods for Toeplitz Systems",
    strength=LISTED,
)
def toeplitz_is_circulant_plus_skew_circulant(n: Size, c: Kernel, r: Kernel) -> Statement:
    """Every Toeplitz matrix is the sum of a circulant and a skew circulant, whose upper triangle has the other sign."""
    back = shift(n) @ flip(n) @ np.array([c[0], *r[1:]], dtype=object)
    u, v = c + back, c - back
    return 2 * toeplitz(c, r) == circulant(u) + toeplitz(v, -(shift(n) @ flip(n) @ v))


@false_sibling(toeplitz_is_circulant_plus_skew_circulant, says=r"A = C_u + K_v \text{ for every matrix } A")
def every_matrix_is_circulant_plus_skew_circulant(n: Size, A: Square) -> Statement:
    """Every matrix is such a sum, so its first column and its first row tell it."""
    entries = A.to_numpy()
    return toeplitz(entries[:, 0], entries[0]) == A


@theorem(
    "toep-cantoni-butler",
    says=r"T = T^\top: \; T (I \pm J) = (I \pm J) T, \qquad"
    r" \mathrm{rank}(I + J) = \lceil n / 2 \rceil, \; \mathrm{rank}(I - J) = \lfloor n / 2 \rfloor",
    source="Cantoni and Butler 1976",
    strength=LISTED,
)
def symmetric_toeplitz_matrices_split_into_even_and_odd(n: Annotated[Any, Sizes(1, 6)], c: Kernel) -> Statement:
    """A symmetric Toeplitz matrix maps symmetric signals to symmetric ones and odd ones to odd ones.

    So eigenvectors can be chosen among them: ceil(n / 2) symmetric, floor(n / 2) odd.
    """
    even, odd, T = identity(n) + flip(n), identity(n) - flip(n), toeplitz(c, c)
    ranks = tuple(elimination.rank(P.to_numpy()) for P in (even, odd))
    return T @ even == even @ T, T @ odd == odd @ T, equal(ranks, (-(-n // 2), n // 2))


@false_sibling(symmetric_toeplitz_matrices_split_into_even_and_odd, says=r"T T_n(1, 0, 1) = T_n(1, 0, 1) \, T")
def symmetric_toeplitz_matrices_share_sine_vectors(n: Size, c: Kernel) -> Statement:
    """All symmetric Toeplitz matrices have the eigenvectors of the taps (1, 0, 1), sines: they commute with it."""
    T, sines = toeplitz(c, c), band(n, 1, [1, 0, 1])
    return T @ sines == sines @ T


def _adjugate(T: Operator) -> Operator:
    """`adj(T) = det(T) T^-1`, a polynomial in the entries."""
    n, entries = T.shape[0], T.to_numpy()
    if n == 1:
        return identity(1)
    minors = [[det(matrix(np.delete(np.delete(entries, i, 0), j, 1))) for i in range(n)] for j in range(n)]
    signed = [[minor if (i + j) % 2 == 0 else -minor for j, minor in enumerate(row)] for i, row in enumerate(minors)]
    return matrix(signed)


@theorem(
    "toep-displacement-rank",
    says=r"\mathrm{rank}(T - Z T Z^\top), \; \mathrm{rank}(T^{-1} - Z^\top T^{-1} Z), \;"
    r" \mathrm{rank}(T^{-1} - Z T^{-1} Z^\top) \le 2",
    source="Kailath, Kung and Morf 1979",
    strength=LISTED,
)
def toeplitz_matrices_and_their_inverses_have_small_displacement(n: Few, a: Lags) -> Statement:
    """A Toeplitz matrix less itself moved down the diagonal has rank two at most, and so has its inverse.

    The ranks are those of symbols, the largest there are.
    """
    Z, T = _delay(n), band(n, n - 1, a)
    inverse = _adjugate(T)
    moved = (T - Z @ T @ Z.T, inverse - Z.T @ inverse @ Z, inverse - Z @ inverse @ Z.T)
    return tuple(at_most(elimination.rank(A.to_numpy()), 2) for A in moved)


@false_sibling(
    toeplitz_matrices_and_their_inverses_have_small_displacement,
    says=r"\mathrm{rank}(T^2 - Z T^2 Z^\top) \le 2",
    special=True,
)
def products_keep_the_displacement_rank(n: Few, c: Kernel) -> Statement:
    """The displacement of a product of two Toeplitz matrices, such as the square of a symmetric one, has rank two."""
    Z, P = _delay(n), toeplitz(c, c) @ toeplitz(c, c)
    return at_most(elimination.rank((P - Z @ P @ Z.T).to_numpy()), 2)


@theorem(
    "toep-gohberg-semencul",
    says=r"x = T^{-1} e_0, \; y = T^{-1} e_{n-1}: \quad x_0 T^{-1} = L(x) L(J y)^\top - L(Z y) L(Z J x)^\top",
    source="Gohberg and Semencul 1972; Trench 1964",
    strength=LISTED,
)
def two_columns_tell_the_inverse(n: Few, a: Lags) -> Statement:
    """The first and the last column of the inverse of a Toeplitz matrix tell it, where x_0 is not zero.

    L has the given first column and is lower triangular Toeplitz.  With adj(T) for the inverse this
    is an identity of polynomials: x_0 adj(T) is the difference of two products.
    """
    A, Z, J = _adjugate(band(n, n - 1, a)), _delay(n), flip(n)
    x, y = A @ impulse(n, 0), A @ impulse(n, n - 1)
    return A * x[0] == _causal(n, x) @ _causal(n, J @ y).T - _causal(n, Z @ y) @ _causal(n, Z @ (J @ x)).T


@false_sibling(two_columns_tell_the_inverse, says=r"x_0 T^{-1} = L(x) L(J y)^\top")
def the_first_product_is_the_inverse(n: Few, a: Lags) -> Statement:
    """The first product alone is the inverse."""
    A = _adjugate(band(n, n - 1, a))
    x, y = A @ impulse(n, 0), A @ impulse(n, n - 1)
    return A * x[0] == _causal(n, x) @ _causal(n, flip(n) @ y).T


@theorem(
    "toep-inverse-toeplitz-iff",
    says=r"n = 3: \quad T^{-1} \text{ is Toeplitz} \iff a_1 a_{-1} = a_2 a_{-2}"
    r" \iff (a_{-2}, a_{-1}) \parallel (a_1, a_2)",
    source="Huang and Cline 1972; Shalom 1987",
    strength=STATED,
)
def inverses_of_phi_circulants_are_toeplitz(a: Annotated[Any, On(5)]) -> Statement:
    """At size 3 the inverse is Toeplitz exactly where the lags below and above the diagonal are proportional.

    Such a matrix is a circulant whose upper triangle is multiplied by a number, or is triangular.  With adj(T) for the
    inverse: of its steps down the diagonals two are this minor, up to sign, and the others vanish.
    """
    A = _adjugate(band(3, 2, a)).to_numpy()
    minor = a[3] * a[1] - a[4] * a[0]
    return equal(A[1:, 1:] - A[:-1, :-1], [[minor, 0], [0, -minor]])


@false_sibling(inverses_of_phi_circulants_are_toeplitz, says=r"T = T^\top \Rightarrow T^{-1} \text{ is Toeplitz}")
def inverses_of_symmetric_toeplitz_matrices_are_toeplitz(n: Few, c: Kernel) -> Statement:
    """The inverse of a symmetric Toeplitz matrix is Toeplitz."""
    return _is_toeplitz(_adjugate(toeplitz(c, c)))


@theorem(
    "toep-normal-classification",
    says=r"T T^\top = T^\top T \iff T = T^\top, \text{ or } T - a_0 I = -(T - a_0 I)^\top,"
    r" \text{ or } a_{k-n} = a_k, \text{ or } a_{k-n} = -a_k",
    source="Farenick, Krupnik, Krupnik and Lee 1996; Ito 1996",
    strength=LISTED,
)
def normal_toeplitz_matrices_are_of_four_kinds(n: Size) -> Statement:
    """A real normal Toeplitz matrix is symmetric, or skew but for its diagonal, or circulant, or skew circulant.

    At each listed size for all taps among -1, 0, 1.
    """
    taps = np.array(list(product((-1, 0, 1), repeat=2 * n - 2)), dtype=np.int64).reshape(9 ** (n - 1), 2 * n - 2)
    high, low = taps[:, : n - 1], taps[:, n - 1 :]  # a_{1-n}, ..., a_{-1} and a_1, ..., a_{n-1}
    band = np.concatenate([high, np.zeros((len(taps), 1), dtype=np.int64), low], axis=1)
    T = band[:, np.subtract.outer(np.arange(n), np.arange(n)) + n - 1]
    normal = (T @ T.swapaxes(1, 2) == T.swapaxes(1, 2) @ T).all((1, 2))
    kinds = [(low == other).all(1) for other in (high[:, ::-1], -high[:, ::-1], high, -high)]
    return equal(normal, np.any(kinds, axis=0))


@false_sibling(
    normal_toeplitz_matrices_are_of_four_kinds,
    says=r"T T^\top = T^\top T \Rightarrow T = T^\top \text{ or } T \text{ is circulant}",
    special=True,
)
def normal_toeplitz_matrices_are_of_two_kinds(n: Few, a: Lags) -> Statement:
    """A normal Toeplitz matrix is symmetric or circulant."""
    T = band(n, n - 1, a).to_numpy()
    normal, kinds = (T @ T.T == T.T @ T).all(), ((T == T.T).all(), (a[n:] == a[: n - 1]).all())
    return equal(bool(normal) and not any(kinds), False)
