"""One function states a theorem: it is proved as strongly as it can be, and never more strongly than it is true."""

import pickle
import shutil
import subprocess
from typing import Annotated, Any

import pytest

import convalgebra as ca
from convalgebra.algebra.selection import flip, identity, shift
from convalgebra.algebra.toeplitz import circulant
from convalgebra.proofs.symbolic import GeneralClaim
from convalgebra.theorems import theorem as module
from convalgebra.theorems.domains import Choices, Integer, Kernel, On, Size, Statement
from convalgebra.theorems.facts import at_most, decide, equal
from convalgebra.theorems.outcomes import Evidence
from convalgebra.theorems.theorem import FalseSibling, Theorem, false_sibling, theorem


@pytest.fixture
def empty(monkeypatch):
    monkeypatch.setattr(module, "THEOREMS", {})
    monkeypatch.setattr(module, "SIBLINGS", {})


def commute(n: Size, k: Integer, w: Kernel) -> Statement:
    """Convolution commutes with shifts."""
    C, S = circulant(w), shift(n, k)
    return C @ S == S @ C


def rows(n: Size, w: Kernel) -> Statement:
    """The first row is the kernel reversed."""
    return equal([circulant(w)[0, j] for j in range(n)], [w[-j % n] for j in range(n)])


def fixed(w: Annotated[Any, On(3)]) -> Statement:
    """Two transpositions are none."""
    return circulant(w) == circulant(w).T.T


def growing(x: Annotated[Any, Choices((1, 2, 3), sampled=True)]) -> Statement:
    """Squares grow."""
    return at_most(x, x * x)


def symmetric(n: Size, w: Kernel) -> Statement:  # noqa: ARG001  # the size of w
    """Circulants are symmetric."""
    return circulant(w) == circulant(w).T


def small(n: Size, k: Integer) -> Statement:
    """Sizes are small, and shifts are none."""
    return at_most(n, 3), shift(n, k) == identity(n)


@pytest.mark.parametrize(
    ("build", "strength", "scope"),
    [
        (commute, "all sizes", "all sizes"),
        (rows, "listed sizes", "n=1..4, every kernel"),
        (fixed, "as stated", "every kernel"),
        (growing, "sampled", "3 samples of x"),
    ],
)
def test_a_theorem_is_proved_as_strongly_as_it_can_be(build, strength, scope):
    verdict = Theorem(build, "", name="x").prove()
    assert (verdict.strength, verdict.scope) == (strength, scope)
    assert isinstance(verdict, Evidence) == (strength == "sampled")
    assert isinstance(verdict, ca.Proof) == (strength != "sampled")


def test_with_a_condition_no_proof_for_all_sizes_is_tried():
    made = Theorem(commute, "", {"n > 1": lambda n: n > 1}, name="x")
    assert made.prove().strength == "listed sizes"
    assert made.hypotheses == ("n >= 1", "every integer k", "every w", "n > 1")
    assert min(numbers["n"] for numbers in made.instances()) == 2


@pytest.mark.parametrize("build", [symmetric, small])
def test_a_false_theorem_is_refuted(build):
    with pytest.raises(ca.RefutedError):
        Theorem(build, "", name="x").prove()


def test_what_the_calculus_leaves_open_is_proved_at_listed_sizes_alone(monkeypatch):
    def undecided(claim):
        return ca.Undecided(claim, "nobody knows") if isinstance(claim, GeneralClaim) else decide(claim)

    monkeypatch.setattr(module, "decide", undecided)
    assert Theorem(commute, "", name="x").prove().strength == "listed sizes"


def test_samples_stay_samples_beside_symbolic_sizes():
    def back(n: Size, k: Annotated[Any, Choices((1, 2), sampled=True)]) -> Statement:
        return shift(n, k) @ shift(n, -k) == identity(n)

    assert Theorem(back, "", name="x").prove().strength == "sampled"


def test_what_fails_beyond_the_listed_sizes_is_refuted():
    def twelve(n: Size) -> Statement:
        return shift(n, 12) == identity(n)

    with pytest.raises(ca.RefutedError, match="n=5"):
        Theorem(twelve, "", name="x").prove()


def test_what_speaks_of_nothing_is_not_proved():
    with pytest.raises(ca.UndecidedError, match="meets its hypotheses"):
        Theorem(commute, "", {"never": lambda n: n < 0}, name="x").prove()


def test_an_agreement_of_floats_is_no_proof():
    def float_kernel(n: Size) -> Statement:
        return circulant([0.1] * n) @ circulant([0.3] * n) == circulant([0.03 * n] * n)

    with pytest.raises(ca.UndecidedError):
        Theorem(float_kernel, "", name="x").prove()


def test_a_sibling_is_refuted_at_the_smallest_size_by_the_simplest_kernel():
    found = FalseSibling(symmetric, "").refute()
    assert dict(found.witness) == {"n": 3, "w": [0, 1, 0]}
    assert str(found) == "false at n=3, w=[0, 1, 0]: entry (0, 1) is 0 on the left and 1 on the right"
    assert not bool(symmetric(3, ca.symbols("w", 3)))


