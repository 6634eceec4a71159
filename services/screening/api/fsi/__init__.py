"""Pre-checks in the national interface: 3101 (事前), 3102 (事中) and 3103 (what the doctor did with a reminder)."""
