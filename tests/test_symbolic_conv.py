import pytest

import convalgebra as ca
from convalgebra.proofs.calculus.proving import GeneralProof, decide
from convalgebra.proofs.constructors import crop, downsample, flip, identity, kron, pad, shift
from convalgebra.proofs.symbolic import integer, kernel, size
from convalgebra.proofs.symbolic_conv import conv, convolve, dilated

N, K, K1, K2, L1, L2, O1, O2 = map(size, ["N", "K", "K1", "K2", "L1", "L2", "O1", "O2"])
s, s1, s2, d, d1, d2, f, g, c, m, n, q = map(size, ["s", "s1", "s2", "d", "d1", "d2", "f", "g", "c", "m", "n", "q"])
p, k, e1, e2 = size("p", 0), integer("k"), integer("e1"), integer("e2")
U, V, W = (kernel(name, (1, 1, taps)) for name, taps in zip("uvw", (K2, K1, K), strict=True))
SAME = kernel("w", (1, 1, 2 * p + 1))


def one(operator):
    """On a single channel."""
    return kron(identity(1), operator)


def two_layers(u, v, channels):
    """A strided dilated layer after another with any padding, and the one layer of the composed kernel."""
    middle = s2 * (O1 - 1) + d2 * (K2 - 1) + 1
    need = s1 * (middle - 1) + d1 * (K1 - 1) + 1
    padding = ((e1, need - e1 - N),)
    first = conv(v, stride=s1, dilation=d1, padding=padding).matrix((channels[0], N))
    second = conv(u, stride=s2, dilation=d2).matrix((channels[1], middle))
    composed = convolve(dilated(u, s1 * d2), dilated(v, d1))
    return second @ first == conv(composed, stride=s1 * s2, padding=padding).matrix((channels[0], N))


def circular(w, stride, dilation, low, length):
    padding = ((low, dilation * (w.rows[2] - 1) - low),)
    layer = conv(w, stride=stride, dilation=dilation, padding=padding, padding_mode="circular")
    return layer.matrix((1, length))


def three_factors():
    span = s * (O1 - 1) + d * (K - 1) + 1
    padding = ((e1, span - e1 - n),)
    layer = conv(W, stride=s, dilation=d, padding=padding).matrix((1, n))
    P, T, D = one(pad(n, *padding)), conv(W, dilation=d).matrix((1, span)), one(downsample(s * (O1 - 1) + 1, s))
    return layer == D @ T @ P


def interior():
    length = n + p + 1
    layer, window, step = (
        conv(SAME, padding=p).matrix((1, length)),
        one(crop(length, (1, p))),
        one(pad(length, (1, -1))),
    )
    return window @ layer @ step == window @ step @ layer


def transposed():
    backwards = kron(identity(1), identity(1), flip(K)) @ W
    layer = conv(W, padding=((e1, n + K - 1 - e1 - N),)).matrix((1, N))
    back = ((K - 1 - e1, N + e1 - n),)
    return conv(backwards, padding=back).matrix((1, n)) == layer.T


def two_dimensions():
    u, v = kernel("u", (f, g, K2, L2)), kernel("v", (g, c, K1, L1))
    high, wide = s2 * (O1 - 1) + K2, s2 * (O2 - 1) + L2
    first = conv(v, stride=s1).matrix((c, s1 * (high - 1) + K1, s1 * (wide - 1) + L1))
    composed = conv(convolve(dilated(u, s1), v), stride=s1 * s2)
    return conv(u, stride=s2).matrix((g, high, wide)) @ first == composed.matrix((c, *first.cols[1:]))


