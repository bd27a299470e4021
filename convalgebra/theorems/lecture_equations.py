"""Chapter 1, the lecture's equations (1) to (14): each true in one convention, `C_w[i, j] = w[(i - j) mod n]`."""

from fractions import Fraction
from itertools import product
from math import comb, factorial, fmod
from typing import Annotated, Any

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, flip, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix, toeplitz
from convalgebra.analysis import elimination
from convalgebra.layers.conv import Conv
from convalgebra.proofs.circular import circular_convolve
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import Integer, Kernel, On, Size, Sizes, Statement, Step, Taps, Width
from convalgebra.theorems.facts import equal, under
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

LECTURE = "Scardapane, lecture 6"
Channels = Annotated[Any, Sizes(most=2)]
LONG = {"K <= n": lambda n, K: K <= n}  # a window fits


@theorem(
    "lecture-eq01-vectorised-dense",
    says=r"\mathrm{vec}(f(X)) = W \, \mathrm{vec}(X), \qquad W e_j = \mathrm{vec}(f(\mathrm{vec}^{-1}(e_j)))",
    source=f"{LECTURE}, eq. (1)",
    strength=LISTED,
)
def a_layer_is_a_matrix_on_the_flattened_image(
    c: Channels, h: Channels, n: Step, w: Annotated[Any, On("c", "c", 1, 1)], X: Annotated[Any, On("c", "h", "n")]
) -> Statement:
    """A linear layer is one matrix on the flattened image: its columns are the images of the unit images."""
    layer, units = Conv(w), identity(c * h * n).to_numpy().reshape(-1, c, h, n)
    W = layer.matrix((c, h, n))
    return equal(W @ X.reshape(-1), layer(X).reshape(-1)), W == matrix([layer(e).reshape(-1) for e in units]).T


@false_sibling(a_layer_is_a_matrix_on_the_flattened_image, says=r"W \otimes I = I \otimes W")
def channels_may_come_first_or_last(c: Channels, n: Size, W: Annotated[Any, On("c", "c")]) -> Statement:
    """The block structure of a layer of one tap does not depend on the order of flattening."""
    return kron(matrix(W), identity(n)) == kron(identity(n), matrix(W))


@theorem(
    "lecture-eq02-patch",
    says=r"|P_{i,j,k}| = (2k+1)^2 c, \qquad (h - 2k)(w - 2k) \text{ centres}",
    source=f"{LECTURE}, eq. (2)",
    strength=LISTED,
)
def a_patch_is_a_square_around_its_centre(k: Width, c: Channels, a: Size, b: Size) -> Statement:
    """A patch with both ends included is the square ball of radius k; h = 2k + a and w = 2k + b leave a b centres."""
    h, w = 2 * k + a, 2 * k + b
    ball = {(i, j) for i, j in product(range(-h, h + 1), range(-w, w + 1)) if max(abs(i), abs(j)) <= k}
    layer = Conv([[[[1] * (2 * k + 1)] * (2 * k + 1)] * c])
    return (
        equal(len(ball), (2 * k + 1) ** 2),
        equal(layer.output_shape((c, h, w)), (1, h - 2 * k, w - 2 * k)),
        equal(layer.matrix((c, h, w)).nnz, len(ball) * c * a * b),
    )


@false_sibling(a_patch_is_a_square_around_its_centre, says=r"|X[i-k:i+k, \, j-k:j+k]| = (2k+1)^2")
def a_half_open_slice_is_the_patch(k: Width) -> Statement:
    """The slice X[i-k:i+k, j-k:j+k] is the patch."""
    return equal(len(range(-k, k)) ** 2, (2 * k + 1) ** 2)


def _windows(n: int, K: int) -> list[Any]:
    """The selections of the windows of length K."""
    return [crop(n, (i, n - K - i)) for i in range(n - K + 1)]


