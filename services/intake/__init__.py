"""Intake: the registry, and everything hospitals and pharmacies settle."""
