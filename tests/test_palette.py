"""Colours: readable, told apart with every colour vision, and one mixture in TeX and SVG."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from convalgebra.display.palette import (
    BASES,
    BLACK,
    HUES,
    STYLES,
    WHITE,
    Paint,
    contrast,
    fixed_styles,
    legend,
    tap_style,
)
from convalgebra.display.taps import Kernel

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
VISION = {
    "normal": np.eye(3),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
OKLAB_1 = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
OKLAB_2 = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip

NOTICED = 2  # the difference in OKLab that is just noticed


def seen(paint, vision):
    """The colour in OKLab, scaled to 100, as this vision sees it."""
    c = np.array(paint.rgb) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return 100 * OKLAB_2 @ np.cbrt(OKLAB_1 @ np.clip(VISION[vision] @ linear, 0, 1))


def fills(rows, cols, theme="okabe-ito"):
    return [tap_style((r, c), (rows, cols), theme).fill for r in range(rows) for c in range(cols)]


def nearest(paints, vision):
    return min(np.linalg.norm(seen(a, vision) - seen(b, vision)) for a, b in combinations(paints, 2))


@pytest.mark.parametrize("vision", VISION)
def test_weights_are_told_apart_with_every_colour_vision(vision):
    assert nearest(fills(3, 1), vision) > 2 * NOTICED
    assert nearest(fills(3, 3), vision) > NOTICED


@pytest.mark.parametrize("theme", ["okabe-ito", "print"])
@pytest.mark.parametrize("grid", [(1, 1), (3, 1), (7, 1), (3, 3), (5, 5), (7, 7)])
def test_labels_are_readable_on_every_weight(grid, theme):
    for r in range(grid[0]):
        for c in range(grid[1]):
            style = tap_style((r, c), grid, theme)
            assert contrast(style.fill, style.ink) >= 4.5
    assert len({paint.rgb for paint in fills(*grid, theme)}) == grid[0] * grid[1]


def test_names_of_places_are_readable():
    for theme in ("okabe-ito", "print"):
        styles = fixed_styles(theme)
        for text, ground in (
            ("cv x", "cv input"),
            ("cv text", "cv output"),
            ("cv text", "cv chosen"),
            ("cv text", "cv row"),
        ):
            assert contrast(styles[text].ink, styles[ground].fill) >= 4.5
        assert contrast(styles["cv axis"].ink, WHITE) >= 3


def test_print_is_grey_and_ordered_by_tap():
    shades = [paint.rgb for paint in fills(3, 3, "print")]
    assert all(len({*rgb}) == 1 for rgb in shades)
    assert shades == sorted(shades, reverse=True)
    for style in fixed_styles("print").values():
        assert {p.base for p in (style.fill, style.stroke, style.ink) if p} <= {"black", "white"}
    assert fixed_styles() == STYLES


def test_hue_is_the_row_and_tint_the_column():
    styles = [[tap_style((r, c), (3, 3)) for c in range(3)] for r in range(3)]
    assert [[style.fill.base for style in row] for row in styles] == [[HUES[r]] * 3 for r in range(3)]
    for row in styles:
        assert [style.fill.luminance for style in row] == sorted((s.fill.luminance for s in row), reverse=True)


@pytest.mark.parametrize("base", BASES)
def test_mixtures_run_from_one_colour_to_the_other(base):
    pure = tuple(bytes.fromhex(BASES[base]))
    assert Paint(base).rgb == pure
    assert Paint(base, 0, "black").rgb == (0, 0, 0)
    assert Paint(base).hex == f"#{BASES[base].lower()}"
    assert Paint(base).tex == base
    assert Paint(base, 30).tex == f"{base}!30"
    assert Paint(base, 0, "black").tex == f"{base}!0!black"


def test_contrast_is_that_of_wcag():
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(Paint("cvblue"), WHITE) == pytest.approx(5.19, abs=0.01)


def test_the_legend_names_taps_by_place():
    kernel = Kernel((1, 1, 3, 3), ((0, 1, 2), (0, 1, 2)))
    assert {key: name for key, (name, _) in legend(kernel, [0, 5, 8]).items()} == {0: "w00", 5: "w12", 8: "w22"}
    assert legend(Kernel((1, 1, 12, 12), (tuple(range(12)),) * 2), [13])[13][0] == "w1-1"


def test_the_legend_tells_values_apart_while_it_can():
    assert {name for name, _ in legend(None, ["a", "b", "a"]).values()} == {"v0", "v1"}
    assert {name for name, _ in legend(None, ["1"]).values()} == {"cv unit"}
    assert len({name for name, _ in legend(None, map(str, range(35))).values()}) == 35
    assert {name for name, _ in legend(None, map(str, range(36))).values()} == {"cv unit"}


def test_entries_that_break_a_law_are_black_in_print():
    assert fixed_styles("print")["cv wrong"].stroke == BLACK
    assert fixed_styles()["cv wrong"].stroke != BLACK
