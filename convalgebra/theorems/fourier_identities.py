"""Chapter 11, Fourier identities: `F[f, j] = omega^(f j)`, the shift S, the modulation D = diag(omega^j)."""

from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.blocks import kron
from convalgebra.algebra.dense import diagonal, matrix
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.selection import crop, downsample, flip, identity, pad, shift, upsample
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis import elimination
from convalgebra.proofs.constructors import impulse, ones, sum_over
from convalgebra.proofs.symbolic import Symbolic, as_matrix
from convalgebra.theorems.domains import (
    Integer,
    Kernel,
    Matrices,
    On,
    Size,
    Sizes,
    Square,
    Statement,
    Step,
)
from convalgebra.theorems.facts import equal, under
from convalgebra.theorems.theorem import false_sibling, theorem

DAVIS = "Davis, Circulant Matrices"
OPPENHEIM = "Oppenheim and Schafer, Discrete-Time Signal Processing"
VAIDYANATHAN = "Vaidyanathan, Multirate Systems and Filter Banks"
One = Annotated[Any, On(1)]
Long = Annotated[Any, On(lambda s, m: s * m)]


def _modulation(n: Any, b: Any = 1) -> Any:
    """D^b = diag(omega^(b j))."""
    return diagonal(entries(dft(n) @ as_matrix(impulse(n, b))))


def entries(column: Any) -> Any:
    """The entries of a column, exact."""
    return column if isinstance(column, Symbolic) else np.array(list(column.to_sympy()), dtype=object)


def _root(n: Any, a: Any, b: Any) -> Any:
    """omega^(a b), a matrix of one entry."""
    return as_matrix(impulse(n, a)).T @ dft(n) @ as_matrix(impulse(n, b))


def _back(n: Any) -> Any:
    """x[-i]: the reversal that keeps place 0."""
    return shift(n, 1) @ flip(n)


@theorem(
    "four-weyl-heisenberg",
    says=r"D^b S^a = \omega^{a b} S^a D^b, \qquad D S = \omega S D",
    source=f"Weyl 1927; {DAVIS}",
    machine_checked="weyl_heisenberg",
)
def modulations_and_shifts_commute_up_to_a_phase(n: Size, a: Integer, b: Integer) -> Statement:
    """A modulation and a shift commute up to a root of unity, in either direction of the shift."""
    S, D = shift(n, a), _modulation(n, b)
    return D @ S == kron(_root(n, a, b), S @ D)


@false_sibling(modulations_and_shifts_commute_up_to_a_phase, says=r"S D = \omega D S")
def the_phase_may_stand_on_either_side(n: Size) -> Statement:
    """The phase may stand on either side."""
    S, D = shift(n, 1), _modulation(n)
    return S @ D == kron(_root(n, 1, 1), D @ S)


@theorem(
    "four-conjugation",
    says=r"F S F^{-1} = D, \quad F D F^{-1} = S^{-1}, \quad F^2 = n R, \quad F^4 = n^2 I, \quad F R F^{-1} = R",
    source="Auslander and Tolimieri 1979",
)
def the_transform_turns_shifts_into_modulations(n: Size) -> Statement:
    """The transform turns shifts into modulations and these into shifts backwards; done twice it reverses."""
    F, R, D = dft(n), _back(n), _modulation(n)
    return (
        F @ shift(n, 1) @ F.H == n * D,
        F @ D @ F.H == n * shift(n, -1),
        F @ F == n * R,
        F @ F @ F @ F == n * n * identity(n),
        F @ R @ F.H == n * R,
    )


@false_sibling(the_transform_turns_shifts_into_modulations, says=r"F D F^{-1} = S")
def modulations_become_shifts_forwards(n: Size) -> Statement:
    """The transform turns modulations into shifts forwards."""
    return dft(n) @ _modulation(n) @ dft(n).H == n * shift(n, 1)