THEOREMS = {
    "two layers are one": two_layers(U, V, (1, 1)),
    "two layers with channels are one": two_layers(kernel("u", (f, g, K2)), kernel("v", (g, c, K1)), (c, g)),
    "two layers in two dimensions are one": two_dimensions(),
    "two circular layers are one": circular(U, s2, d2, e2, s2 * q) @ circular(V, s1, d1, e1, s1 * s2 * q)
    == circular(convolve(dilated(U, s1 * d2), dilated(V, d1)), s1 * s2, 1, e1 + s1 * e2, s1 * s2 * q),
    "circular layers are equivariant": circular(V, s1, d1, e1, s1 * m) @ one(shift(s1 * m, s1 * k))
    == one(shift(m, k)) @ circular(V, s1, d1, e1, s1 * m),
    "A = D T P": three_factors(),
    "dilation spreads the kernel": conv(W, stride=s, dilation=d).matrix((1, s * (O1 - 1) + d * (K - 1) + 1))
    == conv(dilated(W, d), stride=s).matrix((1, s * (O1 - 1) + d * (K - 1) + 1)),
    "valid layers commute": conv(U).matrix((1, n + K2 - 1)) @ conv(V).matrix((1, n + K1 + K2 - 2))
    == conv(V).matrix((1, n + K1 - 1)) @ conv(U).matrix((1, n + K1 + K2 - 2)),
    "the transpose of a layer is the layer of the reversed kernel": transposed(),
    "same layers are equivariant inside": interior(),
}

STEP = one(pad(n, (1, -1)))
FALSE = {
    "two padded layers are one": conv(SAME, padding=p).matrix((1, n)) @ conv(SAME, padding=p).matrix((1, n))
    == conv(convolve(SAME, SAME), padding=2 * p).matrix((1, n)),
    "zero padding is equivariant": conv(SAME, padding=p).matrix((1, n)) @ STEP
    == STEP @ conv(SAME, padding=p).matrix((1, n)),
    "circular layers with stride are equivariant": circular(V, s1, d1, e1, s1 * m) @ one(shift(s1 * m, k))
    == one(shift(m, k)) @ circular(V, s1, d1, e1, s1 * m),
    "dilation comes after the stride": conv(W, dilation=2).matrix((1, n + 2 * K - 2))
    == conv(convolve(W, kernel("w", (1, 1, K)))).matrix((1, n + 2 * K - 2)),
}


@pytest.mark.parametrize("name", THEOREMS)
def test_theorem(name):
    proof = decide(THEOREMS[name])
    assert isinstance(proof, GeneralProof), str(proof)
    assert proof.replayed > 0


@pytest.mark.parametrize("name", FALSE)
def test_false_sibling(name):
    verdict = decide(FALSE[name])
    assert isinstance(verdict, ca.Refutation), str(verdict)
    assert isinstance(ca.decide(verdict.claim), ca.Refutation)


def test_the_output_size_is_exact():
    assert conv(W, stride=s, dilation=d).output_shape((1, s * (n - 1) + d * (K - 1) + 1)) == (1, n)
    assert conv(SAME, padding=p).output_shape((1, n)) == (1, n)
    assert conv(W, stride=2).output_shape((1, 2 * n + K - 2)) == (1, n)
    with pytest.raises(ca.ArgumentError, match="multiple of s"):
        conv(W, stride=s).output_shape((1, n + K))


def test_bad_layers_are_refused():
    for call, error in [
        (lambda: conv(kernel("w", K)), ca.ShapeError),
        (lambda: conv(W, padding_mode="reflect"), ca.ArgumentError),
        (lambda: conv(W, stride=k), ca.ArgumentError),
        (lambda: conv([[[1, 2]]], stride=s), ca.ArgumentError),
        (lambda: conv(W, [1]), ca.ArgumentError),
        (lambda: conv(W).matrix((2, K + n)), ca.ShapeError),
        (lambda: convolve(kernel("u", (f, g, K)), kernel("v", (f, c, K))), ca.ShapeError),
    ]:
        with pytest.raises(error):
            call()


def test_a_symbol_finds_the_layer_by_name():
    assert s.__convalgebra__("Conv") is W.__convalgebra__("Conv") is conv
