"""Chapter 11, continued: uncertainty, combs, chirps, frequency responses, moments, products of signals."""

from itertools import combinations, product
from math import comb
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.cyclotomic import cyclotomic
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, pad, shift, upsample
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import ones
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Choices, Kernel, On, Size, Sizes, Statement, Step, Taps, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.fourier_identities import entries
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

OPPENHEIM = "Oppenheim and Schafer, Discrete-Time Signal Processing"
Pair = Annotated[Any, Sizes(most=2)]
One = Annotated[Any, On(1)]
PRIMES = (2, 3, 5, 7)


def _rank(n: int, rows: Any, cols: Any) -> int:
    """The rank of a part of the Fourier matrix: omega is the companion matrix of its minimal polynomial."""
    modulus = cyclotomic(n)
    d = len(modulus) - 1
    root = np.eye(d, k=-1, dtype=np.int64)
    root[:, -1] = [-c for c in modulus[:-1]]
    powers = [np.linalg.matrix_power(root, e) for e in range(n)]
    return elimination.rank(np.block([[powers[f * j % n] for j in cols] for f in rows])) // d


def _zeros(n: int, support: Any) -> int:
    """The most bins that vanish together for a signal that is not zero and lives on these places."""
    size = len(support)
    while any(_rank(n, (0, *rest), support) < len(support) for rest in combinations(range(1, n), size - 1)):
        size += 1
    return size - 1


@theorem(
    "four-uncertainty",
    says=r"|\mathrm{supp}\, x| \cdot |\mathrm{supp}\, \hat x| \ge n, \qquad"
    r" n \text{ prime}: \ |\mathrm{supp}\, x| + |\mathrm{supp}\, \hat x| \ge n + 1",
    source="Donoho and Stark 1989; Tao 2005",
    strength=LISTED,
)
def few_places_fill_many_bins(n: Annotated[Any, Sizes(most=5)]) -> Statement:
    """A signal on K places has at least n / K bins, and n + 1 - K for n prime: all minors of F are then nonzero."""
    supports = [(0, *rest) for K in range(n) for rest in combinations(range(1, n), K)]  # up to a shift
    least = [(len(places), n - _zeros(n, places)) for places in supports]
    bounds = [at_most(n, K * bins) for K, bins in least]
    return (*bounds, *(equal(bins, n + 1 - K) for K, bins in least if n in PRIMES))


@false_sibling(few_places_fill_many_bins, says=r"|\mathrm{supp}\, x| + |\mathrm{supp}\, \hat x| \ge n + 1")
def the_bound_on_the_sum_holds_for_every_size(n: Size) -> Statement:
    """Two places leave no two bins empty, whatever the size."""
    pairs = list(combinations(range(n), 2))
    return equal({_rank(n, rows, cols) for rows, cols in product(pairs, repeat=2)} <= {2}, True)


@theorem(
    "four-poisson-picket-fence",
    says=r"F_{s m} U_s 1_m = m \, U_m 1_s: \quad m \text{ places, } s \text{ bins}, \; m s = n",
    source="Donoho and Stark 1989",
)
def the_spectrum_of_a_comb_is_a_comb(m: Size, s: Step) -> Statement:
    """The indicator of the multiples of s has the spectrum m times that of the multiples of m: m s = n is attained."""
    return dft(s * m) @ upsample(m, s) @ as_matrix(ones(m)) == m * upsample(s, m) @ as_matrix(ones(s))


@false_sibling(the_spectrum_of_a_comb_is_a_comb, says=r"x = (w, w) \Rightarrow |\hat x| \text{ has equal heights}")
def every_periodic_signal_has_equal_heights(s: Step, w: Annotated[Any, On("s")]) -> Statement:
    """The spectrum of every periodic signal is a comb of equal heights: its period has a flat power spectrum."""
    return equal((circulant(w).T @ w)[1:], [0] * (s - 1))


