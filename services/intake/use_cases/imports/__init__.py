"""Imports of files: received, run in the background, followed."""
