"""Bodies that are read whole, and within a time: a caller that drips its bytes must not hold us."""

import asyncio

from fastapi import Request

from services.kit.errors import ServiceError

BODY_SECONDS = 30.0
"""Time in which a body that is read whole must have come."""


class _TooSlowError(ServiceError):
    status = 408


async def timely_body(request: Request) -> bytes:
    """Return the body of a request; raises ServiceError (408 ``body_slow``) when it does not come in time."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.body()
    except TimeoutError:
        raise _TooSlowError("body_slow", zh="请求正文接收超时。", en="The body did not come in time.") from None
