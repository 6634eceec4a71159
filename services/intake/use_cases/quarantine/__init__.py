"""What was refused and must not be lost: kept, inspected, corrected, released or dismissed."""
