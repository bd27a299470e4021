"""Chapter 8, convolution on other groups: what commutes with translations, Fourier blocks, products, cosets."""

from itertools import permutations, product
from math import gcd, prod
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import block, kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.operator import Operator
from convalgebra.algebra.selection import downsample, identity, permutation, shift
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis import elimination
from convalgebra.analysis.commutant import commutant
from convalgebra.analysis.exact_spectrum import det
from convalgebra.proofs.constructors import impulse, ones
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Choices, Integer, Kernel, Matrices, On, Size, Sizes, Statement, Step
from convalgebra.theorems.facts import at_most, equal, under
from convalgebra.theorems.theorem import LISTED, STATED, false_sibling, theorem

# A group is its table: G[g][h] = g h, the identity is element 0.  There is no other group of at most 6 elements.
Table = tuple[tuple[int, ...], ...]
Order = Annotated[Any, Sizes(1, 6)]
COHEN = "Cohen and Welling 2016, group equivariant convolutional networks"


def _cyclic(n: int) -> Table:
    return tuple(tuple((g + h) % n for h in range(n)) for g in range(n))


def _klein() -> Table:
    return tuple(tuple(g ^ h for h in range(4)) for g in range(4))


def _symmetric() -> Table:
    """S_3, its elements in the order of `permutations(range(3))`."""
    elements = list(permutations(range(3)))
    return tuple(tuple(elements.index(tuple(g[i] for i in h)) for h in elements) for g in elements)


def _groups(n: int) -> tuple[Table, ...]:
    """Every group of n elements, up to isomorphism."""
    return (_cyclic(n), *{4: [_klein()], 6: [_symmetric()]}.get(n, []))


GROUPS = {"Z_1": _cyclic(1), "Z_2": _cyclic(2), "Z_3": _cyclic(3), "Z_2^2": _klein(), "S_3": _symmetric()}


def _inverse(G: Table, g: int) -> int:
    return G[g].index(0)


def _left(G: Table, g: int) -> Operator:
    """`(L_g x)[i] = x[g^-1 i]`."""
    return permutation(G[_inverse(G, g)])


def _right(G: Table, g: int) -> Operator:
    """`(R_g x)[i] = x[i g]`."""
    return permutation([row[g] for row in G])


def _conv(G: Table, f: Any) -> Operator:
    """`C_f[g, h] = f[h^-1 g]`: the matrix of x -> x * f."""
    return matrix([[f[G[_inverse(G, h)][g]] for h in range(len(G))] for g in range(len(G))])


def _other(G: Table, f: Any) -> Operator:
    """`B_f[g, h] = f[g h^-1]`: the matrix of x -> f * x."""
    return matrix([[f[G[g][_inverse(G, h)]] for h in range(len(G))] for g in range(len(G))])


def _star(G: Table, x: Any, w: Any) -> list[Any]:
    """`(x * w)[g] = sum over h of x[h] w[h^-1 g]`."""
    return [sum(x[h] * w[G[_inverse(G, h)][g]] for h in range(len(G))) for g in range(len(G))]


def _abelian(G: Table) -> bool:
    return all(G[g][h] == G[h][g] for g, h in product(range(len(G)), repeat=2))


@theorem(
    "grp-regular-commutant",
    says=r"A L_g = L_g A \text{ for all } g \in G \iff A = C_f, \; C_f[g, h] = f(h^{-1} g); \qquad \dim = |G|",
    source=f"{COHEN}; Davis, Circulant Matrices, for cyclic groups",
    strength=LISTED,
    machine_checked="Group.group_equivariance, Group.group_commutant",
)
def group_convolutions_are_the_equivariant_maps(n: Order, f: Kernel) -> Statement:
    """On every group of n elements: what commutes with left translations is convolution with a kernel, n dimensions."""
    groups = _groups(n)
    lefts = [[_left(G, g) for g in range(n)] for G in groups]
    commute = [_conv(G, f) @ L == L @ _conv(G, f) for G, family in zip(groups, lefts, strict=True) for L in family]
    return (*commute, equal([len(commutant(family)) for family in lefts], [n] * len(groups)))


@false_sibling(group_convolutions_are_the_equivariant_maps, says=r"L_g L_h = L_h L_g")
def left_translations_commute(n: Order) -> Statement:
    """The left translations themselves commute with all left translations."""
    pairs = product(range(n), repeat=2)
    return tuple(_left(G, g) @ _left(G, h) == _left(G, h) @ _left(G, g) for g, h in pairs for G in _groups(n))


