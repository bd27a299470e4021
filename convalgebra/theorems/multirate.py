"""Chapter 12, stride and dilation on a circle of n = s m places: noble identities, phases, interleaving."""

from fractions import Fraction
from math import gcd
from typing import Annotated, Any

from convalgebra.algebra.blocks import block
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, downsample, identity, pad, shift, upsample
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis import elimination
from convalgebra.analysis.commutant import commutant
from convalgebra.layers.conv import Conv
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.proofs.constructors import impulse
from convalgebra.theorems.domains import Choices, Integer, Integers, On, Size, Sizes, Statement, Step
from convalgebra.theorems.facts import equal
from convalgebra.theorems.theorem import LISTED, SAMPLED, false_sibling, theorem

VAIDYANATHAN = "Vaidyanathan, Multirate Systems and Filter Banks"
Small = Annotated[Any, On("m")]
Large = Annotated[Any, On(lambda s, m: s * m)]
Few = Annotated[Any, Sizes(most=3)]
Signs = Annotated[Any, Choices(((1, 0, 0, 2), (1, 2, 3, 5), (-1, 4, 0, 0), (2, 7, 1, 8)), sampled=True)]


@theorem(
    "rate-noble-down",
    says=r"C_w D_s = D_s C_{w \uparrow s}",
    source=f"{VAIDYANATHAN}, section 4.2",
    machine_checked="noble",
)
def a_layer_after_a_stride_is_a_dilated_layer_before_it(m: Size, s: Step, w: Small) -> Statement:
    """Stride, then convolve = convolve with the dilated kernel, then stride."""
    D = downsample(s * m, s)
    return circulant(w) @ D == D @ circulant(upsample(m, s) @ w)


@false_sibling(a_layer_after_a_stride_is_a_dilated_layer_before_it, says=r"D_s S = S D_s")
def a_stride_commutes_with_shifts(m: Size, s: Step) -> Statement:
    """A stride commutes with the shift by one place, without dilating it."""
    D = downsample(s * m, s)
    return shift(m, 1) @ D == D @ shift(s * m, 1)


@theorem(
    "rate-noble-up",
    says=r"U_s C_w = C_{w \uparrow s} U_s",
    source=f"{VAIDYANATHAN}, section 4.2",
)
def a_layer_before_zeros_is_a_dilated_layer_after_them(m: Size, s: Step, w: Small) -> Statement:
    """Convolve, then insert zeros = insert zeros, then convolve with the dilated kernel."""
    U = upsample(m, s)
    return U @ circulant(w) == circulant(U @ w) @ U


@false_sibling(a_layer_before_zeros_is_a_dilated_layer_after_them, says=r"U_s S = S U_s")
def inserting_zeros_commutes_with_shifts(m: Size, s: Step) -> Statement:
    """Inserting zeros commutes with the shift by one place."""
    U = upsample(m, s)
    return U @ shift(m, 1) == shift(s * m, 1) @ U


@theorem(
    "rate-up-down",
    says=r"D_s U_s = I, \quad (U_s D_s)^2 = U_s D_s = (U_s D_s)^\top, \quad D_a D_b = D_{ab}",
    source=VAIDYANATHAN,
)
def down_after_up_is_nothing(m: Size, s: Step, a: Step) -> Statement:
    """D U is the identity, U D the projection on the multiples of s, and strides multiply."""
    D, U = downsample(s * m, s), upsample(m, s)
    return (
        D @ U == identity(m),
        (U @ D) @ (U @ D) == U @ D,
        (U @ D).T == U @ D,
        downsample(a * m, a) @ downsample(s * a * m, s) == downsample(s * a * m, s * a),
    )


@false_sibling(down_after_up_is_nothing, says=r"U_s D_s = I")
def up_after_down_is_nothing(m: Size, s: Step) -> Statement:
    """U D is the identity."""
    return upsample(m, s) @ downsample(s * m, s) == identity(s * m)


@theorem(
    "rate-up-down-coprime",
    says=r"D_a U_b = U_b D_a \iff \gcd(a, b) = 1",
    source=f"{VAIDYANATHAN}, section 4.2",
    strength=LISTED,
)
def coprime_rates_commute(m: Size, a: Step, b: Step) -> Statement:
    """A stride and an insertion of zeros commute exactly where their rates are coprime."""
    left = downsample(m * a * b, a) @ upsample(m * a, b)
    right = upsample(m, b) @ downsample(m * a, a)
    return equal((left.to_numpy() == right.to_numpy()).all(), gcd(a, b) == 1)


