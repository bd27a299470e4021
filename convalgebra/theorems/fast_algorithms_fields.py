"""Chapter 19, continued: cyclic convolution over a field, transforms of integers, rounding, taps that are shared."""

from fractions import Fraction
from itertools import product
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.cyclotomic import cyclotomic
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, flip, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.analysis import elimination
from convalgebra.analysis.fast import toom_cook, winograd
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Choices, Kernel, On, Size, Sizes, Statement, Step, Taps
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, SAMPLED, false_sibling, theorem

One = Annotated[Any, On(1)]


def _remainders(modulus: Any, n: int) -> Any:
    """The matrix of the remainders of n coefficients modulo a monic polynomial, constant term first."""
    columns, degree = [], len(modulus) - 1
    for e in range(n):
        rest = [0] * e + [1] + [0] * max(degree - e, 0)
        for top in range(len(rest) - 1, degree - 1, -1):
            lead = rest[top]
            for j, c in enumerate(modulus):
                rest[top - degree + j] -= lead * c
        columns.append(rest[:degree])
    return matrix(columns).T


@theorem(
    "fast-cyclic-rank",
    says=r"z^n - 1 = \prod_{d \mid n} \Phi_d \text{ over } \mathbf{Q}: \; 2 n - \tau(n) \text{ products are enough,}"
    r" n \text{ over } \mathbf{C}; \quad n = 3: \text{ not } 3 \text{ over } \mathbf{Q}",
    source="Winograd 1980; Auslander and Winograd 1984",
    strength=LISTED,
)
def a_cyclic_product_splits_into_its_remainders(
    n: Annotated[Any, Sizes(most=5)], w: Kernel, v: Annotated[Any, On(3)]
) -> Statement:
    """A cyclic product is told by its remainders modulo the factors of z^n - 1; a factor of degree d costs 2 d - 1.

    That fewer products do not exist is shown for n = 3 alone: three would be circulants of rank one, whose minors make
    a^3 = b^3 = c^3, so a = b = c over the rationals, and these do not span. The count over the reals is not shown.
    """
    C, F = circulant(w), dft(n)
    factors = [cyclotomic(d) for d in range(1, n + 1) if n % d == 0]
    R = [_remainders(f, n) for f in factors]
    fast = [toom_cook(len(f) - 1, len(f) - 1) for f in factors]
    parts = [
        Q @ C == _remainders(f, 2 * len(f) - 3) @ T.matrix(Q @ w) @ Q for Q, T, f in zip(R, fast, factors, strict=True)
    ]
    a, b, c = v
    return (
        *parts,
        equal(elimination.rank(np.vstack([Q.to_numpy() for Q in R])), n),
        equal(sum(T.products for T in fast), 2 * n - len(factors)),
        F @ C == diagonal(F @ w if n == 1 else list((F @ C).to_sympy()[:, 0])) @ F,
        equal(
            (a**3 - b**3, b**3 - c**3),
            (a * (a * a - b * c) - b * (b * b - a * c), b * (b * b - a * c) - c * (c * c - a * b)),
        ),
    )


@false_sibling(a_cyclic_product_splits_into_its_remainders, says=r"n \text{ products over } \mathbf{Q}")
def rank_one_circulants_span(n: Size) -> Statement:
    """The circulants of rank one with entries -1, 0, 1 span all circulants: n products are enough."""
    found = [w for w in product((-1, 0, 1), repeat=n) if elimination.rank(circulant(w).to_numpy()) == 1]
    return equal(elimination.rank(np.array(found, dtype=np.int64)), n)


PRIME: Any = {
    "p is prime": lambda p: all(p % q != 0 for q in range(2, p)),
    "n divides p - 1": lambda n, p: (p - 1) % n == 0,
}


