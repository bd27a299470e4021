"""Summaries: every column of a table against the layer itself, and the comparison tables of the lectures."""

from __future__ import annotations

import numpy as np
import pytest

import convalgebra as ca
from convalgebra.analysis.summary import COLUMNS

NET = ca.Sequential(
    ca.models.conv(3, 4, 3, padding=1),
    ca.Parallel(ca.Sequential(ca.models.conv(4, 4, 3, padding=1), ca.ReLU()), ca.Identity(), join="sum"),
    ca.MaxPool(2),
)
SHAPE = (3, 8, 8)


def test_every_row_says_what_its_layer_says():
    report = ca.summary(NET, SHAPE)
    assert [row.place for row in report.rows] == ["0", "1.0.0", "1.0.1", "1.1", "2"]
    assert [row.field.size[0] for row in report.rows] == [3, 5, 5, 3, 6]
    assert report.parameters == NET.parameters == sum(row.parameters for row in report.rows)
    assert report.macs == ca.count_macs(NET, SHAPE, exact=False)
    assert report.exact == ca.count_macs(NET, SHAPE)
    assert report.rows[-1].field == ca.receptive_field(NET, SHAPE)
    assert report.rows[-1].out_shape == NET.output_shape(SHAPE)


def test_prefixes_have_the_fields_of_the_whole():
    layers = [ca.models.conv(1, 1, 3, stride=2, padding=1), ca.Upsample(2), ca.MaxPool(3, stride=1), ca.Upsample(3)]
    rows = ca.summary(layers, (1, 32, 32)).rows
    assert [row.field for row in rows] == [ca.receptive_field(layers[: k + 1]) for k in range(4)]


@pytest.mark.parametrize("name", COLUMNS)
def test_each_column_alone(name):
    report = ca.summary(NET, SHAPE, columns=[name])
    assert len(report.table.columns) == 1
    assert len(report.table.rows) == 5
    assert "<table>" in report._repr_html_()
    assert report.to_latex().startswith(r"\begin{tabular}")


def test_layers_without_a_field_leave_the_column_empty():
    report = ca.summary([ca.Unfold(2)], (1, 4, 4))
    assert report.rows[0].field is None
    assert "no receptive fields: layer 0 (Unfold)" in str(report)
    misaligned = ca.Parallel(ca.Conv([[[1, 1]]], padding=((0, 1),)), ca.Identity(), join="sum")
    assert "misaligned" in str(ca.summary(misaligned, (1, 4)))


def test_columns_must_be_known():
    with pytest.raises(ca.ArgumentError, match="'exact'"):
        ca.summary(NET, SHAPE, columns=["flops"])
    with pytest.raises(ca.ArgumentError, match="at least one"):
        ca.summary(NET, SHAPE, columns=[])


def test_networks_are_compared_by_name():
    with pytest.raises(ca.ArgumentError, match="must have names"):
        ca.compare([NET], SHAPE)
    assert ca.compare({}, SHAPE).rows == ()


def test_the_comparison_tables_of_the_lectures():
    """4608 against 656 weights (16 to 32 channels, 3x3), 25 + 1 against 2 (9 + 1)."""
    full = ca.Conv(ca.abstract((32, 16, 3, 3)))
    apart = ca.Sequential(ca.Conv(ca.abstract((16, 1, 3, 3)), groups=16), ca.Conv(ca.abstract((32, 16, 1, 1))))
    table = ca.compare({"full": full, "separable": apart}, (16, 32, 32))
    assert [row[2] for row in table.rows] == [4608, 656]
    assert [row[3] for row in table.rows] == [4608 * 900, 656 * 900]
    five = ca.compare({"5x5": ca.models.conv(1, 1, 5), "3x3": [ca.models.conv(1, 1, 3)] * 2}, (1, 9, 9))
    assert [(row[2], row[-1]) for row in five.rows] == [(26, (5, 5)), (20, (5, 5))]


def test_nothing_is_allocated():
    assert ca.summary(ca.models.vgg16(), (3, 224, 224)).parameters == 138357544
    assert np.asarray(ca.models.vgg16().layers[0].weight.shape).tolist() == [64, 3, 3, 3]
