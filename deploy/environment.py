"""Print a ``.env`` for docker-compose.yml with freshly drawn secrets: ``python -m deploy.environment > .env``."""

import base64
import os
import secrets
import sys

from nacl.public import PrivateKey

_HEAD = """\
# Secrets of one installation, read by docker-compose.yml. Keep this file out of version control and out of the backups
# of the database. Losing FUNDWARDEN_PSEUDONYM_SECRET separates old from new claims of every person; losing
# FUNDWARDEN_TIPS_RECEIPT_SALT makes every receipt useless; losing FUNDWARDEN_CREDIT_WEBHOOK_KEY takes a new secret for
# every webhook, losing FUNDWARDEN_SCREENING_SEAL_SECRETS a new credential for every system that signs pre-checks.
"""

_OFFICER = """\
# The identity officer's private key belongs to no process. Move the next line to a place of the officer's own.
"""

_PASSWORDS = (
    "POSTGRES_PASSWORD",
    "INTAKE_DATABASE_PASSWORD",
    "SCREENING_DATABASE_PASSWORD",
    "CREDIT_DATABASE_PASSWORD",
    "TIPS_DATABASE_PASSWORD",
    "GRAFANA_ADMIN_PASSWORD",
)


def environment() -> str:
    """Text of a complete ``.env``; every call draws new secrets."""
    team, officer = PrivateKey.generate(), PrivateKey.generate()
    # Hexadecimal, so that a password needs no escaping inside a database address.
    lines = [f"{name}={secrets.token_hex(24)}" for name in _PASSWORDS]
    lines += [
        f"FUNDWARDEN_PSEUDONYM_SECRET={secrets.token_hex(32)}",
        f"FUNDWARDEN_SCREENING_SEAL_SECRETS={secrets.token_hex(32)}",
        f"FUNDWARDEN_CREDIT_WEBHOOK_KEY={_base64(os.urandom(32))}",
        f"FUNDWARDEN_TIPS_RECEIPT_SALT={_base64(os.urandom(32))}",
        f"FUNDWARDEN_TIPS_TEAM_PUBLIC_KEY={_base64(bytes(team.public_key))}",
        f"FUNDWARDEN_TIPS_TEAM_PRIVATE_KEY={_base64(bytes(team))}",
        f"FUNDWARDEN_TIPS_IDENTITY_PUBLIC_KEY={_base64(bytes(officer.public_key))}",
        f"FUNDWARDEN_TIPS_FILING_SIGNING_KEY={_base64(os.urandom(32))}",
    ]
    return _HEAD + "\n".join(lines) + f"\n{_OFFICER}# IDENTITY_OFFICER_PRIVATE_KEY={_base64(bytes(officer))}\n"


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


if __name__ == "__main__":
    sys.stdout.write(environment())