def test_a_counterexample_shows_both_matrices():
    shown = repr(FalseSibling(symmetric, "").refute())
    assert shown.startswith("false at n=3, w=[0, 1, 0]: entry (0, 1) is 0 on the left and 1 on the right\n")
    assert "≠" in shown


def test_a_false_fact_is_told_in_words():
    def odd(n: Size) -> Statement:
        return equal(2 * n, 2 * n + 1)

    found = FalseSibling(odd, "").refute()
    assert repr(found) == str(found) == "false at n=1: it is 2 on the left and 3 on the right"
    assert found._repr_latex_() == r"$\displaystyle \text{false at n=1: it is 2 on the left and 3 on the right}$"


def test_a_proof_shows_its_derivations_also_in_latex():
    verdict = Theorem(commute, "", name="x").prove()
    assert str(verdict).startswith("proved for all sizes\nproved for all sizes, ")
    assert r"\begin{align*}" in verdict.derivations
    assert verdict._repr_latex_() == verdict.to_latex() == verdict.derivations
    listed = Theorem(rows, "", name="x").prove()
    assert str(listed) == "proved for n=1..4, every kernel"
    assert listed._repr_latex_() == r"$\text{proved for n=1..4, every kernel}$"


def test_a_theorem_is_shown_by_its_name_and_words():
    assert repr(Theorem(commute, "", name="x")) == "x: Convolution commutes with shifts."


def test_each_claim_of_a_sibling_is_looked_at():
    assert dict(FalseSibling(small, "").refute().witness) == {"n": 2, "k": 1}


def test_a_sibling_that_fails_for_special_kernels_alone():
    def invertible(n: Size, w: Kernel) -> Statement:  # noqa: ARG001  # the size of w
        return equal(any(w), bool(sum(w)))

    with pytest.raises(ca.UndecidedError, match="no counterexample"):
        FalseSibling(invertible, "").refute()  # a sum of symbols is never zero
    assert dict(FalseSibling(invertible, "", special=True).refute().witness) == {"n": 2, "w": [1, -1]}


def test_a_true_statement_has_no_counterexample():
    with pytest.raises(ca.UndecidedError, match="no counterexample"):
        FalseSibling(commute, "C S = S C").refute()


@pytest.mark.usefixtures("empty")
def test_registering():
    made = theorem("x-commute", says="C S = S C", source="somebody", machine_checked="lemma")(commute)
    sibling = false_sibling(made, says="C = C^T")(symmetric)
    assert made.false_sibling is sibling
    assert (made.id, made.chapter, made.source, made.lemma) == ("x-commute", "x", "somebody", "lemma")
    assert made.statement.startswith("Convolution commutes with shifts.\n\nC, S = circulant(w), shift(n, k)\nreturn")
    assert {"x-commute": made} == module.THEOREMS
    with pytest.raises(ca.ConvAlgebraError, match="must be new"):
        theorem("x-commute", says="", source="")(commute)
    with pytest.raises(ca.ConvAlgebraError, match="must be new"):
        theorem("x-other", says="", source="", strength="surely")(commute)
    with pytest.raises(ca.ConvAlgebraError, match="one false sibling"):
        false_sibling(made, says="")(symmetric)


@pytest.mark.usefixtures("empty")
def test_latex_escapes_the_words():
    def percent(n: Size) -> Statement:
        r"""100 % of {x_i} & #1 < \n."""
        return flip(n) @ flip(n) == identity(n)

    made = theorem("x-percent", says="J^2 = I", source="A & B")(percent)
    text = made.latex(proof="proved for n < 5")
    assert r"100 \% of \{x\_i\} \& \#1 \textless{} \textbackslash{}n." in text
    assert r"\[ J^2 = I \]" in text
    assert r"\noindent\emph{Source:} A \& B.\par" in text
    assert r"\noindent Proved for n \textless{} 5.\par" in text
    assert made._repr_latex_() == "$J^2 = I$"


def sent(thing):
    return pickle.loads(pickle.dumps(thing))  # noqa: S301  # our own


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_every_theorem_compiles_alone(tmp_path):
    """In an article with amsmath and amsthm, where nothing else is defined."""
    texts = [t.latex(proof="proved", refutation="refuted") for t in ca.theorems.values()]
    assert all(rf"\begin{{theorem}}[\texttt{{{name}}}]" in text for name, text in zip(ca.theorems, texts, strict=True))
    pages = "\n\n".join(rf"\begingroup {text}\endgroup" for text in texts)
    head = r"\documentclass{article}\usepackage{amsmath,amsthm}\begin{document}"
    (tmp_path / "all.tex").write_text(f"{head}\n{pages}\n\\end{{document}}\n", encoding="utf-8")
    call = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_theorems_are_sent_elsewhere_by_name():
    found = ca.theorems["lecture-eq14-circulants-commute"]
    assert sent(found) is found
    assert sent(found.false_sibling) is found.false_sibling
    assert sent(found.prove()).scope == "all sizes"
    with pytest.raises(ca.ConvAlgebraError, match="must be in the catalogue to be sent elsewhere, not 'C = C'"):
        pickle.dumps(Theorem(commute, "C = C", name="x"))


def test_called_with_numbers_a_theorem_is_a_test():
    made = Theorem(commute, "", name="x")
    assert all(map(bool, made(3, 1, [1, 2, 3])))
