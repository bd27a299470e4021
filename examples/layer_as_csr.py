"""A layer of 16 -> 32 channels at stride 2 as a SciPy sparse matrix: what a framework computes, as linear algebra.

Prints

    8192 x 16384, 1131008 entries, 99.2 % zeros
    layer(x) = A x + b: True
    adjoint: <A x, y> = <x, A.T y>: True
"""

import numpy as np

import convalgebra as ca

rng = np.random.default_rng(0)
layer = ca.Conv(rng.integers(-3, 4, (32, 16, 3, 3)), rng.integers(-3, 4, 32), stride=2, padding=1)

operator, b = layer.affine((16, 32, 32))
A = operator.to_sparse()
zeros = 100 * (1 - A.nnz / (A.shape[0] * A.shape[1]))
print(f"{A.shape[0]} x {A.shape[1]}, {A.nnz} entries, {zeros:.1f} % zeros")

x, y = rng.integers(0, 256, (16, 32, 32)), rng.integers(-9, 10, 8192)
print("layer(x) = A x + b:", np.array_equal(layer(x).ravel(), A @ x.ravel() + b))
print("adjoint: <A x, y> = <x, A.T y>:", (A @ x.ravel()) @ y == x.ravel() @ (A.T @ y))
