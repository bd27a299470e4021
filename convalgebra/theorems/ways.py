"""Chapter 2, one layer, many computations: loops, factors, taps, windows, polynomials, transforms, blocks."""

from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, downsample, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.analysis import elimination
from convalgebra.layers.conv import Conv
from convalgebra.layers.resample import Unfold
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import Symbolic, as_matrix
from convalgebra.proofs.symbolic_conv import dilated
from convalgebra.theorems.domains import (
    Filter,
    Integer,
    Kernel,
    Mode,
    On,
    Repeated,
    Size,
    Sizes,
    Statement,
    Step,
    Taps,
    Width,
)
from convalgebra.theorems.facts import equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

DUMOULIN = "Dumoulin and Visin 2016"
OPPENHEIM = "Oppenheim and Schafer, Discrete-Time Signal Processing"
Pair = Annotated[Any, Sizes(most=2)]
Bit = Annotated[Any, Sizes(0, 1)]
Two = Annotated[Any, On(2)]
Signal = Annotated[Any, On("n")]
FITS = {"a window fits": lambda n, K, d, p: n + 2 * p > d * (K - 1)}
NAMES: dict[str, Any] = {
    "zeros": "constant",
    "circular": "wrap",
    "replicate": "edge",
    "symmetric": "symmetric",
    "reflect": "reflect",
}


