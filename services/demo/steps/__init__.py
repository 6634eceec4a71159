"""The acts of the demonstration, one module each, every one over HTTP in the name of a person with a role."""
