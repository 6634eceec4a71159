"""Sign-ins of operators to the national interface (9001, 9002)."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.db import driver


class SignIn(NamedTuple):
    """One operator's sign-in of one day."""

    sign_no: str
    signed_in_at: datetime


async def sign_in(
    session: AsyncSession, institution_code: str, operator_ref: str, *, sign_no: str, day: date, now: datetime
) -> SignIn:
    """Return the operator's sign-in of the day, a new one when there is none that is open."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "insert into interface_sign_in "
        "(institution_code, sign_no, operator_ref, business_date, signed_in_at) values ($1, $2, $3, $4, $5) "
        "on conflict (institution_code, operator_ref, business_date) where signed_out_at is null "
        "do update set signed_in_at = interface_sign_in.signed_in_at returning sign_no, signed_in_at",
        institution_code,
        sign_no,
        operator_ref,
        day,
        now,
    )
    return SignIn(*row)


async def sign_out(session: AsyncSession, institution_code: str, sign_no: str, *, now: datetime) -> datetime | None:
    """End a sign-in; return when it ended first, None when there is no such sign-in."""
    connection = await driver(session)
    ended: datetime | None = await connection.fetchval(
        "update interface_sign_in set signed_out_at = coalesce(signed_out_at, $3) "
        "where institution_code = $1 and sign_no = $2 returning signed_out_at",
        institution_code,
        sign_no,
        now,
    )
    return ended


async def is_signed_in(session: AsyncSession, institution_code: str, sign_no: str, *, day: date) -> bool:
    """Tell whether a sign-in of the day is open."""
    connection = await driver(session)
    return bool(
        await connection.fetchval(
            "select true from interface_sign_in where institution_code = $1 and sign_no = $2 "
            "and business_date = $3 and signed_out_at is null",
            institution_code,
            sign_no,
            day,
        )
    )