@theorem(
    "lecture-eq03-weight-sharing",
    says=r"(P_i X = P_j X' \Rightarrow y_i(X) = y_j(X')) \iff W_i = W_j",
    source=f"{LECTURE}, eq. (3), read over pairs of images",
    given=LONG,
    strength=LISTED,
)
def equivariance_over_pairs_of_images_is_weight_sharing(n: Size, K: Step) -> Statement:
    """A locally connected layer answers equal patches of any two images alike only with K weights in all."""
    outputs = n - K + 1
    differences = [[(i == j) - (i + 1 == j) for j in range(outputs)] for i in range(outputs - 1)]
    equations = kron(matrix(differences), identity(K)).to_numpy() if differences else matrix([[0]]).to_numpy()
    return equal(outputs * K - elimination.rank(equations), K)


@false_sibling(
    equivariance_over_pairs_of_images_is_weight_sharing,
    says=r"(P_i X = P_j X \Rightarrow y_i(X) = y_j(X)) \Rightarrow W_i = W_j",
    given=LONG,
)
def one_image_at_a_time_is_enough(n: Size, K: Step) -> Statement:
    """It is enough that equal patches within one image get equal answers."""
    windows = _windows(n, K)
    equations = [[0] * (len(windows) * K)]
    for i, j in product(range(len(windows)), repeat=2):
        for image in elimination.null_space((windows[i] - windows[j]).to_numpy()) if i < j else []:
            patch = (windows[i] @ image).tolist()
            equations.append([(q == i) * v - (q == j) * v for q in range(len(windows)) for v in patch])
    return equal(len(windows) * K - elimination.rank(matrix(equations).to_numpy()), K)


@theorem(
    "lecture-eq04-bias-affine",
    says=r"f(x) = C_w x + b: \quad f(x) + f(y) - f(0) = f(x + y), \qquad S b = b \Rightarrow f(S x) = S f(x)",
    source=f"{LECTURE}, eq. (4)",
)
def a_bias_makes_the_layer_affine(n: Size, w: Kernel, b: Kernel, x: Kernel, y: Kernel) -> Statement:
    """A layer with bias is affine, and it is equivariant when no shift changes the bias: when the bias is constant."""
    C, S, (p, q, r) = circulant(w), shift(n), map(as_matrix, (b, x, y))
    sums = (C @ q + p) + (C @ r + p) - (C @ (q - q) + p) == C @ (q + r) + p
    return sums, under(C @ S @ q + p == S @ (C @ q + p), S @ p == p), equal(S @ ones(n), ones(n))


@false_sibling(a_bias_makes_the_layer_affine, says=r"f(0) = 0")
def a_layer_with_bias_is_linear(b: Annotated[Any, On(1)]) -> Statement:
    """A layer with bias is linear."""
    return equal(Conv([[[1]]], b)([[0]]), [[0]])


@theorem(
    "lecture-eq05-valid-toeplitz",
    says=r"V[i, i + a] = w[a], \qquad y = V(w) x \text{ correlates}, \quad V(J w) x \text{ convolves}",
    source=f"{LECTURE}, eq. (5), whose vector should end in x4",
)
def a_valid_layer_is_an_upper_banded_toeplitz_matrix(K: Step, o: Size, w: Taps) -> Statement:
    """The matrix of a layer without padding starts with the kernel and goes on down its diagonals; it correlates."""
    V = convolution_matrix(w, K + o, "valid", "correlation")
    later, earlier = ((crop(o + 1, side), crop(K + o, side).T) for side in ((1, 0), (0, 1)))
    return (
        equal(V.T @ impulse(o + 1), pad(K, (0, o)) @ w),
        later[0] @ V @ later[1] == earlier[0] @ V @ earlier[1],
        V == convolution_matrix(flip(K) @ w, K + o, "valid"),
    )


