"""Chapter 7, what commutes with shifts: convolution is the most general equivariant linear map, and its relatives."""

from math import gcd
from typing import Annotated, Any

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.selection import crop, downsample, flip, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, toeplitz
from convalgebra.analysis import elimination
from convalgebra.analysis.commutant import commutant
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Integer, Kernel, Matrices, On, Size, Sizes, Square, Statement, Step
from convalgebra.theorems.facts import equal, under
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Channels = Annotated[Any, Sizes(most=2)]
Longer = Annotated[Any, On(lambda m: m + 1)]
Long = Annotated[Any, On(lambda s, m: s * m)]


def _delay(n: Any) -> Any:
    """The shift by one that fills with zeros."""
    return crop(n + 1, (0, 1)) @ pad(n, (1, 0))


def _rank(A: Any) -> int:
    return elimination.rank(A.to_numpy())


@theorem(
    "comm-circulant-iff",
    says=r"A S = S A \iff A = C_w, \; w = A e_0",
    source="Scardapane, lecture 6; Davis, Circulant Matrices, theorem 3.1.1",
    machine_checked="Circulant.commutant",
)
def convolutions_are_the_equivariant_maps(n: Size, w: Kernel, A: Square) -> Statement:
    """A linear map commutes with the shift exactly when it is a circular convolution, by its first column."""
    S = shift(n)
    return circulant(w) @ S == S @ circulant(w), under(A == circulant(A @ impulse(n)), A @ S == S @ A)


@false_sibling(
    convolutions_are_the_equivariant_maps,
    says=r"A S_k = S_k A, \; S_k \ne I \Rightarrow A = C_w",
    given={"0 < k < n": lambda n, k: 0 < k < n},
)
def any_other_shift_is_as_good(n: Size, k: Integer) -> Statement:
    """A map that commutes with some shift other than none is a convolution."""
    return equal(len(commutant(shift(n, k))), n)


@theorem(
    "comm-generator-suffices",
    says=r"A S = S A \Rightarrow A S_k = S_k A, \qquad S_{1,0}, S_{0,1} \text{ on an image}",
    source="group theory",
)
def generators_are_enough(
    h: Size, n: Size, a: Integer, b: Integer, A: Square, B: Annotated[Any, Matrices(("h", "n"), ("h", "n"))]
) -> Statement:
    """Commuting with the unit shift along each axis is commuting with every shift."""
    down, along = shift((h, n), (1, 0)), shift((h, n), (0, 1))
    S = shift((h, n), (a, b))
    return (
        under(A @ shift(n, a) == shift(n, a) @ A, A @ shift(n) == shift(n) @ A),
        under(B @ S == S @ B, B @ down == down @ B, B @ along == along @ B),
    )


@false_sibling(generators_are_enough, says=r"A S_k = S_k A \Rightarrow A S = S A \text{ for any one } k")
def one_arbitrary_shift_is_enough(n: Size, k: Integer) -> Statement:
    """Testing any one shift is enough."""
    return equal(len(commutant(shift(n, k))), len(commutant(shift(n))))


@theorem(
    "comm-polynomials-in-shift",
    says=r"C_w = \sum_k w_k S^k, \qquad C_w e_0 = w \text{: uniquely}",
    source="Davis, Circulant Matrices; Horn and Johnson, Matrix Analysis, 3.2.4",
    machine_checked="Circulant.circ_sum, Circulant.shift_pow",
)
def circulants_are_polynomials_in_the_shift(n: Size, k: Integer, w: Kernel) -> Statement:
    """A circulant is a polynomial in the shift of degree below n, in one way: its first column tells the taps."""
    return (
        circulant(w) == sum_over(n, lambda k: circulant(diagonal(impulse(n, k)) @ w)),
        circulant(impulse(n, k)) @ shift(n) == circulant(impulse(n, k + 1)),
        equal(circulant(w) @ impulse(n), w),
    )


@false_sibling(
    circulants_are_polynomials_in_the_shift, says=r"A B = B A \Rightarrow B = p(A) \text{ for every } A", special=True
)
def what_commutes_with_a_matrix_is_a_polynomial_in_it(n: Size, A: Square) -> Statement:
    """Whatever commutes with a matrix is a polynomial in it."""
    powers = [identity(n)]
    for _ in range(n - 1):
        powers.append(powers[-1] @ A)
    rows = matrix([P.to_numpy().reshape(-1) for P in powers])
    return equal(len(commutant(A)), _rank(rows))


