"""ONNX graphs as networks: chains of nodes, and branches that end in Add, Sum or Concat."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from convalgebra.algebra import rings
from convalgebra.errors import ArgumentError, ConvAlgebraError, MissingExtraError, at
from convalgebra.interop.reading import must
from convalgebra.layers.activation import ReLU
from convalgebra.layers.affine import BatchNorm, Flatten, Identity, Linear
from convalgebra.layers.conv import Conv
from convalgebra.layers.network import Parallel, Sequential
from convalgebra.layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, LpPool, MaxPool
from convalgebra.layers.resample import Pad, PixelShuffle, PixelUnshuffle, Upsample
from convalgebra.layers.transpose import ConvTranspose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convalgebra.algebra.rings import Array
    from convalgebra.layers.base import Layer

    Chain = list[tuple[str, Layer]]  # the name of each value on the way from the input, and the layer that makes it

JOINS = {"Add": "sum", "Sum": "sum", "Concat": "concat"}
PADDINGS = {"SAME_UPPER": "same_upper", "SAME_LOWER": "same_lower", "VALID": "valid"}
PAD_MODES = {"constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def from_onnx(model: Any) -> Layer:
    """The network of an ONNX model (a path, or a `ModelProto`) with one input and one output, its weights as stored.

    Samples come without the batch axis.  A node without a counterpart is refused by its name and its kind.

        net = ca.from_onnx("model.onnx")

    >>> import convalgebra as ca
    >>> ca.from_onnx(3)
    Traceback (most recent call last):
    convalgebra.errors.ArgumentError: the model must be a path or an onnx.ModelProto, not int; write "model.onnx"
    """
    if not isinstance(model, str | PathLike) and not hasattr(model, "graph"):
        msg = f'the model must be a path or an onnx.ModelProto, not {type(model).__name__}; write "model.onnx"'
        raise ArgumentError(msg)
    onnx = _onnx()
    graph = (model if hasattr(model, "graph") else _loaded(model)).graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    inputs = [value.name for value in graph.input if value.name not in constants]
    must(len(inputs) == len(graph.output) == 1, f"a graph must have one input and one output, not {len(inputs)} and "
         f"{len(graph.output)}")  # fmt: skip
    nodes = [_node(node) for node in graph.node]
    return _Graph(inputs[0], constants, nodes).layer(graph.output[0].name)


def _loaded(path: Any) -> Any:
    try:
        return _onnx().load(path)
    except FileNotFoundError:
        raise
    except Exception as error:  # of the operating system, or of protobuf, which is not named here
        msg = f"the model must be a file that ONNX can read, not {str(path)!r}: {error}"
        raise ArgumentError(msg) from error


def _onnx() -> Any:
    try:
        import onnx  # noqa: PLC0415  # optional
        import onnx.numpy_helper  # noqa: PLC0415
    except ImportError as error:
        msg = "onnx must be installed to read its models; write pip install 'convalgebra[onnx]'"
        raise MissingExtraError(msg) from error
    return onnx


@dataclass(frozen=True, eq=False)
class Node:
    """A node: its kind, the names of its inputs and outputs, its attributes and, once read, its constant inputs."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """The attribute of this name; text as str."""
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value


def _node(node: Any) -> Node:
    onnx = _onnx()
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    if node.op_type == "Constant" and "value" in attributes:
        attributes["value"] = onnx.numpy_helper.to_array(attributes["value"])
    return Node(node.op_type, node.name or node.output[0], tuple(node.input), tuple(node.output), attributes)


@dataclass(eq=False)
class _Graph:
    """The values of a graph: constants, and chains of layers from its input."""

    input: str
    constants: dict[str, Array]
    nodes: Sequence[Node]
    chains: dict[str, Chain] = field(default_factory=dict)

    def layer(self, output: str) -> Layer:
        """The network up to a value; nodes come in the order in which they can be computed."""
        self.chains[self.input] = []
        for node in self.nodes:
            self._read(node)
        must(output in self.chains, f"the output {output!r} must come from the input, not from constants")
        return _sequence(self.chains[output])

    def _read(self, node: Node) -> None:
        if node.kind == "Constant":
            must("value" in node.attributes, f"node {node.name!r} must hold a tensor, not {[*node.attributes]}")
            self.constants[node.outputs[0]] = node.attributes["value"]
            return
        sources = [name for name in node.inputs if name in self.chains]
        unknown = [name for name in node.inputs if name and name not in self.chains and name not in self.constants]
        must(sources and not unknown, f"node {node.name!r} ({node.kind}) must read values that were made before it")
        values = [self.constants.get(name) for name in node.inputs]
        try:
            self.chains[node.outputs[0]] = self._chain(node, sources, values)
        except ConvAlgebraError as error:
            raise at(error, f"node {node.name!r} ({node.kind})") from error

    def _chain(self, node: Node, sources: list[str], values: list[Any]) -> Chain:
        chain, out = self.chains[sources[0]], node.outputs[0]
        if node.kind in JOINS and len(sources) == len(node.inputs) > 1:
            return self._joined(node, [self.chains[name] for name in sources])
        must(len(sources) == 1 and values[0] is None, "it must have one input that is not constant, the first")
        if node.kind == "Add" and chain and isinstance(chain[-1][1], Linear):
            return [*chain[:-1], (out, _biased(chain[-1][1], values[1]))]
        must(node.kind in READERS, f"its kind must be one of {', '.join(sorted({*READERS, *JOINS}))}")
        return [*chain, (out, READERS[node.kind](node, values))]

    def _joined(self, node: Node, chains: list[Chain]) -> Chain:
        """What the chains share, then the rest of each as a branch."""
        axis = node.get("axis", 1)
        must(node.kind != "Concat" or axis == 1, f"axis must be 1, the channels, not {axis}")
        steps = zip(*([name for name, _ in chain] for chain in chains), strict=False)
        shared = len([*takewhile(lambda names: len(set(names)) == 1, steps)])
        branches = Parallel(*(_sequence(chain[shared:]) for chain in chains), join=JOINS[node.kind])
        return [*chains[0][:shared], (node.outputs[0], branches)]


def _sequence(chain: Chain) -> Layer:
    layers = [layer for _, layer in chain] or [Identity()]
    return layers[0] if len(layers) == 1 else Sequential(*layers)


def _biased(linear: Linear, constant: Any) -> Linear:
    """`W x + b` and a constant vector."""
    bias = rings.entries(constant, "the constant").reshape(-1)
    must(len(bias) in {1, len(linear.weight)}, f"the constant must be one number an output, not {np.shape(constant)}")
    total = bias if linear.bias is None else np.add(*rings.addable((linear.bias, bias)))
    return Linear(linear.weight, np.broadcast_to(total, linear.weight.shape[:1]))


# --- single nodes -----------------------------------------------------------------------------------------------------


def _pairs(pads: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """(b0, b1, e0, e1) as ((b0, e0), (b1, e1))."""
    half = len(pads) // 2
    return tuple(zip(map(int, pads[:half]), map(int, pads[half:]), strict=True))


def _window(node: Node, ndim: int) -> dict[str, Any]:
    """stride, padding and dilation of a window; ONNX's strides are 1 where they are not told."""
    auto = node.get("auto_pad", "NOTSET")
    padding = _pairs(node.get("pads", [0] * 2 * ndim)) if auto == "NOTSET" else PADDINGS.get(auto)
    must(padding is not None, f"auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, not {auto}")
    steps = {"stride": node.get("strides", [1] * ndim), "dilation": node.get("dilations", [1] * ndim)}
    return {"padding": padding, **{name: tuple(values) for name, values in steps.items()}}


