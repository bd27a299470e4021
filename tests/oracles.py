"""Oracle cases that nobody in this project wrote: `cases("torch", op="conv2d")`, and the ledger of what became of each.

A case is a dictionary; `case["a"]` holds its arrays by name, integers widened to int64. A test takes the cases of some
operations with `@claim("torch", "conv1d", "conv2d")`. Every case belongs to exactly one class: claimed by a test,
PENDING (its part of the library does not exist yet), or DIFFERS (for the reason beside it). Nothing is left out.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA = Path(__file__).parent / "data"
SOURCES = ("onnx", "torch", "tfjax", "scipy", "seeds", "literature", "receptive_field", "networks")

Case = dict[str, Any]

# "source operation" or a case's id -> why it waits. Whoever builds the part deletes the line and claims the cases.
PENDING = {}

_RESCALED = "torch rescales the windows that overhang in ceil_mode; ONNX and this library sum what is there"
_EMPTY = "an empty signal: a size is at least 1 here"
_BORDER_STATISTICS = "fills the border with statistics or a ramp of the signal: no extension by indices"
_COMPLEX_FILL = "SciPy refuses a complex fill value on real data: a rule of its output types"
_SCALARS = "a product of two scalars has no axis"

# id -> why the library answers otherwise, each one shown by a test of its source.
DIFFERS = {
    "torch_edge_19": "torch refuses a reflection longer than the signal; extensions are total here, as in numpy.pad",
    "torch_pool_002": _RESCALED,
    "torch_pool_050": _RESCALED,
    "torch_pool_075": _RESCALED,
    "torch_pool_091": _RESCALED,
    "seed_gray_range": "a remark about images: it states no map",
    "seed_example_size_512_1024": "a remark about images: it states no map",
    "torch_edge_21": _EMPTY,
    "linalg_matmul_toeplitz_012": _EMPTY,
    "ndimage_convolve_009": _EMPTY,
    "ndimage_correlate_009": _EMPTY,
    "ndimage_correlate1d_009": _EMPTY,
    "numpy_pad_005": _EMPTY,
    "numpy_pad_017": _EMPTY,
    "numpy_roll_013": _EMPTY,
    "signal_fftconvolve_027": _EMPTY,
    "signal_oaconvolve_010": _EMPTY,
    "numpy_pad_012": _BORDER_STATISTICS,
    "numpy_pad_013": _BORDER_STATISTICS,
    "numpy_pad_020": _BORDER_STATISTICS,
    "numpy_pad_059": _BORDER_STATISTICS,
    "numpy_pad_080": _BORDER_STATISTICS,
    "ndimage_convolve1d_058": _COMPLEX_FILL,
    "ndimage_convolve1d_059": _COMPLEX_FILL,
    "ndimage_convolve_049": _COMPLEX_FILL,
    "ndimage_convolve_052": _COMPLEX_FILL,
    "ndimage_correlate1d_056": _COMPLEX_FILL,
    "ndimage_correlate1d_058": _COMPLEX_FILL,
    "ndimage_correlate_049": _COMPLEX_FILL,
    "ndimage_correlate_051": _COMPLEX_FILL,
    "signal_convolve_032": _SCALARS,
    "signal_correlate_021": _SCALARS,
    "signal_correlate_023": _SCALARS,
    "signal_correlate_027": _SCALARS,
    "signal_correlate_029": _SCALARS,
    "signal_oaconvolve_014": _SCALARS,
    "signal_correlate_005": "the method flag of SciPy has no counterpart: a matrix is no algorithm",
    "signal_convolve2d_007": "the fill value is applied outside the matrix, which is linear",
    "signal_convolve2d_008": "the fill value is applied outside the matrix, which is linear",
    "signal_fftconvolve_003": "there is no axes keyword: the box names its axes",
    "signal_oaconvolve_002": "there is no axes keyword: the box names its axes",
    "linalg_solve_toeplitz_026": "SciPy stops at a singular leading block of a regular matrix, solved here",
    "signal_correlation_lags_001": "numbers the rows, is no linear map",
    "signal_correlation_lags_002": "numbers the rows, is no linear map",
    "signal_correlation_lags_005": "numbers the rows, is no linear map",
    "signal_correlation_lags_008": "numbers the rows, is no linear map",
    "signal_correlation_lags_010": "numbers the rows, is no linear map",
}

CLAIMED: set[str] = set()


@cache
def _read(source: str) -> tuple[Case, ...]:
    document = json.loads((DATA / f"{source}.json").read_text(encoding="utf-8"), object_hook=_complex)
    arrays = np.load(DATA / document["npz"]) if "npz" in document else {}
    for case in document["cases"]:
        case["source"] = source
        case["a"] = {name: _wide(arrays[entry["key"]]) for name, entry in case.pop("arrays", {}).items()}
    return tuple(document["cases"])


def _complex(node: dict[str, Any]) -> Any:
    return complex(node["re"], node["im"]) if node.keys() == {"re", "im"} else node


def _wide(array: np.ndarray) -> np.ndarray:
    """Integers are stored narrow; their products must not overflow."""
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def cases(source: str, op: str | None = None, feature: str | None = None) -> list[Case]:
    """The cases of one source, of one operation, with one feature."""
    return [
        case
        for case in _read(source)
        if (op is None or case["op"] == op) and (feature is None or feature in case["features"])
    ]


def claim(source: str, *ops: str) -> pytest.MarkDecorator:
    """Run the test on every case of these operations that is neither pending nor different by its id."""
    chosen = [
        case for case in _read(source) if case["op"] in ops and case["id"] not in PENDING and case["id"] not in DIFFERS
    ]
    missing = set(ops) - {case["op"] for case in chosen}
    if missing:
        msg = f"{source} has no case of {', '.join(sorted(missing))}"
        raise LookupError(msg)
    CLAIMED.update(case["id"] for case in chosen)
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in chosen])


def classes(case: Case) -> list[str]:
    """The classes a case is in; one, when the ledger is right."""
    found = ["tested"] if case["id"] in CLAIMED else []
    found += [f"pending: {PENDING[key]}" for key in (f"{case['source']} {case['op']}", case["id"]) if key in PENDING]
    return found + ([f"differs: {DIFFERS[case['id']]}"] if case["id"] in DIFFERS else [])


def every_case() -> Iterable[Case]:
    """All cases of all sources."""
    return (case for source in SOURCES for case in _read(source))


def check(case: Case, got: Any, want: Any = None) -> None:
    """Integers must agree exactly; recorded floats within the tolerance that the case states."""
    got, want = np.asarray(got), np.asarray(case["a"]["y"] if want is None else want)
    assert got.shape == want.shape
    if all(array.dtype.kind in "iub" for array in case["a"].values()):
        assert np.array_equal(got, want)
    else:
        np.testing.assert_allclose(np.asarray(got, dtype=complex), want, **case["tol"])
