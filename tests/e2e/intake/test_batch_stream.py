"""A batch over a real connection: a caller that reads nothing before it has sent everything is served all the same."""

import asyncio
import json
import re
import socket

from services.kit.server import bound_port, make_server, serve
from tests.support.intake import settlement

LINES = 8_000
PADDING = b"x" * 2_000


def narrow_connection(port: int) -> socket.socket:
    """Connect with as little room for unread answers as the system allows."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.setblocking(False)
    return connection


async def test_a_caller_that_only_sends_at_first_does_not_bring_its_own_request_to_a_halt(
    app, client, hospital, rows
) -> None:
    server = make_server(app, host="127.0.0.1", port=0, lifespan=False)
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(server, stop))
    while not server.started:
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection(sock=narrow_connection(bound_port(server)))
    # Some 12 MB each way, more than the sockets between us hold.
    body = b'{"padding": "%s"}\n' % PADDING * LINES + json.dumps(settlement()).encode() + b"\n"
    head = (
        f"POST /intake/v1/settlements/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: {hospital['Authorization']}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode())
    for start in range(0, len(body), 65_536):
        writer.write(body[start : start + 65_536])
        await asyncio.wait_for(writer.drain(), 60)
    answer = await asyncio.wait_for(reader.read(-1), 60)
    writer.close()
    stop.set()
    await serving
    assert answer.startswith(b"HTTP/1.1 200")
    answer = re.sub(rb"\r\n[0-9a-f]+\r\n", b"", answer)
    assert answer.count(b'"status":"rejected"') == LINES
    assert answer.count(b'"status":"created"') == 1
    assert len(await rows("select from settlement")) == 1
