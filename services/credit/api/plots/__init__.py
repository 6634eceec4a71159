"""Plots of the pages as SVG: text stays text, and the same numbers give the same bytes."""