@theorem(
    "comm-bicommutant",
    says=r"A S = S A \Rightarrow A C_w = C_w A \text{ for all } w, \quad \text{so } \{S\}'' = \{S\}'",
    source="the double centraliser theorem",
    machine_checked="Circulant.bicommutant",
)
def what_commutes_with_all_convolutions_is_one(n: Size, w: Kernel, A: Square) -> Statement:
    """What commutes with the shift commutes with every convolution: the algebra is its own commutant."""
    return under(A @ circulant(w) == circulant(w) @ A, A @ shift(n) == shift(n) @ A)


@false_sibling(what_commutes_with_all_convolutions_is_one, says=r"\mathrm{rank}\, A^2 = \mathrm{rank}\, A")
def every_commutative_algebra_is_diagonalisable(n: Size) -> Statement:
    """Every commutative algebra of dimension n is diagonalisable: that of the shift that fills with zeros, too."""
    N = _delay(n)
    return equal(_rank(N @ N), _rank(N))


@theorem(
    "comm-multichannel",
    says=r"A (I \otimes S) = (I \otimes S) A \Rightarrow A (I \otimes C_w) = (I \otimes C_w) A",
    source="Kondor and Trivedi 2018",
)
def many_channels_make_blocks(
    n: Size, c: Channels, o: Channels, w: Kernel, A: Annotated[Any, Matrices(("o", "n"), ("c", "n"))]
) -> Statement:
    """Between channels, equivariant maps are linear over the ring of convolutions: matrices of c o kernels."""
    S, C, (before, after) = shift(n), circulant(w), map(identity, (c, o))
    return under(A @ kron(before, C) == kron(after, C) @ A, A @ kron(before, S) == kron(after, S) @ A)


@false_sibling(many_channels_make_blocks, says=r"\dim = n")
def all_pairs_share_a_kernel(n: Size, c: Channels) -> Statement:
    """Equivariance forces the same kernel for every pair of channels."""
    return equal(len(commutant(kron(identity(c), shift(n)))), n)


@theorem(
    "comm-nilpotent-shift",
    says=r"A N = N A \iff A \text{ is lower triangular and Toeplitz}, \qquad \dim = n",
    source="Horn and Johnson, Matrix Analysis",
    strength=LISTED,
)
def causal_convolutions_commute_with_the_delay(n: Size, w: Kernel) -> Statement:
    """What commutes with the shift that fills with zeros is a causal convolution."""
    N, T = _delay(n), toeplitz(w, [w[0], *[0] * (n - 1)])
    return T @ N == N @ T, equal(len(commutant(N)), n)


@false_sibling(causal_convolutions_commute_with_the_delay, says=r"T N = N T \text{ for every Toeplitz matrix } T")
def all_toeplitz_matrices_commute_with_the_delay(n: Size, a: Kernel, b: Kernel) -> Statement:
    """Every Toeplitz matrix commutes with the shift that fills with zeros."""
    N, T = _delay(n), toeplitz(a, b)
    return T @ N == N @ T


@theorem(
    "comm-toeplitz-displacement",
    says=r"(A - N A N^\top)[i, j] = A[i, j] - A[i - 1, j - 1], \quad 0 \text{ for } A \text{ Toeplitz}",
    source="Kailath, Kung and Morf 1979",
)
def the_displacement_of_a_toeplitz_matrix_is_its_border(
    m: Size, A: Annotated[Any, Matrices(lambda m: m + 1, lambda m: m + 1)], a: Longer, b: Longer
) -> Statement:
    """A matrix less itself moved down the diagonal is zero off the first row and column exactly when it is Toeplitz."""
    later, earlier = crop(m + 1, (1, 0)), crop(m + 1, (0, 1))
    N, T = _delay(m + 1), toeplitz(a, b)
    return (
        later @ (A - N @ A @ N.T) @ later.T == later @ A @ later.T - earlier @ A @ earlier.T,
        later @ T @ later.T == earlier @ T @ earlier.T,
    )


@false_sibling(
    the_displacement_of_a_toeplitz_matrix_is_its_border,
    says=r"\mathrm{rank}(A - N A N^\top) \le 2 \Rightarrow A \text{ is Toeplitz}",
    special=True,
)
def a_small_displacement_rank_makes_toeplitz(n: Size, A: Square) -> Statement:
    """A matrix whose displacement has rank at most two is Toeplitz."""
    N = _delay(n)
    small, entries = _rank(A - N @ A @ N.T) <= 2, A.to_numpy()
    return equal(small and bool((entries[1:, 1:] != entries[:-1, :-1]).any()), False)


