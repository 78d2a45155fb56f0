"""Ports for programs that a test starts."""

import socket

_HELD: list[socket.socket] = []


def free_port() -> int:
    """A port of the loopback interface that is free until it is bound by its number.

    The socket that holds it listens to nothing, so a server that may reuse addresses, as all of
    ours do, binds beside it, and nobody who asks for any free port is given this one meanwhile.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    port: int = held.getsockname()[1]
    return port