@theorem(
    "four-weyl-basis",
    says=r"A = \sum_a S^a \, \mathrm{diag}(v_a), \; v_a[i] = A[i + a, i], \qquad"
    r" n \, \mathrm{diag}(v) = \sum_b (F^{*} v)[b] \, D^b, \qquad \mathrm{tr}(D^b S^a) = n \, [a = 0] [b = 0]",
    source="Schwinger 1960; time-frequency analysis",
)
def every_map_is_a_sum_of_modulated_shifts(n: Size, a: Integer, b: Integer, v: Kernel, A: Square) -> Statement:
    """Every map is a sum of masked shifts, every mask one of modulations; a product of both is I or has trace zero.

    So the n^2 products of shifts and modulations are a basis, orthogonal for the trace; b = 0 gives the circulants.
    """
    unit: Any = lambda i: as_matrix(impulse(n, i))  # noqa: E731  # a column
    diagonals: Any = lambda p: sum_over(n, lambda i: unit(i) @ unit(i).T @ shift(n, -p) @ A @ unit(i) @ unit(i).T)  # noqa: E731
    return (
        A == sum_over(n, lambda p: shift(n, p) @ diagonals(p)),
        n * diagonal(v) == sum_over(n, lambda q: kron(unit(q).T @ dft(n).H @ as_matrix(v), _modulation(n, q))),
        sum_over(n, lambda i: unit(i).T @ _modulation(n, b) @ shift(n, a) @ unit(i))
        == n * kron(unit(0).T @ unit(a), unit(0).T @ unit(b)),
    )


@false_sibling(every_map_is_a_sum_of_modulated_shifts, says=r"\langle S^a \rangle + \langle D^b \rangle = \text{all}")
def convolutions_and_masks_span_all_matrices(n: Size) -> Statement:
    """Sums of convolutions and masks are all the linear maps."""
    masks = [diagonal(e) for e in identity(n).to_numpy()]
    rows = [A.to_numpy().reshape(-1) for A in (*masks, *(shift(n, a) for a in range(n)))]
    return equal(elimination.rank(matrix(rows).to_numpy()), n * n)


@theorem(
    "four-parseval",
    says=r"\langle \hat x, \hat y \rangle = n \langle x, y \rangle, \qquad F^{*} F = n I",
    source="Parseval; Plancherel",
    machine_checked="parseval",
)
def the_transform_keeps_inner_products(n: Size, x: Kernel, y: Kernel) -> Statement:
    """The transform keeps inner products up to the factor n, and exactly when it is scaled by 1 / sqrt(n)."""
    F, U, x, y = dft(n), dft(n, norm="ortho"), as_matrix(x), as_matrix(y)
    return (F @ x).H @ (F @ y) == n * (x.H @ y), F.H @ F == n * identity(n), U.H @ U == identity(n)


@false_sibling(the_transform_keeps_inner_products, says=r"\|\hat x\| = \|x\|")
def the_plain_transform_keeps_norms(n: Size, x: Kernel) -> Statement:
    """The transform without a scale keeps norms."""
    y = dft(n) @ as_matrix(x)
    return y.H @ y == as_matrix(x).H @ as_matrix(x)


@theorem(
    "four-correlation-theorem",
    says=r"r[k] = \sum_j \bar x[j] \, y[j + k] = (C_x^{*} y)[k], \quad \hat r = \bar{\hat x} \odot \hat y",
    source=OPPENHEIM,
)
def correlation_multiplies_by_the_conjugate_spectrum(n: Size, k: Integer, x: Kernel, y: Kernel) -> Statement:
    """Correlation with x multiplies by its conjugate spectrum; the autocorrelation has the power spectrum."""
    F, C, x, y = dft(n), circulant(x), as_matrix(x), as_matrix(y)
    power = diagonal(entries(F @ x)).H
    return (
        as_matrix(impulse(n, k)).T @ C.H @ y == x.H @ shift(n, -k) @ y,
        F @ C.H @ y == power @ F @ y,
        F @ C.H @ x == power @ F @ x,
    )


