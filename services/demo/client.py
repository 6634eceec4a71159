"""How the demo speaks to the services: HTTP requests in the name of a person with a role, nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

Tokens = Callable[..., str]
"""Signs a bearer token; called with ``subject`` and optionally ``roles``, ``scopes`` and ``institution``."""

BACK_PRESSURE = 429
PATIENCE_SECONDS = 60.0


class DemoError(Exception):
    """A service answered otherwise than the demo needs; the text names route, status and problem code."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks: a subject and what the token grants."""

    subject: str
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    institution: str | None = None


NOBODY = Actor("")
"""Somebody without a token, as a reporter is."""

COUNTY_EXCHANGE = Actor("county-exchange", scopes=("settlements:write", "settlements:read"))
"""The exchange (前置机) that forwards what all institutions of the county settle."""
REGISTRAR = Actor("registrar-1", roles=("registrar",))
REVIEWER = Actor("reviewer-1", roles=("reviewer",))
SUPERVISOR = Actor("supervisor-1", roles=("supervisor",))
SANCTION_OFFICER = Actor("sanction-officer-1", roles=("sanction_officer",))
TIP_HANDLER = Actor("tip-handler-1", roles=("tip_handler",))
TIP_CLOSER = Actor("tip-handler-2", roles=("tip_handler",))
FIRST_APPROVER = Actor("reward-approver-1", roles=("reward_approver",))
SECOND_APPROVER = Actor("reward-approver-2", roles=("reward_approver",))
PAYER = Actor("payout-officer-1", roles=("payout_officer",))
SECOND_PAYER = Actor("payout-officer-2", roles=("payout_officer",))
AUDITOR = Actor("auditor-1", roles=("auditor",))


class Client:
    """Requests to one address; a token per actor is signed once."""

    def __init__(self, http: httpx.AsyncClient, tokens: Tokens) -> None:
        self._http = http
        self._tokens = tokens
        self._headers: dict[Actor, dict[str, str]] = {}

    def headers(self, actor: Actor) -> dict[str, str]:
        """The bearer header of an actor; empty for nobody."""
        if actor is NOBODY:
            return {}
        if actor not in self._headers:
            token = self._tokens(
                subject=actor.subject, roles=actor.roles, scopes=actor.scopes, institution=actor.institution
            )
            self._headers[actor] = {"Authorization": f"Bearer {token}"}
        return self._headers[actor]

    async def send(self, method: str, path: str, actor: Actor, **options: Any) -> httpx.Response:
        """Send a request whatever the answer; only back-pressure (429) is waited out."""
        headers = {**self.headers(actor), **options.pop("headers", {})}
        while True:
            answer = await self._http.request(method, path, headers=headers, **options)
            if answer.status_code != BACK_PRESSURE:
                return answer
            await asyncio.sleep(min(float(answer.headers.get("Retry-After", "1")), PATIENCE_SECONDS))

    async def ask(
        self, method: str, path: str, actor: Actor, *, expect: tuple[int, ...] = (200,), **options: Any
    ) -> Any:
        """Send a request and return the decoded answer; raises DemoError on another status than expected."""
        answer = await self.send(method, path, actor, **options)
        if answer.status_code not in expect:
            raise DemoError(f"{method} {path}: {answer.status_code} {problem(answer)}")
        return answer.json() if answer.content else None

    async def get(self, path: str, actor: Actor, parameters: Mapping[str, Any] | None = None) -> Any:
        """Read one thing."""
        return await self.ask("GET", path, actor, params=parameters)

    async def post(self, path: str, actor: Actor, body: Any, *, expect: tuple[int, ...] = (200, 201)) -> Any:
        """Post a JSON body."""
        return await self.ask("POST", path, actor, json=body, expect=expect)

    async def pages(self, path: str, actor: Actor, parameters: Mapping[str, Any] | None = None) -> AsyncIterator[Any]:
        """Yield the items of a list, page after page."""
        wanted = dict(parameters or {})
        while True:
            page = await self.get(path, actor, wanted)
            for item in page["items"]:
                yield item
            if page.get("next_cursor") is None:
                return
            wanted["cursor"] = page["next_cursor"]


def problem(answer: httpx.Response) -> str:
    """What a problem+json says: its code and the fields, never the body that was sent."""
    try:
        body = answer.json()
    except ValueError:
        return answer.reason_phrase
    if not isinstance(body, dict):
        return answer.reason_phrase
    fields = ", ".join(f"{field.get('pointer')} {field.get('code')}" for field in body.get("errors", [])[:5])
    return f"{body.get('code', body.get('title', ''))} {fields}".strip()
