"""Violations planted in the day, one module per family of checks, with hard negatives beside them."""
