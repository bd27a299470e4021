import numpy as np
import pytest

import convalgebra as ca
from convalgebra.algebra.protocol import symbols_in
from convalgebra.proofs.symbolic import Symbolic

n, s, k = ca.size("n"), ca.size("s"), ca.integer("k")
w = ca.kernel("w", n)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ca.shift(n),
        lambda: ca.shift(5, k),
        lambda: ca.shift((3, 4), (1, k)),
        lambda: ca.identity(n=n),
        lambda: ca.flip((3, n)),
        lambda: ca.pad(4, (k * 0, s)),
        lambda: ca.crop(n + 2, (1, 1)),
        lambda: ca.downsample(s * 3, s),
        lambda: ca.upsample(3, s),
        lambda: ca.circulant(w),
        lambda: ca.diagonal(w),
        lambda: ca.dft(n),
        lambda: ca.kron(ca.shift(n), ca.shift(n)),
        lambda: ca.Conv(ca.kernel("w", (1, 1, n)), stride=s).matrix((1, s + n)),
    ],
)
def test_a_symbol_anywhere_chooses_the_constructor_for_all_sizes(call):
    assert isinstance(call(), Symbolic)


def test_numbers_keep_the_constructor():
    assert not isinstance(ca.shift((2, 3), (1, 1)), Symbolic)
    assert isinstance(ca.Conv([[[1, 2]]]), ca.Conv)
    assert list(symbols_in((1, "n", [n], np.ones(2), (2, (n,))))) == [n]


def test_one_line_proves_for_all_sizes():
    proof = ca.prove(ca.circulant(w) @ ca.shift(n, k) == ca.shift(n, k) @ ca.circulant(w))
    assert proof.scope == "all sizes"
    assert bool(ca.flip(n) @ ca.flip(n) == ca.identity(n))
    assert not bool(ca.shift(n, k) == ca.shift(n, -k))
    with pytest.raises(ca.RefutedError, match="n=3"):
        ca.prove(ca.circulant(w) == ca.circulant(w).T)
