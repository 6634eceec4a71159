"""Who may speak over the national interface: credentials given to institutions, and requests signed with them."""