def _centred(y: Any, p: int) -> Any:
    """The residues that are smallest in absolute value."""
    return (np.asarray(y) + p // 2) % p - p // 2


@theorem(
    "fast-ntt-exact",
    says=r"F_{jk} = g^{jk}, \; g \text{ of order } n: \; F C_w \equiv \mathrm{diag}(F w) F, \; F \bar F \equiv n I"
    r" \pmod p, \qquad 2 \max |y| < p \Rightarrow y = y \bmod p",
    source="Pollard 1971",
    given=PRIME,
    strength=LISTED,
    machine_checked="dft_circ",
)
def integers_have_exact_transforms(n: Size, p: Annotated[Any, Sizes(3, 13)]) -> Statement:
    """Where n divides p - 1 the transform modulo p diagonalises circulants, and integers below p / 2 come back.

    The identity is linear in w, so the unit kernels stand for all.
    """
    g = next(g for g in range(1, p) if next(e for e in range(1, p) if pow(g, e, p) == 1) == n)
    F, back = (np.array([[pow(g, s * j * k % n, p) for k in range(n)] for j in range(n)]) for s in (1, -1))
    units = np.eye(n, dtype=np.int64)
    gaps = [(F @ circulant(e).to_numpy() - np.diag(F @ e) @ F) % p for e in units]
    small = np.arange(-(p // 2), p // 2 + 1)
    return (
        equal(np.array(gaps), np.zeros((n, n, n), dtype=np.int64)),
        equal(F @ back % p, n % p * units),
        equal(_centred(small % p, p), small),
    )


@false_sibling(integers_have_exact_transforms, says=r"y = y \bmod 5 \text{ for all integers}")
def all_integers_come_back(n: Size, w: Kernel, x: Kernel) -> Statement:
    """A transform modulo 5 tells the circular convolution of any two integer signals."""
    y = circulant(w) @ x
    return equal(_centred(y % 5, 5), y)


@theorem(
    "fast-symmetric-taps",
    says=r"w = J w: \; y_i = \sum_{a < r} w_a (x_{i + a} + x_{i + K - 1 - a}) \; [+ \, w_r x_{i + r}], \qquad"
    r" V(u v^\top) = V(u) \otimes V(v), \quad V(1) = \text{sums alone}",
    source="folklore of signal processing",
)
def equal_taps_share_a_product(
    r: Size, o: Size, K: Step, u: Annotated[Any, On("r")], v: Taps, c: Annotated[Any, On()]
) -> Statement:
    """A symmetric kernel of 2 r taps needs r products an output, of 2 r + 1 taps r + 1; separable 2 K, a box none."""
    even = pad(r, (0, r)) @ u + flip(2 * r) @ (pad(r, (0, r)) @ u)
    odd = pad(r, (0, r + 1)) @ u + flip(2 * r + 1) @ (pad(r, (0, r + 1)) @ u) + c * impulse(2 * r + 1, r)
    outer = np.multiply.outer(u, v) if isinstance(u, np.ndarray) else kron(u, v)
    middle = kron(as_matrix(c), crop(o + 2 * r, (r, r)))
    return (
        _valid(even, o + 2 * r - 1) == _folded(u, r, o + 2 * r - 1, 2 * r),
        _valid(odd, o + 2 * r) == _folded(u, r, o + 2 * r, 2 * r + 1) + middle,
        _valid(outer, (r + o, K + o)) == kron(_valid(u, r + o), _valid(v, K + o)),
        _valid(ones(K), K + o) == sum_over(K, lambda a: _moved(K + o, a, K)),
    )


def _valid(w: Any, n: Any) -> Any:
    return convolution_matrix(w, n, "valid", "correlation")


def _tap(w: Any, n: Any, k: Any) -> Any:
    """w_k, a matrix of one entry."""
    return as_matrix(impulse(n, k)).T @ as_matrix(w)


def _folded(u: Any, r: Any, n: Any, K: Any) -> Any:
    """Each tap times the sum of the two samples that it meets."""
    return sum_over(r, lambda a: kron(_tap(u, r, a), _moved(n, a, K) + _moved(n, K - 1 - a, K)))


def _moved(n: Any, a: Any, K: Any) -> Any:
    """x[i + a], of the windows of length K."""
    return crop(n, (0, K - 1)) @ shift(n, -a)


@false_sibling(equal_taps_share_a_product, says=r"w_0 x_i + w_1 x_{i + 1} = w_0 (x_i + x_{i + 1})")
def all_kernels_fold(n: Size, w: Annotated[Any, On(2)]) -> Statement:
    """Folding works for any kernel."""
    folded = crop(n + 1, (0, 1)) + crop(n + 1, (1, 0))
    return convolution_matrix(w, n + 1, "valid", "correlation") == w[0] * folded


def _packed(y: Any, base: Any) -> Any:
    """The number with these digits, lowest first."""
    return sum(digit * base**e for e, digit in enumerate(y))


def _digits(number: int, base: int, count: int) -> list[int]:
    return [number // base**e % base for e in range(count)]


@theorem(
    "fast-kronecker-substitution",
    says=r"w(b) \, x(b) = (w * x)(b), \qquad 0 \le y_i < b \Rightarrow y \text{ are the digits of } y(b)",
    source="Kronecker 1882; Schoenhage 1982",
    strength=LISTED,
)
def one_long_product_is_a_convolution(K: Step, m: Step, w: Taps, x: Annotated[Any, On("m")], b: One) -> Statement:
    """Packed in a base above all outputs, two kernels are multiplied by one product of integers."""
    base, outputs = 2 + K, product(range(2 + K), repeat=m)
    return (
        equal(_packed(w, b[0]) * _packed(x, b[0]), _packed(convolution_matrix(w, m) @ x, b[0])),
        equal([_digits(_packed(y, base), base, m) == list(y) for y in outputs], [True] * base**m),
    )


@false_sibling(one_long_product_is_a_convolution, says=r"b > \max_i(w_i, x_i) \text{ is enough}")
def a_base_above_the_taps_is_enough(K: Step, m: Step, w: Taps, x: Annotated[Any, On("m")]) -> Statement:
    """Any base above the taps is enough."""
    u, v = abs(w), abs(x)
    base = max(2, 1 + max([*u, *v]))
    return equal(_digits(_packed(u, base) * _packed(v, base), base, K + m - 1), convolution_matrix(u, m) @ v)


def _rounding(fast: Any, tiles: int = 60) -> Any:
    """The median over tiles of the worst error in float32: of the sum over taps, and of the fast algorithm."""
    random = np.random.default_rng(0)
    w, x = (random.integers(-(2**20), 2**20, (tiles, np.prod(box))) for box in (fast.kernel, fast.signal))
    windows = [
        convolution_matrix(e.reshape(fast.kernel), fast.signal, "valid", "correlation").to_numpy()
        for e in np.eye(w.shape[1], dtype=np.int64)
    ]
    direct = sum(w[:, [t]] * (x @ E.T) for t, E in enumerate(windows))
    single = [part.astype(np.float32) for part in (w, x)]
    G, B, A = (np.array(M.to_numpy(), dtype=np.float32) for M in (fast.G, fast.BT, fast.AT))
    summed = sum(single[0][:, [t]] * _single(E.astype(np.float32), single[1]) for t, E in enumerate(windows))
    quick = _single(A, _single(G, single[0]) * _single(B, single[1]))
    worst = (np.abs(y.astype(np.float64).astype(np.int64) - direct).max(axis=1) for y in (summed, quick))
    return tuple(Fraction(int(sorted(errors)[tiles // 2])) for errors in worst)


def _single(M: Any, x: Any) -> Any:
    """M x for each row of x, in float32, one sum after the other."""
    return sum(M[:, j] * x[:, [j]] for j in range(M.shape[1]))


@theorem(
    "fast-float-error",
    says=r"F(m, 3) \text{ in float32}: \; e_{\mathrm{direct}} \le e_{m = 2} \le e_{m = 4} \le e_{m = 6}"
    r" \text{ (medians of the worst error)}",
    source="Lavin and Gray 2016; Barabasz et al. 2020",
    strength=SAMPLED,
)
def larger_tiles_lose_more_digits(m: Annotated[Any, Choices((2, 4), sampled=True)]) -> Statement:
    """All ways agree exactly and not in floating point: the tiles of Winograd lose more the larger they are."""
    fast, larger = winograd(m, 3), winograd(m + 2, 3)
    (direct, quick), (_, worse) = _rounding(fast), _rounding(larger)
    w, x = np.arange(1, 4), np.arange(m + 2) ** 2
    exact = convolution_matrix(w, m + 2, "valid", "correlation") @ x
    return equal(fast(w, x), exact), at_most(direct, quick), at_most(quick, worse)


@false_sibling(larger_tiles_lose_more_digits, says=r"F(m \times m, 3 \times 3): \; e \le 10 \, e_{\mathrm{direct}}")
def equal_ways_round_alike(m: Annotated[Any, Choices((2, 4, 6))]) -> Statement:
    """Ways that are equal in exact arithmetic differ in float32 by no more than ten times the error of the sum."""
    direct, quick = _rounding(winograd(m, 3).nested())
    return at_most(quick, 10 * direct)
