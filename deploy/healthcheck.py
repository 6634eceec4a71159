"""Ask a role of the system whether it is ready; the image's health check runs this with ``HEALTHCHECK_URL``."""

import http.client
import os
import sys
from urllib.parse import urlsplit


def is_ready(address: str, *, timeout: float = 4.0) -> bool:
    """Whether ``GET address`` answers 200 within ``timeout`` seconds."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_ready(os.environ.get("HEALTHCHECK_URL", "")) else 1)
