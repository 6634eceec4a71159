"""The screening service: rulebooks, history, findings and their review."""
