"""Commits to a tip as it is filed, and tells the holder of the receipt what was signed."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.tips.domain.filing import HASH_BYTES, canonical, commitment, statement_message
from services.tips.storage import filings
from services.tips.storage.filings import FilingSigner

STATEMENT_FORMAT = "fundwarden-filing-statement/1"
OPENING_FORMAT = "fundwarden-filing-opening/1"


class Statement(msgspec.Struct, frozen=True):
    """What the service signs; tells neither content nor person."""

    commitment: str
    day: date
    key_id: str
    signature: str
    format: str = STATEMENT_FORMAT


class Opening(msgspec.Struct, frozen=True):
    """What shows, together with a statement, which tip was filed; it contains the tip."""

    commitment: str
    day: date
    salt: str
    document: str
    format: str = OPENING_FORMAT


class FiledTip(msgspec.Struct, frozen=True):
    """Both, as they are sealed for the holder of the receipt."""

    statement: Statement
    opening: Opening


@dataclass(frozen=True, slots=True)
class FilingDesk:
    """Commits to tips under one signing key."""

    signer: FilingSigner

    async def file(self, session: AsyncSession, document: Mapping[str, object], day: date) -> FiledTip:
        """Store the commitment to a tip on a day that `filings.open_day` gave, and return what the reporter gets."""
        content, salt = canonical(document), secrets.token_bytes(HASH_BYTES)
        made = commitment(content, day, salt)
        signature = self.signer.sign(statement_message(made, day, self.signer.key_id))
        await filings.add_commitment(session, made, day)
        await filings.remember_key(session, self.signer, day)
        return FiledTip(
            Statement(made.hex(), day, self.signer.key_id, signature.hex()),
            Opening(made.hex(), day, salt.hex(), content.decode()),
        )


def sealable(filed: FiledTip) -> str:
    """Write a filed tip as the text that is sealed for its reporter."""
    return msgspec.json.encode(filed).decode()


def filed_from(text: str) -> FiledTip:
    """Read what `sealable` wrote."""
    return msgspec.json.decode(text, type=FiledTip)