@theorem(
    "grp-product-law",
    says=r"C_f C_k = C_{k * f}; \qquad C_f C_k = C_k C_f \text{ for all } f, k \iff G \text{ is abelian}",
    source="the group algebra",
    strength=LISTED,
    machine_checked="Group.conv_assoc, Group.conv_abelian, Group.conv_commutes_abelian, Group.delta_mul",
)
def group_convolutions_multiply_backwards(n: Order, f: Kernel, k: Kernel) -> Statement:
    """On every group of n elements the product of two convolutions is one; all commute exactly where the group does."""
    products = [_conv(G, f) @ _conv(G, k) == _conv(G, _star(G, k, f)) for G in _groups(n)]
    units = [[_conv(G, e) for e in np.eye(n, dtype=np.int64)] for G in _groups(n)]
    commuting = [all((A @ B).to_numpy().tolist() == (B @ A).to_numpy().tolist() for A in E for B in E) for E in units]
    return *products, equal(commuting, [_abelian(G) for G in _groups(n)])


@false_sibling(group_convolutions_multiply_backwards, says=r"C_f C_k = C_k C_f")
def group_convolutions_commute(n: Order, f: Kernel, k: Kernel) -> Statement:
    """Convolutions on a group commute."""
    return tuple(_conv(G, f) @ _conv(G, k) == _conv(G, k) @ _conv(G, f) for G in _groups(n))


@theorem(
    "grp-left-right-variants",
    says=r"C_f L_g = L_g C_f, \; B_k R_g = R_g B_k, \; C_f B_k = B_k C_f; \quad"
    r" f(g h) = f(h g) \Rightarrow B_f = C_f, \qquad B_k[g, h] = k(g h^{-1})",
    source="Serre, Linear Representations of Finite Groups",
    strength=LISTED,
)
def each_side_has_its_convolution(n: Order, f: Kernel, k: Kernel) -> Statement:
    """One formula commutes with left translations, the other with right ones; class functions give one matrix.

    Each matrix of the one kind commutes with each of the other.
    """
    claims = []
    for G in _groups(n):
        C, B, turns = _conv(G, f), _other(G, k), [(_left(G, g), _right(G, g)) for g in range(n)]
        even = [sum(f[G[G[h][g]][_inverse(G, h)]] for h in range(n)) for g in range(n)]
        claims += [C @ B == B @ C, _conv(G, even) == _other(G, even)]
        claims += [claim for L, R in turns for claim in (C @ L == L @ C, B @ R == R @ B)]
    return tuple(claims)


@false_sibling(each_side_has_its_convolution, says=r"B_f L_g = L_g B_f")
def both_formulas_are_equivariant(n: Order, f: Kernel) -> Statement:
    """Both formulas commute with left translations."""
    return tuple(_other(G, f) @ _left(G, g) == _left(G, g) @ _other(G, f) for G in _groups(n) for g in range(n))


def _representations(G: Table) -> list[list[Operator]]:
    """The irreducible representations of a group of at most 6 elements: the matrices of its elements in turn."""
    n = len(G)
    if not _abelian(G):
        signs = [1, -1, -1, 1, 1, -1]
        turns = [[[1, 0], [0, 1]], [[1, 0], [1, -1]], [[-1, 1], [0, 1]], [[0, -1], [1, -1]], [[-1, 1], [-1, 0]]]
        return [[matrix([[1]])] * n, [matrix([[s]]) for s in signs], [matrix(t) for t in (*turns, [[0, -1], [-1, 0]])]]
    F = dft(n) if G == _cyclic(n) else kron(dft(2), dft(2))
    return [[matrix([[value]]) for value in row] for row in F.to_sympy().tolist()]


def _transformed(family: list[Operator], f: Any) -> Any:
    """`sum over g of f[g] rho(g)`."""
    terms = [R * c for R, c in zip(family, f, strict=True)]
    return sum(terms[1:], terms[0])