@theorem(
    "four-bluestein-rader",
    says=r"F = B T B, \; B = \mathrm{diag}(\zeta^{j^2}), \; T_{jk} = \zeta^{-(j - k)^2}, \; \zeta^2 = \omega, \qquad"
    r" p \text{ prime}: \ F[g^a, g^{-b}] = \omega^{g^{a - b}}",
    source="Bluestein 1970; Rader 1968",
    strength=LISTED,
)
def a_transform_is_a_convolution(n: Size, p: Annotated[Any, Choices(PRIMES[1:])]) -> Statement:
    """The transform is a convolution with a chirp, between two masks; for n prime, off place 0, a circular one."""
    zeta = (dft(2 * n) @ matrix([[int(j == 1)] for j in range(2 * n)])).to_sympy()[:, 0]
    chirp = [zeta[j * j % (2 * n)] for j in range(n)]
    mask, back = diagonal(chirp), [zeta[-j * j % (2 * n)] for j in range(n)]
    powers = _powers(_generator(p), p)
    exponents = [[i * j % p for j in [1, *powers[:0:-1]]] for i in powers]
    return (
        mask @ toeplitz(back, back) @ mask == dft(n),
        equal(exponents, circulant(powers).to_numpy()),
        equal(set(powers), set(range(1, p))),
    )


def _powers(g: int, n: int) -> list[int]:
    """1, g, g^2, ... modulo n, n - 1 of them."""
    return [pow(g, e, n) for e in range(n - 1)]


def _generator(n: int) -> int:
    """The g whose powers reach most residues."""
    return max(range(1, n), key=lambda g: len(set(_powers(g, n))), default=0)


@false_sibling(a_transform_is_a_convolution, says=r"\{g^e \bmod n\} = \{1, \ldots, n - 1\} \text{ for some } g")
def nonzero_residues_are_powers_of_one(n: Size) -> Statement:
    """For every n the residues other than 0 are the powers of one of them."""
    return equal(set(_powers(_generator(n), n)), set(range(1, n)))


@theorem(
    "four-dtft-response",
    says=r"V(w) z^{\bullet} = \tilde w(z) \, z^{\bullet}, \quad \tilde w(z) = \sum_a w_a z^a, \qquad"
    r" J w = w \Rightarrow z^{K - 1} \tilde w(1 / z) = \tilde w(z)",
    source=OPPENHEIM,
    strength=LISTED,
)
def exponentials_are_eigenfunctions_inside(K: Step, o: Size, w: Taps, z: One) -> Statement:
    """A layer without padding multiplies each exponential by the kernel's value there: all of it, if it is symmetric.

    A full layer does so where the window lies inside; the response of w + J w is z^(K - 1) times its own mirror image.
    """
    n, even = K + o, w + w[::-1]
    x = np.array([z[0] ** j for j in range(n)], dtype=object)
    valid, full = (convolution_matrix(w, n, mode, "correlation") for mode in ("valid", "full"))
    response = sum(w[a] * z[0] ** a for a in range(K))
    mirrored = [sum(even[a] * z[0] ** (e * a + (e < 0) * (K - 1)) for a in range(K)) for e in (1, -1)]
    return (
        equal(valid @ x, response * x[: o + 1]),
        equal((full @ x)[K - 1 : n], response * x[: o + 1]),
        equal(*mirrored),
    )


@false_sibling(
    exponentials_are_eigenfunctions_inside, says=r"T(w) z^{\bullet} = \lambda z^{\bullet} \text{ with zero padding}"
)
def exponentials_are_eigenvectors_with_zeros(
    n: Size, z: Annotated[Any, Choices((1, -1))], w: Annotated[Any, On(3)]
) -> Statement:
    """A layer padded with zeros has the exponentials of all frequencies as eigenvectors."""
    x = [z**j for j in range(n)]
    y = Conv([[w]], padding=1).matrix((1, n)) @ x
    return equal(list(y), [y[0] * v for v in x])


def _moments(K: int, m: int) -> Any:
    """The rows 1, a, a^2, ..., of which there are m."""
    return matrix([[a**i for a in range(K)] for i in range(m)])


