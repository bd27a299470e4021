"""Kernels, structured matrices and their exact algebra."""
