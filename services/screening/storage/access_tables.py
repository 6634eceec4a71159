"""Tables of those who sign messages of the national interface: credentials and used nonces."""

from services.kit.interface_access.tables import access_tables
from services.screening.storage.tables import metadata

__all__ = ["interface_credential", "interface_nonce", "metadata"]

interface_credential, interface_nonce = access_tables(metadata)
