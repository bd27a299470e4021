"""Chapter 2, continued: index patterns, images as signals, dense layers, probing, Hankel matrices, heads."""

from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.abstract import abstract
from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import matrix
from convalgebra.algebra.selection import crop, downsample, flip, identity, pad, shift
from convalgebra.algebra.toeplitz import circulant, convolution_matrix
from convalgebra.analysis import elimination
from convalgebra.layers.conv import Conv
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import as_matrix
from convalgebra.theorems.domains import (
    Choices,
    Mode,
    On,
    Size,
    Sizes,
    Square,
    Statement,
    Step,
    Taps,
    Width,
)
from convalgebra.theorems.facts import equal, under
from convalgebra.theorems.theorem import LISTED, SAMPLED, false_sibling, theorem

DUMOULIN = "Dumoulin and Visin 2016"
# What torch.nn.Conv1d 2.13 makes of the signal 1, 2, ... by the weight 1, 2, ...:
# n, channels in and out, taps, stride, padding, dilation, groups, border, and the outputs.
RECORDED = (
    ((5, 1, 1, 3, 1, 0, 1, 1, "zeros"), ((14, 20, 26),)),
    ((6, 1, 1, 2, 2, 1, 2, 1, "zeros"), ((4, 10, 16),)),
    ((5, 2, 2, 2, 1, 1, 1, 2, "zeros"), ((2, 5, 8, 11, 14, 5), (24, 46, 53, 60, 67, 30))),
    ((4, 1, 2, 3, 1, 1, 1, 1, "circular"), ((12, 14, 20, 14), (33, 32, 47, 38))),
    ((4, 1, 1, 3, 2, 2, 1, 1, "reflect"), ((10, 14, 20),)),
    ((4, 2, 1, 3, 1, 2, 1, 1, "replicate"), ((81, 90, 106, 127, 139, 144),)),
)
Pair = Annotated[Any, Sizes(most=2)]
Bit = Annotated[Any, Sizes(0, 1)]
Two = Annotated[Any, On(2)]
Three = Annotated[Any, On(3)]
Border = Annotated[Any, Choices(("zeros", "circular"))]


def _tap(w: Any, box: Any, *place: Any) -> Any:
    """The tap at a place of the kernel's box, a matrix of one entry."""
    return as_matrix(impulse(box, place)).T @ as_matrix(w)


def _applied(A: Any, w: Any, n: Any) -> Any:
    """A w as a vector of n places."""
    return A @ w.reshape(-1) if isinstance(w, np.ndarray) else identity(n) @ (A @ w)


def _unit(n: Any, k: Any) -> Any:
    """A unit vector as a column."""
    return as_matrix(impulse(n, k))


@theorem(
    "way-index-pattern-tensor",
    says=r"A = \sum_a w_a \Pi_a, \; \Pi_a \in \{0, 1\}, \qquad \Pi_{a, b} = \Pi_a \otimes \Pi_b",
    source="Hayashi et al. 2019; Dangel 2023",
    strength=LISTED,
)
def one_index_pattern_serves_every_kernel(
    n: Pair, m: Annotated[Any, Sizes(2, 2)], s: Pair, p: Bit, mode: Mode, w: Annotated[Any, On(2, 2)]
) -> Statement:
    """The matrix is linear in the kernel through 0/1 patterns, one a tap, with at most one entry a row.

    They depend on sizes alone, and those of an image are Kronecker products of those of its axes.
    """
    make: Any = lambda e, *box: _layer(e, box, s, p, mode)  # noqa: E731
    units = [[1, 0], [0, 1]]
    down, along = ([make(e, size) for e in units] for size in (n, m))
    rows = [row for pattern in (*down, *along) for row in pattern.to_numpy().tolist()]
    terms = [w[a, b] * kron(down[a], along[b]) for a in range(2) for b in range(2)]
    return (
        make(w, n, m) == sum(terms[1:], terms[0]),
        equal((min(map(min, rows)), max(map(sum, rows))) in {(0, 1), (1, 1)}, True),
    )


def _layer(w: Any, box: Any, s: int, p: int, mode: str) -> Any:
    """The matrix of the layer of this kernel on one channel."""
    return Conv(np.array(w)[None, None], stride=s, padding=((p, 1),) * len(box), padding_mode=mode).matrix((1, *box))


@false_sibling(one_index_pattern_serves_every_kernel, says=r"\sum_a \Pi_a \in \{0, 1\}")
def the_patterns_do_not_overlap(n: Size, mode: Mode) -> Statement:
    """The patterns of three taps together are 0/1, whatever the border."""
    A = Conv([[[1, 1, 1]]], padding=1, padding_mode=mode).matrix((1, n))
    return equal(set(A.to_numpy().reshape(-1).tolist()) <= {0, 1}, True)


