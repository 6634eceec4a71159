"""Making of signing keys and tokens for small installations; large ones bring an issuer of their own."""

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.kit.principal import INSTITUTION_ROLES, ROLES, SCOPES

KEYS_FOLDER = "keys"
"""Folder of the state directory in which the development keys lie."""
SIGNING_KEY_FILE = "token-signing-key.pem"
JWKS_FILE = "jwks.json"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private Ed25519 key and the id its public half goes by."""

    private: Ed25519PrivateKey
    key_id: str

    def jwk(self) -> dict[str, Any]:
        """Return the public half as a JSON Web Key."""
        return {**_public_members(self.private), "kid": self.key_id, "use": "sig", "alg": "EdDSA"}

    def pem(self) -> bytes:
        """Return the private key as PKCS #8, unencrypted."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where a signing key and its JWKS lie."""

    signing_key: Path
    jwks: Path


def development_key_files(state_directory: Path) -> KeyFiles:
    """Return where the embedded installation keeps its keys."""
    folder = state_directory / KEYS_FOLDER
    return KeyFiles(folder / SIGNING_KEY_FILE, folder / JWKS_FILE)


def new_signing_key() -> SigningKey:
    """Make a key pair."""
    return _with_id(Ed25519PrivateKey.generate())


def read_signing_key(path: Path) -> SigningKey:
    """Read a private key in PEM; raises ValueError when it is not an Ed25519 key, OSError when it cannot be read."""
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("the signing key must be an Ed25519 key")  # noqa: TRY004 - the content is wrong, not a type
    return _with_id(private)


def jwks_document(keys: Sequence[SigningKey]) -> str:
    """Return the JWKS that publishes these keys."""
    return json.dumps({"keys": [key.jwk() for key in keys]}, indent=2) + "\n"


def create_key_files(files: KeyFiles) -> SigningKey:
    """Make a key pair and write both files; raises FileExistsError rather than replace a signing key."""
    files.signing_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.jwks.parent.mkdir(parents=True, exist_ok=True)
    key = new_signing_key()
    descriptor = os.open(files.signing_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.pem())
    files.jwks.write_text(jwks_document([key]))
    return key


def ensure_key_files(files: KeyFiles) -> SigningKey:
    """Return the signing key of these files, making them when there are none."""
    if not files.signing_key.exists():
        return create_key_files(files)
    key = read_signing_key(files.signing_key)
    if not files.jwks.exists():
        files.jwks.write_text(jwks_document([key]))
    return key


def issue_token(
    key: SigningKey,
    *,
    issuer: str,
    audience: str,
    subject: str,
    now: datetime,
    lifetime: timedelta,
    roles: Sequence[str] = (),
    scopes: Sequence[str] = (),
    institution: str | None = None,
    region: str | None = None,
    practitioner: str | None = None,
) -> str:
    """Sign a token; raises ValueError for an unknown role or scope, or a hospital's role without an institution."""
    if unknown := (set(roles) - ROLES.keys()) | (set(scopes) - SCOPES):
        raise ValueError(f"unknown roles or scopes: {sorted(unknown)}")
    if INSTITUTION_ROLES & set(roles) and institution is None:
        raise ValueError("the role of a hospital needs an institution")
    optional = {
        "roles": list(roles) or None,
        "scope": " ".join(scopes) or None,
        "institution": institution,
        "region": region,
        "practitioner": practitioner,
    }
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        **{name: value for name, value in optional.items() if value is not None},
    }
    return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.key_id})


def _with_id(private: Ed25519PrivateKey) -> SigningKey:
    # RFC 7638: the id is the hash of the key's required members, so it needs no record of its own.
    members = json.dumps(_public_members(private), sort_keys=True, separators=(",", ":"))
    return SigningKey(private, _base64url(hashlib.sha256(members.encode()).digest()))


def _public_members(private: Ed25519PrivateKey) -> dict[str, str]:
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
