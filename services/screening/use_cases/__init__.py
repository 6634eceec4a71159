"""What screening does: one verb per module, each opening its own transaction."""
