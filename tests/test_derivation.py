from brute_force import ZERO, I, X, i, j, k, m, n, x

from convalgebra.proofs.calculus.derivation import expression_text, size_text
from convalgebra.proofs.calculus.proving import decide
from convalgebra.proofs.calculus.sizes import ONE, Size, Symbol
from convalgebra.proofs.calculus.terms import Term, delta, expression, kernel, phase, within
from convalgebra.proofs.constructors import circulant, shift
from convalgebra.proofs.symbolic import integer, size
from convalgebra.proofs.symbolic import kernel as named


def test_a_proof_is_a_chain_of_named_steps():
    N, K = size("n"), integer("k")
    C, S = circulant(named("w", N)), shift(N, K)
    assert str(decide(C @ S == S @ C)) == (
        "proved for all sizes, every integer k; n >= 1; every kernel w\n"
        "left  = Σ_{t0<n} w[i - t0] [t0 ≡ j + k mod n]\n"
        "      = w[i - j - k]    (select: t0 = j + k)\n"
        "right = Σ_{t0<n} w[t0 - j] [i ≡ k + t0 mod n]\n"
        "      = w[i - j - k]    (select: t0 = i - k)\n"
        "the sides have the same entries"
    )


def test_terms_print_as_on_paper():
    w = kernel("w", (n, m), (x, i - j))
    assert expression_text(expression(phase(n, i * j), w, bound=((X, n),))) == "Σ_{t0<n} w[t0, i - j] ω_n^(i*j)"
    assert expression_text(expression(within(m, i - k), delta(ZERO, i - k))) == "[i = k] [0 ≤ i - k < m]"
    assert expression_text((Term(n + 1), Term(-ONE, (), (w,)))) == "(n + 1) + -1 w[t0, i - j]"
    assert expression_text(()) == "0"
    assert expression_text(expression()) == "1"


def test_indices_are_told_apart_by_their_numbers():
    assert size_text(Size.named(Symbol("i", "index", 1)) - i) == "i1 - i"
    assert size_text(x) == "t0"
    assert I.name == "i"