@theorem(
    "grp-group-determinant",
    says=r"\det C_f = \prod_\rho \det \Bigl( \sum_g f(g) \, \rho(g) \Bigr)^{d_\rho}",
    source="Frobenius 1896; Dedekind",
    strength=STATED,
)
def the_group_determinant_factors_by_representations(
    group: Annotated[Any, Choices(tuple(GROUPS))], f: Annotated[Any, On(lambda group: len(GROUPS[group]))]
) -> Statement:
    """The determinant of a group convolution is that of its representations, each as often as its dimension.

    Stated for these groups, no others; for cyclic groups it is the product of the Fourier coefficients.
    """
    blocks = [_transformed(family, f) for family in _representations(GROUPS[group])]
    return equal(det(_conv(GROUPS[group], f)), prod(det(A) ** A.shape[0] for A in blocks))


@false_sibling(the_group_determinant_factors_by_representations, says=r"\det \hat f(\rho) = \ell_1(f) \, \ell_2(f)")
def the_group_determinant_splits_into_linear_factors(n: Order) -> Statement:
    """Every factor of two dimensions is a product of two linear forms: a quadratic form of rank at most two."""
    planes = [family for G in _groups(n) for family in _representations(G) if family[0].shape == (2, 2)]
    return at_most(max([elimination.rank(_polarised(family)) for family in planes], default=0), 2)


def _polarised(family: list[Operator]) -> Any:
    """The matrix of the quadratic form f -> det(sum of f[g] rho(g)), twice."""
    return matrix([[det(A + B) - det(A) - det(B) for A in family] for B in family]).to_numpy()


@theorem(
    "grp-fourier-block-diagonal",
    says=r"U C_f = \Bigl( \bigoplus_\rho I \otimes \hat f(\rho)^\top \Bigr) U, \quad"
    r" |G| \sum_g f(g) k(g^{-1}) = \sum_\rho d_\rho \, \mathrm{tr} \, \hat f(\rho) \hat k(\rho)",
    source="Peter and Weyl; Diaconis, Group Representations in Probability and Statistics",
    strength=LISTED,
)
def one_basis_makes_all_convolutions_block_diagonal(n: Order, f: Kernel, k: Kernel) -> Statement:
    """On every group of n elements the entries of representations are a basis where convolutions are block diagonal.

    Each irreducible representation gives a block, as often as its dimension.  U V = |G| I says that they are a basis
    (Schur); Plancherel's sum goes over the blocks.
    """
    claims = []
    for G in _groups(n):
        (U, V), blocks = _matrix_entries(G), [_transformed(family, f) for family in _representations(G)]
        others = [_transformed(family, k) for family in _representations(G)]
        copies = [A.T for A in blocks for _ in range(A.shape[0])]
        traces = [A.shape[0] * (A @ B).to_sympy().trace() for A, B in zip(blocks, others, strict=True)]
        mixed = sum(f[g] * k[_inverse(G, g)] for g in range(n))
        claims += [U @ _conv(G, f) == _stacked(copies) @ U, U @ V == n * identity(n), equal(n * mixed, sum(traces))]
    return tuple(claims)


def _matrix_entries(G: Table) -> tuple[Operator, Operator]:
    """U[(rho, i, j), g] = rho(g)[i, j] and V[g, (rho, i, j)] = d rho(g^-1)[j, i]."""
    families = _representations(G)
    U = [[v for family in families for v in family[g].to_sympy()] for g in range(len(G))]
    V = [[v for r in families for v in r[_inverse(G, g)].T.to_sympy() * r[g].shape[0]] for g in range(len(G))]
    return matrix(U).T, matrix(V)


def _stacked(blocks: list[Operator]) -> Operator:
    """The block diagonal matrix."""
    zero = [[matrix([[0] * B.shape[1]] * A.shape[0]) for B in blocks] for A in blocks]
    return block([[A if i == j else zero[i][j] for j in range(len(blocks))] for i, A in enumerate(blocks)])


@false_sibling(one_basis_makes_all_convolutions_block_diagonal, says=r"U C_f = D_f U, \; D_f \text{ diagonal}")
def one_basis_diagonalises_all_convolutions(n: Order) -> Statement:
    """On every group the convolutions have one eigenbasis: only they commute with all of them."""
    centres = [commutant([T(G, g) for T in (_left, _right) for g in range(n)]) for G in _groups(n)]
    return equal([len(centre) for centre in centres], [n] * len(centres))


