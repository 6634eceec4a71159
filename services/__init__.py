"""Fundwarden: supervision of a medical-insurance fund, in four services on one spine."""
