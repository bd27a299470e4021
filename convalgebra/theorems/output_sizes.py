"""Chapter 17, output sizes: every formula counts the windows that fit; floors and ceilings are integer operations."""

from fractions import Fraction
from functools import reduce
from typing import Annotated, Any

from convalgebra.algebra.indexing import Axis, named_widths, output_size
from convalgebra.errors import ArgumentError
from convalgebra.layers.conv import Conv
from convalgebra.layers.pool import AdaptiveAvgPool, AvgPool
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.theorems.domains import Size, Sizes, Statement, Step, Width
from convalgebra.theorems.facts import at_most, equal
from convalgebra.theorems.theorem import LISTED, false_sibling, theorem

GUIDE = "Dumoulin and Visin, A guide to convolution arithmetic"
Long = Annotated[Any, Sizes(most=7)]
FITS = {"d (K - 1) + 1 <= n + p + q": lambda n, K, d, p, q: d * (K - 1) + 1 <= n + p + q}
INSIDE = {"K <= n": lambda n, K: K <= n}


def _windows(n: int, K: int, s: int, d: int, left: int, right: int) -> int:
    """The windows that fit, counted one by one."""
    return sum(s * i + d * (K - 1) + 1 <= n + left + right for i in range(n + left + right))


@theorem(
    "size-window-count",
    says=r"o = \left\lfloor \tfrac{n + p_l + p_r - d(K-1) - 1}{s} \right\rfloor + 1"
    r" = \#\{i \ge 0 : s i + d (K - 1) + 1 \le n + p_l + p_r\}",
    source=f"lectures 000 to 004; {GUIDE}, relations 1 to 6",
    given=FITS,
    strength=LISTED,
)
def the_output_size_counts_windows(n: Size, K: Step, s: Step, d: Step, p: Width, q: Width) -> Statement:
    """The output size is the number of windows that fit on the padded signal."""
    o = output_size(n, K, s, lo=p, hi=q, dilation=d)
    return equal(o, _windows(n, K, s, d, p, q)), equal(o, -(-(n + p + q - d * (K - 1)) // s))


@false_sibling(the_output_size_counts_windows, says=r"o = (n + p_l + p_r - K)/s + 1 \text{ without rounding}")
def the_formula_needs_no_floor(n: Size, K: Step, s: Step) -> Statement:
    """The formula is right without floor, and where no window fits."""
    return equal(Fraction(n - K, s) + 1, _windows(n, K, s, 1, 0, 0))


@theorem(
    "size-padding-convention",
    says=r"\frac{W + P - K}{S} + 1 = \frac{W - K + 2p}{S} + 1 \quad\text{with}\quad P = 2p",
    source="lectures 000 and 001 against 002 and 004",
)
def total_padding_is_twice_the_padding_of_a_side(m: Size, K: Size, S: Size, p: Width) -> Statement:
    """Two lectures count the padding of both sides together, two that of one side: the sizes agree for P = 2 p.

    The signal has length W = (m - 1) S + K - 2 p, so that the windows fit exactly and m of them do.
    """
    W, P = (m - 1) * S + K - 2 * p, 2 * p
    return equal(W + P - K, (m - 1) * S), equal(W - K + 2 * p, (m - 1) * S)


@false_sibling(total_padding_is_twice_the_padding_of_a_side, says=r"P = p")
def the_two_lectures_mean_one_number(W: Size, K: Step, P: Step) -> Statement:
    """The P of the one formula is the p of the other."""
    return equal(W + P - K + 1, W - K + 2 * P + 1)


@theorem(
    "size-same-tf",
    says=r"o = \lceil n / s \rceil, \quad P = \max((o - 1)s + d(K - 1) + 1 - n, 0), \quad p_l = \lfloor P / 2 \rfloor",
    source="TensorFlow's SAME; Scardapane, lecture 6",
    strength=LISTED,
)
def same_gives_one_output_for_each_stride(n: Long, K: Step, s: Step, d: Step) -> Statement:
    """SAME pads so that the output has ceil(n / s) places, whatever the kernel; an odd place goes to the end."""
    lo, hi = named_widths("same_upper", n, K, s, d)
    total = max((-(-n // s) - 1) * s + d * (K - 1) + 1 - n, 0)
    return (
        equal(output_size(n, K, s, lo=lo, hi=hi, dilation=d), -(-n // s)),
        equal((lo, hi), (total // 2, total - total // 2)),
    )


@false_sibling(
    same_gives_one_output_for_each_stride,
    says=r"p_l = \lfloor K / 2 \rfloor",
    given={"the sizes agree": lambda n, K, s: _windows(n, K, s, 1, K // 2, K // 2) == -(-n // s)},
)
def half_padding_is_same_where_sizes_agree(n: Size, K: Step, s: Step) -> Statement:
    """Padding K // 2 on both sides is SAME wherever it gives the same size."""
    w = [[list(range(1, K + 1))]]
    same = Conv(w, stride=s, padding="same_upper").matrix((1, n))
    return same == Conv(w, stride=s, padding=K // 2).matrix((1, n))


@theorem(
    "size-half-full-causal",
    says=r"p = \lfloor K/2 \rfloor: o = n + [K \text{ even}]; \quad p = K - 1: o = n + K - 1; \quad (K - 1, 0): o = n",
    source=f"{GUIDE}, relations 3 and 4",
    strength=LISTED,
)
def half_full_and_causal_padding(n: Size, K: Step, s: Step) -> Statement:
    """Half padding keeps an odd kernel's size, full padding adds K - 1, causal padding adds nothing; strides divide."""
    half, full, causal = (K // 2, K // 2), (K - 1, K - 1), (K - 1, 0)
    sizes = [n + (K % 2 == 0), n + K - 1, n]
    return tuple(
        equal(output_size(n, K, s, lo=lo, hi=hi), -(-o // s))
        for (lo, hi), o in zip((half, full, causal), sizes, strict=True)
    )


@false_sibling(half_full_and_causal_padding, says=r"p = \lfloor K/2 \rfloor: o = n")
def half_padding_keeps_every_size(n: Size, K: Step) -> Statement:
    """Half padding keeps the size for every kernel."""
    return equal(output_size(n, K, lo=K // 2, hi=K // 2), n)


@theorem(
    "size-torch-same",
    says=r"p_l = \lfloor d(K - 1)/2 \rfloor, \quad p_l + p_r = d(K - 1), \quad s = 1",
    source="PyTorch, padding='same'",
    strength=LISTED,
)
def same_without_stride(n: Size, K: Step, d: Step) -> Statement:
    """At stride 1 the padding d (K - 1) in all keeps the size; its odd place goes to the end."""
    lo, hi = named_widths("same", n, K, 1, d)
    return (
        equal((lo, hi), (d * (K - 1) // 2, d * (K - 1) - d * (K - 1) // 2)),
        equal(output_size(n, K, lo=lo, hi=hi, dilation=d), n),
    )


@false_sibling(same_without_stride, says=r"s = 2 \text{ is accepted}")
def same_accepts_a_stride(s: Step) -> Statement:
    """The padding "same" takes every stride."""
    try:
        return equal(Conv([[[1]]], stride=s, padding="same").output_shape((1, 2))[1], -(-2 // s))
    except ArgumentError:
        return equal("refused", "accepted")


@theorem(
    "size-transposed",
    says=r"o = (i - 1)s - 2p + d(K - 1) + 1 + q, \quad 0 \le q < s",
    source=f"{GUIDE}, relations 8 to 14; PyTorch",
    given={"the output has a place": lambda i, s, K, d, p, q: (i - 1) * s - 2 * p + d * (K - 1) + 1 + q >= 1,
           "q < s": lambda s, q: q < s},
    strength=LISTED,
)  # fmt: skip
def the_transposed_layer_inverts_the_window_count(i: Size, s: Step, K: Step, d: Step, p: Width, q: Width) -> Statement:
    """The transposed layer gives the sizes o from which the layer itself makes i places."""
    o = (i - 1) * s - 2 * p + d * (K - 1) + 1 + q
    layer = ConvTranspose([[[1] * K]], stride=s, padding=p, output_padding=q, dilation=d)
    return equal(layer.output_shape((1, i)), (1, o)), equal(_windows(o, K, s, d, p, p), i)


@false_sibling(the_transposed_layer_inverts_the_window_count, says=r"q \ge s \text{ is consistent too}")
def every_output_padding_is_consistent(i: Size, s: Step, q: Width) -> Statement:
    """Every output padding gives a size from which the layer makes i places."""
    return equal(_windows((i - 1) * s + 1 + q, 1, s, 1, 0, 0), i)


@theorem(
    "size-ceil-mode",
    says=r"o = \left\lceil \tfrac{n + 2p - K}{s} \right\rceil + 1 - [\text{the last window would start at } n + p]",
    source="PyTorch, pooling with ceil_mode",
    given={"2 p <= K": lambda K, p: 2 * p <= K, "K <= n + 2 p": lambda n, K, p: K <= n + 2 * p},
    strength=LISTED,
)
def ceil_mode_adds_a_partial_window(n: Long, K: Step, s: Step, p: Width) -> Statement:
    """With ceil_mode a last, partial window counts if it starts on the signal or on its left padding."""
    o = -(-(n + 2 * p - K) // s) + 1
    true = o - ((o - 1) * s >= n + p)
    starts = sum(s * i < min(n + p, n + 2 * p - K + s) for i in range(n + 2 * p))
    pool = AvgPool(K, stride=s, padding=p, ceil_mode=True)
    return equal(pool.output_shape((1, n)), (1, true)), equal(starts, true)


@false_sibling(ceil_mode_adds_a_partial_window, says=r"o = \lceil (n + 2p - K)/s \rceil + 1",
               given={"K <= n": lambda n, K: K <= n})  # fmt: skip
def ceil_mode_needs_no_correction(n: Size, K: Step, s: Step) -> Statement:
    """Rounding up is all that ceil_mode does."""
    return equal(AvgPool(K, stride=s, ceil_mode=True).output_shape((1, n)), (1, -(-(n - K) // s) + 1))


@theorem(
    "size-unused-inputs",
    says=r"(n - K) \bmod s \text{ places at the end, and } s - K \text{ between windows, are never read}",
    source=f"{GUIDE}, the odd case",
    given=INSIDE,
    strength=LISTED,
)
def a_stride_leaves_places_unread(n: Long, K: Step, s: Step) -> Statement:
    """Without padding the windows read K o places if they do not meet, else all but the rest at the end."""
    rows = Conv([[[1] * K]], stride=s).matrix((1, n)).pattern()
    o, rest = output_size(n, K, s), (n - K) % s
    return equal(n - len(set(rows.cols.tolist())), rest + max(s - K, 0) * (o - 1))


@false_sibling(a_stride_leaves_places_unread, says=r"\text{every place is read}", given=INSIDE)
def every_input_is_read(n: Size, K: Step, s: Step) -> Statement:
    """Every place of the signal has an effect on the output."""
    return equal(len(set(Conv([[[1] * K]], stride=s).matrix((1, n)).pattern().cols.tolist())), n)


@theorem(
    "size-nested-floor-ceil",
    says=r"\lfloor \lfloor x/a \rfloor / b \rfloor = \lfloor x/ab \rfloor, \quad"
    r" \lceil \lceil x/a \rceil / b \rceil = \lceil x/ab \rceil",
    source="Graham, Knuth and Patashnik, Concrete Mathematics, section 3.2",
    strength=LISTED,
)
def floors_nest(x: Annotated[Any, Sizes(0, 40)], a: Size, b: Size) -> Statement:
    """Dividing and rounding twice one way is dividing and rounding once.

    For each a and b one period of a b residues decides it, and the listed x run through at least two.
    """
    return equal(x // a // b, x // (a * b)), equal(-(-x // a // b), -(-x // (a * b)))


@false_sibling(floors_nest, says=r"\lceil \lfloor x/a \rfloor / b \rceil = \lceil x/ab \rceil")
def mixed_roundings_nest(x: Annotated[Any, Sizes(0, 4)], a: Step, b: Step) -> Statement:
    """Rounding down and then up is rounding up once."""
    return equal(-(-(x // a) // b), -(-x // (a * b)))


@theorem(
    "size-stack-closed-form",
    says=r"o = \left\lfloor \frac{n + P_l + P_r - R}{s_1 s_2} \right\rfloor + 1, \quad"
    r" R = K_1 + s_1 (K_2 - 1), \quad P = p_1 + s_1 p_2",
    source="nested floors; the receptive field of a stack",
    given={
        "both layers have an output": lambda n, K, k, s, p, q: K <= n + 2 * p and k <= (n + 2 * p - K) // s + 1 + 2 * q,
    },
    strength=LISTED,
)
def a_stack_has_the_size_of_one_layer(
    n: Long, K: Step, k: Step, s: Step, t: Step, p: Annotated[Any, Sizes(0, 1)], q: Annotated[Any, Sizes(0, 1)]
) -> Statement:
    """A stack has the size of one layer with its receptive field, its jump and its padding."""
    stack = output_size(output_size(n, K, s, lo=p, hi=p), k, t, lo=q, hi=q)
    return equal(stack, (n + 2 * (p + s * q) - (K + s * (k - 1))) // (s * t) + 1)


@false_sibling(a_stack_has_the_size_of_one_layer, says=r"o = n / s", given=INSIDE)
def the_size_is_the_input_over_the_jump(n: Size, K: Step, s: Step) -> Statement:
    """The size of the output is that of the input divided by the stride."""
    return equal(output_size(n, K, s), Fraction(n, s))


@theorem(
    "size-inverse-fibre",
    says=r"(o - 1)s + K_e - p_l - p_r \le n \le o s + K_e - 1 - p_l - p_r",
    source="lecture 001, corrected",
    given={"the smallest n is a size": lambda o, K, s, d, p: (o - 1) * s + d * (K - 1) + 1 - p >= 1},
    strength=LISTED,
)
def s_sizes_in_a_row_give_one_output_size(o: Size, K: Step, s: Step, d: Step, p: Width) -> Statement:
    """Exactly s sizes in a row have the same output size; `p` is the padding of both sides together."""
    first = (o - 1) * s + d * (K - 1) + 1 - p
    found = [n for n in range(1, first + 3 * s) if _windows(n, K, s, d, p, 0) == o]
    return equal(found, list(range(first, first + s)))


@false_sibling(s_sizes_in_a_row_give_one_output_size, says=r"n = (o - 1)s + K \text{ is the only size}")
def the_input_size_is_unique(n: Size, K: Step, s: Step) -> Statement:
    """The output size tells the input size."""
    return equal(n, (max(_windows(n, K, s, 1, 0, 0), 1) - 1) * s + K)


@theorem(
    "size-monotone",
    says=r"o(n + s) = o(n) + 1, \quad o \text{ grows with } n \text{ and } p, \text{ falls with } K, d \text{ and } s",
    source="the formula",
    given=FITS,
    strength=LISTED,
)
def sizes_are_monotone(n: Size, K: Step, s: Step, d: Step, p: Width, q: Width) -> Statement:
    """More signal or padding never shrinks the output, a larger kernel, dilation or stride never lets it grow."""
    o = _windows(n, K, s, d, p, q)
    smaller = [(n, K + 1, s, d, p, q), (n, K, s + 1, d, p, q), (n, K, s, d + 1, p, q)]
    larger = [(n + 1, K, s, d, p, q), (n, K, s, d, p + 1, q)]
    return (
        equal(_windows(n + s, K, s, d, p, q), o + 1),
        *(at_most(_windows(*there), o) for there in smaller),
        *(at_most(o, _windows(*there)) for there in larger),
    )


@false_sibling(sizes_are_monotone, says=r"o(n + 1) > o(n)")
def sizes_are_strictly_monotone(n: Size, K: Step, s: Step) -> Statement:
    """One place more always gives one output more."""
    return at_most(_windows(n, K, s, 1, 0, 0) + 1, _windows(n + 1, K, s, 1, 0, 0))


@theorem(
    "size-encoder-decoder",
    says=r"2^L \lfloor n / 2^L \rfloor = n \iff 2^L \mid n",
    source="practice with U-Nets; nested floors",
    strength=LISTED,
)
def halving_and_doubling_returns_multiples(n: Annotated[Any, Sizes(most=16)], L: Step) -> Statement:
    """L halvings and L doublings give n back exactly where 2^L divides n."""
    low = reduce(lambda size, _: size // 2, range(L), n)
    return equal(low, n // 2**L), equal(2**L * low == n, n % 2**L == 0)


@false_sibling(
    halving_and_doubling_returns_multiples, says=r"2 \mid n \Rightarrow 2^L \lfloor n / 2^L \rfloor = n",
    given={"n is even": lambda n: n % 2 == 0},
)  # fmt: skip
def even_sizes_come_back(n: Size, L: Step) -> Statement:
    """Every even size comes back."""
    return equal(2**L * reduce(lambda size, _: size // 2, range(L), n), n)


@theorem(
    "size-adaptive-pool",
    says=r"\text{windows } [\lfloor i n / o \rfloor, \lceil (i + 1) n / o \rceil)"
    r" \text{ are those of pooling with } K = s = n / o \text{ where } o \mid n",
    source="PyTorch, AdaptiveAvgPool",
    given={"o <= n": lambda n, o: o <= n},
    strength=LISTED,
)
def adaptive_pooling_is_pooling_where_the_size_divides(n: Long, o: Size) -> Statement:
    """The windows of adaptive pooling differ by at most one place; where o divides n they are those of pooling."""
    A = AdaptiveAvgPool(o).matrix((1, n))
    lengths = [-(-(i + 1) * n // o) - i * n // o for i in range(o)]
    rows = A.pattern().rows.tolist()
    facts = equal([rows.count(i) for i in range(o)], lengths), at_most(max(lengths) - min(lengths), 1)
    return facts if n % o else (*facts, A == AvgPool(n // o).matrix((1, n)))


@false_sibling(
    adaptive_pooling_is_pooling_where_the_size_divides,
    says=r"\text{there are always } K \text{ and } s",
    given={"o <= n": lambda n, o: o <= n},
)
def adaptive_pooling_is_always_pooling(n: Long, o: Step) -> Statement:
    """Adaptive pooling is pooling with some kernel and stride."""
    return equal(len({-(-(i + 1) * n // o) - i * n // o for i in range(o)}), 1)


@theorem(
    "size-composition-same-vs-once",
    says=r"\lceil \lceil n / s \rceil / t \rceil = \lceil n / st \rceil",
    source="nested ceilings",
    strength=LISTED,
)
def a_same_stack_has_the_size_of_one_same_layer(n: Long, K: Step, k: Step, s: Step, t: Step) -> Statement:
    """A stack of SAME layers has the size of one SAME layer with the composed kernel and stride."""
    first = Axis(n, K, s, 1, *named_widths("same_upper", n, K, s, 1)).out
    stack = Axis(first, k, t, 1, *named_widths("same_upper", first, k, t, 1)).out
    R = K + s * (k - 1)
    return equal(stack, Axis(n, R, s * t, 1, *named_widths("same_upper", n, R, s * t, 1)).out), equal(
        stack, -(-n // (s * t))
    )


@false_sibling(
    a_same_stack_has_the_size_of_one_same_layer,
    says=r"p_1 + s p_2 = p \text{ of the composed SAME layer}",
)
def the_composed_same_layer_starts_where_the_stack_does(n: Size, K: Step, k: Step, s: Step) -> Statement:
    """The first window of the composed SAME layer starts where that of the stack does."""
    first = named_widths("same_upper", n, K, s, 1)[0]
    second = named_widths("same_upper", -(-n // s), k, 1, 1)[0]
    return equal(first + s * second, named_widths("same_upper", n, K + s * (k - 1), s, 1)[0])