@theorem(
    "way-matrix-equals-loop",
    says=r"A[i, j] = \sum_a w_a \, [\mathrm{extended}(s i + d a - p) = j]",
    source="the definition of the layer",
    given=FITS,
    strength=LISTED,
)
def the_matrix_is_the_loop(
    n: Annotated[Any, Sizes(3, 3)], K: Annotated[Any, Sizes(2, 3)], s: Pair, d: Pair, p: Bit, mode: Mode, w: Taps
) -> Statement:
    """The matrix of a layer is the loop over outputs and taps, for each stride, dilation, padding and border."""
    places = np.pad(np.arange(1, n + 1), (p, p + 1), NAMES[mode]).tolist()  # 0: no place of the signal
    layer = Conv([[w]], stride=s, dilation=d, padding=((p, p + 1),), padding_mode=mode)
    loop = np.zeros(((len(places) - d * (K - 1) - 1) // s + 1, n + 1), dtype=object)
    for i, a in np.ndindex(len(loop), K):
        loop[i, places[s * i + d * a]] += w[a]
    return layer.matrix((1, n)) == matrix(loop[:, 1:])


@false_sibling(
    the_matrix_is_the_loop, says=r"\mathrm{corr}(w) = \mathrm{conv}(w)", given={"K <= n": lambda n, K: K <= n}
)
def correlation_and_convolution_have_one_matrix(n: Size, K: Step, w: Taps) -> Statement:
    """Correlation and convolution with a kernel have the same matrix."""
    return Conv([[w]]).matrix((1, n)) == Conv([[w]], op="convolution").matrix((1, n))


def _layer(n: Any, o: Any, K: Any, s: Any, d: Any, p: Any, w: Any) -> Any:
    """The layer that makes o outputs of n places: the padding on the right is what is missing, or too much."""
    return Conv(w, stride=s, dilation=d, padding=((p, s * (o - 1) + d * (K - 1) + 1 - n - p),))


@theorem(
    "way-factor-D-T-P",
    says=r"A = D_s \, T(w \uparrow d) \, P",
    source=f"{DUMOULIN}; Strang and Nguyen, Wavelets and Filter Banks",
    machine_checked="pad_then_slide",
)
def a_layer_pads_slides_and_skips(n: Size, o: Size, K: Step, s: Step, d: Step, p: Width, w: Filter) -> Statement:
    """A layer extends the signal, slides the dilated kernel over it, and keeps every s-th output."""
    layer, (D, T, P) = _layer(n, o, K, s, d, p, w), _layer(n, o, K, s, d, p, w).factors((1, n))
    N = s * (o - 1) + d * (K - 1) + 1
    return (
        layer.matrix((1, n)) == D @ T @ P,
        P == pad((1, n), ((0, 0), (p, N - n - p))),
        T == Conv(dilated(w, d)).matrix((1, N)),
        D == downsample((1, s * (o - 1) + 1), (1, s)),
    )


@false_sibling(a_layer_pads_slides_and_skips, says=r"D_s T(w) P = T(w) P D_s")
def skipping_may_come_first(m: Size, s: Step, w: Annotated[Any, On(3)]) -> Statement:
    """The factors may change places: the signal may be subsampled first."""
    strided, plain = (Conv([[w]], stride=t, padding=1) for t in (s, 1))
    return strided.matrix((1, s * m)) == plain.matrix((1, m)) @ downsample(s * m, s)


def _tap(w: Any, box: Any, place: Any) -> Any:
    """The tap at a place of the kernel's box, a matrix of one entry."""
    return as_matrix(impulse(box, place)).T @ as_matrix(w)


@theorem(
    "way-tap-sum",
    says=r"A = \sum_a w_a \, D_s R_a P, \qquad (R_a x)[i] = x[i + d a]",
    source="folklore; known as kn2row",
)
def a_layer_is_a_sum_over_its_taps(n: Size, o: Size, K: Step, s: Step, d: Step, p: Width, w: Filter) -> Statement:
    """A layer is a sum over its taps of a weight times a selection: of K pointwise layers, each moved."""
    layer = _layer(n, o, K, s, d, p, w)
    D, _, P = layer.factors((1, n))
    N, reach = s * (o - 1) + d * (K - 1) + 1, d * (K - 1)
    moved: Any = lambda a: crop((1, N), ((0, 0), (0, reach))) @ shift((1, N), (0, -d * a))  # noqa: E731  # R_a
    return layer.matrix((1, n)) == sum_over(K, lambda a: kron(_tap(w, (1, 1, K), (0, 0, a)), D @ moved(a) @ P))


@false_sibling(a_layer_is_a_sum_over_its_taps, says=r"A[i, j] \text{ holds at most one tap}")
def an_entry_holds_one_tap(n: Size, K: Pair, mode: Repeated) -> Statement:
    """The selections of two taps have no entry in common, whatever the border."""
    A = Conv([[[1] * K]], padding=((K - 1, 0),), padding_mode=mode).matrix((1, n))
    return equal(int(A.to_numpy().max()), 1)


@theorem(
    "way-im2col",
    says=r"A x = \mathrm{vec}(W X), \qquad X[(c, a), i] = x[c, s i + d a - p]",
    source="folklore; Chellapilla, Puri and Simard 2006",
    given=FITS,
    strength=LISTED,
)
def a_layer_multiplies_the_columns_of_windows(
    C: Pair,
    n: Annotated[Any, Sizes(2, 2)],
    K: Pair,
    s: Pair,
    d: Pair,
    p: Bit,
    w: Annotated[Any, On(2, "C", "K")],
    x: Annotated[Any, On("C", "n")],
) -> Statement:
    """All filters at once are one matrix product with the windows as columns, in which x and w change roles."""
    layer = Conv(w, stride=s, dilation=d, padding=p)
    X = Unfold(K, stride=s, dilation=d, padding=p)(x)
    return equal(layer(x), w.reshape(2, -1) @ X), equal(layer.matrix((C, n)) @ x.reshape(-1), layer(x).reshape(-1))


@false_sibling(
    a_layer_multiplies_the_columns_of_windows,
    says=r"X \text{ tells } x",
    given={"K <= n": lambda n, K: K <= n},
)
def the_windows_tell_the_signal(n: Size, K: Pair, s: Pair) -> Statement:
    """The windows tell the signal, whatever the stride."""
    return equal(elimination.rank(Unfold(K, stride=s).matrix((1, n)).to_numpy()), n)


@theorem(
    "way-fold-unfold-count",
    says=r"U^\top U = \mathrm{diag}(c), \; c_j = \#\{\text{windows over } j\}, \qquad s = 1: \ c_j = K \text{ inside}",
    source="the documentation of torch.nn.Fold",
)
def folding_counts_the_windows(o: Size, e: Size, K: Step, s: Step) -> Statement:
    """Windows folded back give each sample as often as windows cover it: K times away from the ends, at stride 1."""
    n = s * (o - 1) + K
    U: Any = lambda a: downsample(s * (o - 1) + 1, s) @ _moved(n, a, K)  # noqa: E731  # the samples at place a of the windows
    N = 2 * (K - 1) + e
    counts = sum_over(K, lambda a: _moved(N, a, K).T @ ones(N - K + 1))
    return (
        sum_over(K, lambda a: U(a).T @ U(a)) == diagonal(sum_over(K, lambda a: U(a).T @ ones(o))),
        equal(crop(N, (K - 1, K - 1)) @ counts, K * ones(e)),
    )


def _moved(n: Any, a: Any, K: Any) -> Any:
    """x[i + a], of the n - K + 1 windows of length K."""
    return crop(n, (0, K - 1)) @ shift(n, -a)


@false_sibling(folding_counts_the_windows, says=r"U^\top U = I", given={"K <= n": lambda n, K: K <= n})
def folding_undoes_unfolding(n: Size, K: Step) -> Statement:
    """Folding undoes unfolding."""
    U = Unfold(K).matrix((1, n))
    return U.T @ U == identity(n)


@theorem(
    "way-polynomial-product",
    says=r"w * x = \text{coefficients of } w(z) x(z); \text{ circular: modulo } z^n - 1, \text{ skew: modulo } z^n + 1,"
    r" \text{ valid: } K - 1 \ldots n - 1",
    source=f"Knuth, The Art of Computer Programming, 4.3.3; {OPPENHEIM}",
)
def convolution_multiplies_polynomials(
    e: Width,
    K: Step,
    r: Width,
    w: Taps,
    x: Annotated[Any, On(lambda K, e: K + e)],
    v: Annotated[Any, On(lambda r: 2 * r + 1)],
    y: Annotated[Any, On(lambda r, e: 2 * r + 1 + e)],
) -> Statement:
    """Full convolution multiplies polynomials; valid and same are windows of it, circular and skew are remainders."""
    n = K + e
    full, long = convolution_matrix(w, n) @ x, pad(K, (0, e)) @ w
    skew = kron(matrix([[1, -1]]), identity(n)) @ pad(n + K - 1, (0, e + 1))
    product: Any = lambda a, b: kron(_tap(w, K, a), _tap(x, n, b))  # noqa: E731  # w_a x_b
    signed = convolution_matrix(long, 2 * n, "valid") @ kron(matrix([[-1], [1]]), identity(n))  # reads (-x, x)
    m = 2 * r + 1 + e
    return (
        as_matrix(full) == sum_over((K, n), lambda a, b: kron(product(a, b), as_matrix(impulse(n + K - 1, a + b)))),
        equal(convolution_matrix(v, m, "same") @ y, crop(m + 2 * r, (r, r)) @ (convolution_matrix(v, m) @ y)),
        equal(convolution_matrix(w, n, "valid") @ x, crop(n + K - 1, (K - 1, K - 1)) @ full),
        equal(circulant(long) @ x, pad(n, (0, K - 1), "circular").T @ full),
        equal(crop(n + 1, (1, 0)) @ signed @ x, skew @ full),
    )


@false_sibling(convolution_multiplies_polynomials, says=r"w_0 x_1 + w_1 x_0 = w(c) x(c) \text{ for some } c")
def a_valid_output_is_a_remainder(c: Integer, w: Two, x: Two) -> Statement:
    """The valid output of two taps on two samples is the remainder modulo z - c."""
    return equal(convolution_matrix(w, 2, "valid") @ x, [(w[0] + w[1] * c) * (x[0] + x[1] * c)])


@theorem(
    "way-fft-circular",
    says=r"C_w x = F^{-1}(F w \odot F x), \quad C_w^\top x = F^{-1}(F^{*} w \odot F x), \quad"
    r" K = q n: \; w \text{ folded modulo } n",
    source="Scardapane, lecture 6, eq. (10)",
    machine_checked="convolution_theorem",
)
def transforms_multiply_circular_layers(
    n: Size, q: Step, w: Kernel, x: Signal, v: Annotated[Any, On(1, 1, lambda q, n: q * n)]
) -> Statement:
    """A circular layer is a product of spectra, a correlation one with F* w: the conjugate of F w for w real.

    A longer kernel is first folded modulo n.
    """
    F, K, x = dft(n), q * n, as_matrix(x)
    W, conjugate = (diagonal(_entries(M @ as_matrix(w))) for M in (F, F.H))
    layer = Conv(v, padding=((0, K - 1),), padding_mode="circular")
    return (
        n * circulant(w) @ x == F.H @ W @ F @ x,
        n * circulant(w).T @ x == F.H @ conjugate @ F @ x,
        layer.matrix((1, n)) == circulant(pad(n, (0, K - n), "circular").T @ _boxed(v, K)).T,
    )


def _entries(column: Any) -> Any:
    """The entries of a column, exact."""
    return column if isinstance(column, Symbolic) else list(column.to_sympy())


def _boxed(w: Any, *box: Any) -> Any:
    """The same values, their places counted in another box."""
    return w.reshape(box) if isinstance(w, np.ndarray) else identity(box) @ w


@false_sibling(transforms_multiply_circular_layers, says=r"w \text{ cut off at } n")
def a_long_kernel_may_be_cut_off(n: Size, w: Annotated[Any, On(lambda n: n + 1)]) -> Statement:
    """Of a kernel longer than the circle the first n taps are enough."""
    layer = Conv([[w]], padding=((n, 0),), padding_mode="circular", op="convolution")
    return layer.matrix((1, n)) == circulant(w[:n])


@theorem(
    "way-fft-linear",
    says=r"w * x = \text{the first } n + K - 1 \text{ places of } C_w x \text{ on } N \ge n + K - 1, \quad"
    r" \text{valid: places } K - 1 \ldots n - 1 \text{ on } N \ge n",
    source=OPPENHEIM,
    machine_checked="embedding",
)
def long_circles_do_not_wrap(n: Size, e: Width, K: Step, w: Taps) -> Statement:
    """A circle of n + K - 1 places or more convolves n samples linearly, and n + K - 1 samples at the valid places."""
    N = n + K - 1 + e
    on_circle: Any = lambda m: circulant(pad(K, (0, N - K)) @ w) @ pad(m, (0, N - m))  # noqa: E731  # m samples, N places
    return (
        crop(N, (0, e)) @ on_circle(n) == convolution_matrix(w, n),
        crop(N, (K - 1, e)) @ on_circle(n + K - 1) == convolution_matrix(w, n + K - 1, "valid"),
    )


@false_sibling(long_circles_do_not_wrap, says=r"N = \max(n, K) \text{ is enough}")
def the_longer_length_is_enough(n: Size, w: Kernel) -> Statement:
    """A circle as long as the longer of signal and kernel computes linear convolution, as far as it goes."""
    return circulant(w) == crop(2 * n - 1, (0, n - 1)) @ convolution_matrix(w, n)


@theorem(
    "way-overlap-add-save",
    says=r"w * x = \sum_b \text{block } b \text{ of } x \text{ convolved, } \qquad"
    r" V(w) x = \text{the valid parts of windows of } B + K - 1 \text{ samples}",
    source=f"Stockham 1966; {OPPENHEIM}",
)
def long_signals_are_convolved_in_blocks(q: Size, B: Size, K: Step, w: Taps) -> Statement:
    """Blocks convolved in full add up; blocks that overlap by K - 1 samples have valid parts that fit together.

    Of the signal with K - 1 zeros at both ends the valid part is the full convolution.
    """
    n, N, blocks = q * B, q * B + K - 1, identity((q, B))
    block: Any = lambda b: kron(as_matrix(impulse(q, b)), identity(B))  # noqa: E731  # puts a block in its place
    window: Any = lambda b: pad(B + K - 1, (b * B, (q - 1 - b) * B)).T  # noqa: E731  # B + K - 1 samples from b B on
    return (
        convolution_matrix(w, n) @ blocks == sum_over(q, lambda b: window(b).T @ convolution_matrix(w, B) @ block(b).T),
        blocks @ convolution_matrix(w, N, "valid")
        == sum_over(q, lambda b: block(b) @ convolution_matrix(w, B + K - 1, "valid") @ window(b)),
        convolution_matrix(w, n + 2 * (K - 1), "valid") @ pad(n, (K - 1, K - 1)) == convolution_matrix(w, n),
    )


@false_sibling(long_signals_are_convolved_in_blocks, says=r"I \otimes T_B(w) = T_{q B}(w)")
def blocks_need_no_overlap(q: Size, B: Size, w: Two) -> Statement:
    """Blocks without overlap are enough: the causal layer works on each block alone."""
    causal: Any = lambda n: crop(n + 1, (0, 1)) @ convolution_matrix(w, n)  # noqa: E731
    return kron(identity(q), causal(B)) == causal(q * B)