@theorem(
    "grp-abelian-product",
    says=r"(C_u \otimes C_v) S_{a,b} = S_{a,b} (C_u \otimes C_v), \quad A S_{1,0} = S_{1,0} A, \;"
    r" A S_{0,1} = S_{0,1} A \Rightarrow A C_w = C_w A, \quad"
    r" F C_u \otimes F C_v = \mathrm{diag}(\hat u) F \otimes \mathrm{diag}(\hat v) F",
    source="Davis, Circulant Matrices, chapter 5",
    machine_checked="Group.kronecker",
)
def products_of_circles_are_grids(
    h: Size,
    n: Size,
    a: Integer,
    b: Integer,
    u: Annotated[Any, On("h")],
    v: Kernel,
    w: Annotated[Any, On("h", "n")],
    A: Annotated[Any, Matrices(("h", "n"), ("h", "n"))],
) -> Statement:
    """On a grid, products of circulants commute with all shifts and are diagonal in products of Fourier vectors.

    What commutes with the unit shift along each axis commutes with every convolution, so it is one: as C_w e_0 = w, it
    is that with its first column.
    """
    C, S, down, along = kron(circulant(u), circulant(v)), shift((h, n), (a, b)), (1, 0), (0, 1)
    spectra = kron(dft(h) @ circulant(u), dft(n) @ circulant(v))
    diagonals = kron(diagonal(dft(h) @ u) @ dft(h), diagonal(dft(n) @ v) @ dft(n))
    unit = [A @ shift((h, n), k) == shift((h, n), k) @ A for k in (down, along)]
    return C @ S == S @ C, spectra == diagonals, under(A @ circulant(w) == circulant(w) @ A, *unit)


@false_sibling(products_of_circles_are_grids, says=r"A S_{1,0} = S_{1,0} A \Rightarrow A S_{0,1} = S_{0,1} A")
def block_circulants_have_circulant_blocks(h: Size, n: Size, d: Kernel) -> Statement:
    """Whatever commutes with the shift along one axis commutes with that along the other: I (x) diag(d), say."""
    A, S = kron(identity(h), diagonal(d)), kron(identity(h), shift(n))
    return A @ S == S @ A


@theorem(
    "grp-crt-2d-equals-1d",
    says=r"P C_w P^\top \text{ is circulant on } m \times n, \quad (P x)[i \bmod m, i \bmod n] = x[i],"
    r" \quad \gcd(m, n) = 1",
    source="Good 1958; Agarwal and Cooley 1977",
    strength=LISTED,
    given={"gcd(m, n) = 1": lambda m, n: gcd(m, n) == 1},
)
def a_circle_of_coprime_sides_is_a_grid(m: Size, n: Size, w: Annotated[Any, On(lambda m, n: m * n)]) -> Statement:
    """Where its sides are coprime, the residues turn a circle into a grid, and circular convolutions into 2-D ones."""
    places = [next(i for i in range(m * n) if (i % m, i % n) == place) for place in np.ndindex(m, n)]
    P = permutation(places)
    return P @ circulant(w) @ P.T == circulant(np.reshape(w[places], (m, n)))


@false_sibling(a_circle_of_coprime_sides_is_a_grid, says=r"C_w = C_{\mathrm{reshape}(w, m, n)}")
def reading_a_grid_by_rows_makes_a_circle(m: Size, n: Size, w: Annotated[Any, On(lambda m, n: m * n)]) -> Statement:
    """Reading the grid row by row turns its convolutions into those of a circle."""
    return circulant(w) == circulant(np.reshape(w, (m, n)))


@theorem(
    "grp-walsh-hadamard",
    says=r"W[i, j] = w[i \oplus j]: \quad H W = \mathrm{diag}(H w) \, H, \quad H H = 2^k I, \quad"
    r" H = \begin{bmatrix} 1 & 1 \\ 1 & -1 \end{bmatrix}^{\otimes k}",
    source="Beauchamp, Walsh Functions and their Applications",
    strength=LISTED,
)
def dyadic_convolutions_are_diagonal_in_the_hadamard_basis(k: Step, w: Annotated[Any, On(lambda k: 2**k)]) -> Statement:
    """Convolution by exclusive or of the indices is diagonal in the real basis of Hadamard."""
    H, W = kron(*[matrix([[1, 1], [1, -1]])] * k), _dyadic(w)
    return H @ W == diagonal(H @ w) @ H, H @ H == 2**k * identity(2**k)


def _dyadic(w: Any) -> Operator:
    return matrix([[w[i ^ j] for j in range(len(w))] for i in range(len(w))])


