"""Chapter 5, continued: groups, shuffles, depthwise layers, and stacks without activations."""

from itertools import combinations
from math import gcd, lcm
from typing import Annotated, Any

import numpy as np

from convalgebra.algebra.dense import diagonal
from convalgebra.algebra.fourier import dft
from convalgebra.algebra.toeplitz import circulant
from convalgebra.analysis.compose import collapse
from convalgebra.analysis.paths import paths
from convalgebra.layers.activation import ReLU
from convalgebra.layers.classics import depthwise
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Sequential
from convalgebra.layers.resample import ChannelShuffle
from convalgebra.proofs.constructors import impulse
from convalgebra.proofs.symbolic_conv import convolve
from convalgebra.theorems.domains import Filter, Kernel, On, Size, Sizes, Statement, Step
from convalgebra.theorems.facts import equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

Pair = Annotated[Any, Sizes(most=2)]
Few = Annotated[Any, Sizes(most=4)]


def _grouped(channels: int, groups: int) -> Conv:
    """A layer of one tap whose groups mix completely."""
    return Conv(np.ones((channels, channels // groups, 1), dtype=np.int64), groups=groups)


def _parts(seen: Any) -> list[frozenset[int]]:
    """The finest partition of the inputs in which no output reads two parts."""
    parts: list[frozenset[int]] = []
    for row in seen:
        read = frozenset(np.flatnonzero(row).tolist())
        met = [part for part in parts if part & read]
        parts = [part for part in parts if not part & read] + [read.union(*met)]
    return sorted(parts, key=min)


@theorem(
    "comp-groups-gcd",
    says=r"g \text{ groups, then } h \text{ groups} = \gcd(g, h) \text{ groups}",
    source="the join of two partitions into blocks",
    strength=LISTED,
)
def groups_compose_to_their_greatest_common_divisor(g: Few, h: Few, a: Pair) -> Statement:
    """Layers of g and of h groups compose to one of gcd(g, h) groups, which falls into no smaller parts."""
    C, count = a * lcm(g, h), gcd(g, h)
    seen = paths([_grouped(C, g), _grouped(C, h)], (C, 1)).to_numpy()
    blocks = [frozenset(range(i, i + C // count)) for i in range(0, C, C // count)]
    return equal(_parts(seen) == blocks, True)


@false_sibling(groups_compose_to_their_greatest_common_divisor, says=r"\max(g, h) \text{ groups}")
def the_larger_number_of_groups_stays(g: Few, h: Few) -> Statement:
    """The stack has as many groups as the layer with more of them."""
    C = lcm(g, h)
    return equal(len(_parts(paths([_grouped(C, g), _grouped(C, h)], (C, 1)).to_numpy())), max(g, h))


def _shuffled(g: int, m: int) -> bool:
    """Does every output of two layers of g groups, their g m channels shuffled between, read every input?"""
    C = g * m
    net = [_grouped(C, g), ChannelShuffle(g), _grouped(C, g)]
    return bool(paths(net, (C, 1)).to_numpy().all())


@theorem(
    "comp-channel-shuffle",
    says=r"\text{groups } g, \text{ shuffle, groups } g \text{ on } g m \text{ channels: all to all} \iff m \ge g",
    source="Zhang et al. 2018, ShuffleNet",
    strength=LISTED,
)
def a_shuffle_connects_enough_channels(g: Few, m: Annotated[Any, Sizes(most=5)]) -> Statement:
    """With the channels shuffled between two grouped layers all see all exactly where a group has g channels."""
    return equal(_shuffled(g, m), m >= g)


@false_sibling(a_shuffle_connects_enough_channels, says=r"\text{a shuffle connects all channels}")
def a_shuffle_connects_all_channels(g: Few, m: Few) -> Statement:
    """A shuffle between grouped layers always lets every output read every input."""
    return equal(_shuffled(g, m), True)


def _minors(rows: Any) -> list[Any]:
    """The 2 x 2 minors of a matrix."""
    pairs = [(u, v) for u, v in combinations(rows, 2)]
    return [u[a] * v[b] - u[b] * v[a] for u, v in pairs for a, b in combinations(range(len(u)), 2)]


@theorem(
    "comp-depthwise-separable",
    says=r"U[o, i, \cdot] = P[o, i] \, d_i, \qquad \mathrm{rank} \, U[\cdot, i, \cdot] \le 1",
    source="lectures 001 and 003; Chollet 2017",
    strength=LISTED,
)
def a_separable_layer_has_rank_one_for_each_channel(
    C: Pair, D: Pair, K: Step, P: Annotated[Any, On("D", "C", 1)], d: Annotated[Any, On("C", 1, "K")],
    e: Annotated[Any, On("D", 1, "K")],
) -> Statement:  # fmt: skip
    """Depthwise, then pointwise: the taps of an input channel have rank one; the other order: of an output channel."""
    U = collapse([depthwise(d), Conv(P)]).weight
    V = collapse([Conv(P), depthwise(e)]).weight
    minors = [v for i in range(C) for v in _minors(U[:, i])] + [v for o in range(D) for v in _minors(V[o])]
    return equal(U, P * d[None, :, 0]), equal(V, P * e), equal(minors, [0] * len(minors))


@false_sibling(a_separable_layer_has_rank_one_for_each_channel, says=r"\mathrm{rank} \, W[\cdot, i, \cdot] \le 1")
def every_layer_is_separable(C: Pair, D: Pair, W: Annotated[Any, On("D", "C", 2)]) -> Statement:
    """Every layer of two taps is depthwise separable."""
    minors = [v for i in range(C) for v in _minors(W[:, i])]
    return equal(minors, [0] * len(minors))


@theorem(
    "comp-linear-collapse",
    says=r"A_w A_v A_u = A_{w * v * u}, \qquad F (C_w C_v C_u e_0) = \hat w \cdot \hat v \cdot \hat u",
    source="Scardapane, lecture 6; Kohn, Merkh, Montufar and Trager 2022",
    machine_checked="Layer.compose, Circulant.circM, Fourier.dft_circ",
)
def a_stack_without_activations_is_one_layer(
    n: Size, o: Pair, K: Pair, k: Pair, L: Pair,
    u: Filter, v: Annotated[Any, On(1, 1, "k")], w: Annotated[Any, On(1, 1, "L")],
    a: Kernel, b: Kernel, c: Kernel,
) -> Statement:  # fmt: skip
    """Three layers, so by induction any number, are one: its spectrum is the product of theirs on a circle."""
    first, second, third = o + L + k + K - 3, o + L + k - 2, o + L - 1
    stack = Conv(w).matrix((1, third)) @ Conv(v).matrix((1, second)) @ Conv(u).matrix((1, first))
    whole, F = circulant(c) @ circulant(b) @ circulant(a), dft(n)
    return (
        stack == Conv(convolve(w, convolve(v, u))).matrix((1, first)),
        whole == circulant(whole @ impulse(n)),
        F @ whole == diagonal(F @ c) @ diagonal(F @ b) @ diagonal(F @ a) @ F,
    )


@false_sibling(a_stack_without_activations_is_one_layer, says=r"f(x) + f(y) = f(x + y) \text{ with ReLU too}")
def a_stack_with_activations_is_linear(
    K: Size, w: Filter, x: Annotated[Any, On(1, "K")], y: Annotated[Any, On(1, "K")]
) -> Statement:
    """With a rectifier in the stack it is still linear."""
    net = Sequential(Conv(w), ReLU())
    return equal(net(x) + net(y), net(x + y))