@theorem(
    "comm-strided-characterisation",
    says=r"A S_n^s = S_m A \iff A = D_s C_w, \; w[-j] = A[0, j], \qquad n = s m",
    source="orbits of index pairs; Vaidyanathan, Multirate Systems",
    machine_checked="Stride.stride_equivariant, Stride.stride_commutant",
)
def strided_convolutions_are_the_maps_equivariant_by_s(
    m: Size, s: Step, w: Long, A: Annotated[Any, Matrices("m", lambda s, m: s * m)]
) -> Statement:
    """A map turns shifts by s into shifts by one exactly when it is a circular convolution of stride s."""
    n = s * m
    D, far, near = downsample(n, s), shift(n, s), shift(m, 1)
    first_row = shift(n, 1) @ flip(n) @ (A.T @ impulse(m))
    return D @ circulant(w) @ far == near @ D @ circulant(w), under(A == D @ circulant(first_row), A @ far == near @ A)


@false_sibling(strided_convolutions_are_the_maps_equivariant_by_s, says=r"D_s C_w S = S D_s C_w")
def strided_convolutions_are_equivariant_by_one(m: Size, s: Step, w: Long) -> Statement:
    """A strided convolution turns shifts by one into shifts by one."""
    n = s * m
    A = downsample(n, s) @ circulant(w)
    return A @ shift(n, 1) == shift(m, 1) @ A


@theorem(
    "comm-gcd-dimension",
    says=r"\dim \{A : A S_n = S_m A\} = \gcd(m, n)",
    source="orbits of Z on Z_m x Z_n",
    strength=LISTED,
)
def grids_share_their_common_period(m: Size, n: Size) -> Statement:
    """Between grids of m and n places there are gcd(m, n) independent equivariant maps."""
    return equal(len(commutant([(shift(n), shift(m))])), gcd(m, n))


@false_sibling(grids_share_their_common_period, says=r"\dim \{A : A S_n = S_m A\} = \min(m, n)")
def resizing_can_be_equivariant(m: Size, n: Size) -> Statement:
    """Between any two grids there are as many equivariant maps as the smaller has places."""
    return equal(len(commutant([(shift(n), shift(m))])), min(m, n))


@theorem(
    "comm-transposed-strided",
    says=r"B = C_w^\top D_s^\top \Rightarrow S_n^s B = B S_m, \qquad n = s m",
    source="Vaidyanathan, Multirate Systems",
    machine_checked="Stride.stride_tr",
)
def transposed_strided_layers_turn_one_into_s(m: Size, s: Step, k: Integer, w: Long) -> Statement:
    """A transposed strided convolution turns shifts by k into shifts by s k."""
    n = s * m
    B = circulant(w).T @ downsample(n, s).T
    return shift(n, s * k) @ B == B @ shift(m, k)


@false_sibling(transposed_strided_layers_turn_one_into_s, says=r"S_n B = B S_m")
def transposed_strided_layers_turn_one_into_one(m: Size, s: Step, w: Long) -> Statement:
    """A transposed strided convolution turns shifts by one into shifts by one."""
    n = s * m
    B = circulant(w).T @ downsample(n, s).T
    return shift(n, 1) @ B == B @ shift(m, 1)


@theorem(
    "comm-invariant-functionals",
    says=r"S f = f \iff f = f_0 \mathbf 1",
    source="Burnside's lemma",
)
def the_sum_is_the_only_invariant(n: Size, f: Kernel) -> Statement:
    """The only linear function of a signal that no shift changes is its sum, up to a factor."""
    constant = circulant(ones(n)) @ (diagonal(impulse(n)) @ f)
    return equal(shift(n) @ ones(n), ones(n)), _column(f, constant, shift(n) @ f)


def _column(f: Any, constant: Any, moved: Any) -> Any:
    """f is constant, if it does not move; vectors as matrices of one column."""
    return under(as_matrix(f) == as_matrix(constant), as_matrix(moved) == as_matrix(f))


@false_sibling(the_sum_is_the_only_invariant, says=r"\dim \{f : f S = f\} = n")
def there_are_many_invariants(n: Size) -> Statement:
    """A signal has n independent linear features that no shift changes."""
    return equal(len(commutant([(shift(n), identity(1))])), n)