def _optional(values: list[Any], place: int) -> Any:
    return values[place] if len(values) > place else None


def _constant(values: list[Any], place: int) -> Array:
    found = _optional(values, place)
    must(found is not None, f"its input {place} must be constant")
    return rings.entries(found, f"input {place}")


def _conv(node: Node, values: list[Any]) -> Conv:
    weight = _constant(values, 1)
    return Conv(weight, _optional(values, 2), groups=node.get("group", 1), **_window(node, weight.ndim - 2))


def _conv_transpose(node: Node, values: list[Any]) -> ConvTranspose:
    weight = _constant(values, 1)
    ndim = weight.ndim - 2
    options = _window(node, ndim)
    named = options["padding"] if isinstance(options["padding"], str) else ""
    must(named in {"", "valid"} and "output_shape" not in node.attributes, "its padding must be given as pads")
    options["padding"] = 0 if named else options["padding"]
    extra = tuple(node.get("output_padding", [0] * ndim))
    return ConvTranspose(weight, _optional(values, 2), groups=node.get("group", 1), output_padding=extra, **options)


def _pool(node: Node) -> dict[str, Any]:
    kernel = tuple(node.get("kernel_shape"))
    return {"kernel_size": kernel, "ceil_mode": bool(node.get("ceil_mode", 0)), **_window(node, len(kernel))}


