"""Layers: what networks are made of, each an affine map with a matrix where it is linear."""
