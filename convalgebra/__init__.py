"""Convolutions as explicit matrices, symbolic or numeric, with proofs.

>>> import convalgebra as ca
>>> w = ca.symbols("w", 3)
>>> C, S = ca.circulant(w), ca.shift(3, 1)
>>> ca.prove(C @ S == S @ C).scope
'n=3, every kernel'
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Where each public name lives; a module is imported when its first name is used.
_HOMES = {
    "algebra.abstract": ("abstract",),
    "algebra.kernel": ("Kernel", "symbols"),
    "algebra.operator": ("Claim", "Operator"),
    "algebra.blocks": ("block", "kron"),
    "algebra.dense": ("diagonal", "matrix"),
    "algebra.selection": ("crop", "downsample", "flip", "identity", "pad", "permutation", "shift", "upsample"),
    "algebra.toeplitz": ("circulant", "convolution_matrix", "toeplitz"),
    "algebra.fourier": ("dft",),
    "algebra.indexing": ("output_size",),
    "layers.activation": ("ReLU",),
    "layers.affine": ("BatchNorm", "Flatten", "Identity", "Linear", "LocallyConnected"),
    "layers.classics": ("causal", "depthwise", "depthwise_separable", "grouped", "pointwise"),
    "layers.conv": ("Conv",),
    "layers.network": ("Parallel", "Sequential"),
    "layers.pool": ("AdaptiveAvgPool", "AvgPool", "GlobalAvgPool", "GlobalMaxPool", "LpPool", "MaxPool"),
    "layers.resample": (
        "ChannelShuffle", "Crop", "Fold", "Pad", "PixelShuffle", "PixelUnshuffle", "Unfold", "Upsample",
    ),
    "layers.transpose": ("ConvTranspose",),
    "analysis.compose": ("Collapse", "collapse"),
    "analysis.defect": ("BoundaryDefect", "boundary_defect"),
    "analysis.receptive": ("ReceptiveField", "receptive_field"),
    "analysis.equivariance": ("commuting_shifts", "equivariance", "tolerance"),
    "analysis.factorisation": ("composition_dimension", "factor"),
    "analysis.fast": ("toom_cook", "winograd"),
    "analysis.separable": ("separable",),
    "analysis.counts": ("count_macs", "parameters"),
    "analysis.summary": ("compare", "summary"),
    "analysis.models": ("models",),
    "analysis.paths": ("effective_field", "paths"),
    "analysis.commutant": ("Commutant", "commutant", "orbit_count", "project"),
    "analysis.diagonalize": ("Diagonalization", "diagonalize"),
    "analysis.eigenvalues": ("Eigenvalues", "eigenvalues"),
    "analysis.exact_spectrum": (
        "characteristic_polynomial", "det", "inverse", "is_invertible", "pinv", "power", "rank",
    ),
    "analysis.asymptotics": (
        "circulant_distances", "nearest_circulant", "squared_distance", "symbol_convergence", "szego",
        "toeplitz_section",
    ),
    "analysis.finite_field": ("number_theoretic_transform",),
    "analysis.periodic": ("SingularError",),
    "analysis.solve": ("condition_number", "least_squares", "solve", "solve_circulant", "solve_toeplitz"),
    "analysis.clipping": ("clip",),
    "analysis.norm_table": ("compare_norms",),
    "analysis.layer_spectra": ("layer_spectra",),
    "analysis.norms": ("operator_norm",),
    "analysis.spectrum": ("singular_values",),
    "proofs.linearity": ("Linearity",),
    "proofs.circular": ("circular_convolve",),
    "proofs.decide": ("decide", "prove"),
    "proofs.symbolic": ("integer", "kernel", "scalar", "size", "unknown"),
    "proofs.constructors": ("impulse", "ones", "sum_over"),
    "proofs.symbolic_conv": ("convolve", "dilated"),
    "proofs.calculus.proving": ("SoundnessError",),
    "proofs.verdicts": ("Agreement", "Proof", "Refutation", "Undecided"),
    "theorems": ("theorems",),
    "display.curve_figure": ("figure_curves",),
    "display.defect_figure": ("figure_boundary_defect",),
    "display.equation_figure": ("figure_commutator", "figure_composition"),
    "display.kernel_figure": ("figure_kernel",),
    "display.padding_figure": ("figure_padding_modes",),
    "display.spectrum_figure": ("figure_singular_values", "figure_spectrum"),
    "interop.keras": ("from_keras",),
    "interop.onnx": ("from_onnx",),
    "interop.torch": ("from_torch",),
    "errors": (
        "ArgumentError", "ConvAlgebraError", "EntryError", "MissingExtraError", "NoAttributeError",
        "NotAConvolutionError", "NotLinearError", "RefutedError", "ShapeError", "SizeLimitError", "UndecidedError",
    ),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605  # a list of strings


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        msg = f"module 'convalgebra' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"convalgebra.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
