"""HTTP in: for the public, and for those who handle tips."""
