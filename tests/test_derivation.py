"""A derivation goes from the entries of the left side to those of the right, each formula equal to the one before."""

import re

import pytest
from brute_force import ZERO, I, X, i, j, k, m, n, x

import convalgebra as ca
from convalgebra.proofs.calculus.derivation import align, aligned, expression_text, size_text
from convalgebra.proofs.calculus.proving import decide
from convalgebra.proofs.calculus.sizes import ONE, Size, Symbol
from convalgebra.proofs.calculus.terms import Term, delta, expression, kernel, phase, within

N, M, S_, K = ca.size("n"), ca.size("m"), ca.size("s"), ca.integer("k")
w, x_ = ca.kernel("w", N), ca.kernel("x", N)
C, S, f = ca.circulant(w), ca.shift(N, K), ca.dft(N)


def test_a_proof_is_a_chain_of_named_steps():
    assert str(decide(C @ S == S @ C)) == (
        "proved for all sizes, every integer k; n >= 1; every kernel w\n"
        "[C_w S_k]_{i, j} = Σ_{t<n} w[i - t] [t ≡ j + k mod n]    definition\n"
        "                 = w[i - j - k]                          the bracket selects t = j + k\n"
        "                 = Σ_{t<n} w[t - j] [i ≡ k + t mod n]    the bracket selects t = i - k\n"
        "                 = [S_k C_w]_{i, j}                      definition\n"
        "the sides have the same entries"
    )


def test_the_same_in_latex():
    assert decide(C @ S == S @ C).derivation.to_latex() == (
        "\\begin{align*}\n"
        "\\left[C_{w} S_{k}\\right]_{i, j} &= \\sum_{t<n} w_{i - t} [t \\equiv j + k \\bmod n]"
        " && \\text{definition} \\\\\n"
        "&= w_{i - j - k} && \\text{the bracket selects }t = j + k \\\\\n"
        "&= \\sum_{t<n} w_{t - j} [i \\equiv k + t \\bmod n] && \\text{the bracket selects }t = i - k \\\\\n"
        "&= \\left[S_{k} C_{w}\\right]_{i, j} && \\text{definition}\n"
        "\\end{align*}"
    )


def lines(claim):
    text = decide(claim).derivation.entries()
    return [re.split(r" {3,}", line.strip().removeprefix("= "))[0].split(" = ", 1)[-1] for line in text.splitlines()]


def test_a_detour_is_cut_but_not_a_simpler_formula():
    assert lines(ca.circular_convolve(x_, w) == C @ x_) == ["Σ_{j<n} x[j] w[i - j]", "[C_w x]_i"]
    assert lines(S.T @ x_ == ca.shift(N, -K) @ x_) == [
        "Σ_{j<n} x[j] [j ≡ i + k mod n]",
        "x[i + k]",
        "Σ_{j<n} x[j] [j ≡ i + k mod n]",
        "[S_{-k} x]_i",
    ]


def test_like_terms_are_put_together_in_a_step_of_its_own():
    assert lines(2 * C - C == C) == ["2 w[i - j] - w[i - j]", "w[i - j]", "[C_w]_{i, j}"]


def test_letters_do_not_clash_with_names():
    """A size named t, a kernel named r: the sums take other letters."""
    t, r = ca.size("t"), ca.kernel("r", ca.size("t"))
    shown = decide(ca.circulant(r) @ ca.shift(t, 1) == ca.shift(t, 1) @ ca.circulant(r)).derivation.entries()
    assert "Σ_{l<t} r[i - l] [l ≡ j + 1 mod t]" in shown


@pytest.mark.parametrize(
    "claim",
    [
        C @ S == S @ C,
        f @ f.H / N == ca.identity(N),
        f @ C == ca.diagonal(f @ w) @ f,
        ca.downsample(S_ * M, S_) @ ca.upsample(M, S_) == ca.identity(M),
        S @ C - C @ S == 0 * S,
        C @ S + C == C + S @ C,
    ],
    ids=repr,
)
def test_text_and_latex_have_the_same_lines(claim):
    """One formula a line; braces and environments are balanced."""
    derivation = decide(claim).derivation
    latex = derivation.entries_latex()
    assert latex.count("&=") == derivation.entries().count("\n") + 1
    assert latex.count("{") == latex.count("}")
    assert latex.startswith("\\begin{align*}")
    assert latex.endswith("\\end{align*}")


def test_a_notebook_sees_the_latex():
    derivation = decide(C @ S == S @ C).derivation
    assert derivation._repr_latex_() == derivation.to_latex()


def test_lines_are_aligned():
    assert aligned([("ab", ""), ("c", "why"), ("def", "")]) == "ab = c      why\n   = def"
    assert align([("ab", ""), ("c", r"\text{why}"), ("d", "")]) == (
        "\\begin{align*}\nab &= c && \\text{why} \\\\\n&= d\n\\end{align*}"
    )


def test_terms_print_as_on_paper():
    known = kernel("w", (n, m), (x, i - j))
    assert expression_text(expression(phase(n, i * j), known, bound=((X, n),))) == "Σ_{t0<n} w[t0, i - j] ω_n^(i*j)"
    assert expression_text(expression(within(m, i - k), delta(ZERO, i - k))) == "[i = k] [0 ≤ i - k < m]"
    assert expression_text((Term(n + 1), Term(-ONE, (), (known,)))) == "(n + 1) - w[t0, i - j]"


def test_indices_are_told_apart_by_their_numbers():
    assert size_text(Size.named(Symbol("i", "index", 1)) - i) == "i1 - i"
    assert size_text(x) == "t0"
    assert I.name == "i"