@false_sibling(dyadic_convolutions_are_diagonal_in_the_hadamard_basis, says=r"w[i \oplus j] = w[(i - j) \bmod 2^k]")
def dyadic_convolutions_are_circular(k: Step, w: Annotated[Any, On(lambda k: 2**k)]) -> Statement:
    """Convolution by exclusive or is circular convolution."""
    return _dyadic(w) == circulant(w)


@theorem(
    "grp-stochastic-cayley",
    says=r"(\textstyle\sum f)^2 \|x\|^2 - \|C_f x\|^2 = \tfrac12 \sum_{a, b} f_a f_b \|S_a x - S_b x\|^2, \qquad"
    r" \dim \{x : S_a x = S_b x \text{ on } \mathrm{supp} f\} = \gcd(\mathrm{supp} f - \mathrm{supp} f, n)",
    source="Diaconis, Group Representations in Probability and Statistics",
    strength=LISTED,
)
def random_walks_on_a_circle_mix_unless_their_steps_share_a_period(n: Size, f: Kernel) -> Statement:
    """A random walk on a circle tends to the uniform distribution exactly where no period divides all its steps' gaps.

    For a probability f the matrix is doubly stochastic, and a signal keeps its norm exactly where all steps of f move
    it alike: gcd(gaps, n) dimensions, the constants alone where that is 1.  Other groups are not spoken of.
    """
    C, total = circulant(f), sum(f)
    gaps = [shift(n, a) - shift(n, b) for a, b in product(range(n), repeat=2)]
    lost = [f[a] * f[b] * (G.T @ G) for G, (a, b) in zip(gaps, product(range(n), repeat=2), strict=True)]
    supports = [[a for a in range(n) if chosen >> a & 1] for chosen in range(1, 2**n)]
    return (
        equal((C @ ones(n), C.T @ ones(n)), ([total] * n, [total] * n)),
        (identity(n) * total**2 - C.T @ C) * 2 == sum(lost[1:], lost[0]),
        equal([_kept(n, s) for s in supports], [gcd(n, *(a - s[0] for a in s)) for s in supports]),
    )


def _kept(n: int, steps: list[int]) -> int:
    """The dimension of the signals that all steps move alike."""
    return n - elimination.rank(block([[shift(n, a) - shift(n, steps[0])] for a in steps]).to_numpy())


@false_sibling(random_walks_on_a_circle_mix_unless_their_steps_share_a_period, says=r"\gcd(\mathrm{supp} f, n) = 1")
def steps_that_reach_every_place_mix(n: Size) -> Statement:
    """A walk mixes where its steps generate the group: that of the step 1 alone, say."""
    return equal(
        n - elimination.rank((identity(n) - circulant(impulse(n, 1)).T @ circulant(impulse(n, 1))).to_numpy()), 1
    )


@theorem(
    "grp-coset-subgroup-sum",
    says=r"\sum_{h \in H} f(h) = \frac{|H|}{n} \sum_{\chi \in H^\perp} \hat f(\chi), \qquad"
    r" s \, \widehat{D_s f}[k] = \sum_{r < s} \hat f[k + r m]",
    source="Terras, Fourier Analysis on Finite Groups and Applications",
    machine_checked="Stride.aliasing",
)
def sums_over_a_subgroup_are_sums_over_its_annihilator(m: Size, s: Step) -> Statement:
    """The sum over a subgroup of a circle is that of the spectrum over the frequencies constant on it: Poisson.

    The multiples of s among s m places, the multiples of m among the frequencies.  Restricting to them is aliasing.
    """
    n, F = s * m, dft(s * m)
    whole, dual = as_matrix(ones(m)).T, as_matrix(ones(s)).T
    folded = s * (dft(m) @ downsample(n, s)) == kron(dual, identity(m)) @ F
    return s * (whole @ downsample(n, s)) == dual @ downsample(n, m) @ F, folded


@false_sibling(
    sums_over_a_subgroup_are_sums_over_its_annihilator,
    says=r"\sum_{h \in H} f(h + k) = \frac{|H|}{n} \sum_{\chi \in H^\perp} \hat f(\chi)",
)
def sums_over_a_coset_need_no_phase(m: Size, s: Step, k: Integer) -> Statement:
    """The sum over every coset is the same sum of the spectrum."""
    n = s * m
    whole, dual = as_matrix(ones(m)).T, as_matrix(ones(s)).T
    return s * (whole @ downsample(n, s) @ shift(n, k)) == dual @ downsample(n, m) @ dft(n)
