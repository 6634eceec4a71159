"""What credit can be asked to do, one verb per module; the only place that opens a transaction."""
