"""HTTP in: routes parse, call one use case and map the answer."""
