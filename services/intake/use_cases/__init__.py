"""What intake does, one verb per module; the only place that opens a transaction."""
