r"""A handout on convolution matrices: every formula, figure, theorem and proof in it is the library's own LaTeX.

    python examples/lecture_handout.py        prints its contents
    python examples/lecture_handout.py DIR    also writes DIR/handout.tex and, with pdflatex, DIR/handout.pdf

Prints

    1. Sliding is multiplying: 1 figure, 1 formula
    2. Extend, slide, keep every second place: 1 figure, 3 formulas
    3. Five ways to pad: 1 figure
    4. Translation: 1 figure, 1 theorem
    5. Circulants and the Fourier transform: 1 figure, 1 theorem
    6. Two layers are one, but for the border: 1 figure, 1 formula, 1 theorem
    7. The transposed layer: 1 figure
    8. Max pooling: 1 figure
"""

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import convalgebra as ca

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb,amsthm,graphicx,tikz}
\newtheorem{theorem}{Theorem}
\newtheorem*{falsehood}{False}
\newcommand\source[1]{\noindent{\footnotesize Source: #1.\par}}
\newsavebox\drawn
\newcommand\fitted{\ifdim\wd\drawn>\linewidth\resizebox{\linewidth}{!}{\usebox\drawn}\else\usebox\drawn\fi}
\setlength\parindent{0pt}\setlength\parskip{6pt}
\title{Convolutions as matrices}\author{}\date{}
\begin{document}
\maketitle
"""

w, image = ca.symbols("w", 3), ca.symbols("w", (3, 3))
strided = ca.Conv([[w]], padding=1, stride=2)
padded = ca.Conv([[w]], padding=1).matrix((1, 6))
defect = ca.boundary_defect(ca.symbols("a", 3), ca.symbols("b", 3), 4)


def figure(drawn: Any) -> tuple[str, str]:
    """A figure, no wider than the page; one that disagrees with its matrix is refused."""
    drawn.check()
    picture = f"\\savebox\\drawn{{%\n{drawn.tikz(standalone=False)}}}"
    return "figure", f"{picture}\n\\begin{{center}}\\fitted\\end{{center}}"


def formula(tex: str) -> tuple[str, str]:
    """A displayed formula."""
    return "formula", f"\\[ {tex} \\]"


def theorem(name: str) -> tuple[str, str]:
    """A theorem of the catalogue with its proof, its false sibling and the counterexample."""
    found = ca.theorems[name]
    proof, refutation = found.prove(), found.false_sibling.refute()
    return "theorem", found.latex(f"proved for {proof.scope}", str(refutation), proof.derivations)


def words(text: str) -> tuple[str, str]:
    """A paragraph."""
    return "", text


HANDOUT = {
    "Sliding is multiplying": (
        words("A layer slides a kernel over its input. Every output is a row of one matrix, most of it zeros."),
        formula("A = " + strided.matrix((1, 7)).to_latex()),
        figure(ca.Conv([[image]]).figure((1, 4, 5), at=(1, 1))),
    ),
    "Extend, slide, keep every second place": (
        words("Padding, kernel and stride are three matrices, $A = D\\,T(w)\\,P$."),
        *(
            formula(f"{name} = {factor.to_latex()}")
            for name, factor in zip("DTP", strided.factors((1, 5)), strict=True)
        ),
        figure(strided.figure((1, 5), "factors")),
    ),
    "Five ways to pad": (
        words("Only the border differs. Where two weights meet in one place, they add up."),
        figure(ca.figure_padding_modes(ca.Conv([[w]], padding=1), (1, 5))),
    ),
    "Translation": (
        theorem("lecture-equivariance-line"),
        words("With zero padding the commutator is not zero, and these are the entries:"),
        figure(ca.figure_commutator(padded, ca.shift(6, 1))),
    ),
    "Circulants and the Fourier transform": (
        theorem("lecture-eq10-convolution-theorem"),
        words("The eigenvalues of the circulant of (2, 1, 0, 0, 0, 3):"),
        figure(ca.figure_spectrum(ca.dft(6) @ [2, 1, 0, 0, 0, 3])),
    ),
    "Two layers are one, but for the border": (
        theorem("lecture-eq14-circulants-commute"),
        words("With zero padding two layers are one but for two corners, whatever the size:"),
        formula(defect.defect.to_latex()),
        figure(ca.figure_boundary_defect(ca.symbols("a", 3), ca.symbols("b", 3), 4)),
    ),
    "The transposed layer": (
        words("The same picture, read by columns: an input is added to the outputs under the window."),
        figure(ca.ConvTranspose([[w]], stride=2, padding=1).figure((1, 4), at=1)),
    ),
    "Max pooling": (
        words("Linear over $(\\max, +)$: sums are maxima, products are sums, and a dot is $-\\infty$."),
        figure(ca.MaxPool(2).matrix((1, 2, 4), semiring="max-plus").figure()),
    ),
}

for number, (title, parts) in enumerate(HANDOUT.items(), start=1):
    counts = Counter(kind for kind, _ in parts if kind)
    listed = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in sorted(counts.items()))
    print(f"{number}. {title}: {listed}")

for directory in sys.argv[1:]:
    sections = [f"\\section{{{title}}}\n" + "\n\n".join(tex for _, tex in parts) for title, parts in HANDOUT.items()]
    source = Path(directory) / "handout.tex"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text("\n\n".join([PREAMBLE, *sections, "\\end{document}\n"]), encoding="utf-8")
    print("wrote", source)
    if shutil.which("pdflatex") is None:
        print("NOT COMPILED: pdflatex is not on the path; install texlive-latex-recommended and texlive-pictures")
        continue
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", source.name]
    made = subprocess.run(command, cwd=source.parent, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603  # fixed words
    if made.returncode:
        sys.exit("\n".join(line for line in made.stdout.splitlines() if line.startswith(("!", "l."))))
    print("wrote", source.with_suffix(".pdf"))
