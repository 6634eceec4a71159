"""What institutions send and when: gaps in their numbering, and silence of those that usually send."""
