"""Verification of bearer tokens: signature, issuer, audience and time, once per token and then from memory."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import jwt

from services.kit.clock import Clock
from services.kit.errors import Unauthenticated
from services.kit.principal import INSTITUTION_ROLES, ROLES, SCOPES, Principal
from services.kit.token_keys import KeySource

LEEWAY_SECONDS = 30
"""By how much the clocks of issuer and service may differ."""
LONGEST_TOKEN = 8192
"""Characters; longer ones are refused unread."""
REMEMBERED = 4096
"""Verified tokens kept in memory; the one unused for longest goes first."""

_REQUIRED = ["exp", "iat", "sub", "iss", "aud"]


class TokenVerifier:
    """Turns a token into a Principal or refuses it."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._verified: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()
        self._generation = keys.generation

    async def verify(self, token: str) -> Principal:
        """Return the holder of a token.

        Raises Unauthenticated (``token_malformed``, ``token_expired``, ``token_invalid``), and Unavailable while the
        keys cannot be had.
        """
        await self._keys.refresh_if_old()
        if self._generation != self._keys.generation:
            self._verified.clear()
            self._generation = self._keys.generation
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._verified.get(digest)) is not None:
            principal, expires = known
            self._check_expiry(expires)
            self._verified.move_to_end(digest)
            return principal
        claims = await self._claims(token)
        principal = principal_of(claims)
        self._verified[digest] = (principal, float(claims["exp"]))
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return principal

    async def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise _malformed()
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
        except jwt.PyJWTError:
            raise _malformed() from None
        key = await self._keys.find(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise _invalid()
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                # One algorithm, that of the key: neither `none` nor a secret made of the public key gets through.
                algorithms=[str(key.algorithm_name)],
                audience=self._audience,
                issuer=self._issuer,
                # Time is compared with our own clock below.
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.PyJWTError:
            raise _invalid() from None
        self._check_times(claims)
        return claims

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        times = [claims["exp"], claims["iat"], claims.get("nbf", 0)]
        if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in times):
            raise _invalid()
        self._check_expiry(claims["exp"])
        if max(times[1:]) > self._clock.now().timestamp() + LEEWAY_SECONDS:
            raise _invalid()

    def _check_expiry(self, expires: float) -> None:
        if expires <= self._clock.now().timestamp() - LEEWAY_SECONDS:
            raise Unauthenticated("token_expired", zh="访问令牌已过期。", en="The token has expired.")


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Read a Principal from verified claims; raises Unauthenticated (``token_invalid``) where they make no sense."""
    roles = frozenset(role for role in _words(claims, "roles") if role in ROLES)
    scopes = frozenset(scope for scope in _words(claims, "scope") if scope in SCOPES)
    institution = _text(claims, "institution")
    if roles & INSTITUTION_ROLES and institution is None:
        # Without an institution the object rule would take the holder for an agency.
        raise _invalid()
    return Principal(
        subject=str(claims["sub"]),
        scopes=scopes.union(*(ROLES[role] for role in roles)),
        institution=institution,
        region=_text(claims, "region"),
        practitioner=_text(claims, "practitioner"),
        roles=roles,
    )


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims.get(name, [])
    if isinstance(value, str):
        return value.split()
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise _invalid()
    return value


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise _invalid()
    return value


def _malformed() -> Unauthenticated:
    return Unauthenticated("token_malformed", zh="访问令牌格式有误。", en="The token is not a signed JWT.")


def _invalid() -> Unauthenticated:
    return Unauthenticated("token_invalid", zh="访问令牌无效。", en="The token is not valid here.")
