"""Sums of terms on paper: text and LaTeX, letters for indices, what looks alike."""

from brute_force import ZERO, I, X, i, j, k, m, n, x

from convalgebra.proofs.calculus.sizes import ONE, Size, Symbol
from convalgebra.proofs.calculus.terms import Term, delta, expression, kernel, phase, within
from convalgebra.proofs.notation import LATEX, TEXT

w, v = kernel("w", (n,), (i - x,)), kernel("v", (n,), (x,))
Y = Symbol("y", "index", 3)


def test_text():
    assert TEXT.sum(expression(phase(n, i * j), kernel("w", (n, m), (x, i - j)), bound=((X, n),))) == (
        "Σ_{t0<n} w[t0, i - j] ω_n^(i*j)"
    )
    assert TEXT.sum(expression(within(m, i - k), delta(ZERO, i - k))) == "[i = k] [0 ≤ i - k < m]"
    assert TEXT.sum(expression(delta(n + 1, i + j + 1))) == "[i + j + 1 ≡ 0 mod (n + 1)]"
    assert TEXT.sum(()) == "0"
    assert TEXT.sum(expression()) == "1"
    assert TEXT.sum(expression(kernel("a", (), ()))) == "a"


def test_latex():
    term = expression(phase(n, i * j), kernel("w", (n, m), (x, i - j)), bound=((X, n),))
    assert LATEX.sum(term) == r"\sum_{t_{0}<n} w_{t_{0}, i - j} \omega_{n}^{i j}"
    assert LATEX.sum(expression(within(m, i - k), delta(n, i - k))) == r"[i \equiv k \bmod n] [0 \le i - k < m]"


def test_coefficients():
    assert TEXT.sum((Term(n + 1), Term(-ONE, (), (v,)))) == "(n + 1) - v[t0]"
    assert TEXT.sum((Term(Size.of(-2), (), (v,)), Term(n.inverse(), (), (v,)))) == "-2 v[t0] + 1/n v[t0]"
    assert LATEX.sum((Term(n.inverse(), (), (v,)),)) == r"\tfrac{1}{n} v_{t_{0}}"
    assert TEXT.sum((Term(-ONE),)) == "-1"


def test_an_equation_names_a_lone_side_first_and_zero_last():
    assert TEXT.sum(expression(delta(n, j + k - x))) == "[t0 ≡ j + k mod n]"
    assert TEXT.sum(expression(delta(n, j - i))) == TEXT.sum(expression(delta(n, i - j))) == "[i ≡ j mod n]"


def test_an_index_keeps_its_letter_and_a_renamed_one_hands_it_on():
    before, after = expression(w, v, bound=((X, n),)), expression(w.put(X, Size.named(Y)), bound=((Y, n),))
    both = expression(w, v, bound=((X, n), (Y, n)))
    first, second, third = TEXT.lettered([(before, ("", ())), (after, ("", ())), (both, ("", ()))], {"j", "n"})
    assert first == {X: "t"}
    assert second == {Y: "t"}
    assert third == {Y: "t", X: "r"}


def test_the_letter_that_is_handed_on_is_the_one_that_was_dropped():
    """Of t and r, t is selected away; then r is renamed, and stays r."""
    two, one = expression(w, v, bound=((X, n), (Y, n))), expression(v, bound=((Y, n),))
    z = Symbol("z", "index", 0)
    renamed = expression(v, bound=((z, n),))
    names = TEXT.lettered([(e, ("", ())) for e in (two, one, renamed)], {"j"})
    assert names[1][Y] == names[2][z] == names[0][Y]


def test_sums_look_alike_in_any_order_of_their_factors():
    assert TEXT.facts(expression(w, v, bound=((X, n),))) == TEXT.facts(expression(v, w, bound=((X, n),)))
    assert TEXT.facts(expression(w, v)) != TEXT.facts(expression(w, v, bound=((X, n),)))
    assert TEXT.facts(expression(w)) != TEXT.facts(expression(w, coefficient=n))
    assert TEXT.facts(expression(w)) != TEXT.facts(expression(v))


def test_reasons():
    assert TEXT.reason("select", (x, " = ", j + k)) == "the bracket selects t0 = j + k"
    assert TEXT.reason("range", ("0 <= ", x, " < ", n)) == "in range: 0 ≤ t0 < n"
    assert TEXT.reason("orthogonality", ("sum over ", x)) == "orthogonality: sum over t0"
    assert LATEX.reason("definition", ()) == r"\text{definition}"
    assert LATEX.reason("select", (x, " = ", j + k)) == r"\text{the bracket selects }t_{0} = j + k"
    assert LATEX.reason("range", ("0 <= ", x)) == r"\text{in range: }0 \le t_{0}"
    assert I.name == "i"
