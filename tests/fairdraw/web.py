"""A small web server on this machine that serves draw records, well and badly."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], list[bytes], float]
"""Status, headers, the pieces of the body, and the pause in seconds after each."""


def body(data: bytes) -> Answer:
    return 200, {"Content-Length": str(len(data))}, [data], 0


def status(code: int) -> Answer:
    return code, {"Content-Length": "0"}, [], 0


def redirect(to: str) -> Answer:
    return 302, {"Content-Length": "0", "Location": to}, [], 0


def trickle(piece: bytes, times: int, pause: float) -> Answer:
    return 200, {}, [piece] * times, pause


class Web:
    """What the server answers by path, the paths asked for, and where it listens."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.closing = threading.Event()
        self.address = ""


@contextmanager
def serving() -> Iterator[Web]:
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append(self.path)
            code, headers, pieces, pause = web.answers.get(self.path, status(404))
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for piece in pieces:
                    self.wfile.write(piece)
                    web.closing.wait(pause)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Tests are silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
