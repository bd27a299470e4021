"""The command line: `convalgebra matrix` prints a matrix, `prove` runs the theorems, `tour` shows the library."""

from __future__ import annotations

import argparse
import os
import re
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

from convalgebra.errors import ArgumentError, ConvAlgebraError
from convalgebra.proving_command import add_prove, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.operator import Operator
    from convalgebra.layers.conv import Conv

BAD_INPUT, INTERRUPTED = 2, 130
_SYMBOL = re.compile(r"([+-]?)([A-Za-z][A-Za-z0-9_]*)\Z")
NO_SYMBOLS = {"nan", "inf", "infinity"}  # what a program that failed writes for a number
_LIST = re.compile(r"-[^-].*[,;:/]|-\d")  # "-1,0,1" is a kernel, no option

EXAMPLES = """\
examples:
  convalgebra matrix 1,2,1 7                          a row of numbers, slid over 7 places
  convalgebra matrix w0,w1,w2 6 --stride 2 --padding 1
  convalgebra matrix "0,1,0;1,-4,1;0,1,0" 4x4 --padding 1 --mode circular
  convalgebra matrix 1/4,1/2,1/4 5 --padding same --latex
  convalgebra matrix a,b,c 6 --stride 2 --factors     A = D T P: extend, slide, keep every 2nd place
"""


