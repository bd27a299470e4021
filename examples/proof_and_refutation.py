"""A theorem and the same sentence with one hypothesis dropped: what is true is proved, what is false is refuted.

Prints

    circular padding: n=(1, 6), every kernel; linearity: shifts commute with the other factors, and these are the same
    zero padding:     refuted: entry (0, 0) is w2 on the left and 0 on the right; with w2=1: 1 against 0
    stride 2, shift 2: n=(1, 6) to (1, 3), every kernel
    stride 2, shift 1: refuted
"""

import convalgebra as ca

w = [[ca.symbols("w", 3)]]
S = ca.shift((1, 6), (0, 1))

circular = ca.Conv(w, padding=1, padding_mode="circular").matrix((1, 6))
proof = ca.prove(circular @ S == S @ circular)
print(f"circular padding: {proof.scope}; {proof.method}")

zeros = ca.Conv(w, padding=1).matrix((1, 6))
print("zero padding:    ", ca.decide(zeros @ S == S @ zeros))

# with stride 2, a shift of the input by 2 is a shift of the output by 1; a shift by 1 is no shift of the output
strided = ca.Conv(w, padding=1, padding_mode="circular", stride=2).matrix((1, 6))
half = ca.shift((1, 3), (0, 1))
print("stride 2, shift 2:", ca.prove(strided @ S @ S == half @ strided).scope)
try:
    ca.prove(strided @ S == half @ strided)
except ca.RefutedError as error:
    print("stride 2, shift 1:", str(error).partition(":")[0])
