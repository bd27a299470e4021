"""The index calculus: entries of operators as sums over indices, reduced by rules that hold for every size at once."""