@theorem(
    "way-2d-as-1d",
    says=r"y \mapsto z, \; x \mapsto z^P, \; P \ge n + b - 1: \quad"
    r" \mathrm{vec}(W * X) = \mathrm{vec}(W) * \mathrm{vec}(X)",
    source="Kronecker substitution; von zur Gathen and Gerhard",
)
def an_image_is_convolved_as_one_signal(
    h: Size, n: Size, a: Size, b: Size, e: Width, W: Annotated[Any, On("a", "b")]
) -> Statement:
    """With n + b - 1 columns or more, the rest zeros, an image is convolved as the one signal of its rows."""
    P = n + b - 1 + e
    line = _applied(pad((a, b), ((0, 0), (0, P - b))), W, a * P)
    whole = pad((h + a - 1, n + b - 1), ((0, 1), (0, e))) @ convolution_matrix(W, (h, n))
    return convolution_matrix(line, h * P) @ pad((h, n), ((0, 0), (0, P - n))) == crop((h + a) * P, (0, 1)) @ whole


@false_sibling(an_image_is_convolved_as_one_signal, says=r"P = n \text{ is enough}")
def no_columns_of_zeros_are_needed(h: Size, n: Size, w: Two) -> Statement:
    """Rows may follow each other without zeros between, up to the border on the right."""
    cut = crop((h, n + 1), ((0, 0), (0, 1))) @ convolution_matrix(w.reshape(1, 2), (h, n))
    return crop(h * n + 1, (0, 1)) @ convolution_matrix(w, h * n) == cut


@theorem(
    "way-doubly-block-toeplitz",
    says=r"V(W) = \sum_{a, b} W_{ab} \, V(e_a) \otimes V(e_b), \qquad C_W = \sum_{a, b} W_{ab} \, S_a \otimes S_b",
    source="Gray, Toeplitz and Circulant Matrices; Davis, Circulant Matrices, chapter 5",
)
def image_layers_are_sums_of_kronecker_products(
    h: Size, n: Size, K: Step, L: Step, W: Annotated[Any, On("K", "L")], X: Annotated[Any, On("h", "n")]
) -> Statement:
    """The matrix of an image layer is a block Toeplitz matrix of Toeplitz blocks; on a torus both are circulant."""
    V: Any = lambda k, taps, m: convolution_matrix(impulse(taps, k), m + taps - 1, "valid", "correlation")  # noqa: E731
    box = (h + K - 1, n + L - 1)
    return (
        convolution_matrix(W, box, "valid", "correlation")
        == sum_over((K, L), lambda a, b: kron(_tap(W, (K, L), a, b), kron(V(a, K, h), V(b, L, n)))),
        circulant(X) == sum_over((h, n), lambda a, b: kron(_tap(X, (h, n), a, b), kron(shift(h, a), shift(n, b)))),
    )


@false_sibling(image_layers_are_sums_of_kronecker_products, says=r"A[i + 1, j + 1] = A[i, j]")
def image_layers_are_toeplitz(h: Size, n: Size, w: Two) -> Statement:
    """The matrix of an image layer is a Toeplitz matrix."""
    A = Conv(w.reshape(1, 1, 1, 2), padding=((0, 0), (0, 1))).matrix((1, h, n)).to_numpy()
    return equal(A[1:, 1:], A[:-1, :-1])


@theorem(
    "way-conv1x1-is-kron",
    says=r"A = W \otimes I_{h n}, \qquad \text{channels last: } I_{h n} \otimes W",
    source="Scardapane, lecture 6; lectures 001 and 004",
)
def a_pointwise_layer_is_one_matrix_at_every_pixel(
    o: Size, c: Size, n: Size, w: Annotated[Any, On("o", "c", 1)]
) -> Statement:
    """A layer of one tap is one and the same matrix of channels at every pixel; with one channel it is a factor."""
    W = sum_over((o, c), lambda a, b: kron(_tap(w, (o, c, 1), a, b, 0), _unit(o, a) @ _unit(c, b).T))
    A = Conv(w).matrix((c, n))
    return A == kron(W, identity(n)), _swapped(o, n) @ A @ _swapped(n, c) == kron(identity(n), W)


def _swapped(m: Any, n: Any) -> Any:
    """From channels first to channels last, m channels of n pixels, and back with m and n swapped."""
    return sum_over((m, n), lambda a, i: kron(_unit(n, i), _unit(m, a)) @ kron(_unit(m, a), _unit(n, i)).T)


