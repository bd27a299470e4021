"""Irreducible rational polynomials in one variable, split over the real and complex numbers by exact roots."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy


def split(poly: sympy.Poly, field: str) -> list[sympy.Poly]:
    """The irreducible factors over "RR" or "CC" of a rational polynomial: linear, or quadratic without real roots.

    >>> import sympy
    >>> z = sympy.Symbol("z")
    >>> [p.as_expr() for p in split(sympy.Poly(z**3 - 2 * z, z), "RR")]
    [z + sqrt(2), z, z - sqrt(2)]
    """
    import sympy  # noqa: PLC0415  # exact roots are SymPy's

    (z,) = poly.gens
    roots = sorted(poly.all_roots(), key=lambda r: (not r.is_real, *_floats(r)))
    real = [r for r in roots if r.is_real]
    if field == "CC":
        return [sympy.Poly(z - r, z, extension=True) for r in roots]
    upper = [r for r in roots if not r.is_real and _floats(r)[1] > 0]
    pairs = [z**2 - sympy.expand(r + r.conjugate()) * z + sympy.expand(r * r.conjugate()) for r in upper]
    return [sympy.Poly(p, z) for p in (*(z - r for r in real), *pairs)]


def _floats(root: sympy.Expr) -> tuple[float, float]:
    """Where the root lies, to put roots in order and to pair conjugate ones."""
    place = complex(root.evalf())
    return place.real, place.imag