@theorem(
    "four-moment-vanishing",
    says=r"V(w) j^i = 0, \ i < m \iff (z - 1)^m \mid w(z) \iff \sum_a a^i w_a = 0, \ i < m",
    source="Daubechies, Ten Lectures on Wavelets; Strang and Nguyen",
    strength=LISTED,
)
def vanishing_moments_are_zeros_at_one(
    m: Pair, e: Pair, o: Pair, c: Annotated[Any, Sizes(0, 1)], v: Annotated[Any, On("e")]
) -> Statement:
    """The kernels (z - 1)^m v(z) are those that annihilate polynomials of degree below m: m equations, no fewer.

    A kernel keeps these polynomials, moved by c, when it differs from the unit tap at c by one that annihilates them.
    """
    K = m + e
    M, Q = _moments(K, m), convolution_matrix([(-1) ** (m - a) * comb(m, a) for a in range(m + 1)], e)
    w, inputs = Q @ v, _moments(K + o, m).T
    kept = [w[a] + int(a == c) for a in range(K)]
    layer, other = (convolution_matrix(u, K + o, "valid", "correlation") for u in (w, kept))
    return (
        equal(M @ w, [0] * m),
        layer @ inputs == 0 * other @ inputs,
        other @ inputs == crop(K + o, (c, K - 1 - c)) @ inputs,
        equal((elimination.rank(M.to_numpy()), elimination.rank(Q.to_numpy())), (m, K - m)),
    )


@false_sibling(vanishing_moments_are_zeros_at_one, says=r"\sum_a w_a = 0 \Rightarrow V(w) j = 0")
def zero_sums_annihilate_ramps(v: Annotated[Any, On(1)]) -> Statement:
    """A kernel whose taps sum to zero annihilates linear ramps."""
    return equal(convolution_matrix([-v[0], v[0]], 2, "valid", "correlation") @ [0, 1], [0])


@theorem(
    "four-multiplication-theorem",
    says=r"\widehat{x \odot y} = \tfrac1n \hat x \star \hat y, \qquad"
    r" \mathrm{supp}\, \hat x \subseteq [-B, B], \ \mathrm{supp}\, \hat y \subseteq [-C, C] \Rightarrow"
    r" \mathrm{supp}\, \hat x \star \hat y \subseteq [-B - C, B + C]",
    source=f"{OPPENHEIM}; Karras et al. 2021",
    machine_checked="multiplication_theorem",
)
def a_mask_convolves_the_spectrum(
    n: Size,
    B: Width,
    C: Width,
    e: Width,
    x: Kernel,
    u: Annotated[Any, On(lambda B: 2 * B + 1)],
    v: Annotated[Any, On(lambda C: 2 * C + 1)],
) -> Statement:
    """A mask convolves the spectrum: bands of radii B and C make one of radius B + C, and m-th powers one of m B."""
    F, N = dft(n), 2 * (B + C) + 1 + e
    whole = convolution_matrix(u, 2 * C + 1) @ v
    return (
        n * (F @ diagonal(x)) == circulant(entries(F @ as_matrix(x))) @ F,
        equal(circulant(_band(u, B, N)) @ _band(v, C, N), _band(whole, B + C, N)),
    )


def _band(u: Any, B: Any, n: Any) -> Any:
    """A spectrum on n bins that lives on the bins -B .. B."""
    return shift(n, -B) @ pad(2 * B + 1, (0, n - 2 * B - 1)) @ u


@false_sibling(a_mask_convolves_the_spectrum, says=r"\mathrm{supp}\, \hat x \subseteq [-1, 1] \text{ also for } x^2")
def squares_keep_the_band(n: Annotated[Any, Sizes(3, 5)], u: Annotated[Any, On(3)]) -> Statement:
    """The square of a signal on the bins -1, 0, 1 lives there too."""
    X = _band(u, 1, n)
    return equal((circulant(X) @ X)[2:-1], [0] * (n - 3))
