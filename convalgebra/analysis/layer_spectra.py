"""The singular values of every layer of a network, where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convalgebra.algebra.indexing import box_of
from convalgebra.analysis.lipschitz import parts
from convalgebra.analysis.spectrum import singular_values
from convalgebra.errors import ArgumentError
from convalgebra.layers.base import Layer
from convalgebra.layers.network import named

if TYPE_CHECKING:
    from convalgebra.algebra.rings import Array


def layer_spectra(net: Layer, in_shape: Any, *, accurate: bool = False, scheduler: Any = None) -> dict[str, Array]:
    """`{place: sigma_1 >= sigma_2 >= ...}` for each layer with weights, on the input that reaches it.

    The first value of each is the norm of that layer; `ca.operator_norm(net)` puts norms together.  `scheduler` is a
    Dask client, or "threads", "processes" or "synchronous": one layer after the other, each in chunks of frequencies,
    so that a worker holds some chunks of 2 MiB and never a whole layer's blocks.  Errors as for `ca.singular_values`.

    >>> import convalgebra as ca
    >>> net = ca.Sequential(ca.Conv([[[3, 4]]], stride=2), ca.ReLU(), ca.Conv([[[1, 1]]], padding=1))
    >>> {place: values.round(3).tolist() for place, values in ca.layer_spectra(net, (1, 4)).items()}
    {'0 Conv': [5.0, 5.0], '2 Conv': [1.732, 1.0]}
    """
    if not isinstance(net, Layer):
        msg = f"the network must be a layer, not {type(net).__name__}; write ca.Sequential(*layers)"
        raise ArgumentError(msg)
    found = {}
    for part in parts(net, box_of(in_shape, "in_shape")):
        if part.layer.parameters:
            name = f"{part.where} {type(part.layer).__name__}".strip()
            with named("layer", part.where or 0, part.layer):
                found[name] = singular_values(part.layer, part.shape, accurate=accurate, scheduler=scheduler)
    return found
