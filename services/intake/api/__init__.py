"""HTTP in: a route parses, calls one use case and maps the answer."""
