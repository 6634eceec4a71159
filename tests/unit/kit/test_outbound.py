"""Calls to addresses of strangers lead nowhere but where they may."""

import asyncio
import ipaddress

import pytest

from services.kit.outbound import AddressPolicy, AddressRefusedError, Outbound

PUBLIC = AddressPolicy()
LOCAL = AddressPolicy((ipaddress.ip_network("127.0.0.0/8"),), plain_http=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_an_address_that_is_not_public_is_not_called(address):
    assert not PUBLIC.permits(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1", "64:ff9b::808:808"])
def test_a_public_address_is_called(address):
    assert PUBLIC.permits(ipaddress.ip_address(address))


def test_a_network_that_is_named_may_be_called_and_no_other():
    policy = AddressPolicy((ipaddress.ip_network("10.20.0.0/16"),))
    assert policy.permits(ipaddress.ip_address("10.20.3.4"))
    assert policy.permits(ipaddress.ip_address("::ffff:10.20.3.4"))
    assert not policy.permits(ipaddress.ip_address("10.21.3.4"))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.org/", "scheme"),
        ("https://", "form"),
        ("https://user:word@example.org/", "form"),
        ("https://example.org/#part", "form"),
        ("https://example.org:99999/", "form"),
        ("https://example.org/ b", "form"),
        ("https://example.org\\@127.0.0.1/", "form"),
        ("https://" + "a" * 2000, "form"),
    ],
)
def test_a_url_of_another_form_is_refused(url, code):
    with pytest.raises(AddressRefusedError) as refused:
        PUBLIC.read(url)
    assert refused.value.code == code


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "127.1"])
async def test_this_machine_is_not_reached_under_any_of_its_names(host):
    try:
        url = PUBLIC.read(f"https://{host}/")
    except AddressRefusedError:
        return
    with pytest.raises(AddressRefusedError) as refused:
        await PUBLIC.resolve(url)
    assert refused.value.code in {"address", "host"}


async def test_one_bad_address_among_good_ones_is_enough_to_refuse(monkeypatch):
    async def both(*_arguments, **_options):
        return [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
    with pytest.raises(AddressRefusedError):
        await PUBLIC.resolve(PUBLIC.read("https://example.org/"))


async def test_the_address_that_was_judged_is_the_one_called(monkeypatch):
    """A name that answers differently the second time is asked only once."""
    asked, heard = [], []

    async def handle(reader, writer):
        heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def rebinding(host, port, **_options):
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    outbound = Outbound(LOCAL, timeout_seconds=2, user_agent="test/1")
    async with server:
        reply = await outbound.post(f"http://receiver.example:{port}/in?a=b", b"{}", {})
        server.close()
    await outbound.close()
    assert (reply.status, asked) == (200, ["receiver.example"])
    assert heard[0].startswith("POST /in?a=b HTTP/1.1\r\n")
    assert f"host: receiver.example:{port}\r\n" in heard[0].lower()


async def test_what_goes_wrong_is_in_the_reply():
    outbound = Outbound(LOCAL, timeout_seconds=0.3, user_agent="test/1")

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        slow = await outbound.post(f"http://127.0.0.1:{port}/", b"{}", {})
        server.close()
    closed = await outbound.post(f"http://127.0.0.1:{port}/", b"{}", {})
    refused = await outbound.post("http://10.0.0.1/", b"{}", {})
    await outbound.close()
    assert [one.problem for one in (slow, closed, refused)] == ["timed_out", "unreachable", "address_refused"]
    assert 0.25 < slow.seconds < 0.9
