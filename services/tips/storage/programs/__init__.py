"""Programs of their own, run isolated and under limits, for files that must be unpacked or decoded to be cleaned."""
