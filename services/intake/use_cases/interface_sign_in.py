"""Sign an operator in to the national interface and out of it (9001, 9002)."""

import secrets
from datetime import datetime

from services.intake.domain.fsi.refusal import refused
from services.intake.storage import interface_sign_ins
from services.intake.storage.interface_sign_ins import SignIn
from services.kit.clock import Clock, business_date
from services.kit.db import Database
from services.kit.pseudonym import pseudonym

_NUMBER_DIGITS = 12


class InterfaceSignIn:
    """Signs in and out; an operator has one sign-in a day, and its number is kept only as a keyed hash."""

    def __init__(self, database: Database, clock: Clock, *, pseudonym_key: bytes) -> None:
        self._database = database
        self._clock = clock
        self._pseudonym_key = pseudonym_key

    async def sign_in(self, institution_code: str, operator: str) -> SignIn:
        """Return the sign-in of today; asked again, the same."""
        now = self._clock.now()
        day = business_date(now)
        number = f"{day:%Y%m%d}{secrets.randbelow(10**_NUMBER_DIGITS):0{_NUMBER_DIGITS}d}"
        async with self._database.transaction() as session:
            return await interface_sign_ins.sign_in(
                session,
                institution_code,
                pseudonym(f"{institution_code}/{operator}", self._pseudonym_key),
                sign_no=number,
                day=day,
                now=now,
            )

    async def sign_out(self, institution_code: str, sign_no: str) -> datetime:
        """Return when it ended; asked again, the same. Raises Refused (``sign_in_missing``)."""
        async with self._database.transaction() as session:
            ended = await interface_sign_ins.sign_out(session, institution_code, sign_no, now=self._clock.now())
        if ended is None:
            raise refused("/input/signOut/sign_no", "sign_in_missing")
        return ended

    async def require(self, institution_code: str, sign_no: str | None) -> None:
        """Return when the number is of an open sign-in of today; raises Refused (``sign_in_missing``) otherwise."""
        if sign_no is not None:
            async with self._database.reading() as session:
                day = business_date(self._clock.now())
                if await interface_sign_ins.is_signed_in(session, institution_code, sign_no, day=day):
                    return
        raise refused("/sign_no", "sign_in_missing")