@false_sibling(correlation_multiplies_by_the_conjugate_spectrum, says=r"\hat r = \hat x \odot \hat y")
def correlation_multiplies_the_spectra(n: Size, x: Kernel, y: Kernel) -> Statement:
    """Correlation multiplies the two spectra: it has the spectrum of the convolution."""
    return dft(n) @ circulant(x).T @ as_matrix(y) == dft(n) @ circulant(x) @ as_matrix(y)


@theorem(
    "four-conjugate-symmetry",
    says=r"x = \bar x \iff \hat x[-f] = \bar{\hat x}[f], \quad \text{even} \Rightarrow \hat x \text{ real, even}, \quad"
    r" \text{odd} \Rightarrow \hat x \text{ imaginary, odd}",
    source=OPPENHEIM,
)
def real_signals_have_conjugate_symmetric_spectra(n: Size, x: Kernel) -> Statement:
    """A signal is real exactly when bins f and -f are conjugate: half of the bins tell the rest; and its parities."""
    F, R, x = dft(n), _back(n), as_matrix(x)
    y, real = F @ x, x.H.T == x
    return (
        under(R @ y == y.H.T, real),
        under((F.H @ x).H.T == F.H @ x, R @ x == x.H.T),
        under(y.H.T == y, R @ x == x.H.T),
        R @ y == F @ (R @ x),
        under(y.H.T == -y, R @ x == -x.H.T),
    )


