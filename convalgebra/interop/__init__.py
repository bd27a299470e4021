"""Readers and writers of other libraries; each of them is imported in one file alone, at its first use."""
