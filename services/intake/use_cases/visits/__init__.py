"""What the transactions of the national interface do to visits; every one of them locks its visit first."""