@false_sibling(a_valid_layer_is_an_upper_banded_toeplitz_matrix, says=r"V(w) x \text{ convolves}", given=LONG)
def the_valid_layer_convolves(n: Size, K: Step, w: Taps) -> Statement:
    """The matrix of equation (5) performs the convolution of equation (6)."""
    return Conv([[w]]).matrix((1, n)) == convolution_matrix(w, n, "valid")


@theorem(
    "lecture-eq06-continuous-convolution",
    says=r"\int_0^t \frac{v^a}{a!} \frac{(t-v)^b}{b!} \, dv = \frac{t^{a+b+1}}{(a+b+1)!}, \qquad M S_k = S_{-k} M",
    source=f"{LECTURE}, eq. (6), on powers of t",
    strength=LISTED,
)
def continuous_convolution_commutes(a: Width, b: Width, n: Step, k: Integer, w: Kernel) -> Statement:
    """The integral with a minus sign multiplies divided powers, in any order; with a plus sign shifts turn round."""
    beta = sum((Fraction((-1) ** j * comb(b, j), a + j + 1) for j in range(b + 1)), Fraction(0))
    M = circulant(w) @ shift(n, 1) @ flip(n)  # M[i, j] = w[i + j]
    return (
        equal(beta / (factorial(a) * factorial(b)), Fraction(1, factorial(a + b + 1))),
        M @ shift(n, k) == shift(n, -k) @ M,
    )


@false_sibling(continuous_convolution_commutes, says=r"M S_k = S_k M, \quad M[i, j] = w[(i + j) \bmod n]")
def the_plus_sign_is_equivariant_too(n: Size, k: Integer, w: Kernel) -> Statement:
    """The definition with a plus sign is equivalent, and commutes with shifts."""
    M = circulant(w) @ shift(n, 1) @ flip(n)
    return M @ shift(n, k) == shift(n, k) @ M


@theorem(
    "lecture-eq07-08-periodic-index",
    says=r"x[k] = x[k \bmod n], \qquad C P = I",
    source=f"{LECTURE}, eqs. (7) and (8)",
)
def a_periodic_signal_repeats(n: Size, p: Width, q: Width) -> Statement:
    """Periodic padding shows the signal again one period on, and its central crop is the signal."""
    return (
        crop(p + n + q, (p, q)) @ pad(n, (p, q), "circular") == identity(n),
        crop(n + n, (n, 0)) @ pad(n, (n, 0), "circular") == identity(n),
        crop(n + n, (0, n)) @ pad(n, (n, 0), "circular") == identity(n),
    )


@false_sibling(a_periodic_signal_repeats, says=r"\mathrm{rem}(k, n) = k \bmod n")
def the_remainder_of_c_is_the_modulus(n: Size, k: Integer) -> Statement:
    """The remainder of C and Java can stand for the modulus."""
    return equal(int(fmod(k, n)), k % n)


@theorem(
    "lecture-eq09-circular-convolution",
    says=r"x \star w = w \star x, \quad (x \star v) \star w = x \star (v \star w), \quad x \star e_0 = x",
    source=f"{LECTURE}, eq. (9); Davis, Circulant Matrices",
    machine_checked="Circulant.convC, Circulant.convA",
)
def circular_convolution_is_a_commutative_product(n: Size, x: Kernel, v: Kernel, w: Kernel) -> Statement:
    """Circular convolution commutes, is associative, and leaves x alone where the other factor is the unit impulse."""
    return (
        equal(circulant(x) @ w, circulant(w) @ x),
        equal(circulant(circulant(x) @ v) @ w, circulant(x) @ (circulant(v) @ w)),
        equal(shift(n, 0) @ x, x),
    )


@false_sibling(circular_convolution_is_a_commutative_product, says=r"C_w = A_w \text{ with periodic padding}")
def the_layer_computes_circular_convolution(n: Size, w: Kernel) -> Statement:
    """The layer with periodic padding is circular convolution, up to the border alone."""
    return circulant(w) == Conv(w.reshape(1, 1, -1), padding=((0, n - 1),), padding_mode="circular").matrix((1, n))


