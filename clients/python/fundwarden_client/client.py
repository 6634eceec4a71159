"""The two clients, one for each way of waiting; both make the calls of ``operations``."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar, cast
from uuid import UUID

import httpx
import msgspec

from fundwarden_client import operations
from fundwarden_client.models import Change
from fundwarden_client.operations import Call
from fundwarden_client.problems import CreditProblem, read_problem

T = TypeVar("T")

Token = str | Callable[[], str]
"""A bearer token, or what gives one anew for each request."""

TIMEOUT_SECONDS = 40.0
"""Longer than the feed makes a reader wait."""

ATTEMPTS = 5
WAIT_SECONDS = 20
PAGE = 200

_LONGEST_PAUSE = 30.0
_PASSING = frozenset({429, 502, 503, 504})
_REFUSED = 400


class _Speech:
    """How a call becomes a request, and an answer a value."""

    def __init__(self, token: Token | None, language: str) -> None:
        self._token = token
        self._language = language

    def arguments(self, call: Call[Any]) -> dict[str, Any]:
        headers = {"Accept-Language": self._language}
        if self._token is not None:
            token = self._token if isinstance(self._token, str) else self._token()
            headers["Authorization"] = f"Bearer {token}"
        content = None if call.body is None else msgspec.json.encode(call.body)
        if content is not None:
            headers["Content-Type"] = "application/json"
        return {
            "method": call.method,
            "url": call.url,
            "params": dict(call.query),
            "content": content,
            "headers": headers,
        }

    @staticmethod
    def value(call: Call[T], answer: httpx.Response) -> T:
        if answer.status_code >= _REFUSED:
            raise read_problem(answer.status_code, answer.content, answer.headers.get("retry-after"))
        if call.answer is None:
            return cast("T", None)
        return cast("T", msgspec.json.decode(answer.content, type=call.answer))


def _pause(attempt: int, error: Exception) -> float:
    """Return the seconds to wait before the next attempt; a quarter of it is chance."""
    asked = error.retry_after if isinstance(error, CreditProblem) else None
    seconds = min(_LONGEST_PAUSE, max(asked or 0.0, 0.25 * float(2**attempt)))
    return seconds * random.uniform(1, 1.25)  # noqa: S311 - not a secret


def _may_repeat(call: Call[Any], error: Exception, attempt: int, attempts: int) -> bool:
    if attempt + 1 >= attempts or not call.repeatable:
        return False
    return isinstance(error, httpx.TransportError) or (isinstance(error, CreditProblem) and error.status in _PASSING)


class CreditClient:
    """Calls the service and waits for each answer; use it as a context manager."""

    def __init__(
        self,
        base_url: str,
        token: Token | None = None,
        *,
        language: str = "zh",
        attempts: int = ATTEMPTS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._speech = _Speech(token, language)
        self._attempts = attempts
        self._http = httpx.Client(base_url=base_url, timeout=TIMEOUT_SECONDS, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(self, call: Call[T]) -> T:
        """Make a call; raises CreditProblem for a refusal. What passes by itself is tried again where that is safe."""
        attempt = 0
        while True:
            try:
                return self._speech.value(call, self._http.request(**self._speech.arguments(call)))
            except (httpx.TransportError, CreditProblem) as error:
                if not _may_repeat(call, error, attempt, self._attempts):
                    raise
                time.sleep(_pause(attempt, error))
                attempt += 1

    def changes(
        self,
        *,
        since: str | UUID | None = None,
        kinds: Iterable[str] = (),
        region: str | None = None,
        follow: bool = False,
    ) -> Iterator[Change]:
        """Read the feed from a place on, to its end, or with ``follow`` without one.

        Store ``cursor`` of the last event you have dealt with; given as ``since`` it goes on exactly there.
        """
        wanted = tuple(kinds)
        while True:
            wait = WAIT_SECONDS if follow else None
            part = self.call(operations.changes(since=since, kinds=wanted, region=region, limit=PAGE, wait=wait))
            yield from part.items
            since = part.next_since
            if not part.more and not follow:
                return


class AsyncCreditClient:
    """The same for programs that wait for many things at once; use it as an asynchronous context manager."""

    def __init__(
        self,
        base_url: str,
        token: Token | None = None,
        *,
        language: str = "zh",
        attempts: int = ATTEMPTS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._speech = _Speech(token, language)
        self._attempts = attempts
        self._http = httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT_SECONDS, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(self, call: Call[T]) -> T:
        """Make a call; as ``CreditClient.call``."""
        attempt = 0
        while True:
            try:
                return self._speech.value(call, await self._http.request(**self._speech.arguments(call)))
            except (httpx.TransportError, CreditProblem) as error:
                if not _may_repeat(call, error, attempt, self._attempts):
                    raise
                await asyncio.sleep(_pause(attempt, error))
                attempt += 1

    async def changes(
        self,
        *,
        since: str | UUID | None = None,
        kinds: Iterable[str] = (),
        region: str | None = None,
        follow: bool = False,
    ) -> AsyncIterator[Change]:
        """Read the feed; as ``CreditClient.changes``."""
        wanted = tuple(kinds)
        while True:
            wait = WAIT_SECONDS if follow else None
            part = await self.call(operations.changes(since=since, kinds=wanted, region=region, limit=PAGE, wait=wait))
            for change in part.items:
                yield change
            since = part.next_since
            if not part.more and not follow:
                return