class _Parser(argparse.ArgumentParser):
    """Errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; write {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, 1 where `prove` fails, 2 for bad input, told in one line."""
    arguments = sys.argv[1:] if argv is None else argv
    options = _parser().parse_args([f" {a}" if _LIST.match(a) else a for a in arguments])
    try:
        status = options.run(options) or 0
        sys.stdout.flush()
        return int(status)
    except ConvAlgebraError as error:
        print(f"convalgebra: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("convalgebra: interrupted; no file is half-written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> _Parser:
    parser = _Parser(
        prog="convalgebra",
        description="Convolution layers as explicit matrices, with proofs.",
        epilog="convalgebra COMMAND --help tells more.",
    )
    version = sys.modules["convalgebra"].__version__
    parser.add_argument("--version", action="version", version=f"convalgebra {version}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_matrix(commands)
    _add_tour(commands)
    add_prove(commands)
    return parser


def _add_matrix(commands: Any) -> None:
    add = commands.add_parser(
        "matrix",
        help="print the matrix of a convolution",
        description="Print the matrix of a convolution layer with one channel, on one axis or two.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add.set_defaults(run=_matrix)
    add.add_argument("kernel", metavar="KERNEL", help='entries by commas, rows by semicolons: "1,-1/2", "w0,w1;w2,w3"')
    add.add_argument("size", metavar="SIZE", help="of the input: 7, or 5x7")
    layer = add.add_argument_group("the layer", "one number for all axes, or one for each: 2x1")
    layer.add_argument("--stride", default="1", metavar="S", help="step between outputs (default: 1)")
    layer.add_argument("--padding", default="0", metavar="P", help="1, 1x2, pairs lo:hi, valid, same or full")
    layer.add_argument("--dilation", default="1", metavar="D", help="step between taps (default: 1)")
    layer.add_argument("--mode", default="zeros", help="zeros (default), circular, reflect, symmetric, replicate")
    layer.add_argument("--op", default="correlation", help="correlation (default), or convolution: flips the kernel")
    _add_output(add.add_argument_group("output", "text by default, elided when it is large"))


def _add_output(output: Any) -> None:
    form = output.add_mutually_exclusive_group()
    form.add_argument("--latex", action="store_true", help="LaTeX instead of text")
    form.add_argument("--sympy", action="store_true", help="a SymPy matrix, as Python reads it")
    output.add_argument("--all", action="store_true", help="with --latex: every row, however many")
    output.add_argument("--factors", action="store_true", help="the factors D, T and P of A = D T P")
    output.add_argument("--explain", action="store_true", help="first the index formula and the sizes")
    output.add_argument(
        "--figure", metavar="FILE", help="also save the coloured figure of the matrix: .svg, .tex, .pdf, .png"
    )


def _add_tour(commands: Any) -> None:
    add = commands.add_parser(
        "tour",
        help="a real layer on a real photograph, with proofs and a report",
        description="Build the matrix of a real layer on a real photograph, prove what is true of it, refute what is "
        "not, and write a report: index.html, LaTeX sources, images.",
    )
    add.set_defaults(run=_tour)
    add.add_argument("--out", default="tour", metavar="DIR", help="its folder (default: %(default)s)")


def _matrix(options: argparse.Namespace) -> None:
    layer, shape = _layer(options), (1, *_sizes(options.size))
    A = layer.matrix(shape)
    if options.figure:
        A.figure().save(options.figure)
    if options.explain:
        print(layer.explain(shape), end="\n\n")
    write = _writer(options)
    if options.factors:
        named = zip("DTP", layer.factors(shape), strict=True)
        print(*(f"{name} =\n{write(factor)}" for name, factor in named), sep="\n\n")
    else:
        print(write(A))


def _layer(options: argparse.Namespace) -> Conv:
    from convalgebra.layers.conv import Conv  # noqa: PLC0415  # --help and --version load no arrays

    return Conv(
        [[parse_kernel(options.kernel)]],
        stride=_per_axis(options.stride, "--stride"),
        padding=_padding(options.padding),
        dilation=_per_axis(options.dilation, "--dilation"),
        padding_mode=options.mode,
        op=options.op,
    )


def _writer(options: argparse.Namespace) -> Callable[[Operator], str]:
    if options.sympy:
        return lambda A: str(A.to_sympy())
    if options.latex:
        return lambda A: A.to_latex(max_rows=None) if options.all else A.to_latex()
    return repr


def parse_kernel(text: str) -> list[Any]:
    """The entries of `1,2,1`, or the rows of `1,2;3,4`: integers, exact fractions and decimals, symbols.

    >>> parse_kernel("1, -1/2, w0"), parse_kernel("1,2;3,4")
    ([1, Fraction(-1, 2), w0], [[1, 2], [3, 4]])
    """
    rows = [[_entry(cell, text) for cell in row.split(",")] for row in text.strip().split(";")]
    if len({len(row) for row in rows}) > 1:
        lengths = ", ".join(str(len(row)) for row in rows)
        msg = f'the rows of KERNEL must be equally long, not of {lengths} entries in {text!r}; write "1,2;3,4"'
        raise ArgumentError(msg)
    return rows if len(rows) > 1 else rows[0]


def _entry(cell: str, text: str) -> Any:
    match = _SYMBOL.match(cell.strip())
    if match and match[2].lower() not in NO_SYMBOLS:
        import sympy  # noqa: PLC0415  # loaded only for symbols

        sign, name = match.groups()
        return sympy.Symbol(name) * (-1 if sign == "-" else 1)
    try:
        value = Fraction(cell.strip())
    except (ValueError, ZeroDivisionError) as error:
        msg = f'an entry of KERNEL must be a number or a symbol, not {cell!r} in {text!r}; write "1,-1/2,w0"'
        raise ArgumentError(msg) from error
    return int(value) if value.denominator == 1 else value


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(_integer(part, "SIZE", "7 or 5x7") for part in text.split("x"))


def _per_axis(text: str, option: str) -> int | tuple[int, ...]:
    parts = tuple(_integer(part, option, f"{option} 2 or {option} 2x1") for part in text.split("x"))
    return parts[0] if len(parts) == 1 else parts


def _padding(text: str) -> Any:
    """A name, one number for all axes, or a number or pair lo:hi for each."""
    if text.strip()[:1].isalpha():
        return text
    if ":" not in text:
        return _per_axis(text, "--padding")
    return tuple(_pair(part) for part in text.split("x"))


def _pair(text: str) -> tuple[int, int]:
    lo, _, hi = text.partition(":")
    example = "--padding 1 or --padding 0:1"
    return _integer(lo, "--padding", example), _integer(hi or lo, "--padding", example)


def _integer(text: str, name: str, example: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        msg = f"{name} must be an integer, or one for each axis, not {text!r}; write {example}"
        raise ArgumentError(msg) from error


def _tour(options: argparse.Namespace) -> None:
    from convalgebra.tour.tour import tour  # noqa: PLC0415  # `convalgebra matrix` needs no tour

    print(tour(options.out, progress))


if __name__ == "__main__":
    sys.exit(main())
