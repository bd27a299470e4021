"""How many channels a network passes on, as far as its layers tell; no size of the signal is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convalgebra.errors import ShapeError
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Identity
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential, named
from convalgebra.layers.resample import ChannelShuffle, Crop, Pad, Upsample
from convalgebra.layers.transpose import ConvTranspose
from convalgebra.layers.window import Window

if TYPE_CHECKING:
    from convalgebra.layers.base import Layer

KEEPING = (ReLU, Identity, ChannelShuffle, Crop, Pad, Upsample)


def channels_after(net: Layer, given: int | None = None) -> int | None:
    """The number of channels that leave the network, None where that is not told; raises where layers do not chain.

    >>> import convalgebra as ca
    >>> channels_after(ca.Sequential(ca.Conv(ca.abstract((8, 3, 5))), ca.ReLU(), ca.MaxPool(2)))
    8
    """
    if isinstance(net, Sequential):
        return _after_chain(net, given)
    if isinstance(net, Parallel):
        found = [channels_after(branch, given) for branch in net.branches]
        known = [count for count in found if count is not None]
        if net.join == "sum":
            return next(iter(known), None)
        return sum(known) if len(known) == len(found) else None
    if isinstance(net, Conv | ConvTranspose):
        out, needed = net.channels
        return _fitting(needed, given, out)
    if isinstance(net, BatchNorm):
        return _fitting(len(net.mean), given, len(net.mean))
    keeps = isinstance(net, KEEPING) or (isinstance(net, Window) and getattr(net, "over", "space") == "space")
    return given if keeps else None


def _after_chain(net: Sequential, given: int | None) -> int | None:
    for k, layer in enumerate(net.layers):
        with named("layer", k, layer):
            given = channels_after(layer, given)
    return given


def _fitting(needed: int, given: int | None, out: int) -> int:
    if given not in (None, needed):
        msg = f"the input must have {needed} channels, not {given}"
        raise ShapeError(msg)
    return out