@false_sibling(real_signals_have_conjugate_symmetric_spectra, says=r"2 (\lfloor n / 2 \rfloor + 1) = n")
def half_of_the_bins_are_independent_complex_numbers(n: Size) -> Statement:
    """The floor(n / 2) + 1 bins of a real signal are independent complex numbers: twice as many as its n values."""
    return equal(2 * (n // 2 + 1), n)


@theorem(
    "four-shift-modulation",
    says=r"\widehat{S_m x} = D^m \hat x, \quad \widehat{D^m x} = S_{-m} \hat x, \quad |\hat x|^2 \text{ and }"
    r" \hat x[a] \, \hat x[b] \, \bar{\hat x}[a + b] \text{ see no shift}",
    source=f"{OPPENHEIM}; Kakarala 1992",
    machine_checked="dft_shift",
)
def a_shift_multiplies_the_spectrum_by_phases(n: Size, m: Integer, a: Integer, b: Integer, x: Kernel) -> Statement:
    """A shift multiplies bins by phases and a modulation moves them; power spectrum and bispectrum see no shift."""
    F, x = dft(n), as_matrix(x)
    y = shift(n, m) @ x
    power: Any = lambda v: diagonal(entries(F @ v)).H @ F @ v  # noqa: E731  # the power spectrum
    return (
        F @ y == _modulation(n, m) @ F @ x,
        F @ _modulation(n, m) @ x == shift(n, -m) @ F @ x,
        power(y) == power(x),
        _bispectrum(n, a, b, y) == _bispectrum(n, a, b, x),
    )


def _bispectrum(n: Any, a: Any, b: Any, x: Any) -> Any:
    """The product of bins a and b and the conjugate bin a + b."""
    first, second, third = (as_matrix(impulse(n, f)).T @ dft(n) @ x for f in (a, b, a + b))
    return kron(first, second, third.H)


@false_sibling(
    a_shift_multiplies_the_spectrum_by_phases,
    says=r"|\hat y| = |\hat x| \Rightarrow y = \pm S_m x, \quad \text{for } y = R x",
    special=True,
)
def the_power_spectrum_tells_the_signal(n: Size, x: Kernel) -> Statement:
    """The power spectrum tells a signal up to shift and sign: also from its reversal, whose power spectrum is equal."""
    y = (_back(n) @ x).tolist()
    moved = [list(shift(n, m) @ x) for m in range(n)]
    return equal(y in moved or [-v for v in y] in moved, True)


@theorem(
    "four-downsampling-aliasing",
    says=r"\widehat{D_s x}[f] = \tfrac1s \sum_{r < s} \hat x[f + r m], \qquad n = s m",
    source=f"{VAIDYANATHAN}, section 4.1",
    machine_checked="aliasing",
)
def a_stride_folds_the_spectrum(m: Size, s: Step) -> Statement:
    """A stride adds up the s bins that lie m apart, and divides by s."""
    return s * (dft(m) @ downsample(s * m, s)) == kron(as_matrix(ones(s)).T, identity(m)) @ dft(s * m)


@false_sibling(a_stride_folds_the_spectrum, says=r"\widehat{D_s x}[f] = \tfrac1s \hat x[f]")
def a_stride_crops_the_spectrum(m: Size, s: Step) -> Statement:
    """A stride keeps the low bins, and divides by s."""
    return s * (dft(m) @ downsample(s * m, s)) == crop(s * m, (0, (s - 1) * m)) @ dft(s * m)


@theorem(
    "four-upsampling-imaging",
    says=r"\widehat{U_s x}[f] = \hat x[f \bmod m], \quad D_s U_s = I, \quad U_s D_s = \tfrac1s \sum_{r < s} D^{r m}",
    source=f"{VAIDYANATHAN}, section 4.1",
    machine_checked="imaging",
)
def zeros_between_repeat_the_spectrum(m: Size, s: Step) -> Statement:
    """Zeros between the samples repeat the spectrum s times; a stride and zeros together average modulations."""
    n = s * m
    D, U = downsample(n, s), upsample(m, s)
    return (
        dft(n) @ U == pad(m, (0, (s - 1) * m), "circular") @ dft(m),
        D @ U == identity(m),
        s * (U @ D) == sum_over(s, lambda r: _modulation(n, m * r)),
    )


@false_sibling(zeros_between_repeat_the_spectrum, says=r"\widehat{U_s x} = (\hat x, 0, \ldots, 0)")
def zeros_between_keep_the_band(m: Size, s: Step) -> Statement:
    """Zeros between the samples leave the new high bins empty."""
    return dft(s * m) @ upsample(m, s) == pad(m, (0, (s - 1) * m)) @ dft(m)


@theorem(
    "four-nyquist-circular",
    says=r"x = F_n^{-1} E z, \; [I_m \cdots I_m] E = I_m \Rightarrow z = s \, F_m D_s x, \qquad n = s m",
    source=f"Shannon; {VAIDYANATHAN}",
)
def a_narrow_band_survives_a_stride(
    m: Size, s: Step, z: Annotated[Any, On("m")], A: Annotated[Any, Matrices(("s", "m"), "m")]
) -> Statement:
    """A spectrum that occupies one bin of each class modulo m, at the places E, is told by every s-th sample.

    Every E that folds to the identity is A + P (I - fold A) for some A: for A = E.
    """
    fold = kron(as_matrix(ones(s)).T, identity(m))
    E = A + kron(as_matrix(impulse(s)), identity(m)) @ (identity(m) - fold @ A)
    x = dft(s * m).H @ E @ as_matrix(z)
    return fold @ E == identity(m), s * (dft(m) @ downsample(s * m, s) @ x) == s * m * as_matrix(z)


@false_sibling(
    a_narrow_band_survives_a_stride,
    says=r"s \cdot \#\{f : \hat x[f] \ne 0\} \le n \text{ is enough}",
    given={"two bins": lambda m, s, a, b: m >= 2 and a < b < s * m},
)
def few_bins_survive_a_stride(
    m: Size, s: Step, a: Annotated[Any, Sizes(0, 3)], b: Annotated[Any, Sizes(0, 3)]
) -> Statement:
    """Any two bins are told apart after a stride that leaves at least two samples."""
    folded = [[(f - j) % m == 0 for f in (a, b)] for j in range(m)]
    return equal(elimination.rank(matrix([[int(v) for v in row] for row in folded]).to_numpy()), 2)
