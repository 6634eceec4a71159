"""What screening keeps in PostgreSQL."""