def _max_pool(node: Node, _: list[Any]) -> MaxPool:
    must(not any(node.outputs[1:]), "it must have one output; write ca.MaxPool(...).indices(x) for the places")
    return MaxPool(**_pool(node))


def _batch_norm(node: Node, values: list[Any]) -> BatchNorm:
    must(not node.get("training_mode", 0), "training_mode must be 0")
    scale, bias, mean, var = (_constant(values, place) for place in (1, 2, 3, 4))
    return BatchNorm(mean, var, scale, bias, float(np.float32(node.get("epsilon", 1e-5))))


def _gemm(node: Node, values: list[Any]) -> Linear:
    must(not node.get("transA", 0), "transA must be 0")
    weight = _times(node.get("alpha", 1.0), _constant(values, 1))
    weight = weight if node.get("transB", 0) else weight.T
    if _optional(values, 2) is None:
        return Linear(weight)
    return _biased(Linear(weight), _times(node.get("beta", 1.0), _constant(values, 2)))


def _times(factor: float, values: Array) -> Array:
    return values if factor == 1 else rings.times(rings.entries(factor), values)


def _flatten(node: Node, _: list[Any]) -> Flatten:
    must(node.get("axis", 1) == 1, f"axis must be 1, not {node.get('axis')}")
    return Flatten()


def _reshape(_: Node, values: list[Any]) -> Flatten:
    goal = _constant(values, 1).tolist()
    must(len(goal) == 2 and goal[0] in {0, 1, -1} and goal != [-1, -1], f"the shape must be (batch, -1), not {goal}")
    return Flatten()


def _pad(node: Node, values: list[Any]) -> Pad:
    pads = node.get("pads") if len(values) < 2 else _constant(values, 1).tolist()
    value = node.get("value", 0) if _optional(values, 2) is None else np.asarray(values[2]).item()
    axes = _optional(values, 3)
    pairs = _pairs(pads)
    if axes is not None:
        told = dict(zip(np.asarray(axes).tolist(), pairs, strict=True))
        must(told and min(told) > 1, f"it must pad spatial axes, numbered from 2, not axes {sorted(told)}")
        pairs = tuple(told.get(axis, (0, 0)) for axis in range(max(told) + 1))
    must(not any(map(any, pairs[:2])), f"it must pad spatial axes only, not {pairs}")
    mode = node.get("mode", "constant")
    return Pad(pairs[2:], PAD_MODES[mode], value if mode == "constant" else 0)


def _resize(node: Node, values: list[Any]) -> Upsample:
    """Whole factors; half pixels never meet a tie, so that each way of rounding repeats the places."""
    old = len(values) < 3  # Upsample, and Resize before opset 11
    scales = _constant(values, 1 if old else 2).tolist()
    where = "asymmetric" if old else node.get("coordinate_transformation_mode", "half_pixel")
    how = "floor" if old else node.get("nearest_mode", "round_prefer_floor")
    repeats = (where, how) == ("asymmetric", "floor") or (where.endswith("half_pixel") and how.startswith("round"))
    whole = len(scales) > 2 and all(s == int(s) > 0 for s in scales) and scales[:2] == [1, 1]
    known = node.get("mode", "nearest") == "nearest" and repeats and whole
    must(known, f"it must repeat places of spatial axes, not be {node.get('mode')!r} ({where}, {how}) by {scales}")
    return Upsample(tuple(map(int, scales[2:])))


READERS: dict[str, Callable[[Node, list[Any]], Layer]] = {
    "Conv": _conv, "ConvTranspose": _conv_transpose, "MaxPool": _max_pool, "BatchNormalization": _batch_norm,
    "AveragePool": lambda n, _: AvgPool(**_pool(n), count_include_pad=bool(n.get("count_include_pad", 0))),
    "LpPool": lambda n, _: LpPool(**_pool(n), p=n.get("p", 2)),
    "GlobalAveragePool": lambda *_: GlobalAvgPool(), "GlobalMaxPool": lambda *_: GlobalMaxPool(),
    "Gemm": _gemm, "MatMul": lambda _, values: Linear(_constant(values, 1).T), "Flatten": _flatten,
    "Reshape": _reshape, "Relu": lambda *_: ReLU(), "Identity": lambda *_: Identity(), "Dropout": lambda *_: Identity(),
    "Pad": _pad, "DepthToSpace": lambda n, _: PixelShuffle(n.get("blocksize"), order=n.get("mode", "DCR")),
    "Resize": _resize, "Upsample": _resize,
    "SpaceToDepth": lambda n, _: PixelUnshuffle(n.get("blocksize"), order="DCR"),
}  # fmt: skip
