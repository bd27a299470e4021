"""PyTorch modules with integer weights, and input shapes: what readers and writers are tried on."""

from __future__ import annotations

from typing import Any

CASES: list[tuple[str, Any, tuple[int, ...]]] = [
    ("same", lambda nn: nn.Conv1d(2, 4, 3, padding="same", dilation=2), (2, 9)),
    ("even same", lambda nn: nn.Conv2d(2, 1, (2, 4), padding="same", padding_mode="replicate"), (2, 5, 4)),
    ("valid", lambda nn: nn.Conv1d(1, 1, 2, padding="valid", bias=False), (1, 4)),
    ("reflect", lambda nn: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), groups=2, padding_mode="reflect"), (4, 7, 6)),
    ("circular", lambda nn: nn.Conv3d(1, 2, 2, padding=1, padding_mode="circular"), (1, 3, 4, 3)),
    ("depthwise", lambda nn: nn.Conv2d(3, 6, 3, groups=3, dilation=(1, 2)), (3, 4, 6)),
    ("transposed", lambda nn: nn.ConvTranspose2d(4, 6, 3, 2, 1, output_padding=1, groups=2), (4, 3, 4)),
    ("transposed 1d", lambda nn: nn.ConvTranspose1d(1, 2, 3, dilation=2, bias=False), (1, 4)),
    ("transposed 3d", lambda nn: nn.ConvTranspose3d(1, 1, 2, stride=(1, 2, 1)), (1, 2, 2, 2)),
    ("average 1d", lambda nn: nn.AvgPool1d(2, stride=1, padding=1), (2, 6)),
    ("average", lambda nn: nn.AvgPool2d(2, ceil_mode=True, divisor_override=4), (2, 5, 6)),
    ("average 3d", lambda nn: nn.AvgPool3d((1, 2, 2), padding=(0, 1, 1), count_include_pad=False), (1, 2, 4, 4)),
    ("maximum", lambda nn: nn.MaxPool2d(3, 2, 1, ceil_mode=True), (2, 6, 5)),
    ("dilated maximum", lambda nn: nn.MaxPool1d(2, stride=1, dilation=2), (2, 6)),
    ("norm", lambda nn: nn.LPPool2d(2, 2), (1, 4, 4)),
    ("adaptive", lambda nn: nn.AdaptiveAvgPool2d((2, 1)), (2, 4, 8)),
    ("global", lambda nn: nn.AdaptiveMaxPool2d(1), (2, 4, 3)),
    ("vector", lambda nn: nn.Linear(3, 2), (3,)),
    ("flatten", lambda nn: nn.Flatten(), (2, 3)),
    ("rectifier", lambda nn: nn.ReLU(inplace=True), (2, 3)),
    ("identity", lambda nn: nn.Identity(), (2, 3)),
    ("dropout", lambda nn: nn.Dropout(), (2, 3)),
    ("upsample", lambda nn: nn.Upsample(scale_factor=2), (2, 3)),
    ("upsample 2d", lambda nn: nn.Upsample(scale_factor=(3, 2)), (1, 2, 3)),
    ("nearest", lambda nn: nn.UpsamplingNearest2d(scale_factor=2), (1, 2, 3)),
    ("pixels", lambda nn: nn.PixelShuffle(2), (8, 2, 3)),
    ("space to depth", lambda nn: nn.PixelUnshuffle(2), (2, 2, 4)),
    ("channels", lambda nn: nn.ChannelShuffle(2), (4, 2, 3)),
    ("unfold", lambda nn: nn.Unfold((2, 1), stride=1, padding=(1, 0), dilation=(1, 2)), (2, 3, 4)),
    ("fold", lambda nn: nn.Fold((4, 5), 2, stride=(2, 1)), (8, 8)),
    ("zeros", lambda nn: nn.ZeroPad2d((1, 2, 3, -1)), (2, 4, 4)),
    ("constant", lambda nn: nn.ConstantPad3d(1, 7.0), (1, 2, 2, 2)),
    ("reflection", lambda nn: nn.ReflectionPad1d((1, 2)), (2, 5)),
    ("replication", lambda nn: nn.ReplicationPad2d((1, 0, 2, 3)), (1, 3, 3)),
    ("wrapped", lambda nn: nn.CircularPad2d((1, 0, 2, 1)), (1, 3, 3)),
    (
        "network",
        lambda nn: nn.Sequential(
            nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Sequential(nn.MaxPool2d(2), nn.Flatten()), nn.Linear(12, 5),
        ),
        (2, 6, 6),
    ),
]  # fmt: skip


def integer_module(torch: Any, make: Any) -> Any:
    """The module in float64, in evaluation, with small integer weights."""
    torch.manual_seed(0)
    module = make(torch.nn).double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randint(-9, 10, parameter.shape))
    return module
