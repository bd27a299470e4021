"""Words: products taken apart, spelled alike or not, and written as a lecture writes them."""

import pytest

import convalgebra as ca
from convalgebra.proofs.expressions import form, key, parts, word, word_latex, word_text

n, m, s = map(ca.size, "nms")
k = ca.integer("k")
u, v, w, x = (ca.kernel(name, n) for name in "uvwx")
C, S, F, J = ca.circulant, ca.shift(n, k), ca.dft(n), ca.flip(n)
star = ca.circular_convolve


def test_a_product_is_taken_apart_and_put_together():
    made = 2 * (S @ C(w)) @ (3 * x)
    taken = word(made)
    assert taken.coefficient == ca.size("n") - n + 6
    assert [form(f)[0] for f in taken.factors] == ["shift", "circulant", "other"]
    assert ca.prove(taken.operator == made).scope == "all sizes"


def test_a_scalar_of_the_ring_stays_one_factor():
    made = ca.scalar("a") * C(w)
    assert word(made).factors == (made,)
    assert word_text(word(made)) == "a C_w"


def test_equal_spellings_have_equal_keys():
    assert key(ca.shift(n)) == key(ca.shift(n, 1)) == key(ca.shift((n,), (1,)))
    assert key(C(w, op="correlation")) == key(C(w).T)
    assert word(ca.dft(n, norm="forward")).key == word(F / n).key
    different = [S, ca.shift(n, -k), C(w), C(u), C(w).T, F, F.H, J, ca.identity(n), ca.shift(m, k), ca.identity(m)]
    assert len({key(A) for A in different}) == len(different)


def test_an_orthonormal_transform_is_not_the_plain_one():
    assert form(ca.dft(n, norm="ortho")) != form(F)
    assert form(C(w).H)[0] == "other"


@pytest.mark.parametrize("made", [C(w), ca.diagonal(w), C(w).T, ca.kron(C(w), S), C(w) + S, star(x, w)])
def test_parts_are_replaced(made):
    """Each part put back in its own place gives the same factor."""
    found = list(parts(made))
    assert found
    assert all(key(rebuild(part)) == key(made) for part, rebuild in found)


@pytest.mark.parametrize(
    ("made", "text", "latex"),
    [
        (star(S @ x, w), "(S_k x) ⋆ w", r"(S_{k} x) \star w"),
        (S @ star(x, w), "S_k (x ⋆ w)", r"S_{k} (x \star w)"),
        (C(star(u, v)), "C_{u ⋆ v}", r"C_{u \star v}"),
        (F.H / n @ (ca.diagonal(F @ w) @ (F @ x)), "F⁻¹ (F w ⊙ F x)", r"F^{-1} (F w \odot F x)"),
        (ca.diagonal(F @ w) @ F, "diag(F w) F", r"\mathrm{diag}(F w) F"),
        (ca.diagonal(w) @ x, "w ⊙ x", r"w \odot x"),
        (C(u) - 2 * C(v), "C_u - 2 C_v", "C_{u} - 2 C_{v}"),
        ((C(u) + C(v)) @ S, "(C_u + C_v) S_k", "(C_{u} + C_{v}) S_{k}"),
        ((C(u) @ C(v)).T, "(C_u C_v)ᵀ", r"(C_{u} C_{v})^{\top}"),
        (S.T.T, "(S_kᵀ)ᵀ", r"(S_{k}^{\top})^{\top}"),
        (-S, "-S_k", "-S_{k}"),
        ((n + 1) * S, "(n + 1) S_k", "(n + 1) S_{k}"),
        (S / n, "1/n S_k", r"\tfrac{1}{n} S_{k}"),
        (star(star(u, v), w), "(u ⋆ v) ⋆ w", r"(u \star v) \star w"),
        (ca.kron(S, J), "(S_k ⊗ J)", r"(S_{k} \otimes J)"),
        (ca.downsample(s * m, s), "D_s", "D_{s}"),
        (F.H, "Fᴴ", "F^{H}"),
        (F.H / n / n, "1/n² Fᴴ", r"\tfrac{1}{n^{2}} F^{H}"),
    ],
    ids=str,
)
def test_words_print_as_mathematics(made, text, latex):
    assert word_text(word(made)) == text
    assert word_latex(word(made)) == latex


def test_an_adjoint_is_put_in_brackets_before_it_is_transposed():
    n = ca.size("n")
    spectrum = ca.dft(n) @ ca.kernel("x", n)
    assert word_latex(word(spectrum.H.T)) == r"((F_{n} x)^{H})^{\top}"
