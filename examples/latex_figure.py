r"""The matrix of a padded, strided layer: LaTeX for a paper, and the coloured figure beside it.

    python examples/latex_figure.py          prints the LaTeX
    python examples/latex_figure.py DIR      also writes DIR/layer.svg and DIR/layer.tex (TikZ)

Prints

    \begin{bmatrix}
    w_{1} & w_{2} & 0 & 0 & 0 \\
    0 & w_{0} & w_{1} & w_{2} & 0 \\
    0 & 0 & 0 & w_{0} & w_{1}
    \end{bmatrix}
"""

import sys
from pathlib import Path

import convalgebra as ca

layer = ca.Conv([[ca.symbols("w", 3)]], padding=1, stride=2)
print(layer.matrix((1, 5)).to_latex(env="bmatrix"))

for directory in sys.argv[1:]:
    figure = layer.figure((1, 5), "factors")
    for name in ("layer.svg", "layer.tex"):
        print("wrote", figure.save(Path(directory) / name))
