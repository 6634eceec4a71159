"""Tokens for tests: a key pair in memory and bearer headers for any role."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from services.kit.clock import Clock
from services.kit.tokens import SigningKey, issue_token, jwks_document, new_signing_key

TEST_ISSUER = "fundwarden"
TEST_AUDIENCE = "fundwarden"
TEST_INSTITUTION = "H11010500001"


class TokenMint:
    """Signs tokens that an application with this mint's JWKS accepts."""

    def __init__(self, clock: Clock, key: SigningKey | None = None) -> None:
        self.key = key or new_signing_key()
        self._clock = clock

    def write_jwks(self, folder: Path) -> Path:
        """Write the JWKS into a folder and return its path, fit for the setting ``jwks``."""
        path = folder / "jwks.json"
        path.write_text(jwks_document([self.key]))
        return path

    def token(self, *roles: str, lifetime: timedelta = timedelta(hours=1), **claims: Any) -> str:
        """Return a token with these roles; a hospital speaks for ``TEST_INSTITUTION`` unless told otherwise."""
        if "hospital" in roles:
            claims.setdefault("institution", TEST_INSTITUTION)
        claims.setdefault("subject", f"{roles[0]}-1" if roles else "nobody-1")
        claims.setdefault("issuer", TEST_ISSUER)
        claims.setdefault("audience", TEST_AUDIENCE)
        return issue_token(self.key, now=self._clock.now(), lifetime=lifetime, roles=roles, **claims)

    def bearer(self, *roles: str, **claims: Any) -> dict[str, str]:
        """Return the header ``Authorization`` with such a token."""
        return {"Authorization": f"Bearer {self.token(*roles, **claims)}"}