@false_sibling(a_pointwise_layer_is_one_matrix_at_every_pixel, says=r"\mathrm{nnz}(A) = n^2")
def a_pointwise_layer_mixes_pixels(n: Size) -> Statement:
    """In a layer of one tap every output pixel reads every input pixel."""
    return equal(Conv(abstract((1, 1, 1))).matrix((1, n)).nnz, n * n)


@theorem(
    "way-dense-is-conv",
    says=r"\text{kernel } h \times n \text{ on an image } h \times n: \; A = W \text{ dense, one pixel;} \quad"
    r" \text{on a larger image: } W \text{ on every window}",
    source="LeCun et al. 1998, layer C5; Long, Shelhamer and Darrell 2015",
)
def a_dense_layer_is_a_kernel_of_full_size(
    o: Size, c: Size, h: Size, n: Size, H: Width, N: Width, w: Annotated[Any, On("o", "c", "h", "n")]
) -> Statement:
    """A dense layer on a map is a layer whose kernel covers it; on a larger map that layer is the dense one slid."""
    layer, small, large = Conv(w), (c, h, n), (c, h + H, n + N)
    row: Any = lambda a: kron(_unit(o, a).T, identity(small)) @ as_matrix(w)  # noqa: E731  # the weights of an output
    W = sum_over(o, lambda a: _unit(o, a) @ row(a).T)
    window: Any = lambda i, j: crop(large, ((0, 0), (0, H), (0, N))) @ shift(large, (0, -i, -j))  # noqa: E731
    place: Any = lambda i, j: kron(identity(o), kron(_unit(H + 1, i), _unit(N + 1, j)))  # noqa: E731
    return (
        layer.matrix(small) == W,
        layer.matrix(large) == sum_over((H + 1, N + 1), lambda i, j: place(i, j) @ W @ window(i, j)),
    )


@false_sibling(a_dense_layer_is_a_kernel_of_full_size, says=r"\text{one pixel, also with same padding}")
def same_padding_leaves_one_pixel(n: Size) -> Statement:
    """A kernel that covers the signal has one output, also with same padding."""
    return equal(Conv(abstract((1, 1, n)), padding="same").output_shape((1, n)), (1, 1))


@theorem(
    "way-probe-jacobian",
    says=r"A = \sum_j (f(e_j) - f(0)) e_j^\top, \quad f(x + v) - f(x) = A v, \quad"
    r" \langle g, A v \rangle = \langle A^\top g, v \rangle",
    source="folklore: the impulse response",
)
def impulses_probe_the_matrix(
    n: Size,
    K: Step,
    p: Width,
    w: Annotated[Any, On(1, 1, "K")],
    b: Annotated[Any, On(1)],
    x: Annotated[Any, On(1, "n")],
    v: Annotated[Any, On(1, "n")],
    g: Annotated[Any, On("n")],
) -> Statement:
    """The columns of a layer's matrix are its impulse responses less f(0): its Jacobian everywhere, biases apart.

    Its transpose carries gradients back; n outputs, whatever the padding on the left.
    """
    f = Conv(w, b, padding=((p, K - 1 - p),))
    A = f.matrix((1, n))
    column: Any = lambda j: as_matrix(f(impulse((1, n), (0, j))) - f(x - x))  # noqa: E731
    return (
        A == sum_over(n, lambda j: column(j) @ _unit(n, j).T),
        as_matrix(f(x + v) - f(x)) == A @ as_matrix(v),
        as_matrix(g).T @ (A @ as_matrix(v)) == (A.T @ as_matrix(g)).T @ as_matrix(v),
    )


@false_sibling(impulses_probe_the_matrix, says=r"A e_0 = 0 \Rightarrow A = 0", special=True)
def one_impulse_probes_the_matrix(n: Size, w: Three) -> Statement:
    """One impulse determines the matrix of any layer, also of one padded with zeros."""
    A = Conv([[w]], padding=1).matrix((1, n)).to_numpy()
    return equal(bool(A.any()) and not A[:, 0].any(), False)


@theorem(
    "way-impulse-circular",
    says=r"A S = S A \Rightarrow A = \sum_k (A e_0)_k S_k, \quad r \le j < n - r: \ T(w) e_j = w \text{ centred at } j",
    source="the theory of linear time-invariant systems",
)
def one_impulse_tells_an_equivariant_layer(
    n: Size, r: Width, e: Width, f: Width, A: Square, w: Annotated[Any, On(lambda r: 2 * r + 1)]
) -> Statement:
    """One impulse tells an equivariant layer, and one padded with zeros if its window lies inside."""
    S, N = shift(n), 2 * r + 1 + e + f
    expanded = sum_over(n, lambda k: kron(_unit(n, k).T @ A @ _unit(n, 0), shift(n, k)))
    return (
        under(A == expanded, A @ S == S @ A),
        equal(convolution_matrix(w, N, "same") @ impulse(N, r + e), pad(2 * r + 1, (e, f)) @ w),
    )