@theorem(
    "comm-only-scalars-both",
    says=r"A S = S A, \; A D = D A \Rightarrow A = c I, \qquad D = \mathrm{diag}(0, \dots, n - 1)",
    source="Schur's lemma for the Weyl-Heisenberg group",
    strength=LISTED,
    machine_checked="Fourier.only_scalars",
)
def only_scalars_are_both_convolution_and_mask(n: Size) -> Statement:
    """What commutes with shifts and with masks is a number times the identity."""
    return equal(len(commutant([shift(n), diagonal(range(n))])), 1)


@false_sibling(only_scalars_are_both_convolution_and_mask, says=r"\mathrm{diag}(m) \, S = S \, \mathrm{diag}(m)")
def some_masks_are_convolutions(n: Size, m: Kernel) -> Statement:
    """A mask commutes with shifts."""
    return diagonal(m) @ shift(n) == shift(n) @ diagonal(m)


@theorem(
    "comm-symmetric-kernel-dihedral",
    says=r"J C_w J = C_{S J w}, \; C_w e_0 = w, \quad \text{so } C_w J = J C_w \iff w[t] = w[-t]",
    source="orbits of the dihedral group",
    machine_checked="Circulant.flip_circ",
)
def symmetric_kernels_commute_with_reversal(n: Size, w: Kernel) -> Statement:
    """What commutes with shifts and the reversal is convolution with a symmetric kernel."""
    J, reverse = flip(n), shift(n) @ flip(n) @ w
    even = circulant(w + reverse)
    return J @ circulant(w) @ J == circulant(reverse), equal(circulant(w) @ impulse(n), w), even @ J == J @ even


@false_sibling(symmetric_kernels_commute_with_reversal, says=r"C_w J = J C_w, \quad w = (a, a, 0, \dots)")
def even_palindromes_are_symmetric(n: Size, a: Annotated[Any, On(1)]) -> Statement:
    """A palindromic list of two taps makes a layer that commutes with the reversal."""
    C = circulant([a[0], a[0], *[0] * n][:n])
    return C @ flip(n) == flip(n) @ C


@theorem(
    "comm-inverse-adjoint-closed",
    says=r"C_w^\top S_k = S_k C_w^\top, \qquad B (S A - A S) B = (B S)(A B) - (B A)(S B)",
    source="representation theory",
    machine_checked="Circulant.circ_inverse",
)
def adjoints_and_inverses_stay_equivariant(n: Size, k: Integer, w: Kernel, A: Square, B: Square) -> Statement:
    """With A its adjoint commutes with shifts, and its inverse: where A B = B A = I the right side is B S - S B."""
    S = shift(n, k)
    return circulant(w).T @ S == S @ circulant(w).T, B @ (S @ A - A @ S) @ B == (B @ S) @ (A @ B) - (B @ A) @ (S @ B)


@false_sibling(adjoints_and_inverses_stay_equivariant, says=r"A P = P A \Rightarrow A^\top P = P A^\top")
def for_every_representation(n: Size) -> Statement:
    """The adjoint commutes with whatever the map commutes with: A = P = I + N."""
    P = identity(n) + _delay(n)
    return P.T @ P == P @ P.T


@theorem(
    "comm-toeplitz-commute",
    says=r"(A B)[i+1, j+1] - (A B)[i, j] = a_{i+1} b_{-j-1} - a_{i+1-n} b_{n-1-j}",
    source="Shalom 1987; Gu and Patton 2003",
    strength=LISTED,
)
def products_of_toeplitz_matrices(
    n: Size, a: Annotated[Any, On(lambda n: 2 * n - 1)], b: Annotated[Any, On(lambda n: 2 * n - 1)]
) -> Statement:
    """How far a product of two Toeplitz matrices is from Toeplitz: two terms for each step down a diagonal."""
    A, B = (toeplitz(t[n - 1 :], t[n - 1 :: -1]) for t in (a, b))
    P, places = (A @ B).to_numpy(), [(i, j) for i in range(n - 1) for j in range(n - 1)]
    steps = [P[i + 1, j + 1] - P[i, j] for i, j in places]
    return equal(steps, [a[n + i] * b[n - 2 - j] - a[i] * b[2 * n - 2 - j] for i, j in places])


@false_sibling(products_of_toeplitz_matrices, says=r"A B \text{ is Toeplitz for symmetric Toeplitz } A, B")
def products_of_symmetric_toeplitz_matrices_are_toeplitz(n: Size, a: Kernel, b: Kernel) -> Statement:
    """The product of two symmetric Toeplitz matrices is Toeplitz."""
    P = (toeplitz(a, a) @ toeplitz(b, b)).to_numpy()
    return equal(P[1:, 1:], P[:-1, :-1])
