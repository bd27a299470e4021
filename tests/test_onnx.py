"""ONNX graphs as networks, against the reference evaluator of ONNX, on integers."""

from __future__ import annotations

import builtins

import numpy as np
import pytest

import convalgebra as ca

onnx = pytest.importorskip("onnx", reason="reading ONNX models needs the extra 'onnx'")
reference = pytest.importorskip("onnx.reference")
node, tensor = onnx.helper.make_node, onnx.numpy_helper.from_array


def ints(*shape):
    return np.random.default_rng(0).integers(-9, 10, shape).astype(np.float64)


def model(nodes, constants=(), output="y", inputs=("x",)):
    kind = onnx.TensorProto.DOUBLE
    values = [onnx.helper.make_tensor_value_info(name, kind, None) for name in inputs]
    goal = onnx.helper.make_tensor_value_info(output, kind, None)
    graph = onnx.helper.make_graph(nodes, "g", values, [goal], [tensor(np.asarray(v), n) for n, v in constants])
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 19)])


def one(kind, *constants, outputs=("y",), **attributes):
    names = ["" if value is None else f"c{k}" for k, value in enumerate(constants)]
    given = [(name, value) for name, value in zip(names, constants, strict=True) if name]
    return model([node(kind, ["x", *names], list(outputs), **attributes)], given)


