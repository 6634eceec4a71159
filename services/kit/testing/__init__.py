"""Fakes and helpers for tests; a fake passes the same tests as the real thing."""
