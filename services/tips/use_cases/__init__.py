"""What can be done with a tip, one verb per module."""
