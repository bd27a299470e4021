import base64
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from string import Template

import pytest
from synthetic_tour import SIDE, story

from convalgebra.tour.page import _asset, page, values
from convalgebra.tour.png import SIGNATURE

VOID = {"meta", "img", "path", "rect", "use", "circle", "br", "link"}


class Reader(HTMLParser):
    """Every element with its attributes, the text, and whether all that opens is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.words = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def text(self):
        return re.sub(r"[ \n]+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def html():
    return page(story())


@pytest.fixture(scope="module")
def reader(html):
    return Reader(html)


def test_every_name_of_the_template_has_a_value_and_every_value_a_name():
    assert set(Template(_asset("page.html")).get_identifiers()) == values(story()).keys()


def test_nothing_is_left_of_the_template(reader):
    assert "$" not in reader.text.replace(r"$w", "")
    assert "`" not in reader.text


def test_nothing_is_loaded_from_elsewhere(html, reader):
    assert {tag for tag, _ in reader.elements} & {"script", "link", "iframe", "object"} == set()
    assert all(attrs["src"].startswith("data:image/png;base64,") for attrs in reader.all("img"))
    targets = [value for _, attrs in reader.elements for name, value in attrs.items() if name.endswith("href")]
    assert all(target.startswith("#") for target in targets)
    assert re.findall(r"url\(|@import", _asset("style.css")) == []
    assert set(re.findall(r"https?://[\w./]+", html)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_links_lead_to_sections_and_ids_are_unique(reader):
    ids = [attrs["id"] for _, attrs in reader.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for attrs in reader.all("a")} <= set(ids)
    assert [attrs["id"] for attrs in reader.all("section")] == ["matrix", "ways", "shifts", "fourier", "stack"]


def test_the_page_can_be_read_without_eyes(reader):
    assert all(attrs["alt"] for attrs in reader.all("img"))
    assert reader.all("html") == [{"lang": "en"}]
    assert all(
        attrs["role"] == "img" and (attrs.get("aria-labelledby") or attrs["aria-label"]) for attrs in reader.all("svg")
    )
    assert all("scope" in attrs for attrs in reader.all("th"))
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels == [1, 2, 2, 2, 2, 2]


def test_the_pictures_are_those_of_the_run(reader):
    shown = [base64.b64decode(attrs["src"].partition(",")[2]) for attrs in reader.all("img")]
    assert sorted(shown) == sorted(story().images.values())
    assert all(data.startswith(SIGNATURE) for data in shown)


def test_every_claim_has_its_scope_and_method(reader):
    proofs = [story().compared.factors, *story().shifted.proofs, story().diagonalised.proof, story().stacked.proof]
    for proof in proofs:
        assert f"scope {proof.scope} method {proof.method} ring {proof.ring}" in reader.text
    assert reader.text.count("witness entry (0, 0): ") == 2


def test_the_numbers_are_those_of_the_run(reader):
    text = re.sub("[\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}]", "", reader.text)
    assert f"Its matrix has {4 * (SIDE // 2) ** 2} × {3 * SIDE**2} places" in text
    assert f"{story().built.sparse.nnz} entries" in text
    assert f"all {4 * (SIDE // 2) ** 2} outputs" in text
    assert f"{story().built.dense_bytes / 1e6:.3g}MB if every zero" in text
    assert "refuted 192 of 256 outputs" in text
    assert "shifted by 2 rows and 3 columns" in text
    assert "fails in 48 of 64 places" in text
    assert "differ in 28 of 64 outputs" in text


def test_sources_are_shown_as_text(html):
    shown = [unescape(code) for code in re.findall(r"<code>(.*?)</code></pre>", html, re.DOTALL)]
    assert len(shown) == 5
    assert shown[0] == story().drawn["small"].latex()


def test_names_are_escaped(html):
    assert "Noise &amp; &lt;dust&gt;" in html
    assert "<dust>" not in html


def test_a_disagreement_would_be_seen():
    ways = {**story().compared.ways, "Fourier": (0.1, False)}
    words = Reader(page(replace(story(), compared=replace(story().compared, ways=ways)))).text
    assert words.count("different") == Reader(page(story())).text.count("different") + 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(scheme):
    """WCAG AA: 4.5 to 1 for every ink on every ground."""
    blocks = re.findall(r":root \{(.*?)\}", _asset("style.css"), re.DOTALL)
    colours = dict(re.findall(r"--(\w+): #(\w+)", blocks[["light", "dark"].index(scheme)]))
    for ink in ("ink", "soft", "link", "good", "bad"):
        for ground in ("paper", "card"):
            light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def luminance(colour):
    full = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [value / 255 for value in bytes.fromhex(full)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