CASES = {
    "conv": (one("Conv", ints(4, 1, 3, 2), ints(4), group=2, strides=[2, 1], pads=[1, 0, 2, 1]), (2, 5, 4)),
    "conv, dilated": (one("Conv", ints(2, 2, 3), dilations=[2]), (2, 7)),
    "conv, upper": (one("Conv", ints(1, 1, 4), auto_pad="SAME_UPPER", strides=[2]), (1, 7)),
    "conv, lower": (one("Conv", ints(1, 1, 4), auto_pad="SAME_LOWER"), (1, 7)),
    "conv, valid": (one("Conv", ints(1, 1, 4), auto_pad="VALID"), (1, 7)),
    "transposed": (one("ConvTranspose", ints(2, 3, 3), ints(3), strides=[2], pads=[1, 0], output_padding=[1]), (2, 4)),
    "average": (one("AveragePool", kernel_shape=[2, 2], strides=[2, 2], pads=[1, 0, 1, 0]), (1, 4, 4)),
    "average, all": (one("AveragePool", kernel_shape=[2], pads=[1, 1], count_include_pad=1), (1, 4)),
    "average, stride 1": (one("AveragePool", kernel_shape=[2]), (1, 5)),
    "maximum": (one("MaxPool", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1], dilations=[1, 2]), (2, 6, 5)),
    "global average": (one("GlobalAveragePool"), (2, 4, 2)),
    "global maximum": (one("GlobalMaxPool"), (2, 4, 2)),
    "norm": (one("LpPool", kernel_shape=[1], p=1), (2, 4)),
    "batch norm": (one("BatchNormalization", ints(2), ints(2), ints(2), np.array([4.0, 16.0]), epsilon=0.0), (2, 4)),
    "gemm": (one("Gemm", ints(3, 2), ints(2), alpha=2.0, beta=3.0), (3,)),
    "gemm, transposed": (one("Gemm", ints(2, 3), transB=1), (3,)),
    "gemm, one bias": (one("Gemm", ints(2, 3), ints(1, 1), transB=1), (3,)),
    "matmul": (one("MatMul", ints(3, 2)), (3,)),
    "flatten": (one("Flatten"), (2, 3)),
    "reshape": (one("Reshape", np.array([0, -1])), (2, 3)),
    "relu": (one("Relu"), (2, 3)),
    "identity": (one("Identity"), (2, 3)),
    "dropout": (one("Dropout"), (2, 3)),
    "pad": (one("Pad", np.array([0, 0, 1, 2, 0, 0, 0, 3]), np.array(7.0)), (2, 3, 3)),
    "pad, reflect": (one("Pad", np.array([0, 0, 1, 0, 0, 2]), mode="reflect"), (2, 4)),
    "pad, edge": (one("Pad", np.array([1, 2]), None, np.array([3]), mode="edge"), (2, 3, 3)),
    "depth to space": (one("DepthToSpace", blocksize=2), (8, 2, 3)),
    "depth to space, CRD": (one("DepthToSpace", blocksize=2, mode="CRD"), (8, 2, 3)),
    "resize": (one("Resize", None, np.array([1.0, 1, 2, 3], dtype=np.float32), mode="nearest"), (2, 2, 3)),
    "resize, floor": (
        one(
            "Resize",
            None,
            np.array([1.0, 1, 3], dtype=np.float32),
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
        (2, 3),
    ),
    "space to depth": (one("SpaceToDepth", blocksize=2), (1, 4, 6)),
    "matmul and bias": (
        model([node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "b"], ["y"])], [("w", ints(3, 2)), ("b", ints(2))]),
        (3,),
    ),
    "constant node": (
        model([node("Constant", [], ["w"], value=tensor(ints(1, 1, 2))), node("Conv", ["x", "w"], ["y"])]),
        (1, 5),
    ),
    "residual blocks": (
        model(
            [
                node("Conv", ["x", "u"], ["a"], pads=[1, 1]),
                node("Relu", ["a"], ["b"]),
                node("Conv", ["b", "u"], ["c"], pads=[1, 1]),
                node("Add", ["c", "a"], ["d"]),
                node("Relu", ["d"], ["e"]),
                node("Add", ["e", "d"], ["y"]),
            ],
            [("u", ints(2, 2, 3))],
        ),
        (2, 6),
    ),
    "inception": (
        model(
            [
                node("Relu", ["x"], ["s"]),
                node("Conv", ["s", "u"], ["a"]),
                node("Conv", ["s", "t"], ["b"], pads=[1, 1]),
                node("Sum", ["a", "b", "s"], ["c"]),
                node("Concat", ["c", "s", "c"], ["d"], axis=1),
                node("Flatten", ["d"], ["f"]),
                node("MatMul", ["f", "v"], ["y"]),
            ],
            [("u", ints(2, 2, 1)), ("t", ints(2, 2, 3)), ("v", ints(24, 2))],
        ),
        (2, 4),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_network_computes_what_the_graph_computes(name):
    graph, shape = CASES[name]
    layer = ca.from_onnx(graph)
    xs = ints(2, *shape)
    wanted = reference.ReferenceEvaluator(graph).run(None, {"x": xs})[0]
    ys = layer.map(xs.astype(np.int64))
    assert ys.shape == wanted.shape
    assert (np.asarray(ys, dtype=np.float64) == wanted).all()


def test_branches_share_what_stands_before_the_fork():
    net = ca.from_onnx(CASES["residual blocks"][0])
    assert [type(layer).__name__ for layer in net.layers] == ["Conv", "Parallel", "Parallel"]
    assert [type(branch).__name__ for branch in net.layers[1].branches] == ["Sequential", "Identity"]
    assert [type(branch).__name__ for branch in net.layers[2].branches] == ["ReLU", "Identity"]


def test_a_path_is_read(tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(CASES["conv"][0], path)
    assert ca.from_onnx(path).weight.shape == ca.from_onnx(str(path)).weight.shape == (4, 1, 3, 2)


def test_weights_are_those_stored():
    weight = np.array([[[0.1, 0.2]]], dtype=np.float32)
    layer = ca.from_onnx(one("Conv", weight))
    assert layer.weight.dtype == np.float64
    assert layer.weight.tolist() == weight.astype(np.float64).tolist()


REFUSED = {
    r"node 'y' \(Sigmoid\): its kind must be one of Add, AveragePool": one("Sigmoid"),
    r"node 'act' \(Sigmoid\)": one("Sigmoid", name="act"),
    r"axis must be 1, not 0": one("Flatten", axis=0),
    r"transA must be 0": one("Gemm", ints(2, 2), transA=1),
    r"training_mode must be 0": one("BatchNormalization", *[ints(2)] * 4, training_mode=1),
    r"it must repeat places": one("Resize", None, np.array([1.0, 1, 1.5], dtype=np.float32), mode="nearest"),
    r"not be 'linear'": one("Resize", None, np.array([1.0, 1, 2], dtype=np.float32), mode="linear"),
    r"\(asymmetric, round_prefer_floor\)": one(
        "Resize", None, np.array([1.0, 1, 3], dtype=np.float32), coordinate_transformation_mode="asymmetric"
    ),
    r"its input 1 must be constant": one("MatMul", None),
    r"it must have one output": one("MaxPool", kernel_shape=[2], outputs=("y", "i")),
    r"padding must be given as pads": one("ConvTranspose", ints(1, 1, 2), auto_pad="SAME_UPPER"),
    r"it must pad spatial axes only": one("Pad", np.array([0, 1, 0, 0, 0, 0])),
    r"axes, numbered from 2": one("Pad", np.array([1, 1]), None, np.array([-1])),
    r"the shape must be \(batch, -1\), not \[2, 3\]": one("Reshape", np.array([2, 3])),
    r"its kind must be one of": one("Add", ints(1)),
    r"axis must be 1, the channels, not 2": model([node("Concat", ["x", "x"], ["y"], axis=2)]),
    r"one input and one output, not 2 and 1": model([node("Add", ["x", "z"], ["y"])], inputs=("x", "z")),
    r"must read values that were made before it": model([node("Relu", ["nowhere"], ["y"])]),
    r"the output 'c' must come from the input": model([node("Relu", ["x"], ["y"])], [("c", ints(1))], output="c"),
    r"the constant must be one number an output": one("Gemm", ints(2, 3), ints(2, 3)),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_no_counterpart_is_refused(text):
    with pytest.raises(ca.ArgumentError, match=text):
        ca.from_onnx(REFUSED[text])


@pytest.mark.parametrize("given", [3, None, b"model"])
def test_only_models_are_read(given):
    with pytest.raises(ca.ArgumentError, match=r"a path or an onnx\.ModelProto"):
        ca.from_onnx(given)


def test_without_onnx_the_error_names_the_extra(monkeypatch):
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name.startswith("onnx"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ca.MissingExtraError, match=r"convalgebra\[onnx\]"):
        ca.from_onnx("model.onnx")


def test_what_is_no_model_is_refused_by_its_path(tmp_path):
    pytest.importorskip("onnx")
    corrupt = tmp_path / "corrupt.onnx"
    corrupt.write_bytes(b"\x99garbage\x00" * 30)
    for path in (corrupt, tmp_path, "x" * 10**4):
        with pytest.raises(ca.ArgumentError, match="the model must be a file that ONNX can read, not '"):
            ca.from_onnx(path)
    with pytest.raises(FileNotFoundError):
        ca.from_onnx(tmp_path / "missing.onnx")
