"""What reading a deep network costs, beside building it: receptive field, products, the whole summary.

    python benchmarks/bench_networks.py

A network of 1000 convolutions of their own; the goals are 50 ms for 1000 layers and a few times the list itself.
"""

from __future__ import annotations

from statistics import median

from timing import peak_bytes, race, ratio

import convalgebra as ca

LAYERS, GOAL = 1000, 0.05
SHAPE = (8, 32, 32)


def build() -> ca.Sequential:
    weight, bias = ca.abstract((8, 8, 3, 3)), ca.abstract((8,))
    return ca.Sequential(*(ca.Conv(weight, bias, padding=1) for _ in range(LAYERS)))


def main() -> None:
    net = build()
    times = race({
        "building the list": build,
        "receptive_field": lambda: ca.receptive_field(net),
        "count_macs": lambda: ca.count_macs(net, SHAPE),
        "summary": lambda: ca.summary(net, SHAPE),
        "summary as text": lambda: str(ca.summary(net, SHAPE)),
    })  # fmt: skip
    for name, found in times.items():
        goal = (
            ""
            if name not in {"receptive_field", "summary"}
            else f"   goal {GOAL * 1e3:.0f} ms: " + ("met" if median(found) <= GOAL else "missed")
        )
        against = ratio(times, name, "building the list")
        print(f"{name:20}{median(found) * 1e3:8.1f} ms   {against:5.2f} x the list{goal}")
    print(
        f"vgg16 in memory: {peak_bytes(ca.models.vgg16) / 1e3:.0f} kB for {ca.models.vgg16().parameters:,} parameters"
    )


if __name__ == "__main__":
    main()
