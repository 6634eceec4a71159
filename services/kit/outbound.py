"""Calls to addresses that somebody outside names: only where they may lead, without redirections, in bounded time."""

import asyncio
import ipaddress
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_URL = 2000
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IPv6 has of the internet; old forms of local and of IPv4 addresses lie elsewhere."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}
_TRIED_ADDRESSES = 3


class AddressRefusedError(Exception):
    """The URL has not the form it must have, or leads where nothing may be called; ``code`` says which."""

    def __init__(self, code: Literal["form", "scheme", "host", "address"]) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be called: every address of the internet, and networks of one's own that are named."""

    networks: tuple[Network, ...] = ()
    """Networks that may be called although they are not public, such as those of an agency's intranet."""
    plain_http: bool = False
    """Whether ``http`` will do; only for tests and closed networks."""

    def permits(self, address: Address) -> bool:
        """Tell whether an address may be called."""
        address = _embedded(address)
        if any(address in network for network in self.networks):
            return True
        if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
            return False
        return address.is_global and not address.is_multicast

    def read(self, url: str) -> httpx.URL:
        """Return the URL; raises AddressRefusedError (``form``, ``scheme``) when it is none to be called."""
        if len(url) > LONGEST_URL or not url.isprintable() or any(character.isspace() for character in url):
            raise AddressRefusedError("form")
        try:
            parts, parsed = urlsplit(url), httpx.URL(url)
            _ = parts.port
        except (ValueError, httpx.InvalidURL):
            raise AddressRefusedError("form") from None
        if parsed.scheme not in ({"http", "https"} if self.plain_http else {"https"}):
            raise AddressRefusedError("scheme")
        if not parsed.host or parsed.userinfo or parsed.fragment or parsed.host != (parts.hostname or ""):
            # Two readers that disagree about the host are how a check is led past its object.
            raise AddressRefusedError("form")
        return parsed

    async def resolve(self, url: httpx.URL) -> list[Address]:
        """Return the addresses of a URL's host; raises AddressRefusedError unless all of them may be called."""
        host = url.raw_host.decode("ascii").strip("[]")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, url.port or _PORTS[url.scheme], proto=6)
        except (OSError, UnicodeError):
            raise AddressRefusedError("host") from None
        addresses = list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))
        if not addresses or not all(self.permits(address) for address in addresses):
            raise AddressRefusedError("address")
        return addresses


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a call; the body of the answer is never read."""

    status: int | None
    """HTTP status, None without an answer."""
    problem: Literal["timed_out", "unreachable", "address_refused"] | None
    seconds: float
    retry_after: int | None = None
    """Seconds the receiver asks to be left alone."""


class Outbound:
    """Posts to URLs of strangers; close it when done."""

    def __init__(self, policy: AddressPolicy, *, timeout_seconds: float, user_agent: str) -> None:
        self._policy = policy
        self._timeout = timeout_seconds
        self._client = httpx.AsyncClient(
            timeout=timeout_seconds,
            follow_redirects=False,
            # Proxies of the environment would resolve names on their own.
            trust_env=False,
            headers={"User-Agent": user_agent},
            # Connections are told apart by address, and two hosts may share one: none is kept for another call.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post a body; whatever goes wrong is in the reply, and the whole call is bounded in time.

        The name is resolved here, judged, and the very address judged is called: a name that changes its address
        between a check and a call leads nowhere.
        """
        started = time.perf_counter()

        def reply(problem: Literal["timed_out", "unreachable", "address_refused"]) -> Reply:
            return Reply(None, problem, time.perf_counter() - started)

        try:
            async with asyncio.timeout(self._timeout):
                parsed = self._policy.read(url)
                answer = await self._send(parsed, await self._policy.resolve(parsed), body, headers)
        except AddressRefusedError as error:
            return reply("unreachable" if error.code == "host" else "address_refused")
        except (TimeoutError, httpx.TimeoutException):
            return reply("timed_out")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return reply("unreachable")
        return Reply(answer.status_code, None, time.perf_counter() - started, _retry_after(answer))

    async def _send(
        self, url: httpx.URL, addresses: Sequence[Address], body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        last = min(len(addresses), _TRIED_ADDRESSES) - 1
        for number, address in enumerate(addresses[: last + 1]):
            request = self._client.build_request(
                "POST",
                url.copy_with(host=str(address)),
                content=body,
                headers={**headers, "Host": url.netloc.decode("ascii")},
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            )
            try:
                answer = await self._client.send(request, stream=True)
            except httpx.ConnectError:
                if number == last:
                    raise
                continue
            await answer.aclose()
            return answer
        raise AddressRefusedError("host")


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _retry_after(answer: httpx.Response) -> int | None:
    text = answer.headers.get("retry-after", "")
    # A date would be read by two clocks; receivers that ask for seconds are heard.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004 - digits