@false_sibling(coprime_rates_commute, says=r"D_a U_b = U_b D_a")
def all_rates_commute(m: Size, a: Step, b: Step) -> Statement:
    """A stride and an insertion of zeros commute."""
    return downsample(m * a * b, a) @ upsample(m * a, b) == upsample(m, b) @ downsample(m * a, a)


def _phase(n: int, s: int, r: int) -> Any:
    """The places r, r + s, ... of n: the phase r."""
    return downsample(n - r, s) @ crop(n, (r, 0))


@theorem(
    "rate-polyphase-strided",
    says=r"D_s V(w) x = \sum_{r < s} V(w_r) x_r, \qquad w_r[a] = w[s a + r]",
    source=f"{VAIDYANATHAN}, section 4.3; Shi et al. 2016",
    strength=LISTED,
)
def a_strided_layer_is_a_sum_over_phases(
    s: Step, K: Step, o: Step, w: Annotated[Any, On(lambda s, K: s * K)]
) -> Statement:
    """A strided layer is a layer of stride 1 on s channels, the phases: space to depth."""
    n = s * (K + o - 1)
    layer = Conv([[w]], stride=s).matrix((1, n))
    phases = [Conv([[w[r::s]]]).matrix((1, K + o - 1)) @ _phase(n, s, r) for r in range(s)]
    return layer == sum(phases[1:], phases[0])


@false_sibling(a_strided_layer_is_a_sum_over_phases, says=r"D_s V(w) = V(w_0) D_s")
def a_strided_layer_reads_one_phase(s: Step, w: Annotated[Any, On("s")]) -> Statement:
    """A layer of stride s is a layer of stride 1 on the input that is subsampled."""
    return Conv([[w]], stride=s).matrix((1, 2 * s)) == Conv([[w[::s]]]).matrix((1, 2)) @ downsample(2 * s, s)


@theorem(
    "rate-dilated-interleaved",
    says=r"C_{w \uparrow d} = \sum_{r < d} S^r U_d \, C_w \, D_d S^{-r}",
    source="Holschneider et al. 1989; Yu and Koltun 2016",
    strength=LISTED,
)
def a_dilated_layer_works_on_each_phase_alone(d: Step, m: Size, w: Small) -> Statement:
    """A dilated layer is the same plain layer on each of the d phases: no phase ever sees another."""
    n, U = d * m, upsample(m, d)
    phases = [shift(n, r) @ U @ circulant(w) @ U.T @ shift(n, -r) for r in range(d)]
    return circulant(U @ w) == sum(phases[1:], phases[0])


@false_sibling(a_dilated_layer_works_on_each_phase_alone, says=r"D_d C_{w \uparrow d}^2 \text{ reads every place}")
def stacking_dilated_layers_mixes_the_phases(m: Step, d: Step) -> Statement:
    """Two layers of dilation d with all taps 1 make every output read every input."""
    C = circulant(upsample(m, d) @ matrix([[1]] * m).to_numpy()[:, 0])
    return equal((C @ C).nnz, (d * m) ** 2)


@theorem(
    "rate-transposed-polyphase",
    says=r"D_s S^{-r} A^\top = \mathrm{Full}(w_r), \qquad A^\top = \text{pixel shuffle} \circ (\mathrm{Full}(w_r))_r",
    source="Shi et al. 2016; Dumoulin and Visin",
    strength=LISTED,
)
def a_transposed_layer_is_a_pixel_shuffle(
    s: Step, K: Step, n: Step, w: Annotated[Any, On(lambda s, K: s * K)]
) -> Statement:
    """Each phase of a transposed layer is a full layer with one phase of the kernel: sub-pixel convolution."""
    up = ConvTranspose([[w]], stride=s).matrix((1, n))
    sub = Conv([[w[r::s][::-1]] for r in range(s)], padding="full").matrix((1, n))
    phases = [_phase(s * (n + K - 1), s, r) @ up for r in range(s)]
    return block([[phase] for phase in phases]) == sub


