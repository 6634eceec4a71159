"""The tips schema in PostgreSQL, and what seals and hashes before anything is stored."""
