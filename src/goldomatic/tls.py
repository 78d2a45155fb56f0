"""The roots that encrypted connections trust, read from disk once for all clients of a process."""

import functools
import ssl

import httpx2


@functools.cache
def trusted_roots() -> ssl.SSLContext:
    """What checks the certificates of servers; reading it anew costs a client 30 ms."""
    return httpx2.create_ssl_context()
