import pytest

import convalgebra as ca
from convalgebra.proofs.calculus.proving import GeneralProof, decide
from convalgebra.proofs.constructors import crop, downsample, flip, identity, kron, ones, pad, shift
from convalgebra.proofs.symbolic import integer, kernel, size, unknown
from convalgebra.proofs.symbolic_conv import conv, conv_transpose, convolve, dilated

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


def grouped():
    """A = D T P with groups."""
    w, span = kernel("w", (f * g, c, K)), s * (n - 1) + d * (K - 1) + 1
    layer = conv(w, groups=f, stride=s, dilation=d, padding=((p, span - p - N),))
    D, T, P = layer.factors((f * c, N))
    return layer.matrix((f * c, N)) == D @ T @ P


def depthwise():
    layer = conv(kernel("w", (f, 1, K)), groups=f, padding_mode="circular", padding=((k, K - 1 - k),)).matrix((f, n))
    step = kron(identity(f), shift(n, 1))
    return layer @ step == step @ layer


def biased():
    """Two layers with bias are one, up to what the second makes of the first bias."""
    u, v, x = kernel("u", (g, f, K2)), kernel("v", (f, c, K1)), kernel("x", (c, n + K1 + K2 - 2))
    first, second = conv(v, kernel("a", f)), conv(u, kernel("b", g))
    middle = (f, n + K2 - 1)
    carried = second.matrix(middle) @ kron(kernel("a", f), ones(n + K2 - 1))
    return second(first(x)) == conv(convolve(u, v), kernel("b", g))(x) + carried


def back():
    w = kernel("w", (f, c, K))
    return (
        conv_transpose(w, stride=s, dilation=d).matrix((f, n))
        == conv(w, stride=s, dilation=d).matrix((c, s * (n - 1) + d * (K - 1) + 1)).T
    )


def output_padded():
    w = kernel("w", (f, c, 2))
    wide = pad((c, 3 * n - 1), ((0, 0), (0, 1)))
    made = conv_transpose(w, stride=3)
    return conv_transpose(w, stride=3, output_padding=1).matrix((f, n)) == wide @ made.matrix((f, n))


def back_and_forth():
    w = kernel("w", (f, c, K))
    return conv(w, stride=s).T.T.matrix((c, s * (n - 1) + K)) == conv_transpose(w, stride=s).T.matrix(
        (c, s * (n - 1) + K)
    )


THEOREMS = {
    "A = D T P with groups": grouped(),
    "depthwise layers are equivariant": depthwise(),
    "two layers with bias are one": biased(),
    "transposed layers are transposes": back(),
    "output padding adds zeros": output_padded(),
    "the transpose of the transpose": back_and_forth(),
    "a kernel as wide as the signal is dense": conv(kernel("w", (f, c, K))).matrix((c, K)) == unknown("w", f, (c, K)),
    "convolution flips": conv(kernel("w", (f, c, K)), op="convolution").matrix((c, n + K - 1))
    == conv(kron(identity(f), identity(c), flip(K)) @ kernel("w", (f, c, K))).matrix((c, n + K - 1)),
    "same is half of the kernel": conv(SAME, padding="same").matrix((1, n)) == conv(SAME, padding=p).matrix((1, n)),
    "full is all of the kernel": conv(W, padding="full").matrix((1, n)) == conv(W, padding=K - 1).matrix((1, n)),
    "average pooling": conv(ones((1, 1, K)) / K, stride=K).matrix((1, K * n))
    == kron(identity(1), identity(n), ones(K).T) / K,
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

G, X = kernel("w", (f, 1, K)), kernel("w", (f, f, K))
STEP = one(pad(n, (1, -1)))
FALSE = {
    "convolution is correlation": conv(X, op="convolution").matrix((f, n + K - 1)) == conv(X).matrix((f, n + K - 1)),
    "a transposed layer is an inverse": conv(W).T.matrix((1, n)) @ conv(W).matrix((1, n + K - 1))
    == identity((1, n + K - 1)),
    "a grouped layer mixes": conv(G, groups=f).matrix((f, n + K - 1))
    == kron(ones(f) @ ones(f).T, identity(n)) @ conv(G, groups=f).matrix((f, n + K - 1)),
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
        (lambda: conv([[[0.5, 2]]], stride=s), ca.ArgumentError),
        (lambda: conv(W, [1, 2]), ca.ShapeError),
        (lambda: conv(W, groups=2), ca.ArgumentError),
        (lambda: conv(W, padding="same"), ca.ArgumentError),
        (lambda: conv(W, stride=2, padding="same"), ca.ArgumentError),
        (lambda: conv(W, padding="circular"), ca.ArgumentError),
        (lambda: conv_transpose(W).matrix((2, n)), ca.ShapeError),
        (lambda: conv(W).matrix((2, K + n)), ca.ShapeError),
        (lambda: convolve(kernel("u", (f, g, K)), kernel("v", (f, c, K))), ca.ShapeError),
    ]:
        with pytest.raises(error):
            call()


def test_a_symbol_finds_the_layer_by_name():
    assert s.__convalgebra__("Conv") is W.__convalgebra__("Conv") is conv