@false_sibling(one_impulse_tells_an_equivariant_layer, says=r"D_s C_w e_0 = 0 \Rightarrow D_s C_w = 0", special=True)
def one_impulse_tells_a_strided_layer(m: Size, s: Step, w: Annotated[Any, On(lambda s, m: s * m)]) -> Statement:
    """One impulse tells a strided layer."""
    A = (downsample(s * m, s) @ circulant(w)).to_numpy()
    return equal(bool(A.any()) and not A[:, 0].any(), False)


@theorem(
    "way-torch-agreement",
    says=r"A \, \mathrm{vec}(x) = \mathrm{conv1d}(x, w)",
    source="the documentation of torch.nn.Conv1d, in lecture 002",
    strength=SAMPLED,
)
def the_matrix_does_what_torch_does(case: Annotated[Any, Choices(RECORDED, sampled=True)]) -> Statement:
    """The matrix reproduces recorded outputs of PyTorch, strides, paddings, dilations, groups and borders included."""
    (n, C, D, K, s, p, d, g, mode), y = case
    w, x = (np.arange(1, np.prod(box) + 1).reshape(box) for box in ((D, C // g, K), (C, n)))
    layer = Conv(w, stride=s, padding=p, dilation=d, groups=g, padding_mode=mode)
    return equal(layer.matrix((C, n)) @ x.reshape(-1), np.array(y, dtype=np.int64).reshape(-1))


@false_sibling(the_matrix_does_what_torch_does, says=r"\mathrm{conv1d}(x, w) = V(J w) x")
def what_torch_calls_convolution_is_one(w: Two, x: Two) -> Statement:
    """What PyTorch calls convolution, and the layer here does, is convolution: the kernel is flipped."""
    return equal(Conv([[w]])([x])[0], convolution_matrix(w, 2, "valid") @ x)


@theorem(
    "way-hankel-data-matrix",
    says=r"V(w) x = H w, \; H[i, a] = x[i + a], \qquad V(J w) x = T w, \; T[i, a] = x[i + K - 1 - a], \qquad H = T J",
    source="Golub and Van Loan, Matrix Computations; Prony",
)
def the_kernel_may_be_the_unknown(
    K: Step, o: Size, w: Taps, x: Annotated[Any, On(lambda K, o: K - 1 + o)]
) -> Statement:
    """Valid correlation is a Hankel matrix of the signal on the kernel, valid convolution a Toeplitz matrix."""
    n = K - 1 + o
    filled: Any = lambda place: sum_over(  # noqa: E731  # the matrix of the samples at these places
        (o, K), lambda i, a: kron(_tap(x, (n,), place(i, a)), _unit(o, i) @ _unit(K, a).T)
    )
    H, T = filled(lambda i, a: i + a), filled(lambda i, a: i + K - 1 - a)
    return (
        equal(convolution_matrix(w, n, "valid", "correlation") @ x, H @ w),
        equal(convolution_matrix(w, n, "valid") @ x, T @ w),
        H == T @ flip(K),
    )


@false_sibling(the_kernel_may_be_the_unknown, says=r"\mathrm{rank}\, H = K \text{ for } x \ne 0", special=True)
def long_signals_tell_the_kernel(K: Step, x: Annotated[Any, On(lambda K: 2 * K - 1)]) -> Statement:
    """A signal other than zero with K windows tells the kernel."""
    H = np.array([[x[i + a] for a in range(K)] for i in range(K)])
    return equal(not x.any() or elimination.rank(H) == K, True)


@theorem(
    "way-data-hankel-rank-recurrence",
    says=r"x_{i + r} = \sum_{a < r} c_a x_{i + a} \iff V(-c, 1) \, x = 0 \iff H (-c, 1)^\top = 0,"
    r" \qquad \mathrm{rank}\, H_q \le r",
    source="Kronecker; Gantmacher, The Theory of Matrices",
    strength=LISTED,
)
def signals_of_small_hankel_rank_obey_recurrences(
    r: Pair, q: Pair, c: Annotated[Any, On("r")], x: Annotated[Any, On("r")]
) -> Statement:
    """A signal obeys a recurrence of order r when a kernel of r + 1 taps annihilates it: a null vector of H.

    Moved, the kernel spans all but r columns of a larger H, whose rank is r at most. Conversely r + 1 columns of rank r
    have a null vector, and as H w = V(w) x (way-hankel-data-matrix) that kernel annihilates the signal.
    """
    signal = list(x)
    while len(signal) < 2 * (r + q) - 1:
        signal.append(sum(a * b for a, b in zip(c, signal[-r:], strict=True)))
    kernel = [*(-a for a in c), 1]
    H = matrix([signal[i : i + r + q] for i in range(r + q)])
    moved = convolution_matrix(kernel, q)
    return (
        equal(convolution_matrix(kernel, len(signal), "valid", "correlation") @ signal, [0] * (len(signal) - r)),
        H @ moved == 0 * H @ moved,
        equal(elimination.rank(moved.to_numpy()), q),
        equal(elimination.rank(H.to_numpy()) <= r, True),
    )


@false_sibling(
    signals_of_small_hankel_rank_obey_recurrences, says=r"(V(w) x)_0 = 0 \Rightarrow V(w) x = 0", special=True
)
def one_window_is_enough(x: Three, w: Two) -> Statement:
    """A kernel that annihilates one window annihilates the signal."""
    y = convolution_matrix(w, 3, "valid", "correlation") @ x
    return equal(y[0] == 0 and y[1] != 0, False)


@theorem(
    "way-2d-factorisation",
    says=r"A = (D_s \otimes D_t) \, V(W) \, (P_h \otimes P_w), \qquad V(W) = \sum_{a, b} W_{ab} V(e_a) \otimes V(e_b)",
    source=DUMOULIN,
)
def padding_and_stride_are_separable(
    h: Size,
    n: Size,
    k: Size,
    o: Size,
    s: Step,
    t: Step,
    K: Step,
    L: Step,
    p: Width,
    q: Width,
    mode: Border,
    W: Annotated[Any, On(1, 1, "K", "L")],
) -> Statement:
    """An image layer pads and skips axis by axis, whatever its kernel: here with zeros and on a torus."""
    H, N = s * (k - 1) + K, t * (o - 1) + L
    layer = Conv(W, stride=(s, t), padding=((p, H - h - p), (q, N - n - q)), padding_mode=mode)
    V: Any = lambda a, taps, m: convolution_matrix(impulse(taps, a), m, "valid", "correlation")  # noqa: E731
    P = kron(pad(h, (p, H - h - p), mode), pad(n, (q, N - n - q), mode))
    D = kron(downsample(H - K + 1, s), downsample(N - L + 1, t))
    slide = sum_over((K, L), lambda a, b: kron(_tap(W, (1, 1, K, L), 0, 0, a, b), kron(V(a, K, H), V(b, L, N))))
    return layer.matrix((1, h, n)) == D @ slide @ P


@false_sibling(padding_and_stride_are_separable, says=r"W_{00} V(W) = V(W_{\bullet 0}) \otimes V(W_{0 \bullet})")
def every_kernel_slides_axis_by_axis(W: Annotated[Any, On(2, 2)]) -> Statement:
    """Every kernel slides axis by axis, as the product of its first column and its first row."""
    V: Any = lambda w: convolution_matrix(w, 3, "valid", "correlation")  # noqa: E731
    return W[0, 0] * convolution_matrix(W, (3, 3), "valid", "correlation") == kron(V(W[:, 0]), V(W[0]))


@theorem(
    "way-attention-heads",
    says=r"A = \sum_a W_a \otimes S_{p - a}, \qquad S_k 1 = 1",
    source="Cordonnier, Loukas and Jaggi 2020",
)
def a_layer_is_attention_to_fixed_offsets(
    n: Size, c: Size, o: Size, K: Step, p: Width, k: Width, w: Annotated[Any, On("o", "c", "K")]
) -> Statement:
    """A layer is attention with K heads, each of which attends to one relative position: a row of S_k is one-hot."""
    A = Conv(w, padding=((p, K - 1 - p),), padding_mode="circular").matrix((c, n))
    value: Any = lambda t: sum_over((o, c), lambda a, b: kron(_tap(w, (o, c, K), a, b, t), _unit(o, a) @ _unit(c, b).T))  # noqa: E731
    return A == sum_over(K, lambda t: kron(value(t), shift(n, p - t))), equal(shift(n, k) @ ones(n), ones(n))


@false_sibling(a_layer_is_attention_to_fixed_offsets, says=r"C_w = v P, \; P \ge 0, \; P 1 = 1")
def one_head_of_soft_attention_is_enough(w: Two) -> Statement:
    """A layer of two taps is one head of soft attention: its weights have one sign."""
    return equal(bool(w[0] * w[1] >= 0), True)
