"""The proof: a reproducible county with one day of settlements and planted violations, driven through the HTTP API."""
