"""Comparisons: which papers stand side by side, on which aspects, and what each abstract says on them."""
