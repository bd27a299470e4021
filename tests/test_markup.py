import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

import convalgebra as ca
from convalgebra.tour import markup

THIN, NARROW = "\N{THIN SPACE}", "\N{NARROW NO-BREAK SPACE}"


def plain(html):
    return re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize(
    ("formula", "set_"),
    [
        ("A = D_2 T(w) P", f"<i>A</i> = <i>D</i><sub>2</sub>{THIN}<i>T</i>(<i>w</i>){THIN}<i>P</i>"),
        ("diag(F w)", f"diag(<i>F</i>{THIN}<i>w</i>)"),
        ("F^{-1}", "<i>F</i><sup>−1</sup>"),
        ("ζ^{2f} + w_0", "<i>ζ</i><sup>2<i>f</i></sup> + <i>w</i><sub>0</sub>"),
    ],
)
def test_formulas_are_set(formula, set_):
    assert markup.formulas(f"so `{formula}`.") == f'so <span class="math">{set_}</span>.'


def test_text_without_formulas_is_left_alone():
    assert markup.formulas("A_b - c") == "A_b - c"


@pytest.mark.parametrize(("size", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (1.65e11, "165 GB")])
def test_memory(size, text):
    assert markup.memory(size).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0004, "0.4 ms"), (0.19, "190 ms"), (0.999, "999 ms"), (1, "1.0 s"), (75, "75 s")]
)
def test_duration(seconds, text):
    assert markup.duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == text


def test_count_groups_digits():
    assert markup.count(2229132).split(NARROW) == ["2", "229", "132"]
    assert markup.count(12) == "12"


def test_a_proof_shows_scope_method_and_ring():
    proof = ca.prove(ca.circulant([1, 2]) @ ca.shift(2) == ca.shift(2) @ ca.circulant([1, 2]))
    html = markup.proof_of(proof)
    ET.fromstring(html)  # noqa: S314  # our own text
    assert all(text in plain(html) for text in (proof.scope, proof.method, proof.ring))


def test_a_witness_of_equal_weights_is_said_in_short():
    u = ca.symbols("u", 5)
    left, right = ca.matrix([[u.prod()]]), ca.matrix([[2 * u.prod()]])
    text = markup.witness(ca.decide(left == right))
    assert text == "entry (0, 0): 1 on the left, 2 on the right; every weight is 1"


def test_a_witness_of_different_weights_names_each():
    u = ca.symbols("u", 4)
    refutation = ca.decide(ca.matrix([[u[0]]]) == ca.matrix([[u[0] - u[3]]]))
    values = {**dict.fromkeys(u[:3], 0), u[3]: 1}
    text = markup.witness(replace(refutation, witness=values))
    assert text == "entry (0, 0): 0 on the left, -1 on the right; u0 = u1 = u2 = 0, u3 = 1"


def test_a_witness_of_numbers_is_the_entry():
    text = markup.witness(ca.decide(ca.identity(2) == ca.flip(2)))
    assert text == "entry (0, 0): 1 on the left, 0 on the right"
    assert text in markup.refutation_of(ca.decide(ca.identity(2) == ca.flip(2)))


def test_text_in_a_verdict_is_escaped():
    assert "&lt;b&gt;" in markup._terms({"x": "<b>"})


def test_bars_are_as_high_as_their_values():
    drawing = ET.fromstring(markup.bars([4.0, 2.0, -0.0]))  # noqa: S314  # our own text
    heights = [float(bar.attrib["height"]) for bar in drawing.iter("rect")]
    bottoms = [float(bar.attrib["y"]) + float(bar.attrib["height"]) for bar in drawing.iter("rect")]
    assert heights == [120, 60, 1]
    assert bottoms[0] == bottoms[1] == 150
    assert [text.text for text in drawing.iter("text")] == ["4", "0", "2", "1", "0", "2"]
    assert drawing.attrib["aria-label"] == "Bar chart of the values 4, 2, 0"


def test_agreement_says_what_is():
    assert plain(markup.agreement(equal=True)) == "equal"
    assert plain(markup.agreement(equal=False)) == "different"
