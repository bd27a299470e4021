"""What a network is made of, layer by layer: shapes, parameters, products, receptive fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convalgebra.algebra.indexing import box_of, choice
from convalgebra.analysis.counts import Leaf, leaves, network, positions, products
from convalgebra.analysis.receptive import fields
from convalgebra.analysis.table import Table
from convalgebra.errors import ArgumentError, ShapeError, SizeLimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.indexing import Box
    from convalgebra.analysis.receptive import ReceptiveField
    from convalgebra.layers.base import Layer


@dataclass(frozen=True)
class Row:
    """One layer: where it stands, what goes in and comes out, what it costs, how far it sees.

    `macs` counts every kernel position, `exact` the entries of the matrix; `field` is None where it is not known.
    """

    place: str
    layer: str
    in_shape: Box
    out_shape: Box
    parameters: int
    macs: int
    exact: int
    field: ReceptiveField | None


COLUMNS: dict[str, tuple[str, Callable[[Row], Any]]] = {
    "place": ("", lambda row: row.place),
    "layer": ("layer", lambda row: row.layer),
    "in": ("input", lambda row: row.in_shape),
    "out": ("output", lambda row: row.out_shape),
    "parameters": ("parameters", lambda row: row.parameters),
    "macs": ("MACs", lambda row: row.macs),
    "exact": ("exact MACs", lambda row: row.exact),
    "field": ("field", lambda row: row.field and row.field.size),
    "jump": ("jump", lambda row: row.field and row.field.jump),
    "start": ("start", lambda row: row.field and row.field.start),
}
SUMMED = ("parameters", "macs", "exact")
DEFAULT = ("place", "layer", "out", "parameters", "macs", "exact", "field", "jump")


@dataclass(frozen=True)
class Summary:
    """The rows of a network; as a string, HTML, `to_latex()` and `to_pandas()` they are a table with totals."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...] = DEFAULT
    unknown: str = ""  # why there are no receptive fields

    @property
    def parameters(self) -> int:
        """All weights and biases."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """All kernel positions."""
        return sum(row.macs for row in self.rows)

    @property
    def exact(self) -> int:
        """All entries of the layers' matrices."""
        return sum(row.exact for row in self.rows)

    @cached_property
    def table(self) -> Table:
        """The columns as values, for tables of one's own."""
        names, readers = zip(*(COLUMNS[name] for name in self.columns), strict=True)
        rows = tuple(tuple(read(row) for read in readers) for row in self.rows)
        totals = tuple(getattr(self, name) if name in SUMMED else "" for name in self.columns)
        return Table(names, rows, totals)

    def __str__(self) -> str:
        return str(self.table) + (f"\nno receptive fields: {self.unknown}" if self.unknown else "")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table._repr_html_()

    def to_latex(self) -> str:
        """The table as a LaTeX `tabular`."""
        return self.table.to_latex()

    def to_pandas(self) -> Any:
        """The table as a `pandas.DataFrame`."""
        return self.table.to_pandas()


def summary(net: Layer | Sequence[Layer], in_shape: Any, columns: Sequence[str] = DEFAULT) -> Summary:
    """For each layer: output shape, parameters, MACs by formula and exact, receptive field and jump, with totals.

    `columns` chooses among "place", "layer", "in", "out", "parameters", "macs", "exact", "field", "jump", "start".
    Branches stand one after another; "2.0.1" is layer 1 of branch 0 of layer 2.

    >>> import convalgebra as ca, numpy as np
    >>> net = ca.Sequential(ca.Conv(np.ones((6, 1, 5, 5)), np.ones(6), padding=2), ca.ReLU(), ca.MaxPool(2))
    >>> ca.summary(net, (1, 28, 28))
       layer    output       parameters     MACs  exact MACs  field  jump
    0  Conv     6 x 28 x 28         156  117 600     107 736  5 x 5  1 x 1
    1  ReLU     6 x 28 x 28           0        0           0  5 x 5  1 x 1
    2  MaxPool  6 x 14 x 14           0        0           0  6 x 6  2 x 2
    ----------------------------------------------------------------------
                                    156  117 600     107 736
    """
    chosen = tuple(choice(name, "a column", tuple(COLUMNS)) for name in columns)
    if not chosen:
        msg = f"columns must name at least one of {', '.join(COLUMNS)}, not none; leave it out"
        raise ArgumentError(msg)
    whole = network(net)
    found = list(leaves(whole, box_of(in_shape, "in_shape")))
    try:
        seen: Sequence[ReceptiveField | None] = fields(whole, found)
        unknown = ""
    except (ArgumentError, ShapeError, SizeLimitError) as error:
        seen, unknown = [None] * len(found), str(error)
    return Summary(tuple(map(_row, found, seen)), chosen, unknown)


def _row(leaf: Leaf, field: ReceptiveField | None) -> Row:
    kind = type(leaf.layer).__name__
    cost = (leaf.layer.parameters, positions(leaf), products(leaf))
    return Row(leaf.place, kind, leaf.in_shape, leaf.out_shape, *cost, field)


def compare(nets: Mapping[str, Layer | Sequence[Layer]], in_shape: Any) -> Table:
    """Networks side by side: parameters, MACs by formula and exact, receptive field.

    >>> import convalgebra as ca, numpy as np
    >>> two, one = [ca.Conv(np.ones((1, 1, 3, 3)), [0])] * 2, ca.Conv(np.ones((1, 1, 5, 5)), [0])
    >>> print(ca.compare({"5x5": one, "3x3, 3x3": two}, (1, 32, 32)))
    network   output       parameters    MACs  exact MACs  field
    5x5       1 x 28 x 28          26  19 600      19 600  5 x 5
    3x3, 3x3  1 x 28 x 28          20  15 156      15 156  5 x 5
    """
    if not isinstance(nets, Mapping):
        msg = f'the networks must have names, not be {type(nets).__name__}; write ca.compare({{"name": net}}, in_shape)'
        raise ArgumentError(msg)
    rows = []
    for name, net in nets.items():
        whole = summary(net, in_shape)
        last = whole.rows[-1].field
        costs = (whole.parameters, whole.macs, whole.exact)
        rows.append((name, network(net).output_shape(in_shape), *costs, last and last.size))
    return Table(("network", "output", "parameters", "MACs", "exact MACs", "field"), tuple(rows))