@theorem(
    "lecture-eq10-convolution-theorem",
    says=r"F (w \star x) = \mathrm{diag}(F w) \, F x, \quad F C_w = \mathrm{diag}(F w) F, \quad"
    r" F C_w^\top = \mathrm{diag}(F^H w) F",
    source=f"{LECTURE}, eq. (10)",
    machine_checked="Fourier.dft_circ, Fourier.convolution_theorem",
)
def fourier_turns_convolution_into_multiplication(n: Size, w: Kernel, x: Kernel) -> Statement:
    """The DFT without normalisation turns convolution into a product of entries; correlation conjugates one factor."""
    F = dft(n)
    return (
        F @ circulant(w) == diagonal(F @ w) @ F,
        equal(F @ (circulant(w) @ x), diagonal(F @ w) @ (F @ x)),
        F @ circulant(w).T == diagonal(F.H @ w) @ F,
    )


@false_sibling(fourier_turns_convolution_into_multiplication, says=r"U C_w = \mathrm{diag}(U w) U, \; U = F/\sqrt{n}")
def the_unitary_transform_does_so_too(n: Size, w: Kernel) -> Statement:
    """The unitary DFT obeys the same law."""
    U = dft(n, norm="ortho")
    return U @ circulant(w) == diagonal((U @ matrix(w.reshape(-1, 1))).to_sympy()) @ U


@theorem(
    "lecture-eq11-shift-direction",
    says=r"(S_k x)[i] = x[(i - k) \bmod n], \qquad S_k = C_{e_k}, \qquad S_k^\top = S_{-k}",
    source=f"{LECTURE}, eq. (11), which prints x[i + k]",
    machine_checked="Circulant.shift_vec, Circulant.shift_tr",
)
def a_shift_moves_forward(n: Size, k: Integer, w: Kernel) -> Statement:
    """The circulant of the impulse at k delays by k; the lecture's direction is its transpose."""
    return (
        circulant(impulse(n, k)) == shift(n, k),
        circulant(shift(n, k) @ w) == shift(n, k) @ circulant(w),
        shift(n, k).T == shift(n, -k),
    )


@false_sibling(a_shift_moves_forward, says=r"S_k = S_{-k}")
def both_directions_are_one(n: Size, k: Integer) -> Statement:
    """Equation (11) as printed: the circulant of the impulse at k advances by k."""
    return shift(n, k) == shift(n, -k)


@theorem(
    "lecture-eq12-group-of-shifts",
    says=r"S_0 = I, \quad S_a S_b = S_{a+b}, \quad S_n = I, \quad S_k^{-1} = S_k^\top = S_{-k}",
    source=f"{LECTURE}, eq. (12)",
    machine_checked="Circulant.shiftD, Circulant.shiftV",
)
def shifts_form_a_group(n: Size, a: Integer, b: Integer) -> Statement:
    """Circular shifts are a group of n orthogonal matrices."""
    return (
        shift(n, 0) == identity(n),
        shift(n, a) @ shift(n, b) == shift(n, a + b),
        shift(n, n) == identity(n),
        shift(n, a) @ shift(n, a).T == identity(n),
        shift(n, a).T == shift(n, -a),
    )


@false_sibling(shifts_form_a_group, says=r"N^\top N = I \text{ for the shift } N \text{ that fills with zeros}")
def shifts_that_fill_with_zeros_do_so_too(n: Size) -> Statement:
    """The shift that fills with zeros is undone by its transpose."""
    N = crop(n + 1, (0, 1)) @ pad(n, (1, 0))
    return N.T @ N == identity(n)


@theorem(
    "lecture-eq14-circulants-commute",
    says=r"C_v C_w = C_w C_v = C_{v \star w}",
    source=f"{LECTURE}, eq. (14); Davis, Circulant Matrices",
    machine_checked="Circulant.circ_comm, Circulant.circM",
)
def circulants_commute(n: Size, v: Kernel, w: Kernel) -> Statement:
    """Circulant matrices commute; their product is the circulant of the convolved kernels."""
    V, W = circulant(v), circulant(w)
    return V @ W == W @ V, V @ W == circulant(V @ w)