@false_sibling(a_transposed_layer_is_a_pixel_shuffle, says=r"\text{all phases of } w \text{ have as many taps}")
def all_phases_have_as_many_taps(K: Step, s: Step) -> Statement:
    """All output phases of a transposed layer use the same number of taps."""
    return equal({len(range(r, K, s)) for r in range(s)}, {-(-K // s)})


@theorem(
    "rate-checkerboard",
    says=r"A^\top 1 = c \text{ away from the border} \iff \textstyle\sum_a w[s a + r] \text{ is the same for each } r",
    source="Odena, Dumoulin and Olah 2016",
    strength=LISTED,
)
def constants_stay_constant_if_the_phase_sums_agree(
    s: Step, K: Step, w: Annotated[Any, On(lambda s, K: s * K)]
) -> Statement:
    """Away from its border the transposed layer maps ones to the phase sums of its kernel, in turn."""
    y = ConvTranspose([[w]], stride=s)([[1] * (K + 1)])[0]
    inside = y[s * (K - 1) : s * (K + 1)]
    box = ConvTranspose([[[1] * (s * K)]], stride=s)([[1] * (K + 1)])[0][s * (K - 1) : s * (K + 1)]
    return equal(inside.tolist(), [sum(w[r::s]) for r in range(s)] * 2), equal(box.tolist(), [K] * (2 * s))


@false_sibling(
    constants_stay_constant_if_the_phase_sums_agree, says=r"s \mid K \Rightarrow \text{constants stay constant}"
)
def a_kernel_that_the_stride_divides_is_even(s: Step, w: Annotated[Any, On(lambda s: 2 * s)]) -> Statement:
    """A kernel length that the stride divides rules out the checkerboard."""
    y = ConvTranspose([[w]], stride=s)([[1, 1, 1]])[0][s : 2 * s]
    return equal(y.tolist(), [y[0]] * s)


def _bank(n: int, *filters: Any) -> Any:
    """The rows D C_h of the filters, one below the other."""
    return block([[downsample(n, 2) @ circulant([*h, *[0] * (n - len(h))])] for h in filters])


@theorem(
    "rate-perfect-reconstruction",
    says=r"\begin{bmatrix} D C_{h_0} \\ D C_{h_1} \end{bmatrix} \text{ is invertible; Haar: } B B^\top = 2 I",
    source=f"{VAIDYANATHAN}, chapter 5; Strang and Nguyen, Wavelets and Filter Banks",
    strength=LISTED,
)
def two_half_rate_channels_keep_the_signal(m: Size) -> Statement:
    """The sums and the differences of neighbours, each at half rate, hold the whole signal."""
    B = _bank(2 * m, (1, 1), (1, -1))
    return B @ B.T == 2 * identity((2, m)), equal(elimination.rank(B.to_numpy()), 2 * m)


@false_sibling(two_half_rate_channels_keep_the_signal, says=r"D C_h \text{ alone is invertible}")
def one_channel_is_invertible(m: Size) -> Statement:
    """Each channel alone keeps the signal."""
    return equal(elimination.rank(_bank(2 * m, (1, 1)).to_numpy()), 2 * m)


@theorem(
    "rate-paraunitary",
    says=r"h = (1 + r, 3 + r, 3 - r, 1 - r): \ B B^\top = (20 + 4 r^2) I + (6 - 2 r^2)(S + S^{-1}) = 32 I"
    r" \text{ for } r^2 = 3",
    source=f"{VAIDYANATHAN}, chapters 6 and 14; Daubechies",
    strength=LISTED,
)
def the_bank_of_daubechies_is_orthogonal(m: Annotated[Any, Sizes(2, 4)], r: Annotated[Any, On(1)]) -> Statement:
    """The four taps of Daubechies and their alternating flip make a bank that is orthogonal exactly where r^2 = 3."""
    h = [1 + r[0], 3 + r[0], 3 - r[0], 1 - r[0]]
    B, I, Z = _bank(2 * m, h, [h[3], -h[2], h[1], -h[0]]), identity(m), 0 * identity(m)  # noqa: E741  # as on paper
    gram = I * (20 + 4 * r[0] ** 2) + (shift(m, 1) + shift(m, -1)) * (6 - 2 * r[0] ** 2)
    return B @ B.T == block([[gram, Z], [Z, gram]]), equal((20 + 4 * 3, 6 - 2 * 3), (32, 0))


@false_sibling(
    the_bank_of_daubechies_is_orthogonal, says=r"h = (a, b, b, a) \text{ with } a b \ne 0 \text{ is orthogonal}"
)
def a_symmetric_filter_is_orthogonal(
    m: Annotated[Any, Sizes(3, 4)], a: Annotated[Any, Sizes()], b: Annotated[Any, Sizes()]
) -> Statement:
    """A symmetric filter with four taps is orthogonal to its double shifts."""
    B = _bank(2 * m, [a, b, b, a])
    return B @ B.T == 2 * (a * a + b * b) * identity(m)


def _up(m: int, C: Any) -> Any:
    """A lifting step: C times the second half is added to the first."""
    return block([[identity(m), C], [0 * identity(m), identity(m)]])


@theorem(
    "rate-lifting",
    says=r"\begin{bmatrix} I & 0 \\ -\lfloor P \rfloor & I \end{bmatrix}"
    r"\begin{bmatrix} I & 0 \\ \lfloor P \rfloor & I \end{bmatrix} = I",
    source="Daubechies and Sweldens 1998",
    strength=LISTED,
)
def lifting_steps_are_undone_one_by_one(m: Step, u: Annotated[Any, On("m")], v: Annotated[Any, On("m")]) -> Statement:
    """A ladder of lifting steps is inverted by the same steps with the opposite sign in reverse order."""
    P, Q = circulant(u), circulant(v)
    ladder, undone = _up(m, P) @ _up(m, Q).T, _up(m, -Q).T @ _up(m, -P)
    return undone @ ladder == identity((2, m)), ladder @ undone == identity((2, m))


@false_sibling(lifting_steps_are_undone_one_by_one, says=r"\text{the order of the steps does not matter}")
def lifting_steps_commute(m: Step, u: Annotated[Any, On("m")], v: Annotated[Any, On("m")]) -> Statement:
    """The steps may be undone in the order in which they were done."""
    up, down = _up(m, circulant(u)), _up(m, circulant(v)).T
    return up @ down == down @ up


@theorem(
    "rate-blurpool",
    says=r"L \text{ keeps the low } N \text{ of } n = sN \text{ bins}: "
    r"\ F_N D_s L S_k F_n^{-1} = \tfrac1s \, \mathrm{diag}(\omega_n^{k f}) \, [I_N \ 0]",
    source="Zhang 2019",
    strength=LISTED,
)
def a_stride_after_a_low_pass_is_equivariant(m: Step, s: Step, k: Annotated[Any, Integers(1)]) -> Statement:
    """Behind an ideal low pass a stride turns a shift of the input into phases of its spectrum, also shifts by less."""
    n = s * m
    low = identity(m) if s == 1 else pad(m, (0, n - m)).T
    D, F, S = downsample(n, s), dft(n), shift(n, k)
    spectrum = s * dft(m) @ D @ F.H @ low.T @ low
    return spectrum @ F @ S == spectrum @ _phases(n, k) @ F, spectrum == n * low


def _phases(n: int, k: int) -> Any:
    """diag(omega^(k f))."""
    column = (dft(n) @ shift(n, k)).to_sympy()[:, 0]
    return diagonal(list(column))


@false_sibling(a_stride_after_a_low_pass_is_equivariant, says=r"\tfrac14 [1, 2, 1] \text{ is low pass enough}")
def a_short_blur_is_enough(m: Size) -> Statement:
    """Behind the blur [1, 2, 1] / 4 a stride of 2 leaves no alias: the odd multiples of the input rate are gone."""
    n = 2 * m
    blur = circulant([Fraction(1, 2), Fraction(1, 4), *[0] * (n - 3), Fraction(1, 4)][:n]) if n > 2 else identity(n)
    aliased = downsample(n, 2) @ blur @ (identity(n) - upsample(m, 2) @ downsample(n, 2))
    return aliased == aliased * 0


@theorem(
    "rate-stride-equals-conv-then-skip",
    says=r"A_s = D_s A_1, \qquad \sum_r S^r U_s D_s S^{-r} C = C",
    source="Long, Shelhamer and Darrell 2015; Sermanet et al. 2014",
    strength=LISTED,
)
def all_phases_of_a_strided_layer_are_the_dense_one(m: Size, s: Step, w: Large) -> Statement:
    """A strided layer is the dense one with outputs skipped; its s phases together are the dense one again."""
    n, C = s * m, circulant(w)
    phases = [shift(n, r) @ upsample(m, s) @ downsample(n, s) @ shift(n, -r) @ C for r in range(s)]
    dense, strided = (Conv([[w]], stride=t, padding=(((n - 1) // 2, n // 2),), padding_mode="circular") for t in (1, s))
    return (
        sum(phases[1:], phases[0]) == C,
        strided.matrix((1, n)) == downsample(n, s) @ dense.matrix((1, n)),
    )


@false_sibling(all_phases_of_a_strided_layer_are_the_dense_one, says=r"U_s D_s C = C")
def one_phase_is_the_dense_layer(m: Size, s: Step, w: Large) -> Statement:
    """One pass of the strided layer tells the dense output."""
    return upsample(m, s) @ downsample(s * m, s) @ circulant(w) == circulant(w)


@theorem(
    "rate-lptv",
    says=r"S^s U_s A D_s = U_s A D_s S^s, \qquad \dim \{M : M S^s = S^s M\} = s n",
    source=f"{VAIDYANATHAN}, chapter 10",
    strength=LISTED,
)
def rate_changers_are_periodically_invariant(m: Size, s: Step, w: Small) -> Statement:
    """What runs between a stride and an insertion of zeros commutes with shifts by s; such maps have dimension s n."""
    n = s * m
    A, S = upsample(m, s) @ circulant(w) @ downsample(n, s), shift(n, s)
    return A @ S == S @ A, equal(len(commutant(S)), s * n)


@false_sibling(rate_changers_are_periodically_invariant, says=r"S U_s A D_s = U_s A D_s S")
def rate_changers_are_invariant(m: Size, s: Step, w: Small) -> Statement:
    """Whatever runs between a stride and an insertion of zeros commutes with every shift."""
    A, S = upsample(m, s) @ circulant(w) @ downsample(s * m, s), shift(s * m, 1)
    return A @ S == S @ A


@theorem(
    "rate-singular-values-strided",
    says=r"A = D_s C_w: \quad A A^\top = C_{D_s (w \star w)}, \qquad"
    r" \widehat{D_s v}[f] = \tfrac1s \textstyle\sum_r \hat v[f + r m]",
    source="multirate theory; extends Sedghi, Gupta and Long 2019 to strides",
)
def the_gram_matrix_of_a_strided_layer_is_circulant(m: Size, s: Step, w: Large) -> Statement:
    """A A^T is the circulant of the autocorrelation, subsampled: its spectrum is the aliased power spectrum."""
    D, C = downsample(s * m, s), circulant(w)
    A = D @ C
    return A @ A.T == circulant(D @ (C @ C.T @ impulse(s * m)))


@false_sibling(
    the_gram_matrix_of_a_strided_layer_is_circulant, says=r"A A^\top = D_s C_w D_s^\top \, D_s C_w^\top D_s^\top"
)
def the_gram_matrix_is_that_of_the_phase(m: Size, s: Step, w: Large) -> Statement:
    """A A^T is that of the layer on the subsampled circle, without aliases."""
    D = downsample(s * m, s)
    A, small = D @ circulant(w), circulant(D @ w)
    return A @ A.T == small @ small.T


@theorem(
    "rate-adaptive-polyphase",
    says=r"r^*(x) = \arg\max_r \|x_r\|: \quad x_{r^*}(S x) = S^j x_{r^*}(x)",
    source="Chaman and Dokmanic 2021",
    strength=SAMPLED,
)
def the_largest_phase_moves_with_the_signal(x: Signs, k: Integer) -> Statement:
    """The phase of largest norm, where it is the only one, moves by whole places for every shift of the signal."""
    n, y = len(x), [x[(i - k) % len(x)] for i in range(len(x))]
    chosen, moved = (max((v[r::2] for r in (0, 1)), key=lambda p: sum(a * a for a in p)) for v in (x, y))
    turns = [[*chosen[j:], *chosen[:j]] for j in range(n // 2)]
    return equal(list(moved) in turns, True), equal(sum(moved), sum(chosen))


@false_sibling(the_largest_phase_moves_with_the_signal, says=r"D_2 S_k x = S_j D_2 x")
def the_first_phase_moves_with_the_signal(x: Annotated[Any, Choices(((1, 0),))], k: Integer) -> Statement:
    """The phase of the even places moves by whole places too."""
    y = [x[(i - k) % len(x)] for i in range(len(x))]
    return equal(sum(y[::2]), sum(x[::2]))
