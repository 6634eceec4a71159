"""Whole truth: what institutions say they sent against what is held, gaps in their numbering, and silence."""