@false_sibling(circulants_commute, says=r"A B = B A \text{ for Toeplitz matrices } A, B")
def toeplitz_matrices_commute(n: Size, a: Kernel, b: Kernel) -> Statement:
    """Any two Toeplitz matrices commute."""
    A, B = toeplitz(a), toeplitz([a[0], *[0] * (n - 1)], b)
    return A @ B == B @ A


@theorem(
    "lecture-equivariance-line",
    says=r"C_w S_k = S_k C_w, \qquad C_w^\top S_k = S_k C_w^\top",
    source=f"{LECTURE}, the last display",
    machine_checked="Circulant.shift_comm, Circulant.equivariance",
)
def convolution_is_equivariant(n: Size, k: Integer, w: Kernel) -> Statement:
    """Circular convolution commutes with every shift, in both of the lecture's conventions."""
    C, S = circulant(w), shift(n, k)
    return C @ S == S @ C, C.T @ S == S @ C.T


@false_sibling(convolution_is_equivariant, says=r"T_w N = N T_w \text{ with zeros beyond the border}")
def zero_padding_is_equivariant(n: Size, w: Annotated[Any, On(3)]) -> Statement:
    """A layer of three taps that pads with zeros commutes with the shift that fills with zeros."""
    N = crop(n + 1, (0, 1)) @ pad(n, (1, 0))
    T = Conv(w.reshape(1, 1, 3), padding=1).matrix((1, n))
    return T @ N == N @ T


@theorem(
    "lecture-eq13-convolution-is-circulant-product",
    says=r"x \star w = C_w x, \qquad C_w = \sum_k w_k S_k = \sum_k C_{w_k e_k}",
    source=f"{LECTURE}, eq. (13)",
    machine_checked="Circulant.circ_vec, Circulant.circ_sum",
)
def a_circulant_is_a_sum_of_shifts(n: Size, k: Integer, w: Kernel, x: Kernel) -> Statement:
    """Circular convolution with w is the circulant of w, a sum over its taps; the tap at k alone shifts by k."""
    taps = sum_over(n, lambda k: circulant(diagonal(impulse(n, k)) @ w))
    return (
        equal(circular_convolve(x, w), circulant(w) @ x),
        circulant(w) == taps,
        circulant(impulse(n, k)) == shift(n, k),
    )


@false_sibling(a_circulant_is_a_sum_of_shifts, says=r"x \star w = C_w^\top x")
def the_printed_matrix_convolves(n: Size, w: Kernel, x: Kernel) -> Statement:
    """The circulant as it is printed performs circular convolution."""
    return equal(circulant(w, op="correlation") @ x, circulant(x) @ w)


@theorem(
    "lecture-circulant-example-transposed",
    says=r"\text{printed}[i, j] = w_{(j - i) \bmod 5}, \qquad \text{printed} = C_w^\top",
    source=f"{LECTURE}, the circulant of five places",
    strength="as stated",
)
def the_printed_circulant_is_the_transpose(w: Annotated[Any, On(3)]) -> Statement:
    """The printed circulant of five places is the transpose of the printed definition: it correlates."""
    c, places = [*w, 0, 0], range(5)
    printed = matrix([[c[(j - i) % 5] for j in places] for i in places])
    reverse = [c[-i % 5] for i in places]
    return printed == circulant(c).T, printed == circulant(c, op="correlation"), printed == circulant(reverse)


@false_sibling(the_printed_circulant_is_the_transpose, says=r"\text{printed} = C_w")
def the_printed_circulant_is_as_defined(w: Annotated[Any, On(3)]) -> Statement:
    """The printed circulant is the one of the definition."""
    c = [*w, 0, 0]
    return circulant(c, op="correlation") == circulant(c)
